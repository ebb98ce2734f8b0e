//! Units by which of some terms hold for them.
//!
//! Of sixteen terms a unit has one pattern of 2^16. Once units are counted by it, in one pass, every conjunction of terms,
//! and what it holds for beyond others, is a sum over patterns, of which there are few: however many units there are.

use super::score::Counts;
use super::weights::Weights;
use crate::ask::{Cancel, QueryError};
use crate::{Bitmap, parallel};

/// Terms that can be told apart.
pub(super) const TERMS_MAX: usize = TermSet::BITS as usize;

/// Some terms: a bit for each.
pub(super) type TermSet = u16;

/// Units of a bitmap's word.
const WORD_UNITS: usize = u64::BITS as usize;

/// Words that are looked at in one go.
const PIECE_WORDS: usize = 1 << 10;

/// Units, and what they stand for on each side.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Units {
    n: u64,
    counts: Counts,
}

pub(super) struct Patterns {
    /// For each set of terms, the units for which all of them hold.
    holding: Vec<Units>,
    /// The sets for which some unit has exactly these.
    exact: Vec<(TermSet, Units)>,
}

impl Patterns {
    /// From the units of each of at most [`TERMS_MAX`] terms.
    pub(super) fn new(
        terms: &[Bitmap],
        selected: &Bitmap,
        weights: Option<&Weights>,
        cancel: &Cancel,
    ) -> Result<Self, QueryError> {
        let n_words = selected.words().len();
        let none = || vec![Units::default(); 1 << terms.len()];
        let tables = parallel::fold(n_words.div_ceil(PIECE_WORDS), cancel, none, |table, piece| {
            for word in piece * PIECE_WORDS..((piece + 1) * PIECE_WORDS).min(n_words) {
                count_word(terms, selected, weights, word, table);
            }
            Ok(())
        })?;
        let mut holding = none();
        for table in &tables {
            holding.iter_mut().zip(table).for_each(|(sum, units)| sum.add(*units));
        }
        let is_any = |(_, units): &(TermSet, Units)| units.n > 0;
        let exact = (0..=TermSet::MAX).zip(holding.iter().copied()).filter(is_any).collect();
        // What holds for a set holds for each part of it.
        for term in 0..terms.len() {
            for set in (0..holding.len()).filter(|set| set >> term & 1 == 0) {
                let with_it = holding[set | 1 << term];
                holding[set].add(with_it);
            }
        }
        Ok(Patterns { holding, exact })
    }

    /// What the units stand for that have all of these terms.
    pub(super) fn counts(&self, terms: TermSet) -> Counts {
        self.holding[usize::from(terms)].counts
    }

    /// How many units have all of these terms.
    pub(super) fn n_units(&self, terms: TermSet) -> u64 {
        self.holding[usize::from(terms)].n
    }

    /// What the units stand for that have all terms of one of these sets.
    pub(super) fn covered(&self, sets: &[TermSet]) -> Counts {
        self.sum(|pattern| sets.iter().any(|set| has(pattern, *set)))
    }

    /// The same of those that have all of `terms`, and of none of these sets.
    pub(super) fn beyond(&self, terms: TermSet, sets: &[TermSet]) -> Counts {
        self.sum(|pattern| has(pattern, terms) && !sets.iter().any(|set| has(pattern, *set)))
    }

    fn sum(&self, is_meant: impl Fn(TermSet) -> bool) -> Counts {
        let mut sum = Units::default();
        let meant = self.exact.iter().filter(|(pattern, _)| is_meant(*pattern));
        meant.for_each(|(_, units)| sum.add(*units));
        sum.counts
    }
}

impl Units {
    fn add(&mut self, other: Units) {
        self.n += other.n;
        self.counts = [self.counts[0] + other.counts[0], self.counts[1] + other.counts[1]];
    }
}

/// Whether all of `terms` are in a pattern.
fn has(pattern: TermSet, terms: TermSet) -> bool {
    pattern & terms == terms
}

/// Counts the units of one word, but for those that have no term: some of these are no unit at all.
fn count_word(
    terms: &[Bitmap],
    selected: &Bitmap,
    weights: Option<&Weights>,
    word: usize,
    table: &mut [Units],
) {
    let mut patterns: [TermSet; WORD_UNITS] = [0; WORD_UNITS];
    let mut with_any = 0;
    for (term, units) in terms.iter().enumerate() {
        let mut rest = units.words()[word];
        with_any |= rest;
        while rest != 0 {
            patterns[rest.trailing_zeros() as usize] |= 1 << term;
            rest &= rest - 1;
        }
    }
    while with_any != 0 {
        let bit = with_any.trailing_zeros() as usize;
        with_any &= with_any - 1;
        let units = &mut table[usize::from(patterns[bit])];
        units.n += 1;
        let side = selected.words()[word] >> bit & 1;
        units.counts[side as usize] +=
            weights.map_or(1, |weights| u64::from(weights.of_unit(word * WORD_UNITS + bit)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conjunctions_are_what_intersecting_sets_gives() {
        let n = 3 * PIECE_WORDS * WORD_UNITS + 7;
        let terms = [2, 3, 5, 7].map(|step| Bitmap::from_fn(n, |unit| unit % step == 0));
        let selected = Bitmap::from_fn(n, |unit| unit % 11 < 2);
        let weights = Weights::new((0..n as u32).map(|unit| 1 + unit % 3).collect());
        for weights in [None, weights.as_ref()] {
            let patterns = Patterns::new(&terms, &selected, weights, &Cancel::default()).unwrap();
            let holds = |set: TermSet, unit: usize| {
                terms.iter().enumerate().all(|(term, units)| set >> term & 1 == 0 || units.contains(unit))
            };
            let count = |is_meant: &dyn Fn(usize) -> bool| {
                let mut counts = [0, 0];
                for unit in (0..n).filter(|unit| is_meant(*unit)) {
                    counts[usize::from(selected.contains(unit))] +=
                        weights.map_or(1, |weights| u64::from(weights.of_unit(unit)));
                }
                counts
            };
            for set in 1..1 << terms.len() {
                assert_eq!(patterns.counts(set), count(&|unit| holds(set, unit)), "{set:b}");
                assert_eq!(patterns.n_units(set), (0..n).filter(|unit| holds(set, *unit)).count() as u64);
                let others = [0b0011, 0b0100];
                let is_other = |unit| others.iter().any(|other| holds(*other, unit));
                assert_eq!(patterns.beyond(set, &others), count(&|unit| holds(set, unit) && !is_other(unit)));
                assert_eq!(patterns.covered(&others), count(&is_other));
            }
        }
    }
}
