//! Numbers cut into steps: equally full ones to judge by, equally wide ones to draw.

use super::count::Steps;
use super::population::Population;
use crate::Column;
use crate::ask::{Cancel, QueryError};
use crate::scan::by_width;

/// Numbers with at most so many distinct values are compared value by value.
const DISTINCT_VALUES_MAX: usize = 12;

/// Values that edges are chosen from, at most: evenly spaced over the base's rows. Counts come from all rows.
const SAMPLE_VALUES_MAX: usize = 65_536;

/// Steps to judge by, as the square root of the smaller side, between these.
const JUDGED_STEPS_MIN: usize = 4;
const JUDGED_STEPS_MAX: usize = 32;

/// Steps to draw, between the first and the last hundredth of the values.
const DRAWN_STEPS: usize = 20;

/// From this ratio of the last to the first hundredth on, drawn steps are equal ratios.
const SKEWED_RATIO_MIN: f64 = 50.0;

/// The numbers of a field in the base.
pub(super) struct Numbers {
    /// Ascending, finite.
    sample: Vec<f64>,
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
        let mut numbers = Numbers { sample: Vec::new(), min: f64::INFINITY, max: f64::NEG_INFINITY };
        let mut n_until_next = 0;
        let mut take = |number: f64| {
            if !number.is_finite() {
                return;
            }
            (numbers.min, numbers.max) = (numbers.min.min(number), numbers.max.max(number));
            if n_until_next == 0 {
                numbers.sample.push(number);
                n_until_next = stride;
            }
            n_until_next -= 1;
        };
        for segment_idx in 0..population.n_segments() {
            cancel.check()?;
            let Some(column) = population.column(segment_idx, field)? else { continue };
            let home = &population.homes[segment_idx];
            let spread = &population.spread_of_segment[segment_idx];
            let mut take_all = |number: &dyn Fn(usize) -> f64| {
                spread.iter().for_each(|idx| take(number(population.spread[*idx as usize].row as usize)));
            };
            match &column {
                Column::Codes { codes, dictionary } => {
                    // What is no number, and what is missing, is no finite one.
                    let entries = dictionary.iter().map(|value| value.as_f64().unwrap_or(f64::NAN));
                    let of_code: Vec<f64> = std::iter::once(f64::NAN).chain(entries).collect();
                    take_all(&|row| of_code[codes.at(row) as usize]);
                    by_width!(codes, codes => home.each_row(|row| take(of_code[codes[row] as usize])));
                }
                Column::Doubles(doubles) => {
                    take_all(&|row| doubles[row]);
                    home.each_row(|row| take(doubles[row]));
                }
                Column::Ints { ints, present } => {
                    let number = |row: usize| {
                        let is_present = present.as_ref().is_none_or(|present| present.contains(row));
                        if is_present { ints[row] as f64 } else { f64::NAN }
                    };
                    take_all(&number);
                    home.each_row(|row| take(number(row)));
                }
                Column::Ids { .. } | Column::Texts(_) => {}
            }
        }
        numbers.sample.sort_unstable_by(f64::total_cmp);
        Ok((!numbers.sample.is_empty()).then_some(numbers))
    }

    /// Whether the sample has few distinct values.
    pub(super) fn are_few(&self) -> bool {
        let n_changes = self.sample.windows(2).filter(|pair| pair[0] != pair[1]);
        n_changes.take(DISTINCT_VALUES_MAX).count() < DISTINCT_VALUES_MAX
    }

    /// Equally full steps.
    pub(super) fn judged_steps(&self, population: &Population<'_>) -> Steps {
        let root = population.n[0].min(population.n[1]).isqrt();
        let n_steps = usize::try_from(root).unwrap_or(usize::MAX).clamp(JUDGED_STEPS_MIN, JUDGED_STEPS_MAX);
        let edges = (1..n_steps).map(|idx| self.sample[idx * self.sample.len() / n_steps]);
        self.steps(edges.collect())
    }

    /// Equally wide steps, or equal ratios; with one more at either end for what lies further out.
    pub(super) fn drawn_steps(&self) -> Steps {
        let last = self.sample.len() - 1;
        let (low, high) = (self.sample[last / 100], self.sample[last - last / 100]);
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
