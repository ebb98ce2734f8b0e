use super::{ExportError, ExportRequest, Exported};
use crate::view::View;
use skep_query::Cancel;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Bytes written at a time.
const BUFFER_BYTES: usize = 256 << 10;

impl View {
    /// Writes events into a file. One of this name is there when all of it is.
    ///
    /// # Errors
    /// [`ExportError`]; nothing is left of it then.
    pub fn export_file(
        &self,
        request: &ExportRequest,
        cancel: &Cancel,
        path: &Path,
    ) -> Result<Exported, ExportError> {
        let cannot_write = |source| ExportError::File { path: path.to_owned(), source };
        let part = path.with_added_extension("part");
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create(&part).map_err(cannot_write)?);
        let written = self.export(request, cancel, &mut file).and_then(|exported| {
            file.flush().and_then(|()| std::fs::rename(&part, path)).map_err(cannot_write)?;
            Ok(exported)
        });
        if written.is_err() {
            std::fs::remove_file(&part).ok();
        }
        written
    }
}
