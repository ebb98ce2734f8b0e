//! Terms put together: which of up to three hold for much of the selection and little of the baseline, and which few of
//! them cover it.
//!
//! Units are counted once, by which of the terms they have ([`Patterns`]); a conjunction is then a sum over patterns.
//! Units have what any of their rows has, as everywhere in BubbleUp: the terms of a conjunction may hold on different
//! rows.
//!
//! What is best is decided by evidence: how much likelier the selection becomes when units inside and outside of a
//! conjunction are selected at rates of their own (a likelihood ratio). It weighs what is covered against what is hit
//! without a threshold for either. Each term costs what it takes to name it among all that were offered (minimum
//! description length), so that a longer conjunction has to earn its terms.

use super::patterns::{Patterns, TERMS_MAX, TermSet};
use super::population::Population;
use super::reply::{Cover, Explanation};
use super::score::{Counts, Sizes, evidence, risk_ratio_low};
use super::term_units::TermUnits;
use crate::ask::{Cancel, QueryError};
use crate::parallel;
use skep_model::Text;

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

/// Some of the terms, and what the units stand for that have them all.
struct Candidate {
    terms: TermSet,
    counts: Counts,
}

/// Puts terms together.
pub(super) fn combine(
    population: &Population<'_>,
    mut singles: Vec<Offer>,
    cancel: &Cancel,
) -> Result<Combined, QueryError> {
    let sizes = population.sizes;
    let n_offered = singles.len();
    let evidence = |offer: &Offer| offer.explanation.evidence(sizes);
    singles.sort_by(|a, b| evidence(b).total_cmp(&evidence(a)));
    singles.truncate(TERMS_MAX);
    let term_units = TermUnits::new(population, cancel)?;
    let units = parallel::in_parallel(singles.len(), cancel, |idx| term_units.of(&singles[idx].explanation))?;
    let patterns = Patterns::new(&units, &term_units.selected(), population.weights.as_ref(), cancel)?;
    let kept = merge_names(&mut singles, &patterns);
    let all = conjunctions(&singles, &kept, &patterns);
    let telling: Vec<&Candidate> = all
        .iter()
        .filter(|one| one.is_sure(&singles, n_offered, sizes) && one.is_telling(&patterns, sizes))
        .collect();
    let Some((first, reading)) = best_two(&all, &singles, &patterns, sizes, n_offered) else {
        return Ok(Combined { explanations: Vec::new(), cover: None });
    };
    let (parts, covered) = cover(first, &telling, &patterns, sizes.n);
    let mut chosen: Vec<&Candidate> = std::iter::once(first).chain(reading).collect();
    for part in &parts {
        let is_said = chosen
            .iter()
            .any(|said| part.is_same(said, &patterns) || part.is_said_by(said, &patterns, sizes.n));
        if !is_said && chosen.len() < EXPLANATIONS_MAX {
            chosen.push(part);
        }
    }
    let explain = |one: &&Candidate| one.explanation(&singles, sizes);
    let [baseline, coverage] = shares(covered, sizes.n);
    let cover = Cover { parts: parts.iter().map(explain).collect(), coverage, baseline };
    Ok(Combined { explanations: chosen.iter().map(explain).collect(), cover: Some(cover) })
}

/// Conjunctions of up to three terms of different fields, shorter ones first, each by its terms in order.
fn conjunctions(singles: &[Offer], terms: &[usize], patterns: &Patterns) -> Vec<Candidate> {
    let candidate = |terms: TermSet| Candidate { terms, counts: patterns.counts(terms) };
    let mut all: Vec<Candidate> = terms.iter().map(|term| candidate(1 << term)).collect();
    let mut from = 0;
    for _ in 1..3 {
        let to = all.len();
        for shorter in from..to {
            let shorter = all[shorter].terms;
            let last = each_term(shorter).last().unwrap_or(0);
            let further = terms.iter().filter(|term| {
                **term > last
                    && each_term(shorter).all(|other| singles[other].field() != singles[**term].field())
            });
            let longer = further.map(|term| candidate(shorter | 1 << term));
            // What holds for none of the selection, no longer one will.
            all.extend(longer.filter(|longer| longer.counts[1] > 0).collect::<Vec<_>>());
        }
        from = to;
    }
    all
}

/// The positions of the terms of a set, ascending.
fn each_term(terms: TermSet) -> impl Iterator<Item = usize> {
    (0..TERMS_MAX).filter(move |term| terms >> term & 1 == 1)
}

/// The best, and another reading of it if there is one: with a term more that tells something, a term less, or others
/// for much the same.
fn best_two<'c>(
    all: &'c [Candidate],
    singles: &[Offer],
    patterns: &Patterns,
    sizes: Sizes,
    n_offered: usize,
) -> Option<(&'c Candidate, Option<&'c Candidate>)> {
    let is_worth_saying =
        |one: &&Candidate| one.is_sure(singles, n_offered, sizes) && gain(one.counts, sizes.n) >= GAIN_MIN;
    let mut best: Vec<(f64, &Candidate)> =
        all.iter().filter(is_worth_saying).map(|one| (one.worth(sizes, n_offered), one)).collect();
    best.sort_by(|(a_worth, a), (b_worth, b)| {
        b_worth.total_cmp(a_worth).then_with(|| each_term(a.terms).cmp(each_term(b.terms)))
    });
    let (_, first) = *best.first()?;
    let least = READING_MIN * evidence(first.counts, sizes);
    let is_reading = |one: &&Candidate| {
        evidence(one.counts, sizes) >= least
            && !one.is_same(first, patterns)
            && !one.is_idle_beside(first, sizes)
    };
    Some((first, best[1..].iter().map(|(_, one)| *one).find(is_reading)))
}

/// Brings terms that say the same, near enough, under the best of them; gives the positions of those that stay.
fn merge_names(singles: &mut [Offer], patterns: &Patterns) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    for idx in 0..singles.len() {
        let is_other_name = |known: &usize| {
            singles[*known].field() != singles[idx].field() && is_same(1 << idx, 1 << known, patterns)
        };
        match kept.iter().copied().find(is_other_name) {
            Some(known) => {
                let Offer { explanation, is_clear } = singles[idx].clone();
                singles[known].is_clear |= is_clear;
                singles[known].explanation.also.extend(explanation.terms);
            }
            None => kept.push(idx),
        }
    }
    kept
}

fn is_same(terms: TermSet, others: TermSet, patterns: &Patterns) -> bool {
    let n_both = patterns.n_units(terms | others);
    let n_either = patterns.n_units(terms) + patterns.n_units(others) - n_both;
    n_both as f64 >= SAME_SHARE_MIN * n_either as f64
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
    patterns: &Patterns,
    n: Counts,
) -> (Vec<&'c Candidate>, Counts) {
    let (mut parts, mut sets) = (vec![first], vec![first.terms]);
    while parts.len() < COVER_MAX {
        let n_left = [n[0], n[1] - patterns.covered(&sets)[1]];
        let further = candidates.iter().filter_map(|one| {
            let new = patterns.beyond(one.terms, &sets);
            (gain(new, n) >= COVER_GAIN_MIN).then(|| (*one, gain(new, n_left)))
        });
        let best = further.max_by(|(a, a_gain), (b, b_gain)| {
            a_gain.total_cmp(b_gain).then_with(|| each_term(b.terms).cmp(each_term(a.terms)))
        });
        let Some((one, _)) = best else { break };
        sets.push(one.terms);
        parts.push(one);
    }
    (parts, patterns.covered(&sets))
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
    /// Whether each of its terms tells more of the selection than chance would, where the others hold.
    fn is_telling(&self, patterns: &Patterns, sizes: Sizes) -> bool {
        let rests = each_term(self.terms).map(|term| self.terms & !(1 << term)).filter(|rest| *rest != 0);
        rests
            .map(|rest| patterns.counts(rest))
            .all(|rest| further_ratio_low(self.counts, rest, sizes) >= FURTHER_RATIO_MIN)
    }

    /// Whether it is more than chance would find: because each of its fields is, or all of them together are.
    fn is_sure(&self, singles: &[Offer], n_offered: usize, sizes: Sizes) -> bool {
        let is_clear = each_term(self.terms).all(|term| singles[term].is_clear);
        is_clear || self.worth(sizes, n_offered) >= -2.0 * CHANCE_MAX.ln()
    }

    /// The evidence for it, less what it takes to name its terms.
    fn worth(&self, sizes: Sizes, n_offered: usize) -> f64 {
        evidence(self.counts, sizes)
            - 2.0 * f64::from(self.terms.count_ones()) * (n_offered.max(2) as f64).ln()
    }

    /// Whether it holds for the same units, or nearly.
    fn is_same(&self, other: &Candidate, patterns: &Patterns) -> bool {
        is_same(self.terms, other.terms, patterns)
    }

    /// Whether it is another one with a term that tells nothing more.
    fn is_idle_beside(&self, shorter: &Candidate, sizes: Sizes) -> bool {
        let has_more = self.terms != shorter.terms && self.terms & shorter.terms == shorter.terms;
        has_more && further_ratio_low(self.counts, shorter.counts, sizes) <= 1.0
    }

    /// Whether another one leaves little to say: it has all of its terms, or holds for nearly all of the same of the
    /// selection, and explains much more.
    fn is_said_by(&self, said: &Candidate, patterns: &Patterns, n: Counts) -> bool {
        if self.terms & said.terms == self.terms {
            return true;
        }
        let [_, n_both] = patterns.counts(self.terms | said.terms);
        let is_inside = n_both as f64 >= INSIDE_SHARE_MIN * self.counts[1] as f64;
        is_inside && gain(self.counts, n) < INSIDE_GAIN_MIN * gain(said.counts, n)
    }

    fn explanation(&self, singles: &[Offer], sizes: Sizes) -> Explanation {
        let [baseline, coverage] = shares(self.counts, sizes.n);
        let of_each = || each_term(self.terms).map(|term| &singles[term].explanation);
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
