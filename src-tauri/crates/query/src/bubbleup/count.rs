//! Units counted by code.

use super::population::{Marked, Population};
use super::score::Counts;
use crate::scan::{by_width, wide};
use crate::{Bitmap, Codes, Column};
use skep_model::Value;
use std::sync::Arc;

/// Gives each row of a segment a code; 0 is missing.
pub(super) enum Coder<'a> {
    Missing,
    Codes(Codes),
    /// Each code of a dictionary under another.
    Mapped(Codes, Vec<u32>),
    /// The step of each number, counted from 1.
    Doubles(Arc<[f64]>, &'a Steps),
    Ints(Arc<[i64]>, Option<Arc<Bitmap>>, &'a Steps),
}

/// Steps of a number: the first below the first edge, the last from the last edge on.
pub(super) struct Steps {
    /// Ascending, distinct, finite.
    pub(super) edges: Vec<f64>,
}

/// Units at one code.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    /// The unit that was counted last, by its mark: its further rows are not counted again.
    last_mark: u32,
    pub(super) counts: [u32; 2],
}

impl Steps {
    pub(super) fn n_steps(&self) -> usize {
        self.edges.len() + 1
    }

    /// The step of a number, from 0.
    pub(super) fn step(&self, number: f64) -> usize {
        self.edges.partition_point(|edge| *edge <= number)
    }

    /// The step from 1, or 0 for what is no finite number.
    pub(super) fn code(&self, number: f64) -> u32 {
        // A field has a few dozen steps.
        if number.is_finite() { self.step(number) as u32 + 1 } else { 0 }
    }

    fn int_code(&self, ints: &[i64], present: Option<&Bitmap>, row: usize) -> u32 {
        if present.is_none_or(|present| present.contains(row)) { self.code(ints[row] as f64) } else { 0 }
    }
}

impl<'a> Coder<'a> {
    /// By the dictionary's own codes, its empty entry counting as missing.
    pub(super) fn dictionary(column: Option<&Column>) -> Self {
        match column {
            Some(Column::Codes { codes, dictionary }) if dictionary.contains(&Value::Empty) => {
                let entries = dictionary.iter().zip(1..);
                let own = entries.map(|(value, code)| if *value == Value::Empty { 0 } else { code });
                Coder::Mapped(codes.clone(), std::iter::once(0).chain(own).collect())
            }
            Some(Column::Codes { codes, .. }) => Coder::Codes(codes.clone()),
            _ => Coder::Missing,
        }
    }

    /// By the steps of its numbers.
    pub(super) fn steps(column: Option<&Column>, steps: &'a Steps) -> Self {
        match column {
            Some(Column::Codes { codes, dictionary }) => {
                let entries = dictionary.iter().map(|value| value.as_f64().map_or(0, |n| steps.code(n)));
                Coder::Mapped(codes.clone(), std::iter::once(0).chain(entries).collect())
            }
            Some(Column::Doubles(doubles)) => Coder::Doubles(doubles.clone(), steps),
            Some(Column::Ints { ints, present }) => Coder::Ints(ints.clone(), present.clone(), steps),
            Some(Column::Ids { .. } | Column::Texts(_)) | None => Coder::Missing,
        }
    }

    pub(super) fn code(&self, row: u32) -> u32 {
        let row = row as usize;
        match self {
            Coder::Missing => 0,
            Coder::Codes(codes) => codes.at(row),
            Coder::Mapped(codes, map) => map[codes.at(row) as usize],
            Coder::Doubles(doubles, steps) => steps.code(doubles[row]),
            Coder::Ints(ints, present, steps) => steps.int_code(ints, present.as_deref(), row),
        }
    }
}

/// Counts the units of one segment at each code, and returns how many have any.
pub(super) fn count_home(marked: &Marked, coder: &Coder<'_>, tallies: &mut [Tally]) -> Counts {
    // One loop for each kind of column, so that what is decided is not decided again for each row.
    match coder {
        Coder::Missing => [0, 0],
        Coder::Codes(codes) => by_width!(codes, codes => count(marked, tallies, |row| wide(codes[row]))),
        Coder::Mapped(codes, map) => {
            by_width!(codes, codes => count(marked, tallies, |row| map[codes[row] as usize]))
        }
        Coder::Doubles(doubles, steps) => count(marked, tallies, |row| steps.code(doubles[row])),
        Coder::Ints(ints, present, steps) => {
            count(marked, tallies, |row| steps.int_code(ints, present.as_deref(), row))
        }
    }
}

fn count(marked: &Marked, tallies: &mut [Tally], code: impl Fn(usize) -> u32) -> Counts {
    let mut presence = Tally::default();
    for (row, mark) in marked.rows.iter().zip(&marked.marks) {
        let code = code(*row as usize);
        if code != 0 {
            presence.add(*mark);
            tallies[code as usize].add(*mark);
        }
    }
    presence.counts.map(u64::from)
}

impl Tally {
    pub(super) fn add(&mut self, mark: u32) {
        if self.last_mark != mark {
            self.last_mark = mark;
            self.counts[(mark & 1) as usize] += 1;
        }
    }
}

/// Counts all units at codes that mean the same in every segment; the first count is of units with any.
pub(super) fn count_all(
    population: &Population,
    coders: &[Coder<'_>],
    n_codes: usize,
) -> (Counts, Vec<Counts>) {
    let mut present = [0, 0];
    let mut totals = vec![[0, 0]; n_codes];
    for (marked, coder) in population.home.iter().zip(coders) {
        let mut tallies = vec![Tally::default(); n_codes];
        add(&mut present, count_home(marked, coder, &mut tallies));
        for (total, tally) in totals.iter_mut().zip(&tallies) {
            add(total, tally.counts.map(u64::from));
        }
    }
    let mut tallies = vec![Tally::default(); n_codes];
    add(
        &mut present,
        count_spread(population, &mut tallies, |segment_idx, row| coders[segment_idx].code(row)),
    );
    for (total, tally) in totals.iter_mut().zip(&tallies) {
        add(total, tally.counts.map(u64::from));
    }
    (present, totals)
}

/// Counts the units that lie in several segments, at codes that mean the same in each.
pub(super) fn count_spread(
    population: &Population,
    tallies: &mut [Tally],
    code: impl Fn(usize, u32) -> u32,
) -> Counts {
    let mut presence = Tally::default();
    for row in &population.spread {
        let code = code(row.segment_idx as usize, row.row);
        if code != 0 {
            presence.add(row.mark);
            tallies[code as usize].add(row.mark);
        }
    }
    presence.counts.map(u64::from)
}

pub(super) fn add(total: &mut Counts, counts: Counts) {
    total[0] += counts[0];
    total[1] += counts[1];
}
