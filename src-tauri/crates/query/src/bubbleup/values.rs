//! Units counted by value, with dictionaries that differ from segment to segment.

use super::count::{Coder, add, count_home, count_spread};
use super::known::Known;
use super::population::Population;
use super::score::{Counts, FieldCounts};
use crate::ask::{Cancel, QueryError};
use crate::{Cell, Column};
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

/// Counts one field by value, segment by segment; the codes are let go with their segment. Nothing where some segment has
/// the field without a dictionary.
///
/// Only values that can matter are told apart: those some unit of the smaller side has, and those so frequent that
/// they can be a cell. The rest goes into the tail.
pub(super) fn count_values(
    population: &Population<'_>,
    field: &str,
    cancel: &Cancel,
) -> Result<Option<CountedValues>, QueryError> {
    population.spread.with_room(|spread_codes| count_values_in(population, field, spread_codes, cancel))
}

fn count_values_in(
    population: &Population<'_>,
    field: &str,
    spread_codes: &mut [u32],
    cancel: &Cancel,
) -> Result<Option<CountedValues>, QueryError> {
    let mut met = Met { known: Known::for_values(0), entries: Vec::new(), totals: Vec::new(), spread_codes };
    let mut dictionaries = Vec::with_capacity(population.n_segments());
    let mut present = [0, 0];
    for segment_idx in 0..population.n_segments() {
        cancel.check()?;
        let coded = match population.shared(segment_idx, field)? {
            Some(shared) => Some((Arc::clone(&shared.dictionary), Coder::shared(shared))),
            None => match population.column(segment_idx, field)? {
                None => None,
                Some(Column::Codes { codes, dictionary }) => {
                    Some((Arc::clone(&dictionary), Coder::dictionary(codes, dictionary)))
                }
                Some(Column::Doubles(_) | Column::Ints { .. } | Column::Texts(_) | Column::Ids { .. }) => {
                    return Ok(None);
                }
            },
        };
        match &coded {
            Some((dictionary, coder)) => {
                add(&mut present, met.count(population, segment_idx, coder, dictionary));
            }
            None => population.spread.part(segment_idx).put_codes(met.spread_codes, |_| 0),
        }
        dictionaries.push(coded.map(|(dictionary, _)| dictionary));
    }
    let Met { entries, mut totals, spread_codes, .. } = met;
    let (spread_present, spread_counts) = count_spread(population, totals.len() + 1, spread_codes);
    add(&mut present, spread_present);
    let spread_counts = spread_counts.iter().skip(1).map(|counts| counts.map(u64::from));
    totals.iter_mut().zip(spread_counts).for_each(|(total, counts)| add(total, counts));

    let can_matter = can_matter(population);
    let (mut kept, mut values, mut tail, mut n_distinct) = (Vec::new(), Vec::new(), [0, 0], 0);
    for (entry, counts) in entries.into_iter().zip(totals).filter(|(_, counts)| *counts != [0, 0]) {
        n_distinct += 1;
        if can_matter(counts) {
            kept.push(entry);
            values.push(counts);
        } else {
            add(&mut tail, counts);
        }
    }
    let n_judged = values.len() as u64;
    let counts = FieldCounts { sizes: population.sizes, present, values, tail, n_distinct, n_judged };
    Ok(Some(CountedValues { values: Values::Entries(dictionaries, kept), counts }))
}

/// The values of all dictionaries so far, each with a number.
struct Met<'a> {
    known: Known,
    /// By number: the segment and the place in its dictionary where it was met first.
    entries: Vec<(u32, u32)>,
    /// By number: units that lie in one segment.
    totals: Vec<Counts>,
    /// For each row of a unit in several segments the number of its value, from 1; 0 where it has none.
    spread_codes: &'a mut [u32],
}

impl Met<'_> {
    /// Adds a segment; gives its units that have any value.
    fn count(
        &mut self,
        population: &Population<'_>,
        segment_idx: usize,
        coder: &Coder<'_>,
        dictionary: &Dictionary,
    ) -> Counts {
        let n_codes = dictionary.len() + 1;
        let (present, counts) = count_home(population, &population.homes[segment_idx], coder, n_codes);
        let part = population.spread.part(segment_idx);
        // Of each of the dictionary's codes the one that it has over all segments.
        let mut common = vec![0; n_codes];
        for (idx, (hash, counts)) in dictionary.hashes().iter().zip(&counts[1..]).enumerate() {
            // An empty value is missing.
            if *hash == 0 || (*counts == [0, 0] && part.is_empty()) {
                continue;
            }
            let number = self.known.number(*hash);
            if number == self.entries.len() {
                // Segments and entries are fewer than rows, which are fewer than 2^32.
                self.entries.push((segment_idx as u32, idx as u32));
                self.totals.push([0, 0]);
            }
            add(&mut self.totals[number], counts.map(u64::from));
            common[idx + 1] = number as u32 + 1;
        }
        coder.put_codes(part, &common, self.spread_codes);
        present
    }
}

/// Whether a value can be a cell, or is on the smaller side at all, and so may be crowded there.
pub(super) fn can_matter(population: &Population<'_>) -> impl Fn(Counts) -> bool {
    let smaller_side = population.smaller_side();
    let count_min = population.cell_count_min();
    move |counts| {
        let is_on_smaller = smaller_side.map_or(counts != [0, 0], |side| counts[side] > 0);
        is_on_smaller || (counts[0] + counts[1]) as f64 >= count_min
    }
}
