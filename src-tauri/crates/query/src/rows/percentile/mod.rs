//! Exact percentiles: the numbers of each group stay where they lie until the groups of the whole answer are known, and
//! with them how many numbers each has at most.

mod extreme;
mod place;

use super::group::GroupIdxs;
use crate::ask::{Cancel, QueryError};
use crate::ast::Percentile;
use extreme::End;
use std::sync::Arc;

/// The numbers of each group.
#[derive(Default)]
pub(super) struct Values {
    parts: Vec<Part>,
    /// How many rows of the parts each group has: as many numbers or more.
    n_rows: Vec<usize>,
    found: Found,
}

/// The numbers of the selected rows of one segment.
#[derive(Clone)]
pub(super) struct Part {
    /// One a row, NaN where it has none; 8 bytes a row, which are the column's own where all rows are selected.
    pub(super) numbers: Arc<[f64]>,
    /// Aligned with the numbers: the group of each, as the segment counts them.
    pub(super) groups: GroupIdxs,
    /// Aligned with the numbers: how many events each stands for; nothing where that is one.
    pub(super) weights: Option<Arc<[u32]>>,
    /// By group, as the segment counts them.
    pub(super) n_rows_of_group: Arc<[u32]>,
    /// Which group of the answer each of the segment's is; nothing where it has no rows.
    pub(super) answer_groups: Vec<Option<usize>>,
}

/// The values at some percentiles.
#[derive(Default)]
struct Found {
    percentiles: Vec<Percentile>,
    /// Group by group, one for each percentile; nothing where a group has no number.
    values: Vec<Option<f64>>,
}

impl Values {
    pub(super) fn resize(&mut self, n_groups: usize) {
        self.n_rows.resize(n_groups, 0);
    }

    /// Adds the rows of a segment, whose groups are those of the answer so far.
    pub(super) fn push(&mut self, part: Part) {
        for (group, n) in part.answer_groups.iter().zip(part.n_rows_of_group.iter()) {
            if let Some(group) = group {
                self.n_rows[*group] += *n as usize;
            }
        }
        self.parts.push(part);
    }

    /// Adds others, whose group `g` is group `groups[g]` here.
    pub(super) fn merge(&mut self, other: Values, groups: &[Option<usize>]) {
        for mut part in other.parts {
            part.answer_groups.iter_mut().for_each(|group| *group = group.and_then(|group| groups[group]));
            self.push(part);
        }
    }

    /// Looks for the values at some percentiles.
    pub(super) fn find(&mut self, percentiles: &[Percentile], cancel: &Cancel) -> Result<(), QueryError> {
        let is_weighted = self.parts.iter().any(|part| part.weights.is_some());
        let values = match End::of(percentiles) {
            Some(end) if !is_weighted => extreme::find(&self.parts, &self.n_rows, percentiles, end, cancel)?,
            _ => place::find(&self.parts, self.n_rows.len(), percentiles, cancel)?,
        };
        self.found = Found { percentiles: percentiles.to_vec(), values };
        Ok(())
    }

    /// The value at a percentile that was looked for.
    pub(super) fn at(&self, group: usize, percentile: Percentile) -> Option<f64> {
        let Found { percentiles, values } = &self.found;
        let idx = percentiles.iter().position(|found| *found == percentile)?;
        *values.get(group * percentiles.len() + idx)?
    }
}

/// Brings the values at some ranks of an order to where sorting would bring them. Nothing else is sorted: that would
/// cost several times as much.
fn place_ranks(
    values: &mut [f64],
    mut ranks: Vec<usize>,
    order: impl Fn(&f64, &f64) -> std::cmp::Ordering + Copy,
) {
    ranks.sort_unstable();
    ranks.dedup();
    let mut n_placed = 0;
    for rank in ranks {
        // What stands before is smaller already.
        values[n_placed..].select_nth_unstable_by(rank - n_placed, order);
        n_placed = rank + 1;
    }
}
