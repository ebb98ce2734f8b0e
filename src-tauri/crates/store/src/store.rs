use crate::append::{Append, Appended};
use crate::destination::{self, Advance, Destination, NewDestination};
use crate::error::{AppendError, OpenError, ReadError};
use crate::letter::{self, DeadLetter};
use crate::log::{self, BESIDE_BYTES_MIN, Bodies, BodiesReader, Body, LogFrame, LogPosition, NewEntry};
use crate::open::{self, Caps, Config, Loaded, Role};
use crate::sealed::{Source, file};
use crate::snapshot::Snapshot;
use crate::worker::Worker;
use crate::writer::{Command, QUEUE_COMMANDS, Reply, Shared, Tending, Writer};
use crate::{recover, retain, schema};
use rusqlite::Connection;
use skep_model::{Nanos, TraceId};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

/// Above this a body is compressed off the async threads: zstd takes about a millisecond for it.
const COMPRESS_INLINE_BYTES: u64 = 1 << 20;

/// The store of one directory, open for writing. Cloning shares.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
    /// For the tee, which reads the log while the writer writes it.
    log_reader: Mutex<Connection>,
    bodies_reader: BodiesReader,
    files_aside: Vec<PathBuf>,
}

impl Store {
    /// Opens the store, making it if there is none, and replays its log. A damaged file is put aside, and a new one
    /// begun.
    ///
    /// # Errors
    /// When another process writes it, a newer Skep wrote it, or the disk fails.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let Config { dir, decode, limits, clock } = config;
        let lock = open::lock_dir(&dir)?;
        let damaged = |error| OpenError::Damaged {
            path: dir.join(schema::FILE_NAME),
            source: match error {
                ReadError::Sqlite(source) => source,
                ReadError::Damaged { .. } | ReadError::DamagedSegment { .. } => rusqlite::Error::InvalidQuery,
            },
        };
        let source = Arc::new(Source::of_dir(&dir));
        let (db, loaded, destinations) = recover::or_put_aside(&dir, || {
            let db = open::writable(&dir)?;
            let sqlite = |error: rusqlite::Error| damaged(error.into());
            recover::check(&db, &dir).map_err(sqlite)?;
            file::delete_condemned(&db).map_err(sqlite)?;
            let bodies = BodiesReader::open(&dir);
            let loaded = open::load(&db, &bodies, &source, &decode, limits.segment_rows, Role::Writer)
                .map_err(damaged)?;
            let destinations = destination::load(&db).map_err(sqlite)?;
            Ok((db, loaded, destinations))
        })?;
        let Loaded { memory, recent, recent_of, last_seq, places } = loaded;
        let bodies = Bodies::open(&dir, &places)
            .map_err(|source| OpenError::Io { path: dir.join(schema::BODIES_NAME), source })?;
        let files_aside = recover::files_aside(&dir);
        let counters = memory.counters();
        let shared = Arc::new(Shared::new(memory, destinations));
        let log_reader = Mutex::new(open::readable(&dir)?);
        let bodies_reader = BodiesReader::open(&dir);
        let (commands, receiver) = mpsc::channel(QUEUE_COMMANDS);
        let no_thread = |source| OpenError::Io { path: dir.clone(), source };
        let worker = Worker::start(commands.downgrade()).map_err(no_thread)?;
        let writer = Writer {
            db,
            bodies,
            dir: dir.clone(),
            decode,
            limits,
            clock,
            counters,
            recent,
            recent_of,
            last_seq,
            poisoned: false,
            moved: HashMap::new(),
            source,
            worker,
            tending: Tending::default(),
            shared: Arc::clone(&shared),
            _lock: lock,
        };
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run(receiver))
            .map_err(no_thread)?;
        Ok(Self { inner: Arc::new(Inner { dir, commands, shared, log_reader, bodies_reader, files_aside }) })
    }

    /// Keeps a request. When this returns `Ok`, its events are on disk, synced, and in every later snapshot.
    ///
    /// # Errors
    /// When nothing was kept; the sender should try again.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let Append { received, signal, encoding, dataset, body, columns, n_rejected, n_spans_rejected } =
            append;
        let raw_bytes = body.len() as u64;
        let lies_beside =
            raw_bytes >= BESIDE_BYTES_MIN && !self.inner.shared.is_behind.load(Ordering::Relaxed);
        let body = if lies_beside {
            Body::Plain(body)
        } else if raw_bytes <= COMPRESS_INLINE_BYTES {
            Body::Zstd(log::compress(&body))
        } else {
            let compress = tokio::task::spawn_blocking(move || log::compress(&body));
            Body::Zstd(compress.await.map_err(|_| AppendError::Closed)?)
        };
        let checksum = NewEntry::checksum(&body);
        let n_events = columns.n_rows() as u64;
        let entry = NewEntry { received, signal, encoding, dataset, n_events, raw_bytes, body, checksum };
        let columns = Box::new(columns);
        self.ask(|reply| Command::Append { entry, columns, n_rejected, n_spans_rejected, reply }).await
    }

    /// Everything that can be read now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.inner.shared.memory().snapshot()
    }

    /// Changes with every commit. Counters, log or ledger may have changed.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.shared.subscribe()
    }

    /// The end of the log, counted in events: what destinations work towards.
    #[must_use]
    pub fn logged_events(&self) -> u64 {
        self.inner.shared.memory().counters().logged
    }

    /// The end of the log in bytes of bodies, as they are kept.
    #[must_use]
    pub fn logged_bytes(&self) -> u64 {
        self.inner.shared.memory().counters().logged_bytes
    }

    /// The tee's ledger.
    #[must_use]
    pub fn destinations(&self) -> Arc<[Destination]> {
        Arc::clone(&self.inner.shared.destinations())
    }

    /// Adds a destination or changes one, and tells its id.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn put_destination(&self, new: NewDestination) -> Result<u64, AppendError> {
        self.ask(|reply| Command::Put(new, reply)).await
    }

    /// Forgets a destination and its ledger.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn remove_destination(&self, id: u64) -> Result<(), AppendError> {
        self.ask(|reply| Command::Remove(id, reply)).await
    }

    /// Moves a destination's cursor and adds to its ledger; on disk when this returns.
    ///
    /// # Errors
    /// When it could not be written: the entries will be sent again.
    pub async fn advance(&self, id: u64, advance: Advance) -> Result<(), AppendError> {
        self.ask(|reply| Command::Advance(id, advance, reply)).await
    }

    /// Forgets dead letters of a destination: these, or all.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn forget_letters(&self, destination: u64, ids: Option<Vec<u64>>) -> Result<(), AppendError> {
        self.ask(|reply| Command::ForgetLetters(destination, ids, reply)).await
    }

    /// A destination's newest dead letters, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn letters(&self, destination: u64, n_limit: u32) -> Result<Vec<DeadLetter>, ReadError> {
        self.read(move |db| letter::newest(db, destination, n_limit)).await
    }

    /// One of them; nothing when it is gone.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn letter(&self, destination: u64, id: u64) -> Result<Option<DeadLetter>, ReadError> {
        self.read(move |db| letter::one(db, destination, id)).await
    }

    /// When the oldest log entry after a place came; nothing when there is none, or the file is being read otherwise:
    /// this never waits.
    #[must_use]
    pub fn oldest_after(&self, seq: u64) -> Option<Nanos> {
        let db = self.inner.log_reader.try_lock().ok()?;
        log::oldest_after(&db, seq).ok()?
    }

    /// Pins a trace, so that retention leaves it alone, or lets it go.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn pin(&self, trace_id: TraceId, is_pinned: bool) -> Result<(), AppendError> {
        self.ask(|reply| Command::Pin(trace_id, is_pinned, reply)).await
    }

    /// Keeps within other caps from now on.
    ///
    /// # Errors
    /// When the store is closed.
    pub async fn limit(&self, caps: Caps) -> Result<(), AppendError> {
        self.inner.commands.send(Command::Limit(caps)).await.map_err(|_| AppendError::Closed)
    }

    /// Lets everything go, pinned traces too. What a destination still waits for stays in the log until it was sent.
    ///
    /// # Errors
    /// When it could not be written; what left until then is gone.
    pub async fn clear(&self) -> Result<(), AppendError> {
        self.ask(Command::Clear).await
    }

    /// Makes the file as small as what it holds. It is written anew beside itself meanwhile, and nothing is received.
    ///
    /// # Errors
    /// When there is no space for it; the file is then as it was.
    pub async fn compact(&self) -> Result<(), AppendError> {
        self.ask(Command::Compact).await
    }

    /// Whether nothing is received for want of space on the disk.
    #[must_use]
    pub fn is_disk_low(&self) -> bool {
        self.inner.shared.is_disk_low.load(Ordering::Relaxed)
    }

    /// Reads up to `n_limit` log entries after `after`, in order, stopping early once their bodies, decompressed, reach
    /// `bytes_limit`. Bodies are not opened, so whether one is damaged is not known yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn read_log(
        &self,
        after: LogPosition,
        n_limit: u32,
        bytes_limit: usize,
    ) -> Result<Vec<LogFrame>, ReadError> {
        let inner = Arc::clone(&self.inner);
        let read = move || {
            let db = inner.log_reader.lock().unwrap_or_else(PoisonError::into_inner);
            let mut after_seq = after.seq;
            loop {
                let read = log::read(&db, &inner.bodies_reader, after_seq, n_limit, bytes_limit)?;
                match read.last_seq {
                    // Nothing but damage, which must not look like the end.
                    Some(last_seq) if read.frames.is_empty() => after_seq = last_seq,
                    _ => return Ok(read.frames),
                }
            }
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(frames) => frames,
            // The runtime is going down; there is no one left to send to.
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Damaged files that were put aside, by this opening or an earlier one.
    #[must_use]
    pub fn files_aside(&self) -> &[PathBuf] {
        &self.inner.files_aside
    }

    /// Bytes on disk, side files included.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        disk_bytes(&self.inner.dir)
    }

    async fn read<T: Default + Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let inner = Arc::clone(&self.inner);
        let read = move || {
            let db = inner.log_reader.lock().unwrap_or_else(PoisonError::into_inner);
            read(&db).map_err(ReadError::from)
        };
        // It fails when the runtime goes down: there is no one left to tell.
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|_| Ok(T::default()))
    }

    /// Bytes of the file that hold something, without what was freed and is used again before the file grows, and of
    /// the bodies beside it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn used_bytes(&self) -> Result<u64, ReadError> {
        Ok(self.read(retain::used_bytes).await? + file_bytes(&self.inner.dir, schema::BODIES_NAME))
    }

    /// Writes what is queued, closes the file and lets go of the directory, whoever still holds a clone of this store.
    /// Later appends are refused.
    pub async fn close(&self) {
        self.ask(Command::Close).await.ok();
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, AppendError> {
        let (reply, answer) = oneshot::channel();
        self.inner.commands.send(command(reply)).await.map_err(|_| AppendError::Closed)?;
        answer.await.unwrap_or(Err(AppendError::Closed))
    }
}

/// Bytes of a store's files.
pub(crate) fn disk_bytes(dir: &Path) -> u64 {
    ["", "-wal", "-shm", "-bodies"]
        .iter()
        .map(|suffix| file_bytes(dir, &format!("{}{suffix}", schema::FILE_NAME)))
        .sum()
}

fn file_bytes(dir: &Path, name: &str) -> u64 {
    std::fs::metadata(dir.join(name)).map_or(0, |file| file.len())
}
