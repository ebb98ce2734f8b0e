//! Units counted by code.

use super::population::{Home, Population, side_of};
use super::score::Counts;
use super::spread::Part;
use super::weights::Weights;
use crate::ask::{Cancel, QueryError};
use crate::scan::{by_width, wide};
use crate::{Bitmap, Codes, Column, SharedColumn};
use skep_model::{Dictionary, Entry};
use std::sync::Arc;

/// Gives each row of a segment a code; 0 is missing.
pub(super) enum Coder<'a> {
    Missing,
    Codes(Codes, Totals),
    /// Each code under another.
    Mapped(Codes, Totals, Vec<u32>),
    /// The step of each number, counted from 1.
    Doubles(Arc<[f64]>, &'a Steps),
    Ints(Arc<[i64]>, Option<Arc<Bitmap>>, &'a Steps),
}

/// How many rows of a segment have each code.
pub(super) enum Totals {
    /// Counted by the dictionary of the codes, once.
    Of(Arc<Dictionary>),
    /// Known of records that rows share.
    Known(Arc<[u32]>),
}

/// Steps of a number: the first below the first edge, the last from the last edge on.
pub(super) struct Steps {
    /// Ascending, distinct, finite.
    pub(super) edges: Vec<f64>,
    /// Counted as one, where only these are asked for: the others are no value then.
    pub(super) only: Option<std::ops::Range<usize>>,
}

/// Units at one code.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    /// The unit that was counted last, by its mark: its further rows are not counted again.
    last_mark: u32,
    pub(super) counts: [u32; 2],
}

/// Units of one segment: how many have any code, and how many each.
pub(super) type CountedHome = (Counts, Vec<[u32; 2]>);

impl Steps {
    pub(super) fn n_codes(&self) -> usize {
        if self.only.is_some() { 2 } else { self.edges.len() + 2 }
    }

    /// The step from 1, or 0 for what is no finite number.
    fn code(&self, number: f64) -> u32 {
        if !number.is_finite() {
            return 0;
        }
        let step = self.edges.partition_point(|edge| *edge <= number);
        match &self.only {
            Some(range) => u32::from(range.contains(&step)),
            // A field has a few dozen steps.
            None => step as u32 + 1,
        }
    }

    fn int_code(&self, ints: &[i64], present: Option<&Bitmap>, row: usize) -> u32 {
        if present.is_none_or(|present| present.contains(row)) { self.code(ints[row] as f64) } else { 0 }
    }
}

impl Totals {
    fn of(&self, codes: &Codes) -> &[u32] {
        match self {
            Totals::Of(dictionary) => dictionary.totals(codes),
            Totals::Known(totals) => totals,
        }
    }

    fn n_codes(&self) -> usize {
        match self {
            Totals::Of(dictionary) => dictionary.len() + 1,
            Totals::Known(totals) => totals.len(),
        }
    }
}

impl<'a> Coder<'a> {
    /// By the dictionary's own codes, its empty entry counting as missing.
    pub(super) fn dictionary(codes: Codes, dictionary: Arc<Dictionary>) -> Self {
        if dictionary.position_of_empty().is_none() {
            return Coder::Codes(codes, Totals::Of(dictionary));
        }
        let entries = dictionary.entries().zip(1..);
        let own = entries.map(|(entry, code)| if entry == Entry::Empty { 0 } else { code });
        let map = std::iter::once(0).chain(own).collect();
        Coder::Mapped(codes, Totals::Of(dictionary), map)
    }

    /// By the codes of the records that rows share.
    pub(super) fn shared(shared: SharedColumn) -> Self {
        let SharedColumn { record_of, n_rows_of, code_of, dictionary } = shared;
        let mut code_of = code_of.to_vec();
        if let Some(empty) = dictionary.position_of_empty() {
            code_of.iter_mut().filter(|code| **code as usize == empty + 1).for_each(|code| *code = 0);
        }
        Coder::Mapped(record_of, Totals::Known(n_rows_of), code_of)
    }

    /// By the steps of its numbers.
    pub(super) fn steps(column: Option<&Column>, steps: &'a Steps) -> Self {
        match column {
            Some(Column::Codes { codes, dictionary }) => {
                let entries = dictionary.entries().map(|entry| entry.as_f64().map_or(0, |n| steps.code(n)));
                let map = std::iter::once(0).chain(entries).collect();
                Coder::Mapped(codes.clone(), Totals::Of(Arc::clone(dictionary)), map)
            }
            Some(Column::Doubles(doubles)) => Coder::Doubles(doubles.clone(), steps),
            Some(Column::Ints { ints, present }) => Coder::Ints(ints.clone(), present.clone(), steps),
            Some(Column::Ids { .. } | Column::Texts(_)) | None => Coder::Missing,
        }
    }

    /// The codes of units in several segments, each in its place; dictionaries' own ones by those that are `common`.
    pub(super) fn put_codes(&self, part: &Part, common: &[u32], places: &mut [u32]) {
        match self {
            Coder::Missing => part.put_codes(places, |_| 0),
            Coder::Codes(codes, _) => {
                by_width!(codes, codes => part.put_codes(places, |row| common[wide(codes[row]) as usize]));
            }
            Coder::Mapped(codes, _, map) => {
                let common: Vec<u32> = map.iter().map(|code| common[*code as usize]).collect();
                by_width!(codes, codes => part.put_codes(places, |row| common[wide(codes[row]) as usize]));
            }
            Coder::Doubles(doubles, steps) => part.put_codes(places, |row| steps.code(doubles[row])),
            Coder::Ints(ints, present, steps) => {
                part.put_codes(places, |row| steps.int_code(ints, present.as_deref(), row));
            }
        }
    }
}

/// Counts the units of one segment at each of `n_codes` codes.
pub(super) fn count_home(
    population: &Population<'_>,
    home: &Home,
    coder: &Coder<'_>,
    n_codes: usize,
) -> CountedHome {
    let weights = population.weights.as_ref();
    // One loop for each kind of column, so that what is decided is not decided again for each row.
    match coder {
        Coder::Missing => ([0, 0], vec![[0, 0]; n_codes]),
        Coder::Codes(codes, totals) => count_codes(home, weights, codes, totals),
        Coder::Mapped(codes, totals, map) => match home {
            Home::Rows { .. } => {
                let (_, by_code) = count_codes(home, weights, codes, totals);
                let mut counts = vec![[0, 0]; n_codes];
                for (by_code, code) in by_code.iter().zip(map).filter(|(_, code)| **code != 0) {
                    let count = &mut counts[*code as usize];
                    *count = [count[0] + by_code[0], count[1] + by_code[1]];
                }
                (present(&counts), counts)
            }
            Home::Units(_) => {
                by_width!(codes, codes => count(home, weights, n_codes, |row| map[wide(codes[row]) as usize]))
            }
        },
        Coder::Doubles(doubles, steps) => count(home, weights, n_codes, |row| steps.code(doubles[row])),
        Coder::Ints(ints, present, steps) => {
            count(home, weights, n_codes, |row| steps.int_code(ints, present.as_deref(), row))
        }
    }
}

fn count_codes(home: &Home, weights: Option<&Weights>, codes: &Codes, totals: &Totals) -> CountedHome {
    let Home::Rows { sides: [_, selected], is_all: true, .. } = home else {
        return by_width!(codes, codes => count(home, weights, totals.n_codes(), |row| wide(codes[row])));
    };
    // The baseline is what the selection leaves of the whole, which is known; only selected rows are looked at. Even and
    // odd ones apart, since a count that was just written is slow to read back, and neighbours often have the same code.
    let totals = totals.of(codes);
    let mut halves = vec![[0u32; 2]; totals.len()];
    by_width!(codes, codes => selected.for_each_row(|row| halves[wide(codes[row]) as usize][row & 1] += 1));
    let both = |(total, [even, odd]): (&u32, [u32; 2])| [total - (even + odd), even + odd];
    let counts: Vec<[u32; 2]> = totals.iter().zip(halves).map(both).collect();
    (present(&counts), counts)
}

fn count(home: &Home, weights: Option<&Weights>, n_codes: usize, code: impl Fn(usize) -> u32) -> CountedHome {
    match home {
        Home::Units(marked) => {
            let rows = marked.rows.iter().zip(&marked.marks).map(|(row, mark)| (*mark, code(*row as usize)));
            match weights {
                None => count_marks(rows, n_codes, |_| 1),
                Some(weights) => count_marks(rows, n_codes, |mark| weights.of_mark(mark)),
            }
        }
        Home::Rows { sides, .. } => {
            let mut counts = vec![[0, 0]; n_codes];
            for (side, rows) in sides.iter().enumerate() {
                rows.for_each_row(|row| counts[code(row) as usize][side] += 1);
            }
            (present(&counts), counts)
        }
    }
}

/// Counts marks with codes, those of a unit one after the other.
fn count_marks(
    rows: impl Iterator<Item = (u32, u32)>,
    n_codes: usize,
    weight: impl Fn(u32) -> u32,
) -> CountedHome {
    let mut presence = Tally::default();
    let mut tallies = vec![Tally::default(); n_codes];
    for (mark, code) in rows {
        // Without a branch, since none could be foreseen: a missing value is tallied at code 0, which no one reads,
        // and stands for the unit that is present already.
        let present_mark = if code == 0 { presence.last_mark } else { mark };
        presence.add(present_mark, weight(mark));
        tallies[code as usize].add(mark, weight(mark));
    }
    tallies[0] = Tally::default();
    (presence.counts.map(u64::from), tallies.into_iter().map(|tally| tally.counts).collect())
}

/// Of rows, which have one code each, those with any.
fn present(counts: &[[u32; 2]]) -> Counts {
    counts
        .iter()
        .skip(1)
        .fold([0, 0], |sum: Counts, counts| [sum[0] + u64::from(counts[0]), sum[1] + u64::from(counts[1])])
}

impl Tally {
    pub(super) fn add(&mut self, mark: u32, weight: u32) {
        self.counts[side_of(mark)] += u32::from(self.last_mark != mark) * weight;
        self.last_mark = mark;
    }
}

/// Counts all units at each step; the first count is of units with any.
pub(super) fn count_steps(
    population: &Population<'_>,
    field: &str,
    steps: &Steps,
    cancel: &Cancel,
) -> Result<(Counts, Vec<Counts>), QueryError> {
    population.spread.with_room(|spread_codes| count_steps_in(population, field, steps, spread_codes, cancel))
}

fn count_steps_in(
    population: &Population<'_>,
    field: &str,
    steps: &Steps,
    spread_codes: &mut [u32],
    cancel: &Cancel,
) -> Result<(Counts, Vec<Counts>), QueryError> {
    let n_codes = steps.n_codes();
    // A step means the same in each segment.
    let own_codes: Vec<u32> = (0..).take(n_codes).collect();
    let mut present = [0, 0];
    let mut totals = vec![[0, 0]; n_codes];
    for segment_idx in 0..population.n_segments() {
        cancel.check()?;
        let column = population.column(segment_idx, field)?;
        let coder = Coder::steps(column.as_ref(), steps);
        let (has_any, counts) = count_home(population, &population.homes[segment_idx], &coder, n_codes);
        add(&mut present, has_any);
        totals.iter_mut().zip(&counts).for_each(|(total, counts)| add(total, counts.map(u64::from)));
        coder.put_codes(population.spread.part(segment_idx), &own_codes, spread_codes);
    }
    let (has_any, counts) = count_spread(population, n_codes, spread_codes);
    add(&mut present, has_any);
    totals.iter_mut().zip(&counts).for_each(|(total, counts)| add(total, counts.map(u64::from)));
    Ok((present, totals))
}

/// Counts the units that lie in several segments, at codes that mean the same in each.
pub(super) fn count_spread(population: &Population<'_>, n_codes: usize, codes: &[u32]) -> CountedHome {
    let rows = population.spread.rows.iter().zip(codes).map(|(row, code)| (row.mark, *code));
    match population.weights.as_ref() {
        None => count_marks(rows, n_codes, |_| 1),
        Some(weights) => count_marks(rows, n_codes, |mark| weights.of_mark(mark)),
    }
}

pub(super) fn add(total: &mut Counts, counts: Counts) {
    total[0] += counts[0];
    total[1] += counts[1];
}
