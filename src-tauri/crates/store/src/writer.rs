//! The one thread that writes the file.

use crate::append::{Appended, Deduplicated};
use crate::counters::Counters;
use crate::destination::{self, Advance, Destination, NewDestination};
use crate::error::AppendError;
use crate::log::{LogPosition, NewEntry};
use crate::memory::{Memory, Surplus};
use crate::open::{Decode, Limits};
use crate::recent_spans::RecentSpans;
use crate::{log, open, recover, retain};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use skep_model::{Event, EventKind};
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

/// Commands that wait before senders are held back.
pub(crate) const QUEUE_COMMANDS: usize = 1024;

/// Commands and compressed bytes of one commit at most. A commit costs one sync, however much it holds; a bigger one
/// makes its first sender wait for its last.
const GROUP_COMMANDS: usize = 256;
const GROUP_BYTES: usize = 8 << 20;

/// The caller's end of a command.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, AppendError>>;

/// What the writer is asked to do.
pub(crate) enum Command {
    Append {
        entry: NewEntry,
        events: Vec<Event>,
        n_rejected: u64,
        n_spans_rejected: u64,
        reply: Reply<Appended>,
    },
    Put(NewDestination, Reply<u64>),
    Remove(u64, Reply<()>),
    Advance(u64, Advance, Reply<()>),
    Close(Reply<()>),
}

/// What readers and the writer share.
#[derive(Debug)]
pub(crate) struct Shared {
    memory: Mutex<Memory>,
    destinations: Mutex<Arc<[Destination]>>,
    generation: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(memory: Memory, destinations: Vec<Destination>) -> Self {
        Self {
            memory: Mutex::new(memory),
            destinations: Mutex::new(destinations.into()),
            generation: watch::Sender::new(0),
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

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }
}

/// The writer's own state.
pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) dir: PathBuf,
    pub(crate) decode: Decode,
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    pub(crate) recent: RecentSpans,
    pub(crate) last_seq: u64,
    pub(crate) poisoned: bool,
    pub(crate) shared: Arc<Shared>,
    /// The directory's lock: whoever holds it may write the file. It goes with the connection, not with the last
    /// [`Store`](crate::Store), since a reader's clone may outlive the close. The system lets go of it when the
    /// process dies.
    pub(crate) _lock: File,
}

/// A request that waits for the commit.
struct Pending {
    seq: u64,
    fresh: Vec<Event>,
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
    surplus: Option<Surplus>,
}

impl Writer {
    /// Serves commands until the last sender is gone or one says close.
    pub(crate) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut closed = None;
        while closed.is_none()
            && let Some(first) = commands.blocking_recv()
        {
            let mut batch = Vec::new();
            let mut n_bytes = 0;
            let mut next = Some(first);
            while let Some(command) = next {
                match command {
                    Command::Close(reply) => {
                        closed = Some(reply);
                        break;
                    }
                    Command::Append { ref entry, .. } => n_bytes += entry.compressed.len(),
                    Command::Put(..) | Command::Remove(..) | Command::Advance(..) => {}
                }
                batch.push(command);
                next = (batch.len() < GROUP_COMMANDS && n_bytes < GROUP_BYTES)
                    .then(|| commands.try_recv().ok())
                    .flatten();
            }
            if !batch.is_empty() {
                self.commit(batch);
            }
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

    fn commit(&mut self, batch: Vec<Command>) {
        if self.poisoned
            && let Err(error) = self.reopen()
        {
            tracing::error!(%error, "the store's file cannot be opened again yet");
            return refuse(batch, AppendError::Poisoned);
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
        let Self { db, recent, counters, last_seq, shared, limits, .. } = self;
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut end_seq = *last_seq;
        for command in commands {
            match command {
                Command::Append { entry, events, n_rejected, n_spans_rejected, reply } => {
                    let kept =
                        Deduplicated::new(events, n_rejected, n_spans_rejected, |span| recent.insert(span));
                    let appended =
                        Appended { n_stored: kept.counters.stored, n_duplicate: kept.counters.duplicate };
                    group.counters += kept.counters;
                    group.appends.push(Pending { seq: end_seq, fresh: kept.fresh, appended, reply });
                    // A request of nothing but repeats is in the log already.
                    if appended.n_stored > 0 {
                        group.counters.logged += entry.n_events;
                        end_seq = log::insert(&transaction, &entry)?;
                        if let Some(pending) = group.appends.last_mut() {
                            pending.seq = end_seq;
                        }
                    }
                }
                Command::Put(new, reply) => {
                    let end = LogPosition { seq: end_seq, events: group.counters.logged };
                    group.puts.push((0, reply));
                    let id = destination::put(&transaction, &new, end)?;
                    if let Some(put) = group.puts.last_mut() {
                        put.0 = id;
                    }
                    group.ledger_changed = true;
                }
                Command::Remove(id, reply) => {
                    group.done.push(reply);
                    destination::remove(&transaction, id)?;
                    group.ledger_changed = true;
                }
                Command::Advance(id, advance, reply) => {
                    group.done.push(reply);
                    destination::advance(&transaction, id, &advance)?;
                    group.ledger_changed = true;
                }
                Command::Close(_) => unreachable!("run() keeps it out of batches"),
            }
        }
        let for_space = retain::used_bytes(&transaction)? > limits.file_bytes;
        let memory = shared.memory();
        group.surplus = if for_space { memory.oldest() } else { memory.surplus(limits.readable_rows) };
        drop(memory);
        if let Some(surplus) = &group.surplus {
            retain::evict(&transaction, surplus, for_space, &mut group.counters)?;
            group.ledger_changed = true;
        } else if group.ledger_changed {
            retain::trim(&transaction, group.counters.floor_seq)?;
        }
        group.counters.save(*counters, &transaction)?;
        transaction.commit()?;
        *last_seq = end_seq;
        Ok(())
    }

    /// Shows what is now on disk, then answers.
    fn publish(&mut self, group: Group) {
        self.counters = group.counters;
        if group.ledger_changed {
            match destination::load(&self.db) {
                Ok(destinations) => *self.shared.destinations() = destinations.into(),
                Err(error) => tracing::error!(%error, "the ledger cannot be read"),
            }
        }
        let mut answers = Vec::with_capacity(group.appends.len());
        let mut memory = self.shared.memory();
        if let Some(surplus) = &group.surplus {
            memory.evict(surplus);
        }
        for Pending { seq, fresh, appended, reply } in group.appends {
            if !fresh.is_empty() {
                memory.push(seq, fresh);
            }
            answers.push((reply, appended));
        }
        let generation = memory.publish(group.counters);
        drop(memory);
        self.shared.generation.send_replace(generation);
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

    fn fail(&mut self, group: Group, error: &rusqlite::Error) {
        let n_spans =
            |pending: &Pending| pending.fresh.iter().filter(|event| event.kind == EventKind::Span).count();
        self.recent.forget_last(group.appends.iter().map(n_spans).sum());
        let reason = match error.sqlite_error_code() {
            // SQLite rolled back and nothing was synced: the file is as it was.
            Some(
                ErrorCode::DiskFull
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ConstraintViolation,
            ) => AppendError::Unavailable,
            // After a failed write or sync the kernel may have dropped the pages: what this connection believes to be
            // on disk may not be. Only opening the file again tells.
            _ => {
                self.poisoned = true;
                AppendError::Poisoned
            }
        };
        tracing::error!(%error, "a commit failed; its senders were told to try again");
        recover::note_failed_write(&self.dir, error);
        for pending in group.appends {
            pending.reply.send(Err(reason)).ok();
        }
        for (_, reply) in group.puts {
            reply.send(Err(reason)).ok();
        }
        for reply in group.done {
            reply.send(Err(reason)).ok();
        }
    }

    /// Opens the file anew after a failed sync and reads what did reach it.
    fn reopen(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        self.db = open::writable(&self.dir)?;
        let mut counters = Counters { damaged: self.counters.damaged, ..Counters::load(&self.db)? };
        let mut memory = self.shared.memory();
        let (seq, recent) = (self.last_seq, &mut self.recent);
        self.last_seq = open::replay(&self.db, seq, self.decode, &mut memory, recent, &mut counters)?;
        memory.publish(counters);
        self.counters = counters;
        self.poisoned = false;
        Ok(())
    }
}

fn refuse(commands: impl IntoIterator<Item = Command>, reason: AppendError) {
    for command in commands {
        match command {
            Command::Append { reply, .. } => {
                reply.send(Err(reason)).ok();
            }
            Command::Put(_, reply) => {
                reply.send(Err(reason)).ok();
            }
            Command::Remove(_, reply) | Command::Advance(_, _, reply) | Command::Close(reply) => {
                reply.send(Err(reason)).ok();
            }
        }
    }
}
