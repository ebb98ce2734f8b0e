use crate::append::Deduplicated;
use crate::counters::Counters;
use crate::error::{OpenError, ReadError};
use crate::memory::Memory;
use crate::recent_spans::RecentSpans;
use crate::{log, schema};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use skep_model::{Encoding, Event, Signal};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Reads a request's body into events. The store keeps bodies and asks this when it replays its log, so that it need
/// not know any wire format.
pub type Decode = fn(Signal, Encoding, &[u8]) -> Vec<Event>;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data directory; made when it is missing, readable by the user alone.
    pub dir: PathBuf,
    /// Reads bodies.
    pub decode: Decode,
    /// Caps.
    pub limits: Limits,
}

/// Caps; what is over one leaves, oldest first, and is counted as evicted.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Events that can be read. They are held in memory, at some 300 bytes each.
    pub readable_rows: usize,
    /// Bytes of the file.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { readable_rows: 2_000_000, file_bytes: 2 << 30 }
    }
}

/// How long the writer waits for another connection's lock. Readers never block it in WAL mode.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Entries and bytes decoded at once while replaying.
const REPLAY_ENTRIES: u32 = 256;
const REPLAY_BYTES: usize = 16 << 20;

/// Makes the directory if needed and locks it for this process.
pub(crate) fn lock_dir(dir: &Path) -> Result<File, OpenError> {
    let io = |path: &Path, source| OpenError::Io { path: path.to_owned(), source };
    make_private_dir(dir).map_err(|source| io(dir, source))?;
    let path = dir.join(schema::LOCK_NAME);
    let file = private_file(&path).map_err(|source| io(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse(dir.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(io(&path, source)),
    }
}

fn make_private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Opens the file for writing, in the newest form.
pub(crate) fn writable(dir: &Path) -> Result<Connection, OpenError> {
    let path = dir.join(schema::FILE_NAME);
    // SQLite gives its side files the mode of this one, so it has to be private before SQLite sees it.
    private_file(&path).map_err(|source| OpenError::Io { path: path.clone(), source })?;
    let damaged = |source| OpenError::Damaged { path: path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(&path, flags).map_err(damaged)?;
    db.busy_timeout(BUSY_TIMEOUT).map_err(damaged)?;
    if schema::is_newer(&db).map_err(damaged)? {
        return Err(OpenError::Newer(path));
    }
    db.pragma_update(None, "journal_mode", "WAL").map_err(damaged)?;
    // FULL syncs the log of every commit. NORMAL would lose acknowledged requests in a power cut.
    db.pragma_update(None, "synchronous", "FULL").map_err(damaged)?;
    db.pragma_update(None, "journal_size_limit", 64 << 20).map_err(damaged)?;
    schema::migrate(&mut db).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => damaged(err),
        _ => OpenError::Newer(path.clone()),
    })?;
    Ok(db)
}

/// Opens the file for reading beside its writer, or after it died.
pub(crate) fn readable(dir: &Path) -> Result<Connection, OpenError> {
    let path = dir.join(schema::FILE_NAME);
    if !path.exists() {
        return Err(OpenError::NotFound(dir.to_owned()));
    }
    let damaged = |source| OpenError::Damaged { path: path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(&path, flags).map_err(damaged)?;
    db.busy_timeout(BUSY_TIMEOUT).map_err(damaged)?;
    match schema::is_newer(&db) {
        Ok(false) => Ok(db),
        Ok(true) => Err(OpenError::Newer(path)),
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::CannotOpen => {
            Err(OpenError::NotFound(dir.to_owned()))
        }
        Err(source) => Err(damaged(source)),
    }
}

/// Reads the log after `seq` into memory and tells the last entry read. The same path serves a restart, a second
/// process, and a file that is opened again after a failed sync. An entry that cannot be read costs only itself.
pub(crate) fn replay(
    db: &Connection,
    mut seq: u64,
    decode: Decode,
    memory: &mut Memory,
    recent: &mut RecentSpans,
    counters: &mut Counters,
) -> Result<u64, ReadError> {
    loop {
        let read = log::read(db, seq, REPLAY_ENTRIES, REPLAY_BYTES)?;
        let Some(last_seq) = read.last_seq else { return Ok(seq) };
        seq = last_seq;
        counters.damaged += read.n_damaged;
        for entry in read.entries {
            let events = decode(entry.signal, entry.encoding, &entry.body);
            let kept = Deduplicated::new(events, 0, 0, |span| recent.insert(span));
            memory.push(entry.seq, kept.fresh);
        }
    }
}

/// Memory as the file says it should be, with the spans to tell repeats by, and the last entry.
pub(crate) fn load(db: &Connection, decode: Decode) -> Result<(Memory, RecentSpans, u64), ReadError> {
    let mut counters = Counters::load(db)?;
    if counters.floor_seq > log::end_seq(db)? {
        return Err(ReadError::Damaged { seq: counters.floor_seq });
    }
    let mut memory = Memory::default();
    let mut recent = RecentSpans::default();
    let last_seq = replay(db, counters.floor_seq, decode, &mut memory, &mut recent, &mut counters)?;
    memory.publish(counters);
    Ok((memory, recent, last_seq))
}
