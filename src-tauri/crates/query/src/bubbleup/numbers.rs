//! Numbers cut into steps: equally full ones to judge by, equally wide ones to draw.

use super::count::Steps;
use super::population::Population;
use crate::Column;
use crate::ask::{Cancel, QueryError};

/// Numbers with at most so many distinct values are compared value by value.
const DISTINCT_VALUES_MAX: usize = 12;

/// Values that edges are chosen from, at most: evenly spaced over the base's rows. Counts come from all rows.
const SAMPLE_VALUES_MAX: usize = 65_536;

/// Steps to judge by, as the square root of the smaller side, between these.
const JUDGED_STEPS_MIN: u64 = 4;
const JUDGED_STEPS_MAX: u64 = 32;

/// Steps to draw, between the first and the last hundredth of the values.
const DRAWN_STEPS: usize = 20;

/// From this ratio of the last to the first hundredth on, drawn steps are equal ratios.
const SKEWED_RATIO_MIN: f64 = 50.0;

/// The numbers of a field in the base.
pub(super) struct Numbers {
    /// Ascending, finite, each with the rows it stands for.
    sample: Vec<(f64, u64)>,
    n_rows: u64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Numbers {
    /// Reads the base's rows of a field that is a number wherever it is; nothing when none is finite.
    pub(super) fn new(
        population: &Population<'_>,
        field: &str,
        cancel: &Cancel,
    ) -> Result<Option<Self>, QueryError> {
        let stride = population.n_rows().div_ceil(SAMPLE_VALUES_MAX).max(1);
        let mut numbers =
            Numbers { sample: Vec::new(), n_rows: 0, min: f64::INFINITY, max: f64::NEG_INFINITY };
        let mut n_until_next = 0;
        for segment_idx in 0..population.n_segments() {
            cancel.check()?;
            let Some(column) = population.column(segment_idx, field)? else { continue };
            let home = &population.homes[segment_idx];
            let spread = population.spread.part(segment_idx).rows.iter().map(|row| *row as usize);
            let mut take = |number: f64| {
                if !number.is_finite() {
                    return;
                }
                numbers.reach(number);
                if n_until_next == 0 {
                    numbers.sample.push((number, stride as u64));
                    n_until_next = stride;
                }
                n_until_next -= 1;
            };
            match &column {
                // Each entry with its rows: no row's number is read.
                Column::Codes { codes, dictionary } => {
                    let mut n_rows = home.n_rows_by_code(codes, dictionary);
                    spread.for_each(|row| n_rows[codes.at(row) as usize] += 1);
                    for (entry, n_rows) in dictionary.entries().zip(&n_rows[1..]).filter(|(_, n)| **n > 0) {
                        let number = entry.as_f64().filter(|number| number.is_finite());
                        if let Some(number) = number {
                            numbers.reach(number);
                            numbers.sample.push((number, u64::from(*n_rows)));
                        }
                    }
                }
                Column::Doubles(doubles) => {
                    spread.for_each(|row| take(doubles[row]));
                    home.each_row(|row| take(doubles[row]));
                }
                Column::Ints { ints, present } => {
                    let number = |row: usize| {
                        let is_present = present.as_ref().is_none_or(|present| present.contains(row));
                        if is_present { ints[row] as f64 } else { f64::NAN }
                    };
                    spread.for_each(|row| take(number(row)));
                    home.each_row(|row| take(number(row)));
                }
                Column::Ids { .. } | Column::Texts(_) => {}
            }
        }
        numbers.sample.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        numbers.n_rows = numbers.sample.iter().map(|(_, n_rows)| n_rows).sum();
        Ok((!numbers.sample.is_empty()).then_some(numbers))
    }

    fn reach(&mut self, number: f64) {
        (self.min, self.max) = (self.min.min(number), self.max.max(number));
    }

    /// Whether the sample has few distinct values.
    pub(super) fn are_few(&self) -> bool {
        let n_changes = self.sample.windows(2).filter(|pair| pair[0].0 != pair[1].0);
        n_changes.take(DISTINCT_VALUES_MAX).count() < DISTINCT_VALUES_MAX
    }

    /// The numbers of the sampled rows at these ranks, which ascend.
    fn at_ranks(&self, ranks: impl Iterator<Item = u64>) -> Vec<f64> {
        let (mut idx, mut n_through) = (0, self.sample[0].1);
        let number = |rank| {
            while n_through <= rank {
                idx += 1;
                n_through += self.sample[idx].1;
            }
            self.sample[idx].0
        };
        ranks.map(number).collect()
    }

    /// Equally full steps.
    pub(super) fn judged_steps(&self, population: &Population<'_>) -> Steps {
        let [baseline, selection] = population.sizes.effective;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped, and none below zero"
        )]
        let root = baseline.min(selection).sqrt() as u64;
        let n_steps = root.clamp(JUDGED_STEPS_MIN, JUDGED_STEPS_MAX);
        self.steps(self.at_ranks((1..n_steps).map(|step| step * self.n_rows / n_steps)))
    }

    /// Equally wide steps, or equal ratios; with one more at either end for what lies further out.
    pub(super) fn drawn_steps(&self) -> Steps {
        let last = self.n_rows - 1;
        let ends = self.at_ranks([last / 100, last - last / 100].into_iter());
        let (low, high) = (ends[0], ends[1]);
        let is_skewed = low > 0.0 && high / low >= SKEWED_RATIO_MIN;
        let edges = (0..=DRAWN_STEPS).map(|idx| {
            let part = idx as f64 / DRAWN_STEPS as f64;
            if is_skewed { low * (high / low).powf(part) } else { low * (1.0 - part) + high * part }
        });
        self.steps(edges.collect())
    }

    /// Keeps the edges that divide: an edge at the least value has nothing below it, one above the greatest nothing
    /// above.
    fn steps(&self, mut edges: Vec<f64>) -> Steps {
        edges.retain(|edge| *edge > self.min && *edge <= self.max);
        edges.dedup();
        Steps { edges, only: None }
    }
}
