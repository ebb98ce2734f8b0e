use super::index::Index;
use super::room;
use crate::Value;
use crate::bytes::{Input, put_bytes, put_value, same, tag, value, varint, zigzag};
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// A value to look up: borrowed, so that one that is known costs no allocation.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// A text.
    Text(&'a str),
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// Of any type.
    Any(&'a Value),
}

impl ValueRef<'_> {
    pub(super) fn to_value(self) -> Value {
        match self {
            ValueRef::Text(text) => Value::text(text),
            ValueRef::Bool(bool) => Value::Bool(bool),
            ValueRef::Int(int) => Value::Int(int),
            ValueRef::Double(double) => Value::Double(double),
            ValueRef::Any(value) => value.clone(),
        }
    }
}

/// Values side by side, each with a number, from 0: distinct ones, for as long as looking for known ones pays.
///
/// ```text
/// bytes  | 1 GET | 1 POST | 4 200 |      a tag, then a value as `bytes` writes it, a text without its length
/// ends         4        10      13
/// ```
#[derive(Clone, Debug, Default)]
pub struct PackedDictionary {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// For as long as entries are looked for.
    index: Index,
    /// For small integers, by their value, the number of their entry and one more; 0 where there is none.
    of_small_int: Vec<u32>,
    is_plain: bool,
}

/// Integers below this are looked up without hashing: ports below it, lines, status codes, counts.
const SMALL_INTS: i64 = 1024;

/// Room for so many of them at least.
const SMALL_INTS_MIN: usize = 32;

/// Entries that there is room for from the first one on.
const N_ENTRIES_AHEAD: usize = 32;

/// How much more room is made each time it is used up. By doubling, a request of a few hundred rows would ask for memory
/// twice as often, which costs more than what lies idle in between.
const ROOM_GROWTH: usize = 4;

/// Bytes of each of them: of a short text.
const ENTRY_BYTES_AHEAD: usize = 16;

impl PackedDictionary {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether a value may stand here twice.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Gives up looking for known values: every value is a new entry from here on. So many are expected in all, as long
    /// as those before.
    pub(super) fn make_plain(&mut self, n_expected: usize) {
        self.is_plain = true;
        let n_more = n_expected.saturating_sub(self.len());
        self.ends.reserve(n_more);
        self.bytes.reserve(n_more * self.bytes.len().div_ceil(self.len().max(1)));
        (self.index, self.of_small_int) = (Index::default(), Vec::new());
    }

    /// Lets go of what is only needed to grow. The hashes stay for the dictionary that takes the entries over.
    pub(super) fn finish(&mut self) {
        self.index.finish();
        self.of_small_int = Vec::new();
    }

    /// What it holds, in as little memory as that needs; the room it grew in stays, for other values.
    pub(super) fn take_packed(&mut self) -> Self {
        let packed = Self {
            bytes: room::take_packed(&mut self.bytes),
            ends: room::take_packed(&mut self.ends),
            index: self.index.take_packed(),
            of_small_int: Vec::new(),
            is_plain: self.is_plain,
        };
        self.of_small_int.clear();
        self.is_plain = false;
        packed
    }

    /// A copy to read from: what is only needed to grow stays behind.
    pub(super) fn to_read(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            ends: self.ends.clone(),
            index: Index::default(),
            of_small_int: Vec::new(),
            is_plain: self.is_plain,
        }
    }

    /// The number of a value.
    pub fn number(&mut self, value: ValueRef<'_>) -> u32 {
        match value {
            ValueRef::Text(text) => self.number_of(tag::TEXT, text.as_bytes()),
            ValueRef::Bool(bool) => self.number_of(if bool { tag::TRUE } else { tag::FALSE }, &[]),
            ValueRef::Int(int) if (0..SMALL_INTS).contains(&int) => self.number_of_small_int(int),
            ValueRef::Int(int) => self.number_of_int(int),
            ValueRef::Double(double) => self.number_of(tag::DOUBLE, &double.to_bits().to_le_bytes()),
            ValueRef::Any(Value::Text(text)) => self.number_of(tag::TEXT, text.as_bytes()),
            ValueRef::Any(Value::Bytes(bytes)) => self.number_of(tag::BYTES, bytes),
            ValueRef::Any(value) => {
                let mut bytes = Vec::new();
                put_value(&mut bytes, value);
                self.number_of(bytes[0], &bytes[1..])
            }
        }
    }

    fn number_of_int(&mut self, int: i64) -> u32 {
        let (varint, len) = varint(zigzag(int));
        self.number_of(tag::INT, &varint[..len])
    }

    #[inline]
    fn number_of_small_int(&mut self, int: i64) -> u32 {
        let idx = int.unsigned_abs() as usize;
        match self.of_small_int.get(idx) {
            Some(known @ 1..) => *known - 1,
            _ => self.number_of_new_small_int(int, idx),
        }
    }

    #[inline(never)]
    fn number_of_new_small_int(&mut self, int: i64, idx: usize) -> u32 {
        let number = self.number_of_int(int);
        if !self.is_plain {
            if self.of_small_int.len() <= idx {
                self.of_small_int.resize((idx + 1).next_power_of_two().max(SMALL_INTS_MIN), 0);
            }
            self.of_small_int[idx] = number + 1;
        }
        number
    }

    /// The number of a text; nothing where it is not UTF-8, which is looked at only where it is new.
    #[inline]
    pub(super) fn number_of_utf8(&mut self, text: &[u8]) -> Option<u32> {
        if self.is_plain {
            return is_utf8(text).then(|| self.push(tag::TEXT, text));
        }
        let hash = hash_of(tag::TEXT, text);
        if let Some(number) = self.find(hash, tag::TEXT, text) {
            return Some(number);
        }
        is_utf8(text).then(|| self.insert(hash, tag::TEXT, text))
    }

    #[inline]
    fn number_of(&mut self, tag: u8, payload: &[u8]) -> u32 {
        if self.is_plain {
            return self.push(tag, payload);
        }
        self.number_of_hashed(hash_of(tag, payload), tag, payload)
    }

    fn number_of_hashed(&mut self, hash: u64, tag: u8, payload: &[u8]) -> u32 {
        self.find(hash, tag, payload).unwrap_or_else(|| self.insert(hash, tag, payload))
    }

    #[inline]
    fn is(&self, number: usize, tag: u8, payload: &[u8]) -> bool {
        let (known_tag, known) = self.parts(number);
        known_tag == tag && same(known, payload)
    }

    #[inline]
    fn find(&self, hash: u64, tag: u8, payload: &[u8]) -> Option<u32> {
        self.index.find(hash, |number| self.is(number as usize, tag, payload))
    }

    #[inline(never)]
    fn insert(&mut self, hash: u64, tag: u8, payload: &[u8]) -> u32 {
        let is_full = self.ends.len() == self.ends.capacity();
        if is_full || self.bytes.capacity() - self.bytes.len() <= payload.len() {
            self.make_room(payload.len() + 1);
        }
        let number = self.push(tag, payload);
        self.index.push(hash);
        number
    }

    /// For one entry of so many bytes, and for more that are as long as those before.
    fn make_room(&mut self, entry_bytes: usize) {
        let n_before = self.ends.len();
        let n_more = match self.ends.capacity() - n_before {
            0 => (n_before * (ROOM_GROWTH - 1)).max(N_ENTRIES_AHEAD),
            n_left => n_left,
        };
        let usual_bytes = self.bytes.len().checked_div(n_before).map_or(ENTRY_BYTES_AHEAD, |bytes| bytes + 1);
        self.ends.reserve_exact(n_more);
        self.bytes.reserve_exact(entry_bytes + n_more * usual_bytes);
    }

    #[inline]
    fn push(&mut self, tag: u8, payload: &[u8]) -> u32 {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(payload);
        let end = u32::try_from(self.bytes.len()).expect("a segment is sealed long before 4 GiB of values");
        self.ends.push(end);
        // There are no more entries than bytes.
        self.ends.len() as u32 - 1
    }

    /// The number that entry `number` of `other` has here.
    pub fn number_in(&mut self, other: &PackedDictionary, number: usize) -> u32 {
        let (tag, payload) = other.parts(number);
        if self.is_plain {
            return self.push(tag, payload);
        }
        self.number_of_hashed(other.hash(number), tag, payload)
    }

    /// The same for equal values, in any dictionary of this process.
    #[must_use]
    pub fn hash(&self, number: usize) -> u64 {
        self.index.hashes().get(number).copied().unwrap_or_else(|| {
            let (tag, payload) = self.parts(number);
            hash_of(tag, payload)
        })
    }

    /// Takes back the last entry.
    pub(super) fn pop(&mut self) {
        let Some(last) = self.ends.len().checked_sub(1) else { return };
        if let Some(int) = self.int(last).filter(|int| (0..SMALL_INTS).contains(int))
            && let Some(known) = self.of_small_int.get_mut(int.unsigned_abs() as usize)
        {
            *known = 0;
        }
        self.index.pop();
        let range = self.range(last);
        self.bytes.truncate(range.start);
        self.ends.pop();
    }

    #[inline]
    fn range(&self, number: usize) -> std::ops::Range<usize> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        start..self.ends[number] as usize
    }

    #[inline]
    fn parts(&self, number: usize) -> (u8, &[u8]) {
        let entry = &self.bytes[self.range(number)];
        (entry[0], &entry[1..])
    }

    /// The entry as a value.
    #[must_use]
    pub fn value(&self, number: usize) -> Value {
        match self.parts(number) {
            (tag::TEXT, text) => Value::text(std::str::from_utf8(text).unwrap_or_default()),
            (tag::BYTES, bytes) => Value::Bytes(bytes.into()),
            _ => {
                let mut entry = Input::new(&self.bytes[self.range(number)]);
                value(&mut entry).expect("entries are what put_value wrote")
            }
        }
    }

    /// The entry's text, if it is one.
    #[must_use]
    pub fn text(&self, number: usize) -> Option<&str> {
        std::str::from_utf8(self.text_bytes(number)?).ok()
    }

    /// The bytes of the entry's text, if it is one: UTF-8, which was looked at when it came.
    #[must_use]
    pub fn text_bytes(&self, number: usize) -> Option<&[u8]> {
        let (tag, bytes) = self.parts(number);
        (tag == tag::TEXT).then_some(bytes)
    }

    /// Whether the entry is a text.
    #[must_use]
    pub fn is_text(&self, number: usize) -> bool {
        self.text_bytes(number).is_some()
    }

    /// The entry as a number, if it is an integer or a double.
    #[must_use]
    pub fn number_at(&self, number: usize) -> Option<f64> {
        self.int(number).map(|int| int as f64).or_else(|| self.double(number))
    }

    /// The entry as an integer, if it is one.
    #[must_use]
    pub fn int(&self, number: usize) -> Option<i64> {
        match self.parts(number) {
            (tag::INT, varint) => Input::new(varint).varint().map(crate::bytes::unzigzag),
            _ => None,
        }
    }

    /// The entry as a double, if it is one.
    #[must_use]
    pub fn double(&self, number: usize) -> Option<f64> {
        match self.parts(number) {
            (tag::DOUBLE, bits) => bits.try_into().ok().map(|bits| f64::from_bits(u64::from_le_bytes(bits))),
            _ => None,
        }
    }

    /// Appends the entry as [`crate::bytes::put_value`] writes its value.
    pub fn put(&self, out: &mut Vec<u8>, number: usize) {
        match self.parts(number) {
            (tag @ (tag::TEXT | tag::BYTES), bytes) => {
                out.push(tag);
                put_bytes(out, bytes);
            }
            _ => out.extend_from_slice(&self.bytes[self.range(number)]),
        }
    }

    /// Bytes it keeps in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.bytes.len() + (self.ends.len() + self.of_small_int.len()) * 4 + self.index.memory_bytes()
    }
}

/// Most texts are ASCII, which is seen sooner.
#[inline]
fn is_utf8(text: &[u8]) -> bool {
    text.is_ascii() || str::from_utf8(text).is_ok()
}

#[inline]
pub(super) fn hash_of(tag: u8, payload: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(payload);
    hasher.write_u8(tag);
    hasher.finish()
}
