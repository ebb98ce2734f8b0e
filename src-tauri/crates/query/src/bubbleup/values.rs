//! Units counted by value, with dictionaries that differ from segment to segment.

use super::count::{add, count_spread};
use super::known::Known;
use super::population::Population;
use super::score::{Counts, FieldCounts};
use super::walk::Walk;
use crate::Cell;
use crate::ask::QueryError;
use skep_model::{Dictionary, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// One field's values; aligned with [`FieldCounts::values`].
pub(super) struct CountedValues {
    pub(super) values: Values,
    pub(super) counts: FieldCounts,
}

/// Where values stand.
pub(super) enum Values {
    /// Dictionaries, and of each value which one it is in and where.
    Entries(Vec<Option<Arc<Dictionary>>>, Vec<(u32, u32)>),
    /// Rows that have them, by their positions over all segments.
    At(Vec<u32>),
}

impl Values {
    /// Some values by their positions.
    pub(super) fn read(
        &self,
        idxs: &[usize],
        population: &Population<'_>,
        field: &str,
    ) -> Result<Vec<Value>, QueryError> {
        match self {
            Values::Entries(dictionaries, entries) => {
                Ok(idxs.iter().map(|idx| entry(dictionaries, entries[*idx])).collect())
            }
            Values::At(rows) => {
                population.values(field, &idxs.iter().map(|idx| rows[*idx]).collect::<Vec<_>>())
            }
        }
    }

    /// An order of values in a tie: as [`Cell`]s compare, ascending; of what would have to be read first, by rows.
    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Values::Entries(dictionaries, entries) => {
                let cell = |idx: usize| Cell::from(&entry(dictionaries, entries[idx]));
                cell(a).compare(&cell(b), false)
            }
            Values::At(rows) => rows[a].cmp(&rows[b]),
        }
    }
}

fn entry(dictionaries: &[Option<Arc<Dictionary>>], (segment_idx, idx): (u32, u32)) -> Value {
    dictionaries[segment_idx as usize]
        .as_ref()
        .map_or(Value::Empty, |dictionary| dictionary.value(idx as usize))
}

/// Brings the counts of all dictionaries together.
///
/// Only values that can matter are told apart: those some unit of the smaller side has, and those so frequent that
/// they can be a cell. The rest goes into the tail.
pub(super) fn merge(population: &Population<'_>, walk: Walk) -> CountedValues {
    let n_values = walk.counts.iter().map(Vec::len).max().unwrap_or(0);
    let (mut known, mut entries, mut totals) =
        (Known::for_values(n_values), Vec::new(), Vec::<Counts>::new());
    let mut number = |segment_idx: usize, idx: usize, hash: u64| {
        let number = known.number(hash);
        if number == entries.len() {
            // Segments and entries are fewer than rows, which are fewer than 2^32.
            entries.push((segment_idx as u32, idx as u32));
        }
        number
    };
    for (segment_idx, dictionary) in walk.dictionaries.iter().enumerate() {
        let Some(dictionary) = dictionary else { continue };
        let counts = &walk.counts[segment_idx][1..];
        for (idx, (hash, counts)) in dictionary.hashes().iter().zip(counts).enumerate() {
            // An empty value is missing.
            if *counts == [0, 0] || *hash == 0 {
                continue;
            }
            let number = number(segment_idx, idx, *hash);
            if number == totals.len() {
                totals.push([0, 0]);
            }
            add(&mut totals[number], counts.map(u64::from));
        }
    }
    let spread_numbers = population.spread.iter().zip(&walk.spread_codes).map(|(row, code)| {
        let segment_idx = row.segment_idx as usize;
        let (Some(dictionary), Some(idx)) = (&walk.dictionaries[segment_idx], code.checked_sub(1)) else {
            return 0;
        };
        let number = number(segment_idx, idx as usize, dictionary.hashes()[idx as usize]);
        number as u32 + 1
    });
    let spread_numbers: Vec<u32> = spread_numbers.collect();
    totals.resize(entries.len(), [0, 0]);
    let mut present = walk.present;
    let (spread_present, spread_counts) =
        count_spread(population, totals.len() + 1, |idx| spread_numbers[idx]);
    add(&mut present, spread_present);
    let spread_counts = spread_counts.iter().skip(1).map(|counts| counts.map(u64::from));
    totals.iter_mut().zip(spread_counts).for_each(|(total, counts)| add(total, counts));

    let can_matter = can_matter(population);
    let n_distinct = totals.len() as u64;
    let (mut kept, mut values, mut tail) = (Vec::new(), Vec::new(), [0, 0]);
    for (entry, counts) in entries.into_iter().zip(totals) {
        if can_matter(counts) {
            kept.push(entry);
            values.push(counts);
        } else {
            add(&mut tail, counts);
        }
    }
    let counts = FieldCounts { sizes: population.sizes, present, values, tail, n_distinct };
    CountedValues { values: Values::Entries(walk.dictionaries, kept), counts }
}

/// Whether a value can be a cell, or is on the smaller side at all, and so may be crowded there.
fn can_matter(population: &Population<'_>) -> impl Fn(Counts) -> bool {
    let smaller_side = population.smaller_side();
    let count_min = population.cell_count_min();
    move |counts| {
        let is_on_smaller = smaller_side.map_or(counts != [0, 0], |side| counts[side] > 0);
        is_on_smaller || (counts[0] + counts[1]) as f64 >= count_min
    }
}
