//! Terms that hold for much of the selection and little of the baseline.

use super::combine::risk_ratio;
use super::count::{Steps, count_steps};
use super::population::Population;
use super::reply::{Explanation, Term, TermOp};
use super::score::{Counts, risk_ratio_low};
use super::values::CountedValues;
use crate::ask::{Cancel, QueryError};
use skep_model::{Text, Value};

/// Least units of the selection, and least share of it, that a term must hold for.
const UNITS_MIN: u64 = 5;
const COVERAGE_MIN: f64 = 0.05;

/// The value whose share of the selection exceeds its share of the baseline most.
pub(super) fn best_value(
    field: &Text,
    population: &Population<'_>,
    counted: &CountedValues,
) -> Result<Option<Explanation>, QueryError> {
    let CountedValues { values, counts } = counted;
    let candidates = counts.values.iter().enumerate().filter_map(|(idx, units)| {
        explanation(Vec::new(), *units, counts.n).map(|explanation| (idx, explanation))
    });
    let best = candidates.max_by(|(a_idx, a), (b_idx, b)| {
        a.gain().total_cmp(&b.gain()).then_with(|| values.compare(*b_idx, *a_idx))
    });
    let Some((idx, found)) = best else { return Ok(None) };
    let value = values.read(&[idx], population, field)?.pop().unwrap_or(Value::Empty);
    Ok(Some(Explanation { terms: vec![Term { field: field.clone(), op: TermOp::Eq, value }], ..found }))
}

/// The range whose share of the selection exceeds its share of the baseline most: the run of steps with the
/// greatest sum of differences (Kadane), counted again as a whole where a unit may have values in several steps.
pub(super) fn best_range(
    field: &Text,
    population: &Population<'_>,
    steps: &Steps,
    counts: &[Counts],
    cancel: &Cancel,
) -> Result<Option<Explanation>, QueryError> {
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
        return Ok(None);
    }
    let units = if population.is_by_row() {
        counts[range].iter().fold([0, 0], |sum: Counts, units| [sum[0] + units[0], sum[1] + units[1]])
    } else {
        let inside = Steps { edges: steps.edges.clone(), only: Some(range) };
        count_steps(population, field, &inside, cancel)?.1[1]
    };
    Ok(explanation(terms, units, n))
}

impl Explanation {
    /// How much more of the selection than of the baseline it holds for.
    pub(super) fn gain(&self) -> f64 {
        self.coverage - self.baseline
    }
}

/// Nothing when it holds for too few, or for more of the baseline.
pub(super) fn explanation(terms: Vec<Term>, units: Counts, n: Counts) -> Option<Explanation> {
    let [baseline, coverage] = [units[0] as f64 / n[0] as f64, units[1] as f64 / n[1] as f64];
    let is_much = units[1] >= UNITS_MIN && coverage >= COVERAGE_MIN && coverage > baseline;
    is_much.then(|| Explanation {
        terms,
        also: Vec::new(),
        coverage,
        baseline,
        precision: units[1] as f64 / (units[0] + units[1]) as f64,
        risk_ratio: risk_ratio(units, n),
        risk_ratio_low: risk_ratio_low(units, n),
    })
}
