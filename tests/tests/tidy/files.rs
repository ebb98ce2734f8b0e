//! The project's text files: what git tracks, and what it would.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file's path below the root, with forward slashes, and its text.
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn is(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// Below one of these folders.
    pub(crate) fn below(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Binary files are left out.
pub(crate) fn all() -> Vec<TextFile> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().expect("git lists the project's files");
    assert!(output.status.success(), "{git:?}: {}", String::from_utf8_lossy(&output.stderr));
    let paths = String::from_utf8(output.stdout).unwrap();
    let read = |path: &str| {
        Some(TextFile { path: path.to_owned(), text: std::fs::read_to_string(root().join(path)).ok()? })
    };
    paths.split_terminator('\0').filter_map(read).collect()
}
