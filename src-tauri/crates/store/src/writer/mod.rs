//! The one thread that writes the file.

mod failure;
mod housework;
mod tend;

use crate::append::{Appended, Deduplicated, KeptBits};
use crate::clock::Clock;
use crate::counters::Counters;
use crate::destination::{self, Advance, Destination, NewDestination};
use crate::error::AppendError;
use crate::log::{Bodies, LogPosition, NewEntry, as_sqlite};
use crate::memory::Memory;
use crate::open::{Caps, Decode, Limits};
use crate::recent_spans::RecentSpans;
use crate::sealed::{SealedSegment, Source};
use crate::segment::EntryInfo;
use crate::worker::Worker;
use crate::{letter, log, pin, retain};
use failure::refuse;
use rusqlite::{Connection, TransactionBehavior};
use skep_model::TraceId;
use skep_model::columns::EventColumns;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Commands that wait before senders are held back.
pub(crate) const QUEUE_COMMANDS: usize = 1024;

/// Commands and bytes of bodies of one commit at most. A commit costs one sync, however much it holds; a bigger one
/// makes its first sender wait for its last.
const GROUP_COMMANDS: usize = 256;
const GROUP_BYTES: usize = 8 << 20;

/// The caller's end of a command.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, AppendError>>;

/// What the writer is asked to do.
pub(crate) enum Command {
    Append {
        entry: NewEntry,
        columns: Box<EventColumns>,
        n_rejected: u64,
        n_spans_rejected: u64,
        reply: Reply<Appended>,
    },
    Put(NewDestination, Reply<u64>),
    Remove(u64, Reply<()>),
    Advance(u64, Advance, Reply<()>),
    /// Forgets refused requests of a destination: these, or all.
    ForgetLetters(u64, Option<Vec<u64>>, Reply<()>),
    /// Whether retention leaves a trace alone.
    Pin(TraceId, bool, Reply<()>),
    /// Other caps from now on.
    Limit(Caps),
    /// Everything leaves; what a destination still waits for stays in the log until it was sent.
    Clear(Reply<()>),
    /// The file becomes as small as what it holds.
    Compact(Reply<()>),
    /// A job is done, or a second has passed: see what is due.
    Tend,
    Close(Reply<()>),
}

/// Bytes that bodies beside the file may take, and in parts of the file's cap. What finds no room there goes into the
/// file, compressed.
const BODIES_BYTES_MAX: u64 = 1 << 30;
const BODIES_ONE_IN: u64 = 2;

/// In parts of those, how far a destination may be behind before what it waits for is compressed, unless it gets on: it
/// may wait for long, and what is not sealed yet needs room as well.
const BACKLOG_ONE_IN: u64 = 4;

/// A destination that moved within this time gets on.
const GETS_ON: Duration = Duration::from_secs(5);

/// What readers and the writer share.
#[derive(Debug)]
pub(crate) struct Shared {
    memory: Mutex<Memory>,
    destinations: Mutex<Arc<[Destination]>>,
    generation: watch::Sender<u64>,
    /// Nothing is received while the disk has less free space than it should.
    pub(crate) is_disk_low: AtomicBool,
    /// A destination is far behind.
    pub(crate) is_behind: AtomicBool,
}

impl Shared {
    pub(crate) fn new(memory: Memory, destinations: Vec<Destination>) -> Self {
        Self {
            memory: Mutex::new(memory),
            destinations: Mutex::new(destinations.into()),
            generation: watch::Sender::new(0),
            is_disk_low: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
        }
    }

    /// A panic while the lock was held cannot leave the memory half changed in a way that loses acknowledged events:
    /// at worst rows of one request are missing until the next start.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn destinations(&self) -> MutexGuard<'_, Arc<[Destination]>> {
        self.destinations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who watch that there is something new.
    pub(crate) fn announce(&self, generation: u64) {
        self.generation.send_replace(generation);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }
}

/// The writer's own state.
pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) bodies: Bodies,
    pub(crate) dir: PathBuf,
    pub(crate) decode: Decode,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counters: Counters,
    pub(crate) recent: RecentSpans,
    /// The segments that keep the fingerprints of recent spans, oldest first, with how many.
    pub(crate) recent_of: VecDeque<(u64, usize)>,
    pub(crate) last_seq: u64,
    pub(crate) poisoned: bool,
    /// When destinations last moved, by [`Clock::elapsed`].
    pub(crate) moved: HashMap<u64, Duration>,
    pub(crate) source: Arc<Source>,
    pub(crate) worker: Worker,
    pub(crate) tending: Tending,
    pub(crate) shared: Arc<Shared>,
    /// The directory's lock: whoever holds it may write the file. It goes with the connection, not with the last
    /// [`Store`](crate::Store), since a reader's clone may outlive the close. The system lets go of it when the
    /// process dies.
    pub(crate) _lock: File,
}

/// What is being done to segments.
#[derive(Default)]
pub(crate) struct Tending {
    /// The worker has a job.
    is_working: bool,
    /// Seal also what is still open.
    seal_all: bool,
    quiet_ticks: u32,
    /// No longer readable, but still read.
    condemned: Vec<Arc<SealedSegment>>,
    /// Segments that could not be rewritten, or not made smaller.
    stuck: HashSet<u64>,
}

/// A request that waits for the commit.
struct Pending {
    entry: EntryInfo,
    columns: Box<EventColumns>,
    kept: Option<KeptBits>,
    n_spans_stored: usize,
    appended: Appended,
    reply: Reply<Appended>,
}

/// Everything one commit did, to be made visible and answered once it is on disk.
#[derive(Default)]
struct Group {
    appends: Vec<Pending>,
    puts: Vec<(u64, Reply<u64>)>,
    done: Vec<Reply<()>>,
    counters: Counters,
    ledger_changed: bool,
    pins_changed: bool,
    /// Entries up to this one left the log.
    gone_seq: u64,
}

impl Writer {
    /// Serves commands until the last sender is gone or one says close.
    pub(crate) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut closed = None;
        self.look_at_the_disk();
        while closed.is_none()
            && let Some(first) = commands.blocking_recv()
        {
            let mut batch = Vec::new();
            let mut n_bytes = 0;
            let mut housework = None;
            let mut next = Some(first);
            while let Some(command) = next {
                match command {
                    Command::Close(reply) => {
                        closed = Some(reply);
                        break;
                    }
                    Command::Tend => {}
                    Command::Limit(caps) => self.limits = caps.within(self.limits),
                    command @ (Command::Clear(_) | Command::Compact(_)) => {
                        // Not within a group: what came before it is committed first.
                        housework = Some(command);
                        break;
                    }
                    command => {
                        if let Command::Append { entry, .. } = &command {
                            n_bytes += entry.body.bytes().len();
                        }
                        batch.push(command);
                    }
                }
                next = (batch.len() < GROUP_COMMANDS && n_bytes < GROUP_BYTES)
                    .then(|| commands.try_recv().ok())
                    .flatten();
            }
            if batch.is_empty() && housework.is_none() {
                self.tick();
            } else if !batch.is_empty() {
                self.tending.quiet_ticks = 0;
                self.commit(batch);
            }
            match housework {
                Some(Command::Clear(reply)) => reply.send(self.clear()).unwrap_or(()),
                Some(Command::Compact(reply)) => reply.send(self.compact()).unwrap_or(()),
                _ => {}
            }
            self.tend();
        }
        if self.bodies.is_empty() {
            self.seal_now();
        } else {
            // So that one file is the store again, but for what a destination waits for.
            self.seal_all_now();
            self.bodies.shrink();
        }
        // Optional: everything is in the file already. It only makes the next start shorter.
        if let Err(error) = self.db.pragma_update(None, "wal_checkpoint", "TRUNCATE") {
            tracing::debug!(%error, "no checkpoint on closing");
        }
        drop(self);
        if let Some(reply) = closed {
            reply.send(Ok(())).ok();
        }
    }

    fn commit(&mut self, mut batch: Vec<Command>) {
        if self.poisoned
            && let Err(error) = self.reopen()
        {
            tracing::error!(%error, "the store's file cannot be opened again yet");
            return refuse(batch, AppendError::Poisoned);
        }
        if self.shared.is_disk_low.load(Ordering::Relaxed) {
            // Senders that try again without a pause leave no second without a command.
            self.look_at_the_disk();
        }
        if self.shared.is_disk_low.load(Ordering::Relaxed) {
            let (appends, others): (Vec<_>, Vec<_>) =
                batch.into_iter().partition(|command| matches!(command, Command::Append { .. }));
            refuse(appends, AppendError::DiskLow);
            batch = others;
        }
        if batch.is_empty() {
            return;
        }
        let mut group = Group { counters: self.counters, ..Group::default() };
        match self.write(batch, &mut group) {
            Ok(()) => self.publish(group),
            Err(error) => self.fail(group, &error),
        }
    }

    /// One transaction. Every reply travels in `group`, also when it fails.
    fn write(&mut self, batch: Vec<Command>, group: &mut Group) -> rusqlite::Result<()> {
        let mut unwritten = batch.into_iter();
        let result = self.write_each(&mut unwritten, group);
        if result.is_err() {
            refuse(unwritten, AppendError::Unavailable);
        }
        result
    }

    fn write_each(
        &mut self,
        commands: &mut impl Iterator<Item = Command>,
        group: &mut Group,
    ) -> rusqlite::Result<()> {
        let bodies_bytes_max = BODIES_BYTES_MAX.min(self.limits.file_bytes / BODIES_ONE_IN);
        let Self { db, bodies, recent, counters, last_seq, clock, moved, shared, .. } = self;
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut end_seq = *last_seq;
        for command in commands {
            match command {
                Command::Append { entry, columns, n_rejected, n_spans_rejected, reply } => {
                    recent.bring_near(&columns.fingerprints);
                    let Deduplicated { kept, counters } =
                        Deduplicated::new(&columns, n_rejected, n_spans_rejected, |span| {
                            recent.remember(span)
                        });
                    let appended = Appended { n_stored: counters.stored, n_duplicate: counters.duplicate };
                    group.counters += counters;
                    let raw_bytes = usize::try_from(entry.raw_bytes).unwrap_or(usize::MAX);
                    let info = EntryInfo { seq: end_seq, received: entry.received, raw_bytes };
                    group.appends.push(Pending {
                        entry: info,
                        columns,
                        kept,
                        n_spans_stored: usize::try_from(counters.spans_stored).unwrap_or(usize::MAX),
                        appended,
                        reply,
                    });
                    // A request of nothing but repeats is in the log already.
                    if appended.n_stored > 0 {
                        group.counters.logged += entry.n_events;
                        if let Some(pending) = group.appends.last_mut() {
                            let kept = pending.kept.as_ref();
                            let (seq, n_bytes) =
                                log::insert(&transaction, bodies, bodies_bytes_max, entry, kept)?;
                            group.counters.logged_bytes += n_bytes;
                            end_seq = seq;
                            pending.entry.seq = seq;
                        }
                    }
                }
                Command::Pin(trace_id, is_pinned, reply) => {
                    group.done.push(reply);
                    pin::set(&transaction, trace_id, is_pinned, clock.now())?;
                    group.pins_changed = true;
                }
                Command::Put(new, reply) => {
                    let end = LogPosition {
                        seq: end_seq,
                        events: group.counters.logged,
                        bytes: group.counters.logged_bytes,
                    };
                    group.puts.push((0, reply));
                    let id = destination::put(&transaction, &new, end)?;
                    if let Some(put) = group.puts.last_mut() {
                        put.0 = id;
                    }
                    group.ledger_changed = true;
                }
                Command::Remove(id, reply) => {
                    group.done.push(reply);
                    moved.remove(&id);
                    destination::remove(&transaction, id)?;
                    letter::forget(&transaction, id, None)?;
                    group.ledger_changed = true;
                }
                Command::Advance(id, advance, reply) => {
                    group.done.push(reply);
                    if advance.acknowledged > 0 {
                        moved.insert(id, clock.elapsed());
                    }
                    destination::advance(&transaction, id, &advance)?;
                    letter::keep(&transaction, id, &advance.letters)?;
                    group.ledger_changed = true;
                }
                Command::ForgetLetters(id, letters, reply) => {
                    group.done.push(reply);
                    letter::forget(&transaction, id, letters.as_deref())?;
                    group.ledger_changed = true;
                }
                Command::Limit(_)
                | Command::Clear(_)
                | Command::Compact(_)
                | Command::Tend
                | Command::Close(_) => {
                    unreachable!("run() keeps them out of batches")
                }
            }
        }
        let bounded: Vec<u64> = {
            let destinations = shared.destinations();
            let end = group.counters.logged_bytes;
            let now = clock.elapsed();
            let is_behind = |destination: &Destination| {
                let gets_on = moved.get(&destination.id).is_some_and(|at| now.saturating_sub(*at) < GETS_ON);
                !gets_on && destination.waiting_bytes(end) > bodies_bytes_max / BACKLOG_ONE_IN
            };
            shared.is_behind.store(destinations.iter().any(is_behind), Ordering::Relaxed);
            let is_over = |destination: &&Destination| destination.is_over_bound(end);
            destinations.iter().filter(is_over).map(|destination| destination.id).collect()
        };
        for id in bounded {
            retain::bound_backlog(&transaction, id, group.counters.logged_bytes)?;
            group.ledger_changed = true;
        }
        if group.ledger_changed {
            group.gone_seq = retain::trim(&transaction, group.counters.floor_seq)?;
        }
        group.counters.save(*counters, &transaction)?;
        // Before the rows that name them.
        bodies.sync().map_err(|error| as_sqlite(&error))?;
        transaction.commit()?;
        bodies.free_up_to(group.gone_seq);
        *last_seq = end_seq;
        Ok(())
    }

    /// Shows what is now on disk, then answers.
    fn publish(&mut self, group: Group) {
        self.counters = group.counters;
        if group.ledger_changed {
            self.publish_ledger();
        }
        if group.pins_changed {
            self.publish_pins();
        }
        let mut answers = Vec::with_capacity(group.appends.len());
        let mut memory = self.shared.memory();
        for Pending { entry, columns, kept, appended, reply, .. } in group.appends {
            if appended.n_stored > 0 {
                memory.push(entry, *columns, kept.as_ref());
            }
            answers.push((reply, appended));
        }
        let generation = memory.publish(group.counters);
        drop(memory);
        self.shared.announce(generation);
        // A sender that gave up has no one to tell.
        for (reply, appended) in answers {
            reply.send(Ok(appended)).ok();
        }
        for (id, reply) in group.puts {
            reply.send(Ok(id)).ok();
        }
        for reply in group.done {
            reply.send(Ok(())).ok();
        }
    }
}
