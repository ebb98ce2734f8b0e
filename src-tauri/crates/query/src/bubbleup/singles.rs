//! Values that one row of a side has, and no other: as good as all of them, where nearly every row has one of its own.
//!
//! None of them can be a cell by itself, whatever the other side has of it, unless it is frequent there, and then it is
//! found there. So they need not be told apart; only a few are, to be shown.

use super::population::Population;
use super::score::Counts;
use std::collections::BinaryHeap;

/// Buckets for each row. With eight, one value in nine shares its bucket by chance, and is told apart for nothing.
const BUCKETS_PER_ROW: usize = 8;
const BUCKETS_MIN: usize = 1 << 12;
/// Two bits each: 2 MiB, which the processor's caches hold beside other things.
const BUCKETS_MAX: usize = 1 << 23;

const BUCKET_BITS: usize = 2;
const WORD_BUCKETS: usize = u64::BITS as usize / BUCKET_BITS;

/// The lower bit of each bucket of a word.
const ANY: u64 = 0x5555_5555_5555_5555;

/// Values told apart for each that is shown: some turn out to be on the other side too.
const TOLD_PER_SHOWN: usize = 8;

/// Whether a side has so few rows that all of its values are told apart.
pub(super) fn tells_all(n_rows: usize, n_shown_max: usize) -> bool {
    n_shown_max.saturating_mul(TOLD_PER_SHOWN) >= n_rows
}

/// Whether a value that was told apart is left to the tail: one row of the smaller side has it, where more were due, but
/// too few to be judged. Of those that nobody told apart some are so as well.
pub(super) fn is_left(counts: Counts, smaller_side: usize, population: &Population<'_>) -> bool {
    let is_less = {
        let [of_smaller, of_other] = [smaller_side, 1 - smaller_side]
            .map(|side| u128::from(counts[side]) * u128::from(population.sizes.n[1 - side]));
        of_smaller < of_other
    };
    counts[smaller_side] == 1 && is_less && ((counts[0] + counts[1]) as f64) < population.cell_count_min()
}

/// The first of some rows, by their positions.
pub(super) struct FirstRows {
    /// The greatest on top.
    positions: BinaryHeap<u32>,
    n_max: usize,
}

/// The rows of a side by the hashes of their values.
pub(super) struct Singles {
    /// Of each bucket whether it has any row, and above whether it has more than one. Empty where all values are told
    /// apart.
    words: Vec<u64>,
    /// Those with a value.
    first: FirstRows,
}

impl FirstRows {
    pub(super) fn up_to(n_max: usize) -> Self {
        FirstRows { positions: BinaryHeap::new(), n_max }
    }

    pub(super) fn enter(&mut self, position: u32) {
        if self.positions.len() < self.n_max {
            self.positions.push(position);
        } else if let Some(mut last) = self.positions.peek_mut()
            && position < *last
        {
            *last = position;
        }
    }

    fn last(&self) -> Option<u32> {
        self.positions.peek().copied()
    }

    /// In no certain order.
    pub(super) fn into_positions(self) -> Vec<u32> {
        self.positions.into_vec()
    }
}

impl Singles {
    /// For so many rows, of whose values so many are shown at most.
    pub(super) fn of(n_rows: usize, n_shown_max: usize) -> Self {
        if tells_all(n_rows, n_shown_max) {
            return Self::none();
        }
        let first = FirstRows::up_to(n_shown_max.saturating_mul(TOLD_PER_SHOWN));
        let n_buckets = (n_rows * BUCKETS_PER_ROW).clamp(BUCKETS_MIN, BUCKETS_MAX).next_power_of_two();
        Singles { words: vec![0; n_buckets / WORD_BUCKETS], first }
    }

    /// Takes nothing for single.
    pub(super) fn none() -> Self {
        Singles { words: Vec::new(), first: FirstRows::up_to(0) }
    }

    /// Whether all values are told apart, so that rows need not be entered.
    pub(super) fn is_none(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn enter(&mut self, hash: u64, position: u32) {
        let (word, shift) = self.bucket(hash);
        let word = &mut self.words[word];
        *word |= (1 | (*word >> shift & 1) << 1) << shift;
        self.first.enter(position);
    }

    pub(super) fn merge(&mut self, other: Singles) {
        let words = self.words.iter_mut().zip(&other.words);
        words.for_each(|(mine, theirs)| *mine = *mine | *theirs | (*mine & *theirs & ANY) << 1);
        other.first.into_positions().into_iter().for_each(|position| self.first.enter(position));
    }

    /// The last of the rows whose values are told apart in any case.
    pub(super) fn last_told(&self) -> u32 {
        if self.is_none() { u32::MAX } else { self.first.last().unwrap_or(0) }
    }

    /// Whether the value of a row is told apart.
    pub(super) fn is_told(&self, hash: u64, position: u32) -> bool {
        if self.is_none() {
            return true;
        }
        let (word, shift) = self.bucket(hash);
        self.words[word] >> shift & 2 != 0 || position <= self.last_told()
    }

    /// The word of a value's bucket, and where it stands there.
    fn bucket(&self, hash: u64) -> (usize, usize) {
        let hash = (hash >> 32) as usize;
        ((hash / WORD_BUCKETS) & (self.words.len() - 1), hash % WORD_BUCKETS * BUCKET_BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u64) -> u64 {
        (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    #[test]
    fn values_of_several_rows_are_told_apart_and_few_of_the_others() {
        let mut halves = [Singles::of(10_000, 4), Singles::of(10_000, 4)];
        // Every tenth row has the value of the row before.
        let value = |row: u32| hash(u64::from(if row % 10 == 9 { row - 1 } else { row }));
        (0..10_000).rev().for_each(|row| halves[row as usize % 2].enter(value(row), row));
        let [mut singles, other] = halves;
        singles.merge(other);
        assert_eq!(singles.last_told(), 31);
        let is_told = |row: u32| singles.is_told(value(row), row);
        assert!((0..10_000).filter(|row| row % 10 >= 8).all(is_told));
        assert!((0..32).all(is_told));
        let n_told = (32..10_000).filter(|row| row % 10 < 8 && is_told(*row)).count();
        assert!(n_told < 8_000 / 4, "{n_told}");
    }

    #[test]
    fn of_few_rows_all_are_told_apart() {
        let singles = Singles::of(100, 20);
        assert!(singles.is_none() && singles.is_told(hash(3), 99));
    }
}
