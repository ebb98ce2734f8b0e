use super::room;

/// Places from the first entry on.
const N_PLACES_MIN: usize = 64;

/// Places that are kept for other entries: each has to be made free.
const N_PLACES_KEPT_MAX: usize = 1 << 12;

/// Numbers of entries by their hashes: open addressing in a power of two of places, half of them taken at most.
///
/// A general table has to call back for every comparison; here most are decided by half of the hash, which lies in the
/// same word.
/// Entries are numbered as they come, and only the last one is ever taken back, so that nothing lies behind a place
/// that becomes free.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// The number of an entry and one more, below the upper half of its hash; 0 where there is none.
    places: Vec<u64>,
    hashes: Vec<u64>,
}

impl Index {
    /// The hash of each entry.
    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// The entry of this hash that `is` the one.
    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        debug_assert!(self.hashes.is_empty() || !self.places.is_empty(), "an index that was finished");
        // Nothing is there in an index of no places.
        let mask = self.places.len().checked_sub(1)?;
        let mut place = hash as usize & mask;
        for step in 1.. {
            let taken = self.places[place];
            let number = (taken as u32).checked_sub(1)?;
            if (taken ^ hash) >> u32::BITS == 0 && is(number) {
                return Some(number);
            }
            place = (place + step) & mask;
        }
        None
    }

    /// Adds the next entry.
    pub(super) fn push(&mut self, hash: u64) {
        self.hashes.push(hash);
        if self.hashes.len() * 2 > self.places.len() {
            return self.grow();
        }
        self.enter(self.hashes.len() - 1);
    }

    /// Takes back the last entry.
    pub(super) fn pop(&mut self) {
        if let Some(hash) = self.hashes.pop() {
            let last = self.hashes.len() as u32 + 1;
            if let Some(place) =
                self.path(hash).find(|place| [0, last].contains(&(self.places[*place] as u32)))
            {
                self.places[place] = 0;
            }
        }
    }

    /// What [`Index::finish`] would leave; the room stays for entries to come, of which there are none now.
    pub(super) fn take_packed(&mut self) -> Self {
        if self.places.len() <= N_PLACES_KEPT_MAX {
            self.places.fill(0);
        } else {
            self.places = Vec::new();
        }
        Self { places: Vec::new(), hashes: room::take_packed(&mut self.hashes) }
    }

    /// Keeps the hashes alone.
    pub(super) fn finish(&mut self) {
        self.places = Vec::new();
    }

    pub(super) fn memory_bytes(&self) -> usize {
        (self.places.len() + self.hashes.len()) * size_of::<u64>()
    }

    #[inline(never)]
    fn grow(&mut self) {
        let n_places = (self.hashes.len() * 4).next_power_of_two().max(N_PLACES_MIN);
        self.places = vec![0; n_places];
        self.hashes.reserve(n_places / 2 - self.hashes.len());
        (0..self.hashes.len()).for_each(|number| self.enter(number));
    }

    #[inline]
    fn enter(&mut self, number: usize) {
        let hash = self.hashes[number];
        if let Some(place) = self.path(hash).find(|place| self.places[*place] == 0) {
            // There are fewer entries than bytes of them, which are fewer than 2^32.
            self.places[place] = hash >> u32::BITS << u32::BITS | (number as u64 + 1);
        }
    }

    /// The places where an entry of this hash may stand, in order: triangular steps reach each once.
    fn path(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.places.len().saturating_sub(1);
        (1..=self.places.len()).scan(hash as usize & mask, move |next, step| {
            let place = *next;
            *next = (*next + step) & mask;
            Some(place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_any_hashes_are_found_and_the_last_one_can_go() {
        // Few low bits: most entries stand in each other's way.
        let hash = |number: u32| u64::from(number % 7) << 32 | u64::from(number % 3);
        const OTHER: u64 = 99 << 32;
        let mut index = Index::default();
        assert_eq!(index.find(0, |_| true), None);
        for number in 0..500 {
            index.push(hash(number));
            index.push(OTHER);
            index.pop();
        }
        for number in 0..500 {
            assert_eq!(index.find(hash(number), |other| other == number), Some(number));
        }
        assert_eq!(index.find(OTHER, |_| true), None, "it went");
        assert_eq!(index.find(hash(3), |_| false), None);
        assert_eq!(index.hashes().len(), 500);
    }
}
