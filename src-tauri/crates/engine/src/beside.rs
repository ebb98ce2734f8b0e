//! Small files beside the store, which other processes of the same user read.

use serde::Serialize;
use std::io;
use std::path::Path;

/// Writes a file as JSON. It is renamed into place, so that nobody reads half of it.
pub(crate) fn write_json<T: Serialize>(dir: &Path, name: &str, content: &T) -> io::Result<()> {
    let part = dir.join(name).with_added_extension("part");
    std::fs::write(&part, serde_json::to_vec(content)?)?;
    std::fs::rename(part, dir.join(name))
}
