use crate::destination::{self, Destination};
use crate::error::{OpenError, ReadError};
use crate::open::{self, Decode};
use crate::recover;
use crate::snapshot::Snapshot;
use crate::store::disk_bytes;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A second process's view of a store: read-only, as it was at one moment. It works beside the process that writes,
/// and after that process died.
#[derive(Debug)]
pub struct Reader {
    snapshot: Arc<Snapshot>,
    destinations: Vec<Destination>,
    disk_bytes: u64,
    files_aside: Vec<PathBuf>,
}

impl Reader {
    /// Reads the store in `dir`.
    ///
    /// # Errors
    /// When there is none, a newer Skep wrote it, or it is damaged.
    pub fn open(dir: &Path, decode: Decode) -> Result<Self, OpenError> {
        let db = open::readable(dir)?;
        let read = || -> Result<Self, ReadError> {
            // One transaction, so that totals, log and ledger are of the same moment.
            let moment = db.unchecked_transaction()?;
            let (mut memory, _, _) = open::load(&moment, decode)?;
            Ok(Self {
                snapshot: memory.snapshot(),
                destinations: destination::load(&moment)?,
                disk_bytes: disk_bytes(dir),
                files_aside: recover::files_aside(dir),
            })
        };
        read().map_err(|error| OpenError::Damaged {
            path: dir.to_owned(),
            source: match error {
                ReadError::Sqlite(source) => source,
                ReadError::Damaged { .. } => rusqlite::Error::InvalidQuery,
            },
        })
    }

    /// What could be read.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Bytes on disk, side files included.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        self.disk_bytes
    }

    /// Damaged files that the writing process put aside.
    #[must_use]
    pub fn files_aside(&self) -> &[PathBuf] {
        &self.files_aside
    }

    /// The tee's ledger.
    #[must_use]
    pub fn destinations(&self) -> &[Destination] {
        &self.destinations
    }
}
