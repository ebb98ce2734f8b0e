use super::{Credentials, KeyError};
use crate::secret::Secret;
use crate::status::KeyKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The file's name within the data directory.
const FILE_NAME: &str = "keys.json";

/// Written first and then given the file's name, so that there is always one whole file.
const NEW_FILE_NAME: &str = "keys.json.new";

/// Far above what any number of destinations needs.
const FILE_BYTES_LIMIT: u64 = 1 << 20;

/// What is stored, by destination.
pub(super) type Records = BTreeMap<u64, Record>;

/// One destination's entry in the file.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// Scheme, host and port that the secrets were entered for, and the only ones they are sent to.
    pub(super) origin: String,
    pub(super) place: Place,
}

/// Where a destination's secrets lie.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// There are none.
    None,
    /// The command line brought them, for one run.
    CommandLine,
    /// Here.
    File(Secrets),
    /// In the keychain, under this entry; the rest is for showing.
    Keychain {
        entry: String,
        has_key: bool,
        hint: Option<String>,
        #[serde(default)]
        kind: KeyKind,
        header_names: Vec<String>,
    },
}

/// Secrets in the form that is written: the only type of the crate that holds them and serialises.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secrets {
    key: Option<String>,
    headers: Vec<(String, String)>,
}

impl From<&Credentials> for Secrets {
    fn from(credentials: &Credentials) -> Self {
        let text = |secret: &Secret| secret.expose().to_owned();
        Self {
            key: credentials.key.as_ref().map(text),
            headers: credentials.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        }
    }
}

impl From<Secrets> for Credentials {
    fn from(Secrets { key, headers }: Secrets) -> Self {
        Self {
            key: key.map(Secret::new),
            headers: headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect(),
        }
    }
}

/// `keys.json`, readable by the user alone.
pub(super) struct KeyFile {
    dir: PathBuf,
    path: PathBuf,
}

impl KeyFile {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), path: dir.join(FILE_NAME) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Everything stored; nothing if there is no file.
    pub(super) fn read(&self) -> Result<Records, KeyError> {
        let io = |source| KeyError::Io { path: self.path.clone(), source };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Records::new()),
            Err(error) => return Err(io(error)),
        };
        // Of the open file, not of the path: what is read is what was checked.
        self.check_private(&file)?;
        let mut text = String::new();
        file.take(FILE_BYTES_LIMIT).read_to_string(&mut text).map_err(io)?;
        // The error would quote the file: its position alone would do, and helps no one.
        serde_json::from_str(&text).map_err(|_| KeyError::Damaged(self.path.clone()))
    }

    #[cfg(unix)]
    fn check_private(&self, file: &File) -> Result<(), KeyError> {
        let io = |source| KeyError::Io { path: self.path.clone(), source };
        let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata().map_err(io)?) & 0o777;
        match mode & 0o077 {
            0 => Ok(()),
            _ => Err(KeyError::Exposed { path: self.path.clone(), mode }),
        }
    }

    /// Elsewhere the directory, inside the user's profile, keeps others out.
    #[cfg(not(unix))]
    fn check_private(&self, _: &File) -> Result<(), KeyError> {
        Ok(())
    }

    /// Replaces one destination's entry, or removes it; on disk when this returns.
    pub(super) fn put(&self, id: u64, record: Option<Record>) -> Result<(), KeyError> {
        let mut records = self.read()?;
        let before = records.remove(&id);
        match record {
            Some(record) => {
                records.insert(id, record);
            }
            None if before.is_none() => return Ok(()),
            None => {}
        }
        let text = serde_json::to_vec_pretty(&records).expect("texts and numbers serialise");
        self.write(&text).map_err(|source| KeyError::Io { path: self.path.clone(), source })
    }

    fn write(&self, text: &[u8]) -> std::io::Result<()> {
        let new_path = self.dir.join(NEW_FILE_NAME);
        // A crash may have left one behind; made anew so that its mode is ours.
        match std::fs::remove_file(&new_path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new_path)?;
        file.write_all(text)?;
        file.sync_all()?;
        std::fs::rename(&new_path, &self.path)?;
        // The new name has to last, too.
        #[cfg(unix)]
        File::open(&self.dir)?.sync_all()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &str) -> Record {
        let place = Place::File(Secrets { key: Some(key.into()), headers: vec![("x-a".into(), "b".into())] });
        Record { origin: "https://example.com".into(), place }
    }

    fn key(records: &Records, id: u64) -> Option<&str> {
        match &records.get(&id)?.place {
            Place::File(secrets) => secrets.key.as_deref(),
            _ => None,
        }
    }

    #[test]
    fn entries_come_back_change_and_go() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::new(dir.path());
        assert!(file.read().unwrap().is_empty());
        file.put(1, Some(record("one"))).unwrap();
        file.put(2, Some(record("two"))).unwrap();
        file.put(1, Some(record("uno"))).unwrap();
        let records = file.read().unwrap();
        assert_eq!((key(&records, 1), key(&records, 2)), (Some("uno"), Some("two")));
        file.put(1, None).unwrap();
        let records = file.read().unwrap();
        assert_eq!((key(&records, 1), key(&records, 2)), (None, Some("two")));
    }

    #[test]
    fn a_damaged_file_is_said_without_quoting_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::new(dir.path());
        file.put(1, Some(record("canary"))).unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        // Written through the same file, so that its mode stays.
        std::fs::write(file.path(), text.replace("\"origin\"", "\"canary")).unwrap();
        let error = file.read().err().unwrap();
        assert!(matches!(error, KeyError::Damaged(_)));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_and_one_that_is_not_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::new(dir.path());
        let left_behind = dir.path().join(NEW_FILE_NAME);
        std::fs::write(&left_behind, "from a crash").unwrap();
        std::fs::set_permissions(&left_behind, PermissionsExt::from_mode(0o644)).unwrap();
        file.put(1, Some(record("one"))).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file.path()), 0o600);
        assert!(!left_behind.exists());
        for exposed in [0o640, 0o604, 0o666] {
            std::fs::set_permissions(file.path(), PermissionsExt::from_mode(exposed)).unwrap();
            assert!(matches!(file.read(), Err(KeyError::Exposed { mode, .. }) if mode == exposed));
            assert!(file.put(2, Some(record("two"))).is_err());
        }
        std::fs::set_permissions(file.path(), PermissionsExt::from_mode(0o400)).unwrap();
        assert!(file.read().is_ok());
    }
}
