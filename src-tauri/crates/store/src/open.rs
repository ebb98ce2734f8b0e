use crate::append::{Deduplicated, KeptBits};
use crate::clock::Clock;
use crate::counters::Counters;
use crate::error::{OpenError, ReadError};
use crate::log::{self, BodiesReader, LogEntry, Place, Replayed};
use crate::memory::Memory;
use crate::recent_spans::{RECENT_SPANS_LIMIT, RecentSpans};
use crate::schema::Form;
use crate::sealed::{Source, file};
use crate::segment::EntryInfo;
use crate::{pin, schema};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use skep_model::columns::EventColumns;
use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Reads a request's body into events. The store keeps bodies and asks this when it replays its log, so that it need
/// not know any wire format.
#[derive(Clone)]
pub struct Decode(Arc<dyn Fn(&LogEntry) -> EventColumns + Send + Sync>);

impl<F: Fn(&LogEntry) -> EventColumns + Send + Sync + 'static> From<F> for Decode {
    fn from(decode: F) -> Self {
        Decode(Arc::new(decode))
    }
}

impl Decode {
    /// The events of an entry; none where its bytes cannot be read.
    #[must_use]
    pub fn events(&self, entry: &LogEntry) -> EventColumns {
        (self.0)(entry)
    }
}

/// How a store is opened.
#[derive(Clone)]
pub struct Config {
    /// The data directory; made when it is missing, readable by the user alone.
    pub dir: PathBuf,
    /// Reads bodies.
    pub decode: Decode,
    /// Caps.
    pub limits: Limits,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Caps, and when segments are sealed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the file. Above, the oldest events leave, those of the services first that hold more than a fair share.
    pub file_bytes: u64,
    /// Events older than this leave; nothing: none do.
    pub age_max: Option<Duration>,
    /// With less free space than this on the disk nothing is received, until there is more.
    pub free_disk_bytes_min: u64,
    /// Rows after which a segment is sealed.
    pub segment_rows: usize,
    /// Bytes of requests after which it is sealed before it has that many rows.
    pub segment_request_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 2 << 30,
            age_max: None,
            free_disk_bytes_min: 256 << 20,
            segment_rows: 64 << 10,
            segment_request_bytes: 128 << 20,
        }
    }
}

/// Those of the caps that can change while the store is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// See [`Limits::file_bytes`].
    pub file_bytes: u64,
    /// See [`Limits::age_max`].
    pub age_max: Option<Duration>,
    /// See [`Limits::free_disk_bytes_min`].
    pub free_disk_bytes_min: u64,
}

impl Caps {
    /// The limits with these instead of theirs.
    #[must_use]
    pub fn within(self, limits: Limits) -> Limits {
        let Caps { file_bytes, age_max, free_disk_bytes_min } = self;
        Limits { file_bytes, age_max, free_disk_bytes_min, ..limits }
    }
}

/// How long the writer waits for another connection's lock. Readers never block it in WAL mode.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Larger pages than usual: bodies and columns are tens of kilobytes. Of a new file only.
const PAGE_BYTES: u32 = 8192;

/// Pages in the write-ahead log after which they go into the file, 32 MiB: long enough that most of what was logged is
/// sealed and gone by then, and its pages, written anew several times, go there once.
const CHECKPOINT_PAGES: u32 = 4096;

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

pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
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
    if schema::form(&db).map_err(damaged)? == Form::Newer {
        return Err(OpenError::Newer(path));
    }
    db.pragma_update(None, "page_size", PAGE_BYTES).map_err(damaged)?;
    db.pragma_update(None, "journal_mode", "WAL").map_err(damaged)?;
    // FULL syncs the log of every commit. NORMAL would lose acknowledged requests in a power cut.
    db.pragma_update(None, "synchronous", "FULL").map_err(damaged)?;
    db.pragma_update(None, "journal_size_limit", 64 << 20).map_err(damaged)?;
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(damaged)?;
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
    match schema::form(&db) {
        Ok(Form::Known) => Ok(db),
        Ok(Form::None) => Err(OpenError::NotFound(dir.to_owned())),
        Ok(Form::Newer) => Err(OpenError::Newer(path)),
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::CannotOpen => {
            Err(OpenError::NotFound(dir.to_owned()))
        }
        Err(source) => Err(damaged(source)),
    }
}

/// What a file holds, as it is read at a start, by a second process, or again after a failed sync.
pub(crate) struct Loaded {
    pub(crate) memory: Memory,
    pub(crate) recent: RecentSpans,
    /// The segments whose spans are remembered, oldest first, with how many spans.
    pub(crate) recent_of: VecDeque<(u64, usize)>,
    pub(crate) last_seq: u64,
    /// Entries whose bodies lie beside.
    pub(crate) places: Vec<(u64, Place)>,
}

/// Who reads a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It has to tell repeats of what was received before.
    Writer,
    /// It shows what is there.
    Reader,
}

/// Reads the directory of segments, and the log after them into memory.
pub(crate) fn load(
    db: &Connection,
    bodies: &BodiesReader,
    source: &Arc<Source>,
    decode: &Decode,
    segment_rows: usize,
    role: Role,
) -> Result<Loaded, ReadError> {
    let mut counters = Counters::load(db)?;
    if counters.floor_seq > log::end_seq(db)? {
        return Err(ReadError::Damaged { seq: counters.floor_seq });
    }
    let sealed = file::load(db, source)?;
    let mut recent = RecentSpans::default();
    let mut recent_of = VecDeque::new();
    if role == Role::Writer {
        let mut n_spans = 0;
        let mut newest_first = Vec::new();
        for segment in sealed.iter().rev() {
            if n_spans >= RECENT_SPANS_LIMIT {
                break;
            }
            let fingerprints = file::fingerprints(db, segment.id)?;
            n_spans += fingerprints.len();
            recent_of.push_front((segment.id, fingerprints.len()));
            newest_first.push(fingerprints);
        }
        for fingerprint in newest_first.iter().rev().flatten() {
            recent.remember(*fingerprint);
        }
    }
    let mut memory = Memory::new(sealed, segment_rows);
    let mut last_seq = counters.floor_seq;
    let floor_seq = counters.floor_seq;
    log::replay(db, bodies, floor_seq, |seq, replayed| {
        last_seq = seq;
        let Some(Replayed { entry, kept }) = replayed else {
            counters.damaged += 1;
            return;
        };
        let info = EntryInfo { seq: entry.seq, received: entry.received, raw_bytes: entry.body.len() };
        let columns = (decode.0)(&entry);
        let kept = kept_again(&columns, kept, &mut recent, role);
        memory.push(info, columns, kept.as_ref());
    })?;
    memory.set_pins(Arc::new(pin::load(db)?));
    memory.publish(counters);
    let places = if role == Role::Writer { log::places(db)? } else { Vec::new() };
    Ok(Loaded { memory, recent, recent_of, last_seq, places })
}

/// Which events of an entry were kept when it came; nothing where all were.
fn kept_again(
    columns: &EventColumns,
    kept: Option<KeptBits>,
    recent: &mut RecentSpans,
    role: Role,
) -> Option<KeptBits> {
    if kept.as_ref().is_some_and(|KeptBits(bits)| bits.is_empty()) {
        return Deduplicated::new(columns, 0, 0, |span| recent.remember(span)).kept;
    }
    if role == Role::Writer {
        for (row, fingerprint) in columns.spans() {
            if kept.as_ref().is_none_or(|kept| kept.contains(row)) {
                recent.remember(fingerprint);
            }
        }
    }
    kept
}
