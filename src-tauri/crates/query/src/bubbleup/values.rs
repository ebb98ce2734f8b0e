//! Units counted by value, with dictionaries that differ from segment to segment.

use super::count::{add, count_spread};
use super::known::Known;
use super::population::Population;
use super::score::FieldCounts;
use super::walk::Walk;
use crate::Cell;
use rustc_hash::FxHashMap;
use skep_model::Value;
use std::cmp::Ordering;

/// One field's values; aligned with [`FieldCounts::values`].
pub(super) struct CountedValues {
    pub(super) values: Values,
    pub(super) counts: FieldCounts,
}

/// Values by position.
pub(super) enum Values {
    Listed(Vec<Value>),
    Known(Known),
}

impl Values {
    pub(super) fn value(&self, idx: usize) -> Value {
        match self {
            Values::Listed(values) => values[idx].clone(),
            Values::Known(known) => known.value(idx),
        }
    }

    /// As [`Cell`]s compare, ascending.
    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Values::Listed(values) => Cell::from(&values[a]).compare(&Cell::from(&values[b]), false),
            Values::Known(known) => known.compare(a, b),
        }
    }
}

/// Brings the counts of all dictionaries together.
///
/// Only values that can matter are: those some unit of the smaller side has, and those so frequent in a segment that
/// they can be a cell. The rest goes into the tail, distinct by segment.
pub(super) fn merge(population: &Population<'_>, walk: &Walk) -> CountedValues {
    let mut merged = Merged::default();
    let mut map_of_segments: Vec<Vec<u32>> = walk.counts.iter().map(|counts| vec![0; counts.len()]).collect();
    for (row, code) in population.spread.iter().zip(&walk.spread_codes) {
        let (segment_idx, code) = (row.segment_idx as usize, *code as usize);
        if code != 0 && map_of_segments[segment_idx][code] == 0 {
            map_of_segments[segment_idx][code] = merged.code(&walk.dictionaries[segment_idx][code - 1]);
        }
    }
    let can_matter = can_matter(population, walk);
    let segments = || walk.counts.iter().zip(&walk.dictionaries);
    for ((counts, dictionary), map) in segments().zip(&mut map_of_segments) {
        for (value, code) in dictionary.iter().zip(1..) {
            if map[code] == 0 && can_matter(counts[code]) {
                map[code] = merged.code(value);
            }
        }
    }

    let mut totals = vec![[0, 0]; merged.values.len() + 1];
    let (mut tail, mut n_tail) = ([0, 0], 0);
    for ((counts, dictionary), map) in segments().zip(&map_of_segments) {
        for (value, code) in dictionary.iter().zip(1..) {
            let counts = counts[code].map(u64::from);
            if counts == [0, 0] || *value == Value::Empty {
                continue;
            }
            let known = if map[code] == 0 { merged.find(value) } else { Some(map[code]) };
            match known {
                Some(code) => add(&mut totals[code as usize], counts),
                None => {
                    add(&mut tail, counts);
                    n_tail += 1;
                }
            }
        }
    }
    let mut present = walk.present;
    let (spread_present, spread_counts) = count_spread(population, totals.len(), |idx| {
        map_of_segments[population.spread[idx].segment_idx as usize]
            .get(walk.spread_codes[idx] as usize)
            .map_or(0, |code| *code)
    });
    add(&mut present, spread_present);
    totals.iter_mut().zip(&spread_counts).for_each(|(total, counts)| add(total, counts.map(u64::from)));
    totals.remove(0);
    let n_distinct = totals.len() as u64 + n_tail;
    let counts = FieldCounts { n: population.n, present, values: totals, tail, n_distinct };
    CountedValues { values: Values::Listed(merged.values), counts }
}

/// Whether a value can be a cell, by its counts in one segment: what is at least five times expected overall is so
/// often in at least one of the segments, and what is crowded is on the smaller side at all.
fn can_matter(population: &Population<'_>, walk: &Walk) -> impl Fn([u32; 2]) -> bool {
    let smaller_side = population.smaller_side();
    let n_segments = walk.counts.iter().filter(|counts| !counts.is_empty()).count().max(1) as f64;
    let count_min = population.cell_count_min() / n_segments;
    move |counts| {
        let is_on_smaller = smaller_side.map_or(counts != [0, 0], |side| counts[side] > 0);
        is_on_smaller || f64::from(counts[0] + counts[1]) >= count_min
    }
}

/// The values of all dictionaries that can matter, numbered from 1.
#[derive(Default)]
struct Merged {
    values: Vec<Value>,
    code_of_value: FxHashMap<Value, u32>,
}

impl Merged {
    fn code(&mut self, value: &Value) -> u32 {
        if let Some(code) = self.find(value) {
            return code;
        }
        self.values.push(value.clone());
        let code = u32::try_from(self.values.len()).expect("fewer than 2^32 values fit in memory");
        self.code_of_value.insert(value.clone(), code);
        code
    }

    fn find(&self, value: &Value) -> Option<u32> {
        self.code_of_value.get(value).copied()
    }
}
