//! Terms that hold for much of the selection and little of the baseline.

use super::count::{Coder, Steps, count_all};
use super::population::Population;
use super::reply::{Explanation, Term, TermOp};
use super::score::Counts;
use super::values::CountedValues;
use crate::{Codes, Column};
use skep_model::{Text, Value};

/// Explanations returned.
const EXPLANATIONS_MAX: usize = 3;

/// Least units of the selection, and least share of it, that a term must hold for.
const UNITS_MIN: u64 = 5;
const COVERAGE_MIN: f64 = 0.05;

/// The value whose share of the selection exceeds its share of the baseline most.
pub(super) fn best_value(field: &Text, counted: &CountedValues) -> Option<Explanation> {
    let counts = &counted.counts;
    let candidates = counted.values.iter().zip(&counts.values).filter_map(|(value, units)| {
        let term = Term { field: field.clone(), op: TermOp::Eq, value: value.clone() };
        explanation(vec![term], *units, counts.n)
    });
    candidates.max_by(|a, b| a.gain().total_cmp(&b.gain()))
}

/// The range whose share of the selection exceeds its share of the baseline most: the run of steps with the
/// greatest sum of differences (Kadane), counted again as a whole, since a unit may have values in several steps.
pub(super) fn best_range(
    field: &Text,
    population: &Population,
    columns: &[Option<Column>],
    steps: &Steps,
    counts: &[Counts],
) -> Option<Explanation> {
    let n = population.n;
    let mut best = (0.0, 0..0);
    let mut run = (0.0, 0);
    for (step, units) in counts.iter().enumerate() {
        if run.0 <= 0.0 {
            run = (0.0, step);
        }
        run.0 += units[1] as f64 / n[1] as f64 - units[0] as f64 / n[0] as f64;
        if run.0 > best.0 {
            best = (run.0, run.1..step + 1);
        }
    }
    let range = best.1;
    let term = |op, edge: f64| Term { field: field.clone(), op, value: Value::Double(edge) };
    let low = range.start.checked_sub(1).map(|edge| term(TermOp::Ge, steps.edges[edge]));
    let high = steps.edges.get(range.end.wrapping_sub(1)).map(|edge| term(TermOp::Lt, *edge));
    let terms: Vec<Term> = low.into_iter().chain(high).collect();
    if range.is_empty() || terms.is_empty() {
        return None;
    }
    let inside = |coder: Coder<'_>| match coder {
        Coder::Mapped(codes, map) => {
            let is_in = |code: u32| u32::from(code > 0 && range.contains(&(code as usize - 1)));
            Coder::Mapped(codes, map.into_iter().map(is_in).collect())
        }
        Coder::Doubles(doubles, steps) => {
            let is_in = |n: &f64| u32::from(n.is_finite() && range.contains(&steps.step(*n)));
            Coder::Codes(Codes::U32(doubles.iter().map(is_in).collect()))
        }
        Coder::Ints(ints, present, steps) => {
            let is_present = |row: usize| present.as_ref().is_none_or(|present| present.contains(row));
            let is_in = |(row, n): (usize, &i64)| {
                u32::from(is_present(row) && range.contains(&steps.step(*n as f64)))
            };
            Coder::Codes(Codes::U32(ints.iter().enumerate().map(is_in).collect()))
        }
        Coder::Missing | Coder::Codes(_) => Coder::Missing,
    };
    let coders: Vec<Coder<'_>> =
        columns.iter().map(|column| inside(Coder::steps(column.as_ref(), steps))).collect();
    let (_, totals) = count_all(population, &coders, 2);
    explanation(terms, totals[1], n)
}

/// The best of several, at most one for each field.
pub(super) fn best(mut candidates: Vec<Explanation>) -> Vec<Explanation> {
    candidates.sort_by(|a, b| b.gain().total_cmp(&a.gain()));
    candidates.truncate(EXPLANATIONS_MAX);
    candidates
}

impl Explanation {
    fn gain(&self) -> f64 {
        self.coverage - self.baseline
    }
}

/// Nothing when it holds for too few, or for more of the baseline.
fn explanation(terms: Vec<Term>, units: Counts, n: Counts) -> Option<Explanation> {
    let [baseline, coverage] = [units[0] as f64 / n[0] as f64, units[1] as f64 / n[1] as f64];
    let is_much = units[1] >= UNITS_MIN && coverage >= COVERAGE_MIN && coverage > baseline;
    is_much.then_some(Explanation { terms, coverage, baseline })
}
