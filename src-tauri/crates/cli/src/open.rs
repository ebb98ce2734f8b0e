//! `skep open`: hands files and links to the window, which opens if it is not there.

use crate::args::OpenArgs;
use crate::failure::Failure;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const WINDOW: &str = "skep-desktop";

pub(crate) fn open(args: &OpenArgs) -> Result<(), Failure> {
    let what = args.what.iter().map(|what| handed(what)).collect::<Result<Vec<_>, _>>()?;
    let mut window = Command::new(window_program());
    // It outlives this command and its terminal.
    window.args(what).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    window.spawn().map(drop).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            anyhow::anyhow!("the window is not installed; `skep serve` shows the same in a browser").into()
        }
        _ => error.into(),
    })
}

/// Beside this program, or wherever programs are found.
fn window_program() -> PathBuf {
    let name = format!("{WINDOW}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(&name)));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| name.into())
}

/// A trace's id as its link, a link as it is, a file by its whole path: the window runs in another folder.
fn handed(what: &Path) -> Result<OsString, Failure> {
    let text = what.to_string_lossy();
    if text.starts_with("skep:") {
        return Ok(what.into());
    }
    let is_id = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match std::fs::canonicalize(what) {
        Ok(path) => Ok(path.into()),
        Err(_) if is_id => Ok(format!("skep://trace/{}", text.to_ascii_lowercase()).into()),
        Err(error) => Err(Failure::Other(anyhow::anyhow!("{text}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_a_link_and_a_file_are_told_apart() {
        let id = "4BF92F3577B34DA6A3CE929D0E0E4736";
        let link = format!("skep://trace/{}", id.to_lowercase());
        assert_eq!(handed(Path::new(id)).unwrap(), OsString::from(&link));
        assert_eq!(handed(Path::new(&link)).unwrap(), OsString::from(&link));
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(handed(file.path()).unwrap(), std::fs::canonicalize(file.path()).unwrap());
        assert!(handed(Path::new("no-such-file.json")).is_err());
    }
}
