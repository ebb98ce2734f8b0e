//! Values met so far, each once: side by side in one buffer, found by hash.

use super::count::Tally;
use super::population::index;
use crate::Cell;
use crate::plan::write_id;
use rustc_hash::FxHasher;
use skep_model::Value;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A value as it stands in a column.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    Text(&'a str),
    Int(i64),
    Double(f64),
    /// Neither zero nor empty.
    Id(&'a [u8]),
    /// Of a dictionary; not empty.
    Entry(&'a Value),
}

/// What a value's bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Int,
    Double,
    Id,
    /// Of a rarer type: the position in [`Known::others`].
    Other,
}

/// Distinct values, numbered from 1, with their counts.
pub(super) struct Known {
    /// Each number with the upper half of its hash; 0 is free. A power of two long, at most half full.
    slots: Vec<u64>,
    /// A bit for each hash, several bits for each slot: tells most unknown values without a look at the slots, which
    /// are too many for the processor's caches.
    filter: Vec<u64>,
    hashes: Vec<u64>,
    kinds: Vec<Kind>,
    /// Where each value's bytes end.
    ends: Vec<usize>,
    bytes: Vec<u8>,
    others: Vec<Value>,
    pub(super) tallies: Vec<Tally>,
}

const NUMBER_BITS: u32 = 32;
const SLOTS_MIN: usize = 1 << 10;
const SLOTS_MAX_AT_FIRST: usize = 1 << 21;

/// Slots that share a word of the filter: 4 bits a slot, 8 to 16 a value.
const FILTER_SLOTS_PER_WORD: usize = 16;

impl Item<'_> {
    /// The same for the same value, however it is kept.
    pub(super) fn hash(self) -> u64 {
        let mut hasher = FxHasher::default();
        match self {
            Item::Text(text) => hasher.write(text.as_bytes()),
            Item::Int(int) => hasher.write_i64(int),
            Item::Double(double) => hasher.write_u64(!double.to_bits()),
            Item::Id(id) => hasher.write(id),
            Item::Entry(value) => match Item::plain(value) {
                Some(item) => return item.hash(),
                None => value.hash(&mut hasher),
            },
        }
        // Both halves are used, and the hasher mixes into one of them only.
        let hash = hasher.finish();
        let hash = (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^ hash >> 29
    }

    /// A dictionary's entry of a plain type.
    fn plain(value: &Value) -> Option<Item<'_>> {
        match value {
            Value::Text(text) => Some(Item::Text(text)),
            Value::Int(int) => Some(Item::Int(*int)),
            Value::Double(double) => Some(Item::Double(*double)),
            _ => None,
        }
    }
}

impl Known {
    /// With room for so many values; more find room too.
    pub(super) fn for_values(n_values: usize) -> Self {
        let n_slots = n_values.saturating_mul(2).clamp(SLOTS_MIN, SLOTS_MAX_AT_FIRST).next_power_of_two();
        Known {
            slots: vec![0; n_slots],
            filter: vec![0; n_slots / FILTER_SLOTS_PER_WORD],
            hashes: Vec::new(),
            kinds: Vec::new(),
            ends: Vec::new(),
            bytes: Vec::new(),
            others: Vec::new(),
            tallies: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// The number of a value that is known.
    pub(super) fn find(&self, item: Item<'_>, hash: u64) -> Option<u32> {
        let (word, bit) = filter_place(&self.filter, hash);
        if self.filter[word] & bit == 0 { None } else { self.search(item, hash).ok() }
    }

    /// The number of a value, a new one when it was not known.
    pub(super) fn number(&mut self, item: Item<'_>, hash: u64) -> u32 {
        match self.search(item, hash) {
            Ok(number) => number,
            Err(slot) => {
                let number = index(self.len() + 1);
                self.slots[slot] = slot_of(hash, number);
                let (word, bit) = filter_place(&self.filter, hash);
                self.filter[word] |= bit;
                self.push(item, hash);
                if self.len() * 2 > self.slots.len() {
                    self.grow();
                }
                number
            }
        }
    }

    /// Counts a row of a known value.
    pub(super) fn add(&mut self, number: u32, mark: u32) {
        self.tallies[number as usize - 1].add(mark);
    }

    /// The value with a position counted from 0.
    pub(super) fn value(&self, idx: usize) -> Value {
        let bytes = self.raw(idx);
        let word = || u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        match self.kinds[idx] {
            Kind::Text => Value::from(&*String::from_utf8_lossy(bytes)),
            Kind::Int => Value::Int(word().cast_signed()),
            Kind::Double => Value::Double(f64::from_bits(word())),
            Kind::Other => self.others[usize::try_from(word()).unwrap_or_default()].clone(),
            Kind::Id => {
                let mut text = String::new();
                write_id(&mut text, bytes);
                Value::from(&*text)
            }
        }
    }

    /// As [`Cell`]s compare, ascending, without making any for texts.
    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        match (self.kinds[a], self.kinds[b]) {
            (Kind::Text, Kind::Text) => self.raw(a).cmp(self.raw(b)),
            _ => Cell::from(&self.value(a)).compare(&Cell::from(&self.value(b)), false),
        }
    }

    /// The number, or the slot where it would stand.
    fn search(&self, item: Item<'_>, hash: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return Err(slot);
            }
            let number = entry as u32;
            if entry >> NUMBER_BITS == hash >> NUMBER_BITS && self.is(number as usize - 1, item) {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn is(&self, idx: usize, item: Item<'_>) -> bool {
        let word = |kind, word: u64| self.kinds[idx] == kind && self.raw(idx) == word.to_le_bytes();
        match item {
            Item::Text(text) => self.kinds[idx] == Kind::Text && self.raw(idx) == text.as_bytes(),
            Item::Id(id) => self.kinds[idx] == Kind::Id && self.raw(idx) == id,
            Item::Int(int) => word(Kind::Int, int.cast_unsigned()),
            Item::Double(double) => word(Kind::Double, double.to_bits()),
            Item::Entry(value) => match Item::plain(value) {
                Some(item) => self.is(idx, item),
                None => self.kinds[idx] == Kind::Other && self.value(idx) == *value,
            },
        }
    }

    fn push(&mut self, item: Item<'_>, hash: u64) {
        let mut put = |kind, bytes: &[u8]| {
            self.kinds.push(kind);
            self.bytes.extend_from_slice(bytes);
        };
        match item {
            Item::Text(text) => put(Kind::Text, text.as_bytes()),
            Item::Int(int) => put(Kind::Int, &int.to_le_bytes()),
            Item::Double(double) => put(Kind::Double, &double.to_bits().to_le_bytes()),
            Item::Id(id) => put(Kind::Id, id),
            Item::Entry(value) => match Item::plain(value) {
                Some(item) => return self.push(item, hash),
                None => {
                    put(Kind::Other, &(self.others.len() as u64).to_le_bytes());
                    self.others.push(value.clone());
                }
            },
        }
        self.ends.push(self.bytes.len());
        self.hashes.push(hash);
        self.tallies.push(Tally::default());
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots = vec![0; mask + 1];
        self.filter = vec![0; (mask + 1) / FILTER_SLOTS_PER_WORD];
        for (hash, number) in self.hashes.iter().zip(1..) {
            let mut slot = *hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = slot_of(*hash, number);
            let (word, bit) = filter_place(&self.filter, *hash);
            self.filter[word] |= bit;
        }
    }

    fn raw(&self, idx: usize) -> &[u8] {
        let start = idx.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[idx]]
    }
}

fn filter_place(filter: &[u64], hash: u64) -> (usize, u64) {
    ((hash >> 6) as usize & (filter.len() - 1), 1 << (hash & 63))
}

fn slot_of(hash: u64, number: u32) -> u64 {
    hash >> NUMBER_BITS << NUMBER_BITS | u64::from(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_number_however_it_is_kept() {
        let mut known = Known::for_values(0);
        let values: Vec<Value> = (0..5000)
            .flat_map(|n| {
                let text = Value::from(&*format!("v{n}"));
                [text, Value::Int(n), Value::Double(n as f64), Value::Array([Value::Int(n)].into())]
            })
            .collect();
        for (value, number) in values.iter().zip(1..) {
            let item = Item::Entry(value);
            assert_eq!(known.find(item, item.hash()), None, "{value}");
            assert_eq!(known.number(item, item.hash()), number, "{value}");
        }
        for (value, number) in values.iter().zip(1..) {
            let item = Item::plain(value).unwrap_or(Item::Entry(value));
            assert_eq!(known.number(item, item.hash()), number, "{value}");
            assert_eq!(known.value(number as usize - 1), *value);
        }
        assert_eq!(known.len(), values.len());
        assert_eq!(known.compare(0, 4), "v0".cmp("v1"));
        // The same upper half of a hash is not the same value.
        let (a, b) = (Item::Text("a"), Item::Text("b"));
        assert_ne!(known.number(a, 7), known.number(b, 7));
    }
}
