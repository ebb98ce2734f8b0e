//! Values that are not told apart, thrown into buckets by their hashes: which of them might be frequent after all.

use super::count::add;
use super::population::{Population, side_of};
use super::score::Counts;

/// Buckets at most: two bytes each.
const BUCKETS_MAX: usize = 1 << 21;
const BUCKETS_MIN: usize = 1 << 12;

/// How many times fuller than unique values make it a bucket is when it counts as full: so far off that chance fills
/// next to none, and so near that the buckets stay in the processor's caches.
const FULL_PER_LOAD: usize = 8;

/// What is not known of a side.
pub(super) struct Tail {
    /// Units by value: a unit with two of them counts twice.
    pub(super) counts: Counts,
    /// Rows by hash, up to 65,535.
    buckets: Vec<u16>,
    /// From so many rows on, a bucket may hold a value that can matter.
    full: u16,
    /// The mark and the hash of the row before.
    ///
    /// A repeat right after is not counted again. One further off is, which changes nothing: a unit with two values
    /// has more than one in either count, and the tail's exact size matters only where no unit has.
    last: (u32, u64),
}

impl Tail {
    pub(super) fn of(population: &Population<'_>) -> Self {
        let count_min = population.cell_count_min();
        // One row more may be on the smaller side, where nobody told it apart.
        let full = (1..u16::MAX).find(|n| f64::from(*n) + 1.0 >= count_min).unwrap_or(u16::MAX);
        let n_buckets = population.n_rows() * FULL_PER_LOAD / usize::from(full);
        let n_buckets = n_buckets.clamp(BUCKETS_MIN, BUCKETS_MAX).next_power_of_two();
        Tail { counts: [0, 0], buckets: vec![0; n_buckets], full, last: (0, 0) }
    }

    /// Puts a row into its bucket, and counts nothing.
    pub(super) fn fill(&mut self, hash: u64) {
        let bucket = self.bucket(hash);
        self.buckets[bucket] = self.buckets[bucket].saturating_add(1);
    }

    pub(super) fn enter(&mut self, mark: u32, hash: u64, weight: u32) {
        self.fill(hash);
        if self.last != (mark, hash) {
            self.last = (mark, hash);
            self.counts[side_of(mark)] += u64::from(weight);
        }
    }

    pub(super) fn merge(&mut self, other: &Tail) {
        add(&mut self.counts, other.counts);
        let buckets = self.buckets.iter_mut().zip(&other.buckets);
        buckets.for_each(|(mine, theirs)| *mine = mine.saturating_add(*theirs));
    }

    pub(super) fn is_full(&self, hash: u64) -> bool {
        self.buckets[self.bucket(hash)] >= self.full
    }

    pub(super) fn is_any_full(&self) -> bool {
        self.buckets.iter().any(|n| *n >= self.full)
    }

    fn bucket(&self, hash: u64) -> usize {
        (hash >> 36) as usize & (self.buckets.len() - 1)
    }
}
