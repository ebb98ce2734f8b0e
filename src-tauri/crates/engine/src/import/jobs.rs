//! The files that a running engine takes in: one at a time, in the order in which they came, each with its own counts.

use super::counts::{Counted, Counts, Taken, Tally};
use super::feed::{self, Feed};
use super::pipeline::{Bounds, Keeper, pipeline};
use super::stop::Stop;
use crate::sink::StoreSink;
use bytes::Bytes;
use skep_import::{Request, Summary};
use skep_model::Nanos;
use skep_receive::{Sink, Submission, Transport};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Files that are known at a time, the ended ones included: each is told about with every status.
const JOBS_MAX: usize = 100;

/// Requests being kept at once. Each is decoded on a core that receiving wants as well.
const WORKERS: usize = 4;

/// A name longer than this is cut: it is only shown.
const NAME_BYTES_MAX: usize = 256;

/// Bytes of a request that are decoded on the runtime's own thread: more would hold up others.
const INLINE_BYTES_MAX: usize = 32 << 10;

/// How senders are called that are files.
const CLIENT: &str = "a file that was imported";

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Others are before it, or nothing of it has come yet.
    Waiting,
    /// It is being read.
    Reading,
    /// It was read to its end, and all that could be kept is.
    Done,
    /// It was stopped: what it counts is kept.
    Stopped,
    /// It could not be read to its end, or holds no telemetry: what it counts is kept.
    Failed,
}

impl ImportState {
    /// Whether nothing more becomes of it.
    #[must_use]
    pub fn is_end(self) -> bool {
        match self {
            ImportState::Waiting | ImportState::Reading => false,
            ImportState::Done | ImportState::Stopped | ImportState::Failed => true,
        }
    }
}

/// One file, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportNow {
    /// Which one.
    pub id: u32,
    /// What it is called: the last part of its path, or what a browser says.
    pub name: String,
    /// How far it is.
    pub state: ImportState,
    /// Its length, where that is known.
    pub n_bytes: Option<u64>,
    /// Bytes read of it.
    pub n_bytes_read: u64,
    /// What became of its records.
    pub tally: Tally,
    /// Records, or stretches of bytes, that are no telemetry; known at its end.
    pub n_unreadable: u64,
    /// Why it failed.
    pub error: Option<String>,
}

/// There are as many files as are told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{JOBS_MAX} files are waiting already: let some of them end first")]
pub struct TooMany;

/// Every file, oldest first. Cloning shares.
#[derive(Clone)]
pub struct Imports(Arc<Shared>);

struct Shared {
    sink: StoreSink,
    bounds: Bounds,
    jobs: Mutex<Jobs>,
}

/// A file's place in the row: it is read when the one before has let go of its own.
struct Turn {
    before: oneshot::Receiver<()>,
    /// Dropped when it has ended.
    done: oneshot::Sender<()>,
}

#[derive(Default)]
struct Jobs {
    last_id: u32,
    known: Vec<Job>,
    /// The end of the last one, until another comes behind it.
    last: Option<oneshot::Receiver<()>>,
}

struct Job {
    id: u32,
    name: String,
    state: ImportState,
    n_bytes: Option<u64>,
    n_unreadable: u64,
    error: Option<String>,
    work: Work,
    /// Where its bytes go in, until they were all given.
    feed: Option<Feed>,
}

/// What reading a file needs.
#[derive(Clone, Default)]
struct Work {
    counts: Arc<Counts>,
    stop: Arc<Stop>,
}

impl Imports {
    pub(crate) fn new(sink: StoreSink, limits: &skep_receive::Limits) -> Self {
        let bounds = Bounds {
            workers: WORKERS,
            request_bytes: limits.body_bytes,
            // One request of any size, and beside it what keeps the workers busy.
            in_flight_bytes: limits.body_bytes,
        };
        Self(Arc::new(Shared { sink, bounds, jobs: Mutex::default() }))
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every file, oldest first.
    #[must_use]
    pub fn now(&self) -> Vec<ImportNow> {
        self.jobs().known.iter().map(Job::now).collect()
    }

    /// Begins a file whose bytes will be fed, in a runtime.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn begin(&self, name: &str, n_bytes: Option<u64>) -> Result<u32, TooMany> {
        let work = Work::default();
        let (feed, fed) = feed::feed(Arc::clone(&work.stop));
        self.start(name, n_bytes, work, Some(feed), move || Ok(fed))
    }

    /// Begins a file of this machine, in a runtime.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn begin_path(&self, path: PathBuf) -> Result<u32, TooMany> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let n_bytes =
            path.metadata().ok().filter(|metadata| metadata.is_file()).map(|metadata| metadata.len());
        self.start(&name, n_bytes, Work::default(), None, move || open(&path))
    }

    fn start<R: Read + Send + 'static>(
        &self,
        name: &str,
        n_bytes: Option<u64>,
        work: Work,
        feed: Option<Feed>,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> Result<u32, TooMany> {
        let name = name[..name.floor_char_boundary(NAME_BYTES_MAX)].to_owned();
        let (id, turn) = self.jobs().add(name, n_bytes, work.clone(), feed)?;
        let imports = self.clone();
        tokio::spawn(async move {
            let (state, n_unreadable, error) = match imports.read(id, &work, turn, open).await {
                Ok(summary) => outcome(&work, summary),
                Err(error) => (ImportState::Failed, 0, Some(error.to_string())),
            };
            imports.jobs().change(id, |job| {
                (job.state, job.n_unreadable, job.error, job.feed) = (state, n_unreadable, error, None);
            });
        });
        Ok(id)
    }

    /// Reads a file when it is its turn.
    async fn read<R: Read + Send + 'static>(
        &self,
        id: u32,
        work: &Work,
        turn: Turn,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> io::Result<Summary> {
        let Turn { mut before, done } = turn;
        tokio::select! {
            _ = &mut before => {}
            () = work.stop.wait() => {
                // It ends now, and the next one when those before have.
                tokio::spawn(async move {
                    before.await.ok();
                    drop(done);
                });
                return Ok(Summary::default());
            }
        }
        self.jobs().change(id, |job| job.state = ImportState::Reading);
        let keeper = || SinkKeeper(self.0.sink.clone());
        let (reader, workers) = pipeline(self.0.bounds, Arc::clone(&work.stop), keeper);
        let counts = Arc::clone(&work.counts);
        let read = tokio::task::spawn_blocking(move || {
            let file = Counted::new(open()?, Arc::clone(&counts));
            Ok(reader.read(file, &counts))
        });
        let summary = read.await.map_err(io::Error::other)?;
        workers.finish().await;
        drop(done);
        summary
    }

    /// Where the bytes of a file go in; nothing where there is no such file, or all of it was given.
    #[must_use]
    pub fn feed(&self, id: u32) -> Option<Feed> {
        self.jobs().known.iter().find(|job| job.id == id)?.feed.clone()
    }

    /// The same, and nobody else gets it: the file breaks off when it is dropped before its end.
    #[must_use]
    pub fn take_feed(&self, id: u32) -> Option<Feed> {
        self.jobs().known.iter_mut().find(|job| job.id == id)?.feed.take()
    }

    /// Stops a file after what is under way. False where there is none.
    pub fn stop(&self, id: u32) -> bool {
        let jobs = self.jobs();
        let job = jobs.known.iter().find(|job| job.id == id);
        job.inspect(|job| job.work.stop.ask()).is_some()
    }

    /// Forgets the files that ended.
    pub fn forget_ended(&self) {
        self.jobs().known.retain(|job| !job.state.is_end());
    }

    /// Stops all of them, and waits until what was under way is kept, or for so long.
    pub(crate) async fn close(&self, deadline: Duration) {
        for job in &self.jobs().known {
            job.work.stop.ask();
        }
        let last = self.jobs().last.take();
        if let Some(last) = last {
            tokio::time::timeout(deadline, last).await.ok();
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder: choose the files in it"));
    }
    Ok(file)
}

/// What became of a file, and why it failed, if so.
fn outcome(work: &Work, summary: Summary) -> (ImportState, u64, Option<String>) {
    let Summary { n_requests, n_unreadable, first_reason, error } = summary;
    let failed = |reason: String| (ImportState::Failed, n_unreadable, Some(reason));
    if let Some(reason) = work.stop.failure() {
        return failed(reason);
    }
    if work.stop.is_asked() {
        return (ImportState::Stopped, n_unreadable, None);
    }
    match (error, first_reason) {
        (Some(error), _) => failed(format!("it cannot be read on: {error}")),
        (None, Some(reason)) if n_requests == 0 => failed(reason.to_owned()),
        (None, None) if n_requests == 0 => failed("it holds nothing".to_owned()),
        (None, reason) => (ImportState::Done, n_unreadable, reason.map(str::to_owned)),
    }
}

impl Jobs {
    fn add(
        &mut self,
        name: String,
        n_bytes: Option<u64>,
        work: Work,
        feed: Option<Feed>,
    ) -> Result<(u32, Turn), TooMany> {
        if self.known.len() >= JOBS_MAX {
            let oldest_ended = self.known.iter().position(|job| job.state.is_end()).ok_or(TooMany)?;
            self.known.remove(oldest_ended);
        }
        self.last_id += 1;
        let (id, state) = (self.last_id, ImportState::Waiting);
        self.known.push(Job { id, name, state, n_bytes, n_unreadable: 0, error: None, work, feed });
        let (done, ended) = oneshot::channel();
        // Nobody is before the first one: the other end of its channel is gone.
        let before = self.last.replace(ended).unwrap_or_else(|| oneshot::channel().1);
        Ok((id, Turn { before, done }))
    }

    fn change(&mut self, id: u32, change: impl FnOnce(&mut Job)) {
        self.known.iter_mut().find(|job| job.id == id).map(change);
    }
}

impl Job {
    fn now(&self) -> ImportNow {
        let Self { id, name, state, n_bytes, n_unreadable, error, work, .. } = self;
        ImportNow {
            id: *id,
            name: name.clone(),
            state: *state,
            n_bytes: *n_bytes,
            n_bytes_read: work.counts.n_bytes(),
            tally: work.counts.now(),
            n_unreadable: *n_unreadable,
            error: error.clone(),
        }
    }
}

/// Keeps requests as if they had been received.
struct SinkKeeper(StoreSink);

impl Keeper for SinkKeeper {
    async fn keep(&mut self, request: Request) -> Result<Taken, String> {
        let received = self.0.now();
        let decoded = if request.body.len() <= INLINE_BYTES_MAX {
            decode(request, received)
        } else {
            tokio::task::spawn_blocking(move || decode(request, received))
                .await
                .map_err(|error| error.to_string())?
        };
        let submission = match decoded {
            Ok(submission) => submission,
            Err(reason) => return Ok(Taken::refused(1, reason)),
        };
        let problems = submission.decoded.problems.clone();
        let n_received = submission.decoded.n_received;
        if n_received == 0 {
            return Ok(Taken::default());
        }
        let times = &submission.decoded.columns.times;
        let times =
            times.iter().min().zip(times.iter().max()).map(|(first, last)| (Nanos(*first), Nanos(*last)));
        let appended = self.0.keep(submission).await.map_err(|error| error.to_string())?;
        Ok(Taken {
            n_received,
            n_rejected: problems.rejected_events,
            n_duplicate: appended.n_duplicate,
            n_repaired: problems.repaired,
            n_truncated: problems.truncated,
            times,
            reason: problems.messages.into_iter().next(),
        })
    }
}

fn decode(request: Request, received: Nanos) -> Result<Submission, String> {
    let Request { signal, encoding, body } = request;
    let decoded = skep_otlp::decode(skep_otlp::Request::otlp(signal, encoding, &body));
    Ok(Submission {
        received,
        signal,
        encoding,
        body: Bytes::from(body),
        dataset: None,
        decoded: decoded.map_err(|error| error.to_string())?,
        client: Some(CLIENT.to_owned()),
        transport: Transport::Http,
    })
}
