//! Numbers cut into steps: equally full ones to judge by, equally wide ones to draw.

use super::count::Steps;
use super::population::Population;
use crate::{Codes, Column, Texts};
use rustc_hash::FxHashMap;
use skep_model::Value;
use std::sync::Arc;

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

/// Whether a field is a number: every value it has in these columns.
pub(super) fn all_numbers(columns: &[Option<Column>]) -> bool {
    columns.iter().flatten().all(|column| match column {
        Column::Codes { dictionary, .. } => {
            dictionary.iter().all(|value| matches!(value, Value::Int(_) | Value::Double(_) | Value::Empty))
        }
        Column::Doubles(_) | Column::Ints { .. } => true,
        Column::Ids { .. } | Column::Texts(_) => false,
    })
}

impl Numbers {
    /// Reads the base's rows; nothing when none has a finite number.
    pub(super) fn new(population: &Population, columns: &[Option<Column>]) -> Option<Self> {
        let n_rows =
            population.home.iter().map(|marked| marked.rows.len()).sum::<usize>() + population.spread.len();
        let stride = n_rows.div_ceil(SAMPLE_VALUES_MAX).max(1);
        let mut numbers = Numbers { sample: Vec::new(), min: f64::INFINITY, max: f64::NEG_INFINITY };
        let mut n_seen = 0_usize;
        let mut take = |column: &Column, row: u32| {
            let Some(number) = number(column, row as usize).filter(|number| number.is_finite()) else {
                return;
            };
            (numbers.min, numbers.max) = (numbers.min.min(number), numbers.max.max(number));
            if n_seen.is_multiple_of(stride) {
                numbers.sample.push(number);
            }
            n_seen += 1;
        };
        for (marked, column) in population.home.iter().zip(columns) {
            if let Some(column) = column {
                marked.rows.iter().for_each(|row| take(column, *row));
            }
        }
        for row in &population.spread {
            if let Some(column) = &columns[row.segment_idx as usize] {
                take(column, row.row);
            }
        }
        numbers.sample.sort_unstable_by(f64::total_cmp);
        (n_seen > 0).then_some(numbers)
    }

    /// Whether the sample has few distinct values.
    pub(super) fn are_few(&self) -> bool {
        let n_changes = self.sample.windows(2).filter(|pair| pair[0] != pair[1]);
        n_changes.take(DISTINCT_VALUES_MAX).count() < DISTINCT_VALUES_MAX
    }

    /// Equally full steps.
    pub(super) fn judged_steps(&self, population: &Population) -> Steps {
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
        Steps { edges }
    }
}

/// A plain column in codes, so that it can be counted by value.
pub(super) fn in_codes(column: &Column) -> Column {
    let codes_of = |numbers: &mut dyn Iterator<Item = Option<(u64, Value)>>| {
        let (mut code_of_bits, mut dictionary) = (FxHashMap::default(), Vec::new());
        let codes = numbers.map(|number| {
            let Some((bits, value)) = number else { return 0 };
            *code_of_bits.entry(bits).or_insert_with(|| {
                dictionary.push(value);
                u32::try_from(dictionary.len()).expect("a segment has fewer than 2^32 rows")
            })
        });
        Column::Codes { codes: Codes::U32(codes.collect()), dictionary: Arc::from(dictionary) }
    };
    match column {
        Column::Doubles(doubles) => codes_of(
            &mut doubles
                .iter()
                .map(|double| (!double.is_nan()).then_some((double.to_bits(), Value::Double(*double)))),
        ),
        Column::Ints { ints, present } => {
            let is_present = |row: usize| present.as_ref().is_none_or(|present| present.contains(row));
            codes_of(
                &mut ints
                    .iter()
                    .enumerate()
                    .map(|(row, int)| is_present(row).then_some((int.cast_unsigned(), Value::Int(*int)))),
            )
        }
        Column::Texts(texts) => in_text_codes(texts),
        Column::Codes { .. } | Column::Ids { .. } => column.clone(),
    }
}

fn in_text_codes(texts: &Texts) -> Column {
    let (mut code_of_text, mut dictionary) = (FxHashMap::default(), Vec::new());
    let codes = (0..texts.n_rows()).map(|row| {
        let Some(text) = texts.get(row) else { return 0 };
        *code_of_text.entry(text).or_insert_with(|| {
            dictionary.push(Value::from(text));
            u32::try_from(dictionary.len()).expect("a segment has fewer than 2^32 rows")
        })
    });
    Column::Codes { codes: Codes::U32(codes.collect()), dictionary: Arc::from(dictionary) }
}

fn number(column: &Column, row: usize) -> Option<f64> {
    match column {
        Column::Codes { codes, dictionary } => {
            (codes.at(row) as usize).checked_sub(1).and_then(|entry| dictionary[entry].as_f64())
        }
        Column::Doubles(doubles) => Some(doubles[row]),
        Column::Ints { ints, present } => {
            present.as_ref().is_none_or(|present| present.contains(row)).then(|| ints[row] as f64)
        }
        Column::Ids { .. } | Column::Texts(_) => None,
    }
}
