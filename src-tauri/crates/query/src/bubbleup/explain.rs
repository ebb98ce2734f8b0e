//! Terms that hold for much of the selection and little of the baseline.

use super::combine::risk_ratio;
use super::count::{Steps, count_steps};
use super::population::Population;
use super::reply::{Explanation, Term, TermOp};
use super::score::{Counts, FieldCounts, Sizes, divergence_of, risk_ratio_low};
use super::values::CountedValues;
use crate::ask::{Cancel, QueryError};
use skep_model::{Text, Value};

/// Least units of the selection, and least share of it, that a term must hold for.
const UNITS_MIN: f64 = 5.0;
const COVERAGE_MIN: f64 = 0.05;

/// With fewer units of the selection no value leads.
const LEAD_UNITS_MIN: f64 = 3.0;

/// Terms of one field that are put together with those of others.
const OFFERS_MAX: usize = 3;

/// What a field says of the selection.
#[derive(Default)]
pub(super) struct Leads {
    /// Each of one field; the one that diverges most first.
    pub(super) offers: Vec<Explanation>,
    /// See [`super::BubbleupField::lead`].
    pub(super) lead: f64,
}

/// The values whose share of the selection exceeds their share of the baseline, and having the field or not.
pub(super) fn leading_values(
    field: &Text,
    population: &Population<'_>,
    counted: &CountedValues,
) -> Result<Leads, QueryError> {
    let CountedValues { values, counts } = counted;
    // Values in a tie are compared by what they are, which takes a look at each: only where they reach the first few.
    let mut leading: Vec<(f64, usize)> = Vec::with_capacity(OFFERS_MAX + 1);
    for (idx, units) in counts.values.iter().enumerate() {
        let Some(lead) = lead(*units, counts) else { continue };
        let comes_before = |(other, other_idx): &(f64, usize)| {
            other.total_cmp(&lead).then_with(|| values.compare(idx, *other_idx)).is_lt()
        };
        if leading.len() < OFFERS_MAX || leading.last().is_some_and(comes_before) {
            let place = leading.iter().position(comes_before).unwrap_or(leading.len());
            leading.insert(place, (lead, idx));
            leading.truncate(OFFERS_MAX);
        }
    }
    let idxs: Vec<usize> = leading.iter().map(|(_, idx)| *idx).collect();
    let read = values.read(&idxs, population, field)?;
    let mut found: Vec<(f64, Vec<Term>, Counts)> = Vec::new();
    for ((lead, idx), value) in leading.into_iter().zip(read) {
        let term = Term { field: field.clone(), op: TermOp::Eq, value };
        found.push((lead, vec![term], counts.values[idx]));
    }
    Ok(Leads::of(found, field, counts))
}

/// The range whose share of the selection exceeds its share of the baseline most: the run of steps with the
/// greatest sum of differences (Kadane), counted again as a whole where a unit may have values in several steps.
pub(super) fn leading_range(
    field: &Text,
    population: &Population<'_>,
    steps: &Steps,
    counts: &FieldCounts,
    cancel: &Cancel,
) -> Result<Leads, QueryError> {
    let n = population.sizes.n;
    let mut best = (0.0, 0..0);
    let mut run = (0.0, 0);
    for (step, units) in counts.values.iter().enumerate() {
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
    let mut found = Vec::new();
    if !range.is_empty() && !terms.is_empty() {
        let units = if population.is_by_row {
            counts.values[range]
                .iter()
                .fold([0, 0], |sum: Counts, units| [sum[0] + units[0], sum[1] + units[1]])
        } else {
            let inside = Steps { edges: steps.edges.clone(), only: Some(range) };
            count_steps(population, field, &inside, cancel)?.1[1]
        };
        found.extend(lead(units, counts).map(|lead| (lead, terms, units)));
    }
    Ok(Leads::of(found, field, counts))
}

/// How far something that the selection has more of leads; nothing where it has too little, or no more.
fn lead(units: Counts, counts: &FieldCounts) -> Option<f64> {
    let n = counts.sizes.n;
    let is_more = u128::from(units[1]) * u128::from(n[0]) > u128::from(units[0]) * u128::from(n[1]);
    let is_enough = is_more && counts.sizes.telling(units)[1] >= LEAD_UNITS_MIN;
    is_enough.then(|| divergence_of(units, counts.sizes, counts.n_judged + 1))
}

impl Leads {
    /// From terms with what they hold for; having the field or not is one more.
    fn of(mut found: Vec<(f64, Vec<Term>, Counts)>, field: &Text, counts: &FieldCounts) -> Self {
        for (op, units) in [(TermOp::Exists, counts.present), (TermOp::DoesNotExist, counts.missing())] {
            let term = Term { field: field.clone(), op, value: Value::Empty };
            // Of a value and the field as such, for the same units, the value tells more.
            let is_said = found.iter().any(|(_, _, known)| *known == units);
            found.extend(lead(units, counts).filter(|_| !is_said).map(|lead| (lead, vec![term], units)));
        }
        found.sort_by(|(a, ..), (b, ..)| b.total_cmp(a));
        found.truncate(OFFERS_MAX);
        let lead = found.first().map_or(0.0, |(lead, ..)| *lead);
        let offers =
            found.into_iter().filter_map(|(_, terms, units)| explanation(terms, units, counts.sizes));
        Leads { offers: offers.collect(), lead }
    }
}

/// Nothing when it holds for too few, or for more of the baseline.
fn explanation(terms: Vec<Term>, units: Counts, sizes: Sizes) -> Option<Explanation> {
    let n = sizes.n;
    let [baseline, coverage] = [units[0] as f64 / n[0] as f64, units[1] as f64 / n[1] as f64];
    let is_much = sizes.telling(units)[1] >= UNITS_MIN && coverage >= COVERAGE_MIN && coverage > baseline;
    is_much.then(|| Explanation {
        terms,
        also: Vec::new(),
        coverage,
        baseline,
        precision: units[1] as f64 / (units[0] + units[1]) as f64,
        risk_ratio: risk_ratio(units, n),
        risk_ratio_low: risk_ratio_low(units, sizes),
    })
}
