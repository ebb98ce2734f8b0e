use super::Cell;
use super::accumulate::{Accumulator, AccumulatorKind};
use super::group::group;
use crate::ask::{Cancel, QueryError};
use crate::resolved::{Figure, Resolved};
use crate::{Bitmap, Segment};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// An answer over some of the segments. Any two merge, in any order, so segments can be shared out among threads.
pub(super) struct Partial {
    pub(super) rows_examined: u64,
    pub(super) rows_matched: u64,
    keys: Vec<Arc<[Cell]>>,
    group_of_key: FxHashMap<Arc<[Cell]>, usize>,
    accumulators: Vec<Accumulator>,
}

impl Partial {
    /// The answer over no segment: without GROUP BY one group of no rows, else no group.
    pub(super) fn new(resolved: &Resolved) -> Self {
        let mut partial = Partial {
            rows_examined: 0,
            rows_matched: 0,
            keys: Vec::new(),
            group_of_key: FxHashMap::default(),
            accumulators: resolved.accumulators.iter().map(Accumulator::new).collect(),
        };
        if resolved.n_key_columns == 0 {
            partial.group_idx(Arc::default());
            partial.accumulators.iter_mut().for_each(|accumulator| accumulator.resize(1));
        }
        partial
    }

    /// The answer over the selected rows of one segment.
    pub(super) fn of_segment(
        resolved: &Resolved,
        segment: &dyn Segment,
        rows: &Bitmap,
    ) -> Result<Self, QueryError> {
        let mut partial = Partial::new(resolved);
        partial.rows_examined = segment.n_rows() as u64;
        partial.rows_matched = rows.count() as u64;
        if rows.is_empty() {
            return Ok(partial);
        }
        let row_idxs: Vec<u32> =
            rows.rows().map(|row| u32::try_from(row).expect("a segment has fewer than 2^32 rows")).collect();
        let groups = group(segment, resolved.granularity_ns, &resolved.group_by, &row_idxs)?;
        let n_groups_local = groups.keys.len();
        let mut accumulators = Vec::new();
        for kind in &resolved.accumulators {
            let column = kind.field().map_or(Ok(None), |field| segment.column(field))?;
            let intervals = match kind {
                AccumulatorKind::Intervals => Some(segment.times()?),
                _ => None,
            };
            accumulators.push(Accumulator::of_rows(
                kind,
                intervals.as_deref(),
                column,
                &row_idxs,
                &groups.of_row,
                n_groups_local,
            ));
        }
        let keys = groups.keys.into_iter().map(Arc::from).collect();
        partial.absorb(keys, accumulators);
        Ok(partial)
    }

    pub(super) fn merge(&mut self, other: Partial) {
        self.rows_examined += other.rows_examined;
        self.rows_matched += other.rows_matched;
        self.absorb(other.keys, other.accumulators);
    }

    /// The rows of the table, unsorted, their times still buckets.
    pub(super) fn finish(
        mut self,
        resolved: &Resolved,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<Cell>>, QueryError> {
        let mut rows: Vec<Vec<Cell>> = self.keys.iter().map(|key| key.to_vec()).collect();
        for (idx, accumulator) in self.accumulators.iter_mut().enumerate() {
            let percentiles = resolved.outputs.iter().filter(|output| output.accumulator_idx == idx);
            let percentiles = percentiles.filter_map(|output| match output.figure {
                Figure::Percentile(percentile) => Some(percentile),
                _ => None,
            });
            accumulator.prepare(
                &percentiles.collect::<Vec<_>>(),
                &self.keys,
                resolved.granularity_ns,
                cancel,
            )?;
        }
        for output in &resolved.outputs {
            let accumulator = &self.accumulators[output.accumulator_idx];
            for (group, row) in rows.iter_mut().enumerate() {
                row.push(accumulator.figure(group, output.figure));
            }
        }
        Ok(rows)
    }

    /// Adds groups that may be known already; several of them may be one, as a null is missing too.
    fn absorb(&mut self, keys: Vec<Arc<[Cell]>>, accumulators: Vec<Accumulator>) {
        let groups: Vec<usize> = keys.into_iter().map(|key| self.group_idx(key)).collect();
        for (mine, theirs) in self.accumulators.iter_mut().zip(accumulators) {
            mine.resize(self.keys.len());
            mine.merge(theirs, &groups);
        }
    }

    fn group_idx(&mut self, key: Arc<[Cell]>) -> usize {
        *self.group_of_key.entry(key).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            self.keys.len() - 1
        })
    }
}
