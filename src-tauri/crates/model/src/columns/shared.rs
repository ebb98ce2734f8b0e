use super::room;
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Records that many rows share, each kept once.
#[derive(Clone, Debug)]
pub struct Shared<T> {
    idx_of: FxHashMap<Arc<T>, u32>,
    records: Vec<Arc<T>>,
    of_row: Vec<u32>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { idx_of: FxHashMap::default(), records: Vec::new(), of_row: Vec::new() }
    }
}

impl<T: Hash + Eq> Shared<T> {
    /// Adds a row of this record.
    pub fn push(&mut self, record: &Arc<T>) {
        let idx = self.idx(record);
        self.of_row.push(idx);
    }

    /// Makes room for so many more rows.
    pub(super) fn expect_rows(&mut self, n_rows: usize) {
        self.of_row.reserve(n_rows);
    }

    fn idx(&mut self, record: &Arc<T>) -> u32 {
        // Events of one request share one record: the common case is a pointer comparison with the last one.
        if let Some(last) = self.of_row.last()
            && Arc::ptr_eq(&self.records[*last as usize], record)
        {
            return *last;
        }
        *self.idx_of.entry(Arc::clone(record)).or_insert_with(|| {
            self.records.push(Arc::clone(record));
            // No more records than rows, which are far fewer than 2^32.
            self.records.len() as u32 - 1
        })
    }

    /// Gives the rows from `first_row` on, which share a record, another one. When they began there were `n_before`
    /// records: one that came with them goes with them.
    pub(super) fn change_last(&mut self, first_row: usize, n_before: usize, record: &Arc<T>) {
        let n_rows = self.of_row.len();
        self.of_row.truncate(first_row);
        for record in self.records.drain(n_before.min(self.records.len())..) {
            self.idx_of.remove(&record);
        }
        if n_rows > first_row {
            let idx = self.idx(record);
            self.of_row.resize(n_rows, idx);
        }
    }

    /// The distinct records.
    #[must_use]
    pub fn records(&self) -> &[Arc<T>] {
        &self.records
    }

    /// For each row, which of them it has.
    #[must_use]
    pub fn of_row(&self) -> &[u32] {
        &self.of_row
    }

    /// The record of one row.
    #[must_use]
    pub fn at(&self, row: usize) -> &Arc<T> {
        &self.records[self.of_row[row] as usize]
    }

    /// Of records and, for each row, which of them it has.
    #[must_use]
    pub fn of_parts(records: Vec<Arc<T>>, of_row: Vec<u32>) -> Self {
        Self { idx_of: FxHashMap::default(), records, of_row }
    }

    /// What it holds; the room it grew in stays, for other records.
    pub(super) fn take_packed(&mut self) -> Self {
        self.idx_of.clear();
        Self::of_parts(std::mem::take(&mut self.records), room::take_packed(&mut self.of_row))
    }

    pub(super) fn to_read(&self) -> Self {
        Self::of_parts(self.records.clone(), self.of_row.clone())
    }
}
