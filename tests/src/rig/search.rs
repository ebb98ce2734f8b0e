use std::path::{Path, PathBuf};

/// Files below `dir` whose bytes hold `needle`, for secrets that must stand nowhere.
#[must_use]
pub fn files_holding(dir: &Path, needle: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                dirs.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path())
                && bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
            {
                found.push(entry.path());
            }
        }
    }
    found
}
