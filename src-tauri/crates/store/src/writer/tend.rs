//! What the writer does beside writing what arrives: sealing, letting go, merging. One thing at a time, each in a
//! transaction of its own; the bytes are made by the [`Worker`](crate::worker::Worker).

use super::Writer;
use crate::destination;
use crate::recent_spans::RECENT_SPANS_LIMIT;
use crate::retain::{self, Leave};
use crate::sealed::{SealedSegment, file};
use crate::worker::{Done, Job, Keep};
use rusqlite::TransactionBehavior;
use skep_model::Nanos;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Ticks without an append after which what is open is sealed: for a fair number of rows, and for any.
const QUIET_TICKS: u32 = 10;
const QUIET_ROWS_MIN: usize = 4096;
const VERY_QUIET_TICKS: u32 = 60;

/// Ticks without an append or a question after which decoded columns are let go.
const IDLE_TICKS: u32 = 120;

/// Times the rows of a segment that may wait in memory to be sealed before senders are held back.
const UNSEALED_SEGMENTS_MAX: usize = 4;

/// How far the file may outgrow its cap, in parts of it, before senders are held back.
const OVERSHOOT_ONE_IN: u64 = 40;

/// Small neighbours are merged once there are so many of them.
const MERGE_SEGMENTS_MIN: usize = 4;

impl Writer {
    /// Takes a finished job's result and starts what is due; waits for it where memory or the file would overflow.
    pub(super) fn tend(&mut self) {
        while !self.poisoned {
            match self.worker.done.try_recv() {
                Ok(done) => self.finish(done),
                Err(_) if self.tending.is_working && self.must_wait() => match self.worker.done.recv() {
                    Ok(done) => self.finish(done),
                    Err(_) => return,
                },
                Err(_) if self.tending.is_working => return,
                Err(_) => {
                    let Some(job) = self.next_job() else { return };
                    self.tending.is_working = self.worker.jobs.send(job).is_ok();
                    if !self.tending.is_working {
                        return;
                    }
                }
            }
        }
    }

    /// Once a second, when nothing arrives.
    pub(super) fn tick(&mut self) {
        self.tending.quiet_ticks = self.tending.quiet_ticks.saturating_add(1);
        self.look_at_the_disk();
        self.bodies.shrink();
        let n_rows = self.shared.memory().n_unsealed_rows();
        let is_quiet = self.tending.quiet_ticks >= QUIET_TICKS && n_rows >= QUIET_ROWS_MIN;
        if is_quiet || (self.tending.quiet_ticks >= VERY_QUIET_TICKS && n_rows > 0) {
            self.tending.seal_all = true;
        }
        if self.tending.quiet_ticks.is_multiple_of(IDLE_TICKS) {
            self.source.forget();
        }
    }

    /// Seals what only the log keeps if it is worth a segment, and waits for it.
    pub(super) fn seal_now(&mut self) {
        self.seal_down_to(QUIET_ROWS_MIN);
    }

    /// Seals everything that only the log keeps, and waits for it.
    pub(super) fn seal_all_now(&mut self) {
        self.seal_down_to(1);
    }

    fn seal_down_to(&mut self, n_rows_min: usize) {
        if self.tending.is_working
            && let Ok(done) = self.worker.done.recv()
        {
            self.finish(done);
        }
        let mut n_before = usize::MAX;
        loop {
            let n_rows = self.shared.memory().n_unsealed_rows();
            // What did not get less cannot be written now.
            if n_rows < n_rows_min || n_rows >= n_before || self.poisoned {
                return;
            }
            n_before = n_rows;
            self.tending.seal_all = true;
            let Some(job) = self.next_job() else { return };
            if self.worker.jobs.send(job).is_err() {
                return;
            }
            match self.worker.done.recv() {
                Ok(done) => self.finish(done),
                Err(_) => return,
            }
        }
    }

    /// Whether the disk has room; asked before appends, so that the database is never the one to find out.
    pub(super) fn look_at_the_disk(&mut self) {
        // An unknown is not a reason to stop.
        let free_bytes = fs4::available_space(&self.dir).unwrap_or(u64::MAX);
        self.shared.is_disk_low.store(free_bytes < self.limits.free_disk_bytes_min, Ordering::Relaxed);
    }

    fn must_wait(&self) -> bool {
        let n_rows = self.shared.memory().n_unsealed_rows();
        if n_rows > self.limits.segment_rows.saturating_mul(UNSEALED_SEGMENTS_MAX) {
            return true;
        }
        let limit = self.limits.file_bytes;
        self.used_bytes().is_ok_and(|used| used > limit + limit / OVERSHOOT_ONE_IN)
    }

    fn used_bytes(&self) -> rusqlite::Result<u64> {
        Ok(retain::used_bytes(&self.db)? + self.bodies.n_bytes())
    }

    fn next_job(&mut self) -> Option<Job> {
        if let Some(job) = self.seal_job() {
            return Some(job);
        }
        match self.leave() {
            Ok(Some(job)) => return Some(job),
            Ok(None) => {}
            Err(error) => {
                self.failed(&error);
                return None;
            }
        }
        self.merge_job()
    }

    fn seal_job(&mut self) -> Option<Job> {
        let mut memory = self.shared.memory();
        if std::mem::take(&mut self.tending.seal_all) {
            memory.freeze_open();
        } else {
            let n_rows: usize = memory.frozen().iter().map(|segment| segment.n_rows()).sum();
            let n_bytes: usize = memory.frozen().iter().map(|segment| segment.request_bytes).sum();
            if n_rows < self.limits.segment_rows && n_bytes < self.limits.segment_request_bytes {
                return None;
            }
        }
        let mut n_rows = 0;
        let inputs = memory.frozen().iter().take_while(|segment| {
            let takes = n_rows < self.limits.segment_rows;
            n_rows += segment.n_rows();
            takes
        });
        let inputs: Vec<_> = inputs.cloned().collect();
        (!inputs.is_empty()).then_some(Job::Seal(inputs))
    }

    /// Lets whole segments go at once; a job when only a part of one has to.
    fn leave(&mut self) -> rusqlite::Result<Option<Job>> {
        loop {
            self.release()?;
            let used = self.used_bytes()?;
            let surplus = used.saturating_sub(self.limits.file_bytes + self.condemned_bytes());
            let oldest = self.limits.age_max.map(|age| {
                let age_nanos = u64::try_from(age.as_nanos()).unwrap_or(u64::MAX);
                Nanos(self.clock.now().0.saturating_sub(age_nanos))
            });
            let memory = self.shared.memory();
            let (sealed, pinned) = (memory.sealed().to_vec(), Arc::clone(memory.pins()));
            drop(memory);
            let mut leave =
                oldest.and_then(|oldest| retain::for_age(&sealed, oldest, &pinned, &self.tending.stuck));
            if leave.is_none() && surplus > 0 {
                if self.drop_unsent_before(sealed.first().map(|segment| segment.last_seq))? {
                    continue;
                }
                leave = retain::for_space(&sealed, surplus, &pinned, &self.tending.stuck);
                // With nothing sealed there is nothing to choose from yet.
                self.tending.seal_all |= leave.is_none() && self.shared.memory().n_unsealed_rows() > 0;
            }
            // Or it would count as someone who still reads them.
            drop(sealed);
            match leave {
                None if self.tending.seal_all => return Ok(self.seal_job()),
                None => return Ok(None),
                Some(Leave::Rows(segment, keep)) => return Ok(Some(Job::Rewrite(vec![segment], keep))),
                Some(Leave::Segment(segment)) => self.evict(&segment)?,
            }
        }
    }

    /// Entries that only a destination waits for leave before events that are younger.
    fn drop_unsent_before(&mut self, oldest_sealed: Option<u64>) -> rusqlite::Result<bool> {
        let floor_seq = self.counters.floor_seq.min(oldest_sealed.unwrap_or(u64::MAX));
        let floor_seq = retain::may_leave_unsent(&self.db, floor_seq)?;
        let waits: bool = self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM log WHERE seq <= ?1)",
            [floor_seq.cast_signed()],
            |row| row.get(0),
        )?;
        if !waits {
            return Ok(false);
        }
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        retain::drop_unsent(&transaction, floor_seq)?;
        transaction.commit()?;
        self.bodies.free_up_to(floor_seq);
        self.publish_ledger();
        Ok(true)
    }

    fn evict(&mut self, segment: &Arc<SealedSegment>) -> rusqlite::Result<()> {
        let mut counters = self.counters;
        counters.evicted += segment.n_rows() as u64;
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        file::condemn(&transaction, segment.id)?;
        counters.save(self.counters, &transaction)?;
        transaction.commit()?;
        self.counters = counters;
        let mut memory = self.shared.memory();
        memory.replace(&[segment.id], None);
        let generation = memory.publish(counters);
        drop(memory);
        self.tending.condemned.push(Arc::clone(segment));
        self.shared.announce(generation);
        Ok(())
    }

    /// Deletes what no one reads any more.
    pub(super) fn release(&mut self) -> rusqlite::Result<()> {
        let (free, held): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.tending.condemned).into_iter().partition(|segment| {
                // Besides this list; the caller of `evict` still has its own.
                Arc::strong_count(segment) <= 1
            });
        self.tending.condemned = held;
        if free.is_empty() {
            return Ok(());
        }
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for segment in &free {
            file::delete(&transaction, segment.id)?;
        }
        transaction.commit()
    }

    fn condemned_bytes(&self) -> u64 {
        self.tending.condemned.iter().map(|segment| segment.part_bytes).sum()
    }

    /// Neighbours that are small, of like size, and fill at most one segment together.
    fn merge_job(&self) -> Option<Job> {
        let memory = self.shared.memory();
        let sealed = memory.sealed();
        let is_small = |segment: &Arc<SealedSegment>| {
            segment.n_rows() < self.limits.segment_rows / 2 && !self.tending.stuck.contains(&segment.id)
        };
        for first in 0..sealed.len() {
            let mut n_rows = 0;
            let run: Vec<_> = sealed[first..]
                .iter()
                .take_while(|segment| {
                    n_rows += segment.n_rows();
                    is_small(segment) && n_rows <= self.limits.segment_rows
                })
                .cloned()
                .collect();
            let n_rows: usize = run.iter().map(|segment| segment.n_rows()).sum();
            let largest = run.iter().map(|segment| segment.n_rows()).max().unwrap_or(0);
            // A large one among small ones would be written again and again.
            if run.len() >= MERGE_SEGMENTS_MIN && largest * 2 <= n_rows {
                return Some(Job::Rewrite(run, Keep::default()));
            }
        }
        None
    }

    fn finish(&mut self, done: Done) {
        self.tending.is_working = false;
        // While requests keep coming no second passes without one.
        self.look_at_the_disk();
        let result = match done {
            Done::Seal { n_frozen, n_spans, sealed } => {
                self.write_sealed(n_frozen, n_spans, sealed).map_err(crate::ReadError::from)
            }
            Done::Rewrite { old, result } => match result {
                Ok(new) => self.write_rewritten(&old, new).map_err(|error| {
                    // Trying at once what has just failed would not end.
                    self.tending.stuck.extend(old.iter().map(|segment| segment.id));
                    crate::ReadError::from(error)
                }),
                Err(error) => {
                    tracing::error!(%error, "segments cannot be rewritten; what can be read of them stays");
                    self.tending.stuck.extend(old.iter().map(|segment| segment.id));
                    Ok(())
                }
            },
        };
        if let Err(crate::ReadError::Sqlite(error)) = result {
            self.failed(&error);
        }
    }

    fn write_sealed(
        &mut self,
        n_frozen: usize,
        n_spans: usize,
        sealed: Option<crate::sealed::SealedParts>,
    ) -> rusqlite::Result<()> {
        let n_unsealed_spans = self.shared.memory().n_unsealed_spans();
        let fingerprints = self.recent.oldest_of_last(n_unsealed_spans, n_spans);
        let mut counters = self.counters;
        let outdated = self.outdated_fingerprints(n_spans);
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = match &sealed {
            Some(sealed) => {
                counters.floor_seq = sealed.last_seq;
                Some(file::insert(&transaction, sealed, &fingerprints)?)
            }
            None => None,
        };
        for id in &outdated {
            file::forget_fingerprints(&transaction, *id)?;
        }
        let gone_seq = retain::trim(&transaction, counters.floor_seq)?;
        counters.save(self.counters, &transaction)?;
        transaction.commit()?;
        self.bodies.free_up_to(gone_seq);
        self.counters = counters;
        let segment = id.zip(sealed).map(|(id, sealed)| self.segment(id, sealed));
        if let Some(segment) = &segment {
            self.recent_of.push_back((segment.id, n_spans));
        }
        self.recent_of.retain(|(id, _)| !outdated.contains(id));
        let mut memory = self.shared.memory();
        memory.seal(n_frozen, segment);
        let generation = memory.publish(counters);
        drop(memory);
        self.shared.announce(generation);
        Ok(())
    }

    /// Segments all of whose spans are no longer recent once `n_more` are.
    fn outdated_fingerprints(&self, n_more: usize) -> Vec<u64> {
        let mut n_newer = n_more;
        let mut outdated = Vec::new();
        for (id, n_spans) in self.recent_of.iter().rev() {
            if n_newer >= RECENT_SPANS_LIMIT {
                outdated.push(*id);
            }
            n_newer += n_spans;
        }
        outdated
    }

    fn write_rewritten(
        &mut self,
        old: &[Arc<SealedSegment>],
        new: Option<crate::sealed::SealedParts>,
    ) -> rusqlite::Result<()> {
        let n_before: usize = old.iter().map(|segment| segment.n_rows()).sum();
        let n_after = new.as_ref().map_or(0, |new| new.header.n_rows);
        let mut counters = self.counters;
        counters.evicted += (n_before - n_after) as u64;
        let old_ids: Vec<u64> = old.iter().map(|segment| segment.id).collect();
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut fingerprints = Vec::new();
        for (id, _) in self.recent_of.iter().filter(|(id, _)| old_ids.contains(id)) {
            fingerprints.extend(file::fingerprints(&transaction, *id)?);
        }
        let id = match &new {
            Some(new) => Some(file::insert(&transaction, new, &fingerprints)?),
            None => None,
        };
        for id in &old_ids {
            file::condemn(&transaction, *id)?;
        }
        counters.save(self.counters, &transaction)?;
        transaction.commit()?;
        self.counters = counters;
        let place = self.recent_of.iter().position(|(id, _)| old_ids.contains(id));
        self.recent_of.retain(|(id, _)| !old_ids.contains(id));
        if let (Some(place), Some(id)) = (place, id) {
            self.recent_of.insert(place.min(self.recent_of.len()), (id, fingerprints.len()));
        }
        if n_after == n_before && old.len() == 1 {
            // Pinned rows alone: asking again would not end.
            self.tending.stuck.extend(id);
        }
        let segment = id.zip(new).map(|(id, new)| self.segment(id, new));
        let mut memory = self.shared.memory();
        memory.replace(&old_ids, segment);
        let generation = memory.publish(counters);
        drop(memory);
        self.tending.condemned.extend(old.iter().cloned());
        self.shared.announce(generation);
        Ok(())
    }

    fn segment(&self, id: u64, sealed: crate::sealed::SealedParts) -> Arc<SealedSegment> {
        let part_bytes: usize = sealed.parts.iter().map(|(_, body)| body.len()).sum();
        let source = Arc::clone(&self.source);
        let (last_seq, received) = (sealed.last_seq, sealed.received);
        Arc::new(SealedSegment::new(id, sealed.header, last_seq, received, part_bytes as u64, source))
    }

    /// Reads the pins again and shows them.
    pub(super) fn publish_pins(&mut self) {
        match crate::pin::load(&self.db) {
            Ok(pins) => {
                self.shared.memory().set_pins(Arc::new(pins));
                // What could not leave for a pin may do so now.
                self.tending.stuck.clear();
            }
            Err(error) => tracing::error!(%error, "the pins cannot be read"),
        }
    }

    /// Reads the ledger again and shows it.
    pub(super) fn publish_ledger(&self) {
        match destination::load(&self.db) {
            Ok(destinations) => *self.shared.destinations() = destinations.into(),
            Err(error) => tracing::error!(%error, "the ledger cannot be read"),
        }
    }
}
