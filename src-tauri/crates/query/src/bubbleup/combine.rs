//! Terms put together: which of up to three hold for much of the selection and little of the baseline, and which few of
//! them cover it.
//!
//! A term is a set of units, one bit each, so that a conjunction is an intersection and costs a pass over words. Units
//! have what any of their rows has, as everywhere in BubbleUp: the terms of a conjunction may hold on different rows.

use super::compare::Compared;
use super::explain::explanation;
use super::population::{Home, Population};
use super::reply::{BubbleupValue, Cover, Explanation, Term, TermOp};
use super::score::{Counts, risk_ratio_low};
use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::{CompareOp, Condition, Expr, Literal};
use crate::plan::select;
use crate::resolved::Predicate;
use crate::{Bitmap, Filter, parallel};
use skep_model::Value;

/// Terms that are put together: conjunctions of three are a hundred times as many.
const TERMS_MAX: usize = 12;

/// Further values of one field that are put together with those of others.
const VALUES_MAX: usize = 2;

/// Explanations returned.
const EXPLANATIONS_MAX: usize = 3;

/// Parts of a cover.
const COVER_MAX: usize = 4;

/// By how much a further term has to make the difference of the shares larger; and by how much a part of a cover what is
/// covered.
const GAIN_MIN: f64 = 0.02;
const COVER_GAIN_MIN: f64 = 0.05;

/// Of two terms that share this much of their units, one is another name for the other.
const SAME_SHARE_MIN: f64 = 0.99;

/// An explanation that holds for this much of its selected units where another one holds has to explain this much of what
/// that one does.
const INSIDE_SHARE_MIN: f64 = 0.9;
const INSIDE_GAIN_MIN: f64 = 0.5;

/// How many times likelier a unit has to be selected with a further term than without, at least. Above 1, since the best
/// of hundreds is looked for.
const FURTHER_RATIO_MIN: f64 = 1.3;

/// What is best, and what covers most.
pub(super) struct Combined {
    pub(super) explanations: Vec<Explanation>,
    pub(super) cover: Option<Cover>,
}

/// Units for which some of the terms hold.
struct Candidate {
    /// Which terms, ascending.
    terms: Vec<usize>,
    units: Bitmap,
    counts: Counts,
}

/// What a field offers: what explains most, and further values that the selection has more of.
pub(super) fn offered(compared: &Compared, n: Counts) -> Vec<Explanation> {
    let mut offered: Vec<Explanation> = compared.explanation.iter().cloned().collect();
    let field = &compared.field.field;
    for BubbleupValue { value, shares, .. } in &compared.field.values {
        let term = Term { field: field.clone(), op: TermOp::Eq, value: value.clone() };
        let is_known = offered.iter().any(|known| known.terms[0] == term);
        // What is counted is known from the shares, which were made of it.
        #[expect(clippy::cast_sign_loss, reason = "shares are none below zero")]
        let units =
            [shares.baseline * n[0] as f64, shares.selection * n[1] as f64].map(|units| units.round() as u64);
        let further =
            explanation(vec![term], units, n).filter(|further| further.gain() >= GAIN_MIN && !is_known);
        offered.extend(further);
        if offered.len() > VALUES_MAX {
            break;
        }
    }
    offered
}

/// Puts terms together; each comes as one explanation of a single field.
pub(super) fn combine(
    population: &Population<'_>,
    mut singles: Vec<Explanation>,
    cancel: &Cancel,
) -> Result<Combined, QueryError> {
    let n = population.n;
    singles.sort_by(|a, b| b.gain().total_cmp(&a.gain()));
    singles.truncate(TERMS_MAX);
    let selected = selected(population);
    let units = parallel::in_parallel(singles.len(), cancel, |idx| units_of(population, &singles[idx]))?;
    let (singles, units) = merged(singles, units);
    let all: Vec<Candidate> = {
        let mut all: Vec<Candidate> = Vec::new();
        for (idx, units) in units.iter().enumerate() {
            all.push(Candidate { terms: vec![idx], counts: counts(units, &selected), units: units.clone() });
        }
        let mut from = 0;
        for _ in 1..3 {
            let to = all.len();
            let further = parallel::in_parallel(to - from, cancel, |idx| {
                let shorter = &all[from + idx];
                let last = shorter.terms.last().copied().unwrap_or(0);
                let longer = (last + 1..units.len())
                    .filter(|term| is_other_field(&singles, &shorter.terms, *term))
                    .map(|term| shorter.with(term, &units[term], &selected));
                // What holds for none of the selection, no longer one will.
                Ok(longer.filter(|longer| longer.counts[1] > 0).collect::<Vec<_>>())
            })?;
            from = to;
            all.extend(further.into_iter().flatten());
        }
        all
    };
    let telling: Vec<&Candidate> = all.iter().filter(|one| one.is_telling(&all)).collect();
    let mut best: Vec<&Candidate> = telling.iter().copied().filter(|one| one.gains(&all, n)).collect();
    best.sort_by(|a, b| gain(b.counts, n).total_cmp(&gain(a.counts, n)).then_with(|| a.terms.cmp(&b.terms)));
    let mut chosen: Vec<&Candidate> = Vec::new();
    for one in best {
        if !chosen.iter().any(|said| one.is_said_by(said, &selected, n)) && chosen.len() < EXPLANATIONS_MAX {
            chosen.push(one);
        }
    }
    let explanations = chosen.iter().map(|one| one.explanation(&singles, n)).collect();
    Ok(Combined { explanations, cover: cover(&telling, &singles, &selected, n) })
}

/// The terms that say the same, near enough, under the best of them.
fn merged(singles: Vec<Explanation>, units: Vec<Bitmap>) -> (Vec<Explanation>, Vec<Bitmap>) {
    let mut kept: Vec<(Explanation, Bitmap)> = Vec::new();
    for (single, units) in singles.into_iter().zip(units) {
        let is_same = |(known, of_known): &&mut (Explanation, Bitmap)| {
            let mut both = units.clone();
            both.intersect(of_known);
            let n_either = units.count() + of_known.count() - both.count();
            known.terms[0].field != single.terms[0].field
                && both.count() as f64 >= SAME_SHARE_MIN * n_either as f64
        };
        match kept.iter_mut().find(is_same) {
            Some((known, _)) => known.also.extend(single.terms),
            None => kept.push((single, units)),
        }
    }
    kept.into_iter().unzip()
}

fn is_other_field(singles: &[Explanation], terms: &[usize], term: usize) -> bool {
    let field = &singles[term].terms[0].field;
    terms.iter().all(|other| singles[*other].terms[0].field != *field)
}

/// Those parts that together cover most of the selection, each the best for what the ones before leave.
fn cover(candidates: &[&Candidate], singles: &[Explanation], selected: &Bitmap, n: Counts) -> Option<Cover> {
    let mut covered = Bitmap::none(selected.n_rows());
    let mut parts: Vec<Explanation> = Vec::new();
    while parts.len() < COVER_MAX {
        let mut left = selected.clone();
        left.subtract(&covered);
        let n_left = [n[0], left.count() as u64];
        let further = candidates.iter().filter_map(|one| {
            let mut new = one.units.clone();
            new.subtract(&covered);
            let new = counts(&new, selected);
            (gain(new, n) >= COVER_GAIN_MIN).then(|| (*one, gain(new, n_left)))
        });
        let best = further
            .max_by(|(a, a_gain), (b, b_gain)| a_gain.total_cmp(b_gain).then_with(|| b.terms.cmp(&a.terms)));
        let Some((one, _)) = best else { break };
        covered.unite(&one.units);
        parts.push(one.explanation(singles, n));
    }
    let [baseline, coverage] = shares(counts(&covered, selected), n);
    (!parts.is_empty()).then_some(Cover { parts, coverage, baseline })
}

impl Candidate {
    fn with(&self, term: usize, units: &Bitmap, selected: &Bitmap) -> Candidate {
        let mut both = self.units.clone();
        both.intersect(units);
        let terms = self.terms.iter().copied().chain([term]).collect();
        Candidate { terms, counts: counts(&both, selected), units: both }
    }

    /// What is left without each of its terms.
    fn parts<'c>(&'c self, all: &'c [Candidate]) -> impl Iterator<Item = &'c Candidate> {
        self.terms.iter().filter_map(|without| {
            let rest: Vec<usize> = self.terms.iter().copied().filter(|term| term != without).collect();
            all.iter().find(|other| other.terms == rest)
        })
    }

    /// Whether each of its terms tells more of the selection than chance would, where the others hold.
    fn is_telling(&self, all: &[Candidate]) -> bool {
        self.parts(all).all(|rest| further_ratio_low(self.counts, rest.counts) >= FURTHER_RATIO_MIN)
    }

    /// Whether each of its terms makes the difference of the shares larger.
    fn gains(&self, all: &[Candidate], n: Counts) -> bool {
        self.parts(all).all(|rest| gain(self.counts, n) >= gain(rest.counts, n) + GAIN_MIN)
    }

    /// Whether another one leaves little to say: it has all of its terms, or holds for nearly all of the same of the
    /// selection, and explains much more.
    fn is_said_by(&self, said: &Candidate, selected: &Bitmap, n: Counts) -> bool {
        if self.terms.iter().all(|term| said.terms.contains(term)) {
            return true;
        }
        let mut both = self.units.clone();
        both.intersect(&said.units);
        let [_, n_both] = counts(&both, selected);
        let is_inside = n_both as f64 >= INSIDE_SHARE_MIN * self.counts[1] as f64;
        is_inside && gain(self.counts, n) < INSIDE_GAIN_MIN * gain(said.counts, n)
    }

    fn explanation(&self, singles: &[Explanation], n: Counts) -> Explanation {
        let [baseline, coverage] = shares(self.counts, n);
        let of_each = || self.terms.iter().map(|term| &singles[*term]);
        Explanation {
            terms: of_each().flat_map(|single| single.terms.clone()).collect(),
            also: of_each().flat_map(|single| single.also.clone()).collect(),
            coverage,
            baseline,
            precision: self.counts[1] as f64 / (self.counts[0] + self.counts[1]).max(1) as f64,
            risk_ratio: risk_ratio(self.counts, n),
            risk_ratio_low: risk_ratio_low(self.counts, n),
        }
    }
}

/// How many times likelier a unit is to be selected where they hold than where they do not; nothing where none is.
pub(super) fn risk_ratio(counts: Counts, n: Counts) -> Option<f64> {
    let [c, a] = counts.map(|count| count as f64);
    let [d, b] = [n[0] as f64 - c, n[1] as f64 - a];
    (a > 0.0 && b > 0.0).then(|| (a / (a + c)) / (b / (b + d)))
}

/// As [`risk_ratio_low`] among the units of a part, with half a unit more everywhere, since a count may be zero (Haldane).
fn further_ratio_low(counts: Counts, of: Counts) -> f64 {
    let [c, a] = counts.map(|count| count as f64 + 0.5);
    let [d, b] = [of[0] as f64 - c + 1.0, of[1] as f64 - a + 1.0];
    let ratio = (a / (a + c)) / (b / (b + d));
    let spread = (1.0 / a - 1.0 / (a + c) + 1.0 / b - 1.0 / (b + d)).max(0.0).sqrt();
    (ratio.ln() - 1.96 * spread).exp()
}

fn shares(counts: Counts, n: Counts) -> [f64; 2] {
    [counts[0] as f64 / n[0] as f64, counts[1] as f64 / n[1] as f64]
}

fn gain(counts: Counts, n: Counts) -> f64 {
    let [baseline, coverage] = shares(counts, n);
    coverage - baseline
}

fn counts(units: &Bitmap, selected: &Bitmap) -> Counts {
    let mut both = units.clone();
    both.intersect(selected);
    let n_selected = both.count();
    [(units.count() - n_selected) as u64, n_selected as u64]
}

/// As many bits as units can be numbered.
fn no_units(population: &Population<'_>) -> Bitmap {
    let n_rows = population.scan().segments().iter().map(|segment| segment.n_rows()).sum::<usize>();
    Bitmap::none(if population.is_by_row() { n_rows } else { (population.n[0] + population.n[1]) as usize })
}

fn unit_of(mark: u32) -> usize {
    (mark >> 1) as usize - 1
}

fn selected(population: &Population<'_>) -> Bitmap {
    let mut selected = no_units(population);
    for home in &population.homes {
        home.each_of_side(1, |_, mark| selected.set(unit_of(mark)));
    }
    for row in population.spread.iter().filter(|row| row.mark & 1 == 1) {
        selected.set(unit_of(row.mark));
    }
    selected
}

/// The units for which all terms of an explanation hold on one row.
fn units_of(population: &Population<'_>, explanation: &Explanation) -> Result<Bitmap, QueryError> {
    let predicate = Predicate::new(&filter(&explanation.terms));
    let mut units = no_units(population);
    for (idx, home) in population.homes.iter().enumerate() {
        if !population.has_rows(idx) {
            continue;
        }
        let rows = select(&*population.scan().segments()[idx], &predicate, TimeRange::ALL)?;
        if rows.is_empty() {
            continue;
        }
        match home {
            Home::Rows { sides, first_row, .. } => {
                for side in sides {
                    let mut hits = rows.clone();
                    hits.intersect(side);
                    hits.for_each_row(|row| units.set(*first_row as usize + row));
                }
            }
            Home::Units(marked) => {
                for (row, mark) in marked.rows.iter().zip(&marked.marks) {
                    if rows.contains(*row as usize) {
                        units.set(unit_of(*mark));
                    }
                }
            }
        }
        for spread in &population.spread_of_segment[idx] {
            let spread = population.spread[*spread as usize];
            if rows.contains(spread.row as usize) {
                units.set(unit_of(spread.mark));
            }
        }
    }
    Ok(units)
}

fn filter(terms: &[Term]) -> Filter {
    let condition = |term: &Term| {
        let literal = match &term.value {
            Value::Int(int) => Literal::Int(*int),
            Value::Double(double) => Literal::Double(*double),
            Value::Bool(bool) => Literal::Bool(*bool),
            Value::Text(text) => Literal::Text(text.clone()),
            // Arrays and maps are compared as they are shown.
            other => Literal::Text(other.to_string().into()),
        };
        let op = match term.op {
            TermOp::Eq => CompareOp::Eq,
            TermOp::Ge => CompareOp::Ge,
            TermOp::Lt => CompareOp::Lt,
        };
        Expr::is(term.field.clone(), Condition::Compare(op, literal))
    };
    Filter::from(Expr::and(terms.iter().map(condition).collect()))
}
