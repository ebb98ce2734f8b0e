use std::path::PathBuf;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes this directory.
    #[error("another Skep is using {0:?}; close it, or choose another directory with --data-dir")]
    InUse(PathBuf),
    /// The directory or the file cannot be made or read.
    #[error("cannot use {path:?}: {source}")]
    Io {
        /// What was tried.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no store there (readers only: they never make one).
    #[error("there is no store in {0:?}")]
    NotFound(PathBuf),
    /// A newer Skep wrote the file.
    #[error("{0:?} was written by a newer Skep; update this one to open it")]
    Newer(PathBuf),
    /// The file is not a store, or is damaged.
    #[error("cannot read {path:?}: {source}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// Why a request was not kept. The sender should try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The disk is full or the file is locked: nothing is damaged, later may work.
    #[error("the store cannot write now: the disk is full or busy")]
    Unavailable,
    /// The disk has less free space than it should; nothing is received until there is more.
    #[error("the disk is nearly full: receiving goes on by itself once there is space")]
    DiskLow,
    /// The disk failed a write or a sync; the file is opened anew before anything else is kept.
    #[error("the disk failed; the store is opening its file again")]
    Poisoned,
    /// The store is closing.
    #[error("the store is closing")]
    Closed,
}

/// Why the log or the ledger could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// SQLite said no.
    #[error("cannot read the store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A part of a sealed segment is missing, or its bytes are not what was written.
    #[error("segment {id} is damaged in column {column}")]
    DamagedSegment {
        /// Which segment.
        id: u64,
        /// Which of its columns, by number.
        column: usize,
    },
    /// An entry's bytes do not decompress.
    #[error("log entry {seq} is damaged")]
    Damaged {
        /// Which entry.
        seq: u64,
    },
}
