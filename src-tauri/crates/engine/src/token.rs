//! Secrets of a data directory: made once, kept beside the store, readable by the user alone.

use std::io::{self, Write};
use std::path::Path;

/// For senders beyond this machine.
const FILE_NAME: &str = "skep.otlp-token";

/// Keys the hashes that stand for values which the tee does not send.
const SALT_FILE_NAME: &str = "skep.salt";

/// 256 bits in hexadecimal.
const TOKEN_BYTES: usize = 32;

/// The token of a data directory, made when there is none.
pub(crate) fn of_dir(dir: &Path) -> io::Result<String> {
    secret(dir, FILE_NAME)
}

/// Its salt, made when there is none.
pub(crate) fn salt_of_dir(dir: &Path) -> io::Result<String> {
    secret(dir, SALT_FILE_NAME)
}

fn secret(dir: &Path, name: &str) -> io::Result<String> {
    let path = dir.join(name);
    match std::fs::read_to_string(&path) {
        Ok(token) if token.trim().len() == TOKEN_BYTES * 2 => return Ok(token.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let token = const_hex::encode(rand::random::<[u8; TOKEN_BYTES]>());
    // Anew, since a file that is there keeps its mode.
    std::fs::remove_file(&path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(token.as_bytes())?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn mode_of(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
    }

    #[test]
    fn it_stays_the_same_and_only_the_user_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let token = of_dir(dir.path()).unwrap();
        assert_eq!(token.len(), 64);
        assert_eq!(of_dir(dir.path()).unwrap(), token);
        #[cfg(unix)]
        assert_eq!(mode_of(&dir.path().join(FILE_NAME)), 0o600);
        // One that was cut short, and open to others.
        let path = dir.path().join(FILE_NAME);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "short").unwrap();
        assert_ne!(of_dir(dir.path()).unwrap(), token);
        #[cfg(unix)]
        assert_eq!(mode_of(&path), 0o600);
        assert_ne!(of_dir(tempfile::tempdir().unwrap().path()).unwrap(), token);
    }
}
