//! Values met so far, each once, known by their hash.

use super::count::Tally;
use super::population::index;

/// Distinct values, numbered from 0 as they are met.
pub(super) struct Known {
    /// Each number plus one; 0 is free. A power of two long, at most half full.
    slots: Vec<u32>,
    pub(super) values: Vec<KnownValue>,
}

/// What is known of a value.
#[derive(Clone, Copy)]
pub(super) struct KnownValue {
    pub(super) hash: u64,
    pub(super) tally: Tally,
    /// A row that has it, counted over all segments: the first of those counted.
    pub(super) position: u32,
}

const SLOTS_MIN: usize = 1 << 6;

impl Known {
    /// With room for so many values; more find room too.
    pub(super) fn for_values(n_values: usize) -> Self {
        let n_slots = n_values.saturating_mul(2).max(SLOTS_MIN).next_power_of_two();
        Known { slots: vec![0; n_slots], values: Vec::with_capacity(n_values) }
    }

    /// The number of a value that is known.
    pub(super) fn find(&self, hash: u64) -> Option<usize> {
        self.search(hash).ok()
    }

    /// The number of a value, the next one when it was not known.
    pub(super) fn number(&mut self, hash: u64) -> usize {
        match self.search(hash) {
            Ok(number) => number,
            Err(slot) => {
                let number = self.values.len();
                self.slots[slot] = index(number + 1);
                self.values.push(KnownValue { hash, tally: Tally::default(), position: u32::MAX });
                if self.values.len() * 2 > self.slots.len() {
                    self.grow();
                }
                number
            }
        }
    }

    /// The number, or the slot where it would stand.
    fn search(&self, hash: u64) -> Result<usize, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return Err(slot);
            }
            let number = entry as usize - 1;
            if self.values[number].hash == hash {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots = vec![0; mask + 1];
        for (number, value) in self.values.iter().enumerate() {
            let mut slot = value.hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = index(number + 1);
        }
    }
}

impl KnownValue {
    /// Counts a row.
    pub(super) fn add(&mut self, mark: u32, weight: u32, position: u32) {
        self.tally.add(mark, weight);
        self.position = self.position.min(position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_one_number_however_many_there_are() {
        let mut known = Known::for_values(0);
        let hash = |n: u64| (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for n in 0..5000 {
            assert_eq!(known.find(hash(n)), None, "{n}");
            assert_eq!(known.number(hash(n)), n as usize);
        }
        assert!((0..5000).all(|n| known.number(hash(n)) == n as usize));
        // The same slot is not the same value.
        assert_ne!(known.number(7), known.number(7 + (1 << 20)));
        assert_eq!(known.values.len(), 5002);
    }
}
