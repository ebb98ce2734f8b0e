use crate::destination::{self, Destination};
use crate::error::{OpenError, ReadError};
use crate::log::{BodiesReader, Reading};
use crate::open::{self, Decode, Role};
use crate::recover;
use crate::sealed::Source;
use crate::snapshot::Snapshot;
use crate::store::disk_bytes;
use rusqlite::Connection;
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
    pub fn open(dir: &Path, decode: impl Into<Decode>) -> Result<Self, OpenError> {
        let decode = decode.into();
        let read = || -> Result<Self, ReadError> {
            // Until the log was read.
            let _reading = Reading::begin(dir);
            // One transaction, so that totals, log, segments and ledger are of the same moment; a second connection
            // at that moment too, so that two threads can read.
            let (db, second) = moment(dir)?;
            let destinations = destination::load(&db)?;
            let connections = std::iter::once(db).chain(second).collect();
            let source = Arc::new(Source::of_connections(connections));
            let bodies = BodiesReader::open(dir);
            let mut loaded = source
                .with_connection(|db| open::load(db, &bodies, &source, &decode, usize::MAX, Role::Reader))?;
            Ok(Self {
                snapshot: loaded.memory.snapshot(),
                destinations,
                disk_bytes: disk_bytes(dir),
                files_aside: recover::files_aside(dir),
            })
        };
        open::readable(dir)?;
        read().map_err(|error| OpenError::Damaged {
            path: dir.to_owned(),
            source: match error {
                ReadError::Sqlite(source) => source,
                ReadError::Damaged { .. } | ReadError::DamagedSegment { .. } => rusqlite::Error::InvalidQuery,
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

/// How often a second connection is opened in the hope that nothing was committed in between.
const SAME_MOMENT_TRIES: usize = 5;

/// A connection that sees the file as it is now until it is closed, and another that sees the same, if it can be had.
fn moment(dir: &Path) -> Result<(Connection, Option<Connection>), ReadError> {
    let first = at_this_moment(dir)?;
    for _ in 0..SAME_MOMENT_TRIES {
        let second = at_this_moment(dir)?;
        if change_counts(&first)? == change_counts(&second)? {
            return Ok((first, Some(second)));
        }
    }
    Ok((first, None))
}

fn at_this_moment(dir: &Path) -> Result<Connection, ReadError> {
    let db = open::readable(dir).map_err(|error| match error {
        OpenError::Damaged { source, .. } => ReadError::Sqlite(source),
        _ => ReadError::Sqlite(rusqlite::Error::InvalidQuery),
    })?;
    db.execute_batch("BEGIN")?;
    // A transaction begins to see with its first read.
    db.query_row("SELECT count(*) FROM counter", [], |_| Ok(()))?;
    Ok(db)
}

/// What differs between any two moments at which segments or the log differ.
fn change_counts(db: &Connection) -> rusqlite::Result<[Option<i64>; 3]> {
    db.query_row(
        "SELECT (SELECT max(seq) FROM log), (SELECT max(id) FROM segment), (SELECT sum(condemned) FROM segment)",
        [],
        |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
    )
}
