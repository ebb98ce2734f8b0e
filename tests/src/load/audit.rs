use super::{AckLog, SPANS_PER_BATCH};
use crate::rig::Skep;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What a store holds of a run, to be held against the log of what was acknowledged.
#[derive(Debug)]
pub struct Audit {
    /// Of each batch: its spans, and its different spans.
    stored: BTreeMap<u64, (u64, u64)>,
}

impl Audit {
    /// Asks the store on a data directory, as a second process.
    #[must_use]
    pub fn of(data_dir: &Path, run: u64) -> Self {
        let query = format!(
            "SELECT COUNT, COUNT_DISTINCT(trace.span_id) WHERE load.run = '{run}' GROUP BY load.batch LIMIT 10000"
        );
        let answer = Skep::ask_store(data_dir, ["query", &query]);
        let rows = answer["rows"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{value} in {answer}"));
        let stored = rows.iter().map(|row| (number(&row[0]), (number(&row[1]), number(&row[2])))).collect();
        Self { stored }
    }

    /// Batches it holds anything of.
    #[must_use]
    pub fn n_batches(&self) -> usize {
        self.stored.len()
    }

    /// Acknowledged batches that it does not hold whole.
    #[must_use]
    pub fn lost(&self, acked: &AckLog) -> Vec<u64> {
        let is_whole =
            |batch: &&u64| self.stored.get(*batch).is_some_and(|(_, distinct)| *distinct == SPANS_PER_BATCH);
        acked.iter().filter(|batch| !is_whole(batch)).copied().collect()
    }

    /// Batches of which it holds a part only, acknowledged or not.
    #[must_use]
    pub fn torn(&self) -> Vec<u64> {
        self.those(|(_, distinct)| distinct != SPANS_PER_BATCH)
    }

    /// Batches of which it counts a span more than once.
    #[must_use]
    pub fn doubled(&self) -> Vec<u64> {
        self.those(|(count, distinct)| count != distinct)
    }

    fn those(&self, is_bad: impl Fn((u64, u64)) -> bool) -> Vec<u64> {
        self.stored.iter().filter(|(_, counts)| is_bad(**counts)).map(|(batch, _)| *batch).collect()
    }

    /// Panics unless every acknowledged batch is there, every batch is there whole or not at all, and none twice.
    pub fn assert_whole(&self, acked: &AckLog, when: &str) {
        assert_eq!(self.lost(acked), [0; 0], "acknowledged batches lost, {when}");
        assert_eq!(self.torn(), [0; 0], "batches kept in part, {when}");
        assert_eq!(self.doubled(), [0; 0], "spans counted more than once, {when}");
    }
}
