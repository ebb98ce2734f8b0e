use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

/// Spans remembered, so that a retried request doubles nothing.
pub(crate) const RECENT_SPANS_LIMIT: usize = 1 << 20;

/// The spans seen last, by a fingerprint of their whole content: the same id with other content is kept, since
/// senders do reuse ids. At 2^20 spans two different ones share a 64-bit fingerprint with a chance of 3e-8.
#[derive(Debug, Default)]
pub(crate) struct RecentSpans {
    known: Known,
    order: VecDeque<u64>,
}

impl RecentSpans {
    /// Remembers a span by its fingerprint; false when it was known already.
    pub(crate) fn remember(&mut self, fingerprint: u64) -> bool {
        if !self.known.insert(fingerprint) {
            return false;
        }
        self.order.push_back(fingerprint);
        if self.order.len() > RECENT_SPANS_LIMIT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(oldest);
        }
        true
    }

    /// Brings near what [`RecentSpans::remember`] will look at for these spans. Each stands somewhere else in megabytes
    /// of memory: looked at one after another each is waited for, looked at at once they come together.
    pub(crate) fn bring_near(&self, fingerprints: &[u64]) {
        let n_leaving = (self.order.len() + fingerprints.len()).saturating_sub(RECENT_SPANS_LIMIT);
        let leaving = self.order.iter().take(n_leaving);
        std::hint::black_box(self.known.look_at(fingerprints.iter().chain(leaving)));
    }

    /// Of the last `n_last` remembered the `n` oldest, fewer when some are forgotten already.
    pub(crate) fn oldest_of_last(&self, n_last: usize, n: usize) -> Vec<u64> {
        let n_forgotten = n_last.saturating_sub(self.order.len());
        let start = self.order.len().saturating_sub(n_last);
        self.order.iter().skip(start).take(n.saturating_sub(n_forgotten)).copied().collect()
    }

    /// Forgets the spans of a request that was not kept after all: the last `n` remembered.
    pub(crate) fn forget_last(&mut self, n: usize) {
        for _ in 0..n {
            if let Some(newest) = self.order.pop_back() {
                self.known.remove(newest);
            }
        }
    }
}

/// A set of fingerprints: open addressing in a power of two of places, half of them taken at most, each one step after
/// the other. An entry is one word in one place, where a general set has to look at two.
#[derive(Debug, Default)]
struct Known {
    /// 0 where there is none.
    places: Vec<u64>,
    n_taken: usize,
    /// Random, so that nobody can send spans that stand in each other's way.
    seed: Seed,
}

#[derive(Debug)]
struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0u8))
    }
}

/// Places from the first fingerprint on.
const N_PLACES_MIN: usize = 1024;

impl Known {
    /// Zero stands for no fingerprint, so that one shares another's.
    fn entry(fingerprint: u64) -> u64 {
        fingerprint.max(1)
    }

    /// Where an entry stands if nothing is in its way. There are places.
    fn home(&self, entry: u64) -> usize {
        let mixed = u128::from(entry ^ self.seed.0) * 0x9e37_79b9_7f4a_7c15;
        ((mixed >> 64) as u64 ^ mixed as u64) as usize & (self.places.len() - 1)
    }

    /// False when it was there before.
    fn insert(&mut self, fingerprint: u64) -> bool {
        if self.n_taken * 2 >= self.places.len() {
            self.grow();
        }
        let is_new = self.enter(Self::entry(fingerprint));
        self.n_taken += usize::from(is_new);
        is_new
    }

    fn enter(&mut self, entry: u64) -> bool {
        let mask = self.places.len() - 1;
        let mut place = self.home(entry);
        while self.places[place] != 0 {
            if self.places[place] == entry {
                return false;
            }
            place = (place + 1) & mask;
        }
        self.places[place] = entry;
        true
    }

    fn remove(&mut self, fingerprint: u64) {
        let Some(mask) = self.places.len().checked_sub(1) else { return };
        let entry = Self::entry(fingerprint);
        let mut place = self.home(entry);
        while self.places[place] != entry {
            if self.places[place] == 0 {
                return;
            }
            place = (place + 1) & mask;
        }
        self.n_taken -= 1;
        // Those behind it move up, or nobody would find them any more.
        let (mut free, mut next) = (place, (place + 1) & mask);
        while self.places[next] != 0 {
            let home = self.home(self.places[next]);
            if next.wrapping_sub(home) & mask >= next.wrapping_sub(free) & mask {
                self.places[free] = self.places[next];
                free = next;
            }
            next = (next + 1) & mask;
        }
        self.places[free] = 0;
    }

    fn grow(&mut self) {
        let n_places = (self.places.len() * 2).max(N_PLACES_MIN);
        let before = std::mem::replace(&mut self.places, vec![0; n_places]);
        before.into_iter().filter(|entry| *entry != 0).for_each(|entry| {
            self.enter(entry);
        });
    }

    /// Reads each one's place, so that it is near.
    fn look_at<'f>(&self, fingerprints: impl Iterator<Item = &'f u64>) -> u64 {
        if self.places.is_empty() {
            return 0;
        }
        fingerprints.fold(0, |all, fingerprint| all ^ self.places[self.home(Self::entry(*fingerprint))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_set_is_as_a_general_one() {
        let mut known = Known::default();
        let mut reference = HashSet::new();
        let mut random = 1u64;
        // Few different ones, zero among them, so that each comes and goes many times and stands in others' way.
        for _ in 0..200_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let fingerprint = (random >> 33) % 700 * 2;
            if random >> 63 == 0 {
                assert_eq!(known.insert(fingerprint), reference.insert(fingerprint));
            } else {
                known.remove(fingerprint);
                reference.remove(&fingerprint);
            }
            assert_eq!(known.n_taken, reference.len());
        }
        let kept: HashSet<u64> = known.places.iter().copied().filter(|entry| *entry != 0).collect();
        assert_eq!(kept, reference.into_iter().map(Known::entry).collect());
    }

    #[test]
    fn the_oldest_is_forgotten_and_what_was_not_kept_too() {
        let mut recent = RecentSpans::default();
        let fingerprints: Vec<u64> = (1..=RECENT_SPANS_LIMIT as u64 + 1).collect();
        for some in fingerprints.chunks(1000) {
            recent.bring_near(some);
            assert!(some.iter().all(|fingerprint| recent.remember(*fingerprint)));
        }
        assert!(!recent.remember(2), "it is the oldest that is known");
        assert!(recent.remember(1), "it was forgotten");
        recent.forget_last(1);
        assert!(recent.remember(1), "it was not kept");
    }
}
