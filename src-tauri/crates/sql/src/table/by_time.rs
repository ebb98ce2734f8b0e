//! Rows in the order of their times.
//!
//! Segments overlap in time, but not by much. A segment is looked through when no row before its first one is left, so
//! that the newest ten rows cost the newest segments and no other.

use super::Table;
use super::select::{Selection, Wanted};
use super::walk::Here;
use crate::read::SegmentCells;
use skep_engine::AskError;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::sync::Arc;

/// A merge of segments, each sorted when it is its turn.
pub(super) struct ByTime {
    wanted: Wanted,
    descending: bool,
    /// Segments that nothing was read of yet, with the key of their first row at best; the next one last.
    waiting: Vec<(i64, usize)>,
    /// The next row of each segment under way: key, and position in `under_way`. The greatest key comes first.
    heads: BinaryHeap<(i64, usize)>,
    under_way: Vec<Option<Sorted>>,
}

/// The rows of one segment that are left, the next one last.
struct Sorted {
    segment_idx: usize,
    cells: Rc<SegmentCells>,
    times: Arc<[u64]>,
    rows: Vec<u32>,
}

impl ByTime {
    pub(super) fn new(table: &Table, wanted: Wanted, descending: bool) -> Self {
        let segments = table.asked.segments().iter().enumerate();
        let reached = segments.filter(|(_, segment)| table.reaches(segment, &wanted.bounds));
        let mut waiting: Vec<(i64, usize)> = reached
            .map(|(idx, segment)| {
                let (first, last) = segment.time_bounds();
                // Where times are beyond the signed, nothing is known of the order.
                let key = match (i64::try_from(last.0), descending) {
                    (Err(_), _) => i64::MAX,
                    (Ok(last), true) => key(last.cast_unsigned(), true),
                    (Ok(_), false) => key(first.0, false),
                };
                (key, idx)
            })
            .collect();
        waiting.sort_unstable();
        Self { wanted, descending, waiting, heads: BinaryHeap::new(), under_way: Vec::new() }
    }

    pub(super) fn next(&mut self, table: &Table) -> Result<Option<Here>, AskError> {
        while let Some((best, segment_idx)) = self.waiting.last().copied() {
            if self.heads.peek().is_some_and(|(head, _)| *head > best) {
                break;
            }
            self.waiting.pop();
            self.begin(table, segment_idx)?;
        }
        let Some((_, position)) = self.heads.pop() else { return Ok(None) };
        let slot = &mut self.under_way[position];
        let here = slot.as_mut().and_then(|sorted| {
            let (segment_idx, cells) = (sorted.segment_idx, Rc::clone(&sorted.cells));
            sorted.rows.pop().map(|row| Here { segment_idx, row, cells })
        });
        match slot.as_ref().and_then(Sorted::next_time) {
            Some(time) => self.heads.push((key(time, self.descending), position)),
            // What is done with is let go of.
            None => *slot = None,
        }
        Ok(here)
    }

    fn begin(&mut self, table: &Table, segment_idx: usize) -> Result<(), AskError> {
        let segment = &table.asked.segments()[segment_idx];
        let cells = table.cells(segment_idx);
        let Some(selection) = table.select(segment, &cells, &self.wanted)? else { return Ok(()) };
        let mut rows: Vec<u32> = match selection {
            Selection::All(n_rows) => (0..n_rows).collect(),
            Selection::Rows(rows) => rows,
        };
        let times = segment.times()?;
        rows.sort_unstable_by_key(|row| (key(times[*row as usize], self.descending), *row));
        let sorted = Sorted { segment_idx, cells, times, rows };
        if let Some(time) = sorted.next_time() {
            self.heads.push((key(time, self.descending), self.under_way.len()));
            self.under_way.push(Some(sorted));
        }
        Ok(())
    }
}

impl Sorted {
    fn next_time(&self) -> Option<u64> {
        self.rows.last().map(|row| self.times[*row as usize])
    }
}

/// The greater, the earlier in the order; times are signed, as SQLite sees them.
fn key(time: u64, descending: bool) -> i64 {
    if descending { time.cast_signed() } else { !time.cast_signed() }
}
