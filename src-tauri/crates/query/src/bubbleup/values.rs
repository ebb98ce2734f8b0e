//! Units counted by value, with dictionaries that differ from segment to segment.

use super::count::{Coder, Tally, add, count_home, count_spread};
use super::population::Population;
use super::score::FieldCounts;
use crate::Column;
use rustc_hash::FxHashMap;
use skep_model::Value;

/// One field's values; aligned with [`FieldCounts::values`].
pub(super) struct CountedValues {
    pub(super) values: Vec<Value>,
    pub(super) counts: FieldCounts,
}

/// Counts by value. Columns that are not in codes count as missing.
///
/// Only values that can matter are brought together: those some unit of the smaller side has, and those so frequent
/// in a segment that they can be a cell. A column of unique ids would else cost more than all others together. The
/// rest goes into the tail, distinct by segment.
pub(super) fn count_values(population: &Population, columns: &[Option<Column>]) -> CountedValues {
    let coders: Vec<Coder<'_>> = columns.iter().map(|column| Coder::dictionary(column.as_ref())).collect();
    let dictionaries: Vec<&[Value]> = columns
        .iter()
        .map(|column| match column {
            Some(Column::Codes { dictionary, .. }) => &**dictionary,
            _ => &[],
        })
        .collect();
    let mut present = [0, 0];
    let mut tallies_of_segments = Vec::with_capacity(columns.len());
    for ((marked, coder), dictionary) in population.home.iter().zip(&coders).zip(&dictionaries) {
        let mut tallies = vec![Tally::default(); dictionary.len() + 1];
        add(&mut present, count_home(marked, coder, &mut tallies));
        tallies_of_segments.push(tallies);
    }

    let mut merged = Merged::default();
    let mut map_of_segments: Vec<Vec<u32>> = dictionaries.iter().map(|d| vec![0; d.len() + 1]).collect();
    for row in &population.spread {
        let segment_idx = row.segment_idx as usize;
        let code = coders[segment_idx].code(row.row) as usize;
        if code != 0 && map_of_segments[segment_idx][code] == 0 {
            map_of_segments[segment_idx][code] = merged.code(&dictionaries[segment_idx][code - 1]);
        }
    }
    let can_matter = can_matter(population, columns);
    for ((tallies, dictionary), map) in
        tallies_of_segments.iter().zip(&dictionaries).zip(&mut map_of_segments)
    {
        for (value, code) in dictionary.iter().zip(1..) {
            if map[code] == 0 && can_matter(tallies[code].counts) {
                map[code] = merged.code(value);
            }
        }
    }

    let mut totals = vec![[0, 0]; merged.values.len() + 1];
    let (mut tail, mut n_tail) = ([0, 0], 0);
    for ((tallies, dictionary), map) in tallies_of_segments.iter().zip(&dictionaries).zip(&map_of_segments) {
        for (value, code) in dictionary.iter().zip(1..) {
            let counts = tallies[code].counts.map(u64::from);
            if counts == [0, 0] {
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
    let mut tallies = vec![Tally::default(); totals.len()];
    let spread = count_spread(population, &mut tallies, |segment_idx, row| {
        map_of_segments[segment_idx][coders[segment_idx].code(row) as usize]
    });
    add(&mut present, spread);
    for (total, tally) in totals.iter_mut().zip(&tallies) {
        add(total, tally.counts.map(u64::from));
    }
    totals.remove(0);
    let n_distinct = totals.len() as u64 + n_tail;
    let counts = FieldCounts { n: population.n, present, values: totals, tail, n_distinct };
    CountedValues { values: merged.values, counts }
}

/// Whether a value can be a cell, by its counts in one segment: what is at least five times expected overall is so
/// often in at least one of the segments, and what is crowded is on the smaller side at all.
fn can_matter(population: &Population, columns: &[Option<Column>]) -> impl Fn([u32; 2]) -> bool {
    let [n_baseline, n_selection] = population.n;
    let smaller_side = usize::from(n_selection < n_baseline);
    let both_sides = n_baseline == n_selection;
    let n_segments = columns.iter().flatten().count().max(1) as f64;
    let share = n_baseline.min(n_selection) as f64 / (n_baseline + n_selection) as f64;
    let count_min = super::score::EXPECTED_MIN / share / n_segments;
    move |counts| {
        let is_on_smaller = counts[smaller_side] > 0 || (both_sides && counts != [0, 0]);
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
