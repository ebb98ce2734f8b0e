//! What a user asks for by hand: everything gone, or the file made small.

use super::Writer;
use crate::error::AppendError;
use crate::recent_spans::RecentSpans;
use crate::sealed::file;
use rusqlite::TransactionBehavior;

impl Writer {
    /// Lets everything go. Sealed first, so that one way of leaving is enough.
    pub(super) fn clear(&mut self) -> Result<(), AppendError> {
        self.seal_all_now();
        if self.poisoned || self.shared.memory().n_unsealed_rows() > 0 {
            return Err(AppendError::Unavailable);
        }
        self.clear_sealed().map_err(|error| self.unable(&error))
    }

    fn clear_sealed(&mut self) -> rusqlite::Result<()> {
        let sealed = self.shared.memory().sealed().to_vec();
        let mut counters = self.counters;
        counters.evicted += sealed.iter().map(|segment| segment.n_rows() as u64).sum::<u64>();
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for segment in &sealed {
            file::condemn(&transaction, segment.id)?;
        }
        transaction.execute("DELETE FROM pin", [])?;
        counters.save(self.counters, &transaction)?;
        transaction.commit()?;
        self.counters = counters;
        // The same file may be imported again: its spans are no repeats of anything that is here.
        self.recent = RecentSpans::default();
        self.recent_of.clear();
        let ids: Vec<u64> = sealed.iter().map(|segment| segment.id).collect();
        let mut memory = self.shared.memory();
        memory.replace(&ids, None);
        let generation = memory.publish(counters);
        drop(memory);
        self.tending.condemned.extend(sealed);
        self.publish_pins();
        self.shared.announce(generation);
        Ok(())
    }

    /// Writes the file anew without its holes.
    pub(super) fn compact(&mut self) -> Result<(), AppendError> {
        let compacted = self.release().and_then(|()| {
            self.db.execute_batch("VACUUM")?;
            // Or what was written anew lies in the log beside it until the next one.
            self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        });
        compacted.map_err(|error| self.unable(&error))
    }

    fn unable(&mut self, error: &rusqlite::Error) -> AppendError {
        self.failed(error);
        AppendError::Unavailable
    }
}
