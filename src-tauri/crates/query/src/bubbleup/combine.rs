//! Terms put together: which of up to three hold for much of the selection and little of the baseline, and which few of
//! them cover it.
//!
//! A term is a set of units, one bit each, so that a conjunction is an intersection and costs a pass over words. Units
//! have what any of their rows has, as everywhere in BubbleUp: the terms of a conjunction may hold on different rows.
//!
//! What is best is decided by evidence: how much likelier the selection becomes when units inside and outside of a
//! conjunction are selected at rates of their own (a likelihood ratio). It weighs what is covered against what is hit
//! without a threshold for either. Each term costs what it takes to name it among all that were offered (minimum
//! description length), so that a longer conjunction has to earn its terms.

use super::population::Population;
use super::reply::{Cover, Explanation};
use super::score::{Counts, Sizes, evidence, risk_ratio_low};
use super::term_units::TermUnits;
use super::weights::Weights;
use crate::ask::{Cancel, QueryError};
use crate::{Bitmap, parallel};
use skep_model::Text;

/// Terms that are put together: conjunctions of three are some fifty times as many.
const TERMS_MAX: usize = 16;

/// Explanations returned.
const EXPLANATIONS_MAX: usize = 3;

/// Another reading of the best explanation has this much of its evidence.
const READING_MIN: f64 = 0.5;

/// Terms of which each alone could be chance are believed together when the evidence exceeds what the search among all
/// of them would find by chance, one time in twenty (Bonferroni).
const CHANCE_MAX: f64 = 0.05;

/// Parts of a cover.
const COVER_MAX: usize = 4;

/// By how much the share of the selection has to exceed the baseline's for a value to be offered, and what a part of a
/// cover has to add to what is covered.
const GAIN_MIN: f64 = 0.02;
const COVER_GAIN_MIN: f64 = 0.05;

/// Of two terms that share this much of their units, one is another name for the other.
const SAME_SHARE_MIN: f64 = 0.99;

/// An explanation that holds for this much of its selected units where another one holds has to explain this much of what
/// that one does.
const INSIDE_SHARE_MIN: f64 = 0.9;
const INSIDE_GAIN_MIN: f64 = 0.5;

/// How many times likelier a unit has to be selected with a further term than without, at least, for a part of a cover.
/// Above 1, since the best of hundreds is looked for.
const FURTHER_RATIO_MIN: f64 = 1.3;

/// What is best, and what covers most.
pub(super) struct Combined {
    pub(super) explanations: Vec<Explanation>,
    pub(super) cover: Option<Cover>,
}

/// A term of one field, which can be put together with those of others.
#[derive(Clone)]
pub(super) struct Offer {
    pub(super) explanation: Explanation,
    /// Whether the field differs by more than chance.
    pub(super) is_clear: bool,
}

/// Who is selected, and what units stand for.
struct Sides<'a> {
    selected: Bitmap,
    weights: Option<&'a Weights>,
    sizes: Sizes,
}

/// Units for which some of the terms hold.
struct Candidate {
    /// Which terms, ascending.
    terms: Vec<usize>,
    units: Bitmap,
    counts: Counts,
}

/// Puts terms together.
pub(super) fn combine(
    population: &Population<'_>,
    mut singles: Vec<Offer>,
    cancel: &Cancel,
) -> Result<Combined, QueryError> {
    let term_units = TermUnits::new(population, cancel)?;
    let sides = Sides {
        selected: term_units.selected(),
        weights: population.weights.as_ref(),
        sizes: population.sizes,
    };
    let n_offered = singles.len();
    let evidence = |offer: &Offer| offer.explanation.evidence(sides.sizes);
    singles.sort_by(|a, b| evidence(b).total_cmp(&evidence(a)));
    singles.truncate(TERMS_MAX);
    let units = parallel::in_parallel(singles.len(), cancel, |idx| term_units.of(&singles[idx].explanation))?;
    let (singles, units) = merged(singles, units);
    let all: Vec<Candidate> = {
        let mut all: Vec<Candidate> = Vec::new();
        for (idx, units) in units.iter().enumerate() {
            all.push(Candidate { terms: vec![idx], counts: sides.counts(units), units: units.clone() });
        }
        let mut from = 0;
        for _ in 1..3 {
            let to = all.len();
            let further = parallel::in_parallel(to - from, cancel, |idx| {
                let shorter = &all[from + idx];
                let last = shorter.terms.last().copied().unwrap_or(0);
                let longer = (last + 1..units.len())
                    .filter(|term| is_other_field(&singles, &shorter.terms, *term))
                    .map(|term| shorter.with(term, &units[term], &sides));
                // What holds for none of the selection, no longer one will.
                Ok(longer.filter(|longer| longer.counts[1] > 0).collect::<Vec<_>>())
            })?;
            from = to;
            all.extend(further.into_iter().flatten());
        }
        all
    };
    let telling: Vec<&Candidate> = all
        .iter()
        .filter(|one| one.is_sure(&singles, n_offered, sides.sizes) && one.is_telling(&all, sides.sizes))
        .collect();
    let Some((first, reading)) = best_two(&all, &singles, &sides, n_offered) else {
        return Ok(Combined { explanations: Vec::new(), cover: None });
    };
    let (parts, covered) = cover(first, &telling, &sides);
    let mut chosen: Vec<&Candidate> = std::iter::once(first).chain(reading).collect();
    for part in &parts {
        let is_said = chosen.iter().any(|said| part.is_same(said) || part.is_said_by(said, &sides));
        if !is_said && chosen.len() < EXPLANATIONS_MAX {
            chosen.push(part);
        }
    }
    let explain = |one: &&Candidate| one.explanation(&singles, sides.sizes);
    let [baseline, coverage] = shares(sides.counts(&covered), sides.sizes.n);
    let cover = Cover { parts: parts.iter().map(explain).collect(), coverage, baseline };
    Ok(Combined { explanations: chosen.iter().map(explain).collect(), cover: Some(cover) })
}

/// The best, and another reading of it if there is one: with a term more that tells something, a term less, or others
/// for much the same.
fn best_two<'c>(
    all: &'c [Candidate],
    singles: &[Offer],
    sides: &Sides<'_>,
    n_offered: usize,
) -> Option<(&'c Candidate, Option<&'c Candidate>)> {
    let sizes = sides.sizes;
    let is_worth_saying =
        |one: &&Candidate| one.is_sure(singles, n_offered, sizes) && gain(one.counts, sizes.n) >= GAIN_MIN;
    let mut best: Vec<(f64, &Candidate)> =
        all.iter().filter(is_worth_saying).map(|one| (one.worth(sizes, n_offered), one)).collect();
    best.sort_by(|(a_worth, a), (b_worth, b)| b_worth.total_cmp(a_worth).then_with(|| a.terms.cmp(&b.terms)));
    let (_, first) = *best.first()?;
    let least = READING_MIN * evidence(first.counts, sizes);
    let is_reading = |one: &&Candidate| {
        evidence(one.counts, sizes) >= least && !one.is_same(first) && !one.is_idle_beside(first, sizes)
    };
    Some((first, best[1..].iter().map(|(_, one)| *one).find(is_reading)))
}

/// The terms that say the same, near enough, under the best of them.
fn merged(singles: Vec<Offer>, units: Vec<Bitmap>) -> (Vec<Offer>, Vec<Bitmap>) {
    let mut kept: Vec<(Offer, Bitmap)> = Vec::new();
    for (single, units) in singles.into_iter().zip(units) {
        let is_other_name = |(known, of_known): &&mut (Offer, Bitmap)| {
            known.field() != single.field() && is_same(&units, of_known)
        };
        match kept.iter_mut().find(is_other_name) {
            Some((known, _)) => {
                known.is_clear |= single.is_clear;
                known.explanation.also.extend(single.explanation.terms);
            }
            None => kept.push((single, units)),
        }
    }
    kept.into_iter().unzip()
}

fn is_same(units: &Bitmap, others: &Bitmap) -> bool {
    let mut both = units.clone();
    both.intersect(others);
    let n_either = units.count() + others.count() - both.count();
    both.count() as f64 >= SAME_SHARE_MIN * n_either as f64
}

fn is_other_field(singles: &[Offer], terms: &[usize], term: usize) -> bool {
    terms.iter().all(|other| singles[*other].field() != singles[term].field())
}

impl Offer {
    fn field(&self) -> &Text {
        &self.explanation.terms[0].field
    }
}

/// Those parts that together cover most of the selection, the first given, each further one the best for what the ones
/// before leave; and what they cover.
fn cover<'c>(
    first: &'c Candidate,
    candidates: &[&'c Candidate],
    sides: &Sides<'_>,
) -> (Vec<&'c Candidate>, Bitmap) {
    let n = sides.sizes.n;
    let (mut parts, mut covered) = (vec![first], first.units.clone());
    while parts.len() < COVER_MAX {
        let mut left = sides.selected.clone();
        left.subtract(&covered);
        let n_left = [n[0], sides.sum(&left)];
        let further = candidates.iter().filter_map(|one| {
            let mut new = one.units.clone();
            new.subtract(&covered);
            let new = sides.counts(&new);
            (gain(new, n) >= COVER_GAIN_MIN).then(|| (*one, gain(new, n_left)))
        });
        let best = further
            .max_by(|(a, a_gain), (b, b_gain)| a_gain.total_cmp(b_gain).then_with(|| b.terms.cmp(&a.terms)));
        let Some((one, _)) = best else { break };
        covered.unite(&one.units);
        parts.push(one);
    }
    (parts, covered)
}

impl Explanation {
    /// See [`evidence`].
    fn evidence(&self, sizes: Sizes) -> f64 {
        // What is counted is known from the shares, which were made of it.
        #[expect(clippy::cast_sign_loss, reason = "shares are none below zero")]
        let units = [self.baseline * sizes.n[0] as f64, self.coverage * sizes.n[1] as f64]
            .map(|units| units.round() as u64);
        evidence(units, sizes)
    }
}

impl Candidate {
    fn with(&self, term: usize, units: &Bitmap, sides: &Sides<'_>) -> Candidate {
        let mut both = self.units.clone();
        both.intersect(units);
        let terms = self.terms.iter().copied().chain([term]).collect();
        Candidate { terms, counts: sides.counts(&both), units: both }
    }

    /// What is left without each of its terms.
    fn parts<'c>(&'c self, all: &'c [Candidate]) -> impl Iterator<Item = &'c Candidate> {
        self.terms.iter().filter_map(|without| {
            let rest: Vec<usize> = self.terms.iter().copied().filter(|term| term != without).collect();
            all.iter().find(|other| other.terms == rest)
        })
    }

    /// Whether each of its terms tells more of the selection than chance would, where the others hold.
    fn is_telling(&self, all: &[Candidate], sizes: Sizes) -> bool {
        self.parts(all).all(|rest| further_ratio_low(self.counts, rest.counts, sizes) >= FURTHER_RATIO_MIN)
    }

    /// Whether it is more than chance would find: because each of its fields is, or all of them together are.
    fn is_sure(&self, singles: &[Offer], n_offered: usize, sizes: Sizes) -> bool {
        let is_clear = self.terms.iter().all(|term| singles[*term].is_clear);
        is_clear || self.worth(sizes, n_offered) >= -2.0 * CHANCE_MAX.ln()
    }

    /// The evidence for it, less what it takes to name its terms.
    fn worth(&self, sizes: Sizes, n_offered: usize) -> f64 {
        evidence(self.counts, sizes) - 2.0 * self.terms.len() as f64 * (n_offered.max(2) as f64).ln()
    }

    /// Whether it holds for the same units, or nearly.
    fn is_same(&self, other: &Candidate) -> bool {
        is_same(&self.units, &other.units)
    }

    /// Whether it is another one with a term that tells nothing more.
    fn is_idle_beside(&self, shorter: &Candidate, sizes: Sizes) -> bool {
        let has_more = self.terms.len() > shorter.terms.len();
        let has_all = shorter.terms.iter().all(|term| self.terms.contains(term));
        has_more && has_all && further_ratio_low(self.counts, shorter.counts, sizes) <= 1.0
    }

    /// Whether another one leaves little to say: it has all of its terms, or holds for nearly all of the same of the
    /// selection, and explains much more.
    fn is_said_by(&self, said: &Candidate, sides: &Sides<'_>) -> bool {
        if self.terms.iter().all(|term| said.terms.contains(term)) {
            return true;
        }
        let mut both = self.units.clone();
        both.intersect(&said.units);
        let [_, n_both] = sides.counts(&both);
        let n = sides.sizes.n;
        let is_inside = n_both as f64 >= INSIDE_SHARE_MIN * self.counts[1] as f64;
        is_inside && gain(self.counts, n) < INSIDE_GAIN_MIN * gain(said.counts, n)
    }

    fn explanation(&self, singles: &[Offer], sizes: Sizes) -> Explanation {
        let [baseline, coverage] = shares(self.counts, sizes.n);
        let of_each = || self.terms.iter().map(|term| &singles[*term].explanation);
        Explanation {
            terms: of_each().flat_map(|single| single.terms.clone()).collect(),
            also: of_each().flat_map(|single| single.also.clone()).collect(),
            coverage,
            baseline,
            precision: self.counts[1] as f64 / (self.counts[0] + self.counts[1]).max(1) as f64,
            risk_ratio: risk_ratio(self.counts, sizes.n),
            risk_ratio_low: risk_ratio_low(self.counts, sizes),
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
fn further_ratio_low(counts: Counts, of: Counts, sizes: Sizes) -> f64 {
    let [c, a] = sizes.telling(counts).map(|count| count + 0.5);
    let of = sizes.telling(of);
    let [d, b] = [of[0] - c + 1.0, of[1] - a + 1.0];
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

impl Sides<'_> {
    fn sum(&self, units: &Bitmap) -> u64 {
        self.weights.map_or_else(|| units.count() as u64, |weights| weights.sum(units))
    }

    fn counts(&self, units: &Bitmap) -> Counts {
        let mut both = units.clone();
        both.intersect(&self.selected);
        let n_selected = self.sum(&both);
        [self.sum(units) - n_selected, n_selected]
    }
}
