//! When a write fails: who is told what, and what is believed from then on.

use super::{Command, Group, Writer};
use crate::error::AppendError;
use crate::log::{Bodies, BodiesReader};
use crate::open::{self, Loaded, Role};
use crate::recover;
use rusqlite::ErrorCode;

impl Writer {
    /// Tells the senders of a group that nothing of it was kept.
    pub(super) fn fail(&mut self, group: Group, error: &rusqlite::Error) {
        self.recent.forget_last(group.appends.iter().map(|pending| pending.n_spans_stored).sum());
        self.poisoned |= poisons(error);
        // Else the rows may be on disk all the same; opening the file anew tells which bodies stay.
        if !self.poisoned {
            self.bodies.free_after(self.last_seq);
        }
        let reason = if self.poisoned { AppendError::Poisoned } else { AppendError::Unavailable };
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

    /// What was being done beside is tried again later; after a failed write or sync the file is opened anew first.
    pub(super) fn failed(&mut self, error: &rusqlite::Error) {
        tracing::error!(%error, "the store could not tend to its segments");
        self.poisoned |= poisons(error);
    }

    /// Opens the file anew after a failed sync and reads what did reach it: as a restart does, since nothing that was
    /// believed before can be.
    pub(super) fn reopen(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        self.db = open::writable(&self.dir)?;
        let bodies = BodiesReader::open(&self.dir);
        let rows = self.limits.segment_rows;
        let Loaded { mut memory, recent, recent_of, last_seq, places } =
            open::load(&self.db, &bodies, &self.source, &self.decode, rows, Role::Writer)?;
        self.bodies = Bodies::open(&self.dir, &places)?;
        (self.recent, self.recent_of, self.last_seq) = (recent, recent_of, last_seq);
        self.counters = memory.counters();
        let mut shown = self.shared.memory();
        memory.follow(&shown);
        let generation = memory.publish(self.counters);
        *shown = memory;
        drop(shown);
        // A job that was under way belongs to segments that are no longer there.
        if std::mem::take(&mut self.tending).is_working {
            self.worker.done.recv().ok();
        }
        self.poisoned = false;
        self.publish_ledger();
        self.shared.announce(generation);
        Ok(())
    }
}

/// Whether what this connection believes to be on disk may not be there.
fn poisons(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        // SQLite rolled back and nothing was synced: the file is as it was.
        Some(
            ErrorCode::DiskFull
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::ConstraintViolation,
        ) => false,
        // After a failed write or sync the kernel may have dropped the pages. Only opening the file again tells.
        _ => true,
    }
}

pub(super) fn refuse(commands: impl IntoIterator<Item = Command>, reason: AppendError) {
    for command in commands {
        match command {
            Command::Append { reply, .. } => {
                reply.send(Err(reason)).ok();
            }
            Command::Put(_, reply) => {
                reply.send(Err(reason)).ok();
            }
            Command::Remove(_, reply)
            | Command::Advance(_, _, reply)
            | Command::ForgetLetters(_, _, reply)
            | Command::Pin(_, _, reply)
            | Command::Clear(reply)
            | Command::Compact(reply)
            | Command::Close(reply) => {
                reply.send(Err(reason)).ok();
            }
            Command::Tend | Command::Limit(_) => {}
        }
    }
}
