use crate::bytes::{Input, put_value, skip_value, tag, value};
use crate::value::text_hash64;
use crate::{Codes, Value};
use std::fmt;
use std::sync::OnceLock;

/// The distinct values of one column of codes, and what can be told of the column from them alone. Each answer is
/// computed once, when it is first asked for.
///
/// Values stay side by side in bytes, as they came from the file: of a hundred thousand most are only hashed or looked
/// at in place, and a [`Value`] each would cost more than everything else that is asked of them.
pub struct Dictionary {
    /// Each as [`put_value`] writes it.
    bytes: Box<[u8]>,
    ends: Box<[u32]>,
    /// Which types there are: a bit for each tag.
    tags: u16,
    totals: OnceLock<Box<[u32]>>,
    hashes: OnceLock<Box<[u64]>>,
}

/// A value of a dictionary, looked at in place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry<'a> {
    /// [`Value::Empty`].
    Empty,
    /// [`Value::Text`].
    Text(&'a str),
    /// [`Value::Bool`].
    Bool(bool),
    /// [`Value::Int`].
    Int(i64),
    /// [`Value::Double`].
    Double(f64),
    /// Bytes, an array or a map: [`Dictionary::value`] makes one.
    Other,
}

impl Entry<'_> {
    /// The number, of either type.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Entry::Int(int) => Some(int as f64),
            Entry::Double(double) => Some(double),
            _ => None,
        }
    }
}

impl Dictionary {
    /// Reads `n` values; nothing where they are not what [`put_value`] writes.
    #[must_use]
    pub fn read(input: &mut Input<'_>, n: usize) -> Option<Self> {
        let all = input.rest();
        // A value takes a byte at least.
        let mut ends = Vec::with_capacity(n.min(all.len()));
        for _ in 0..n {
            skip_value(input)?;
            ends.push(u32::try_from(all.len() - input.rest().len()).ok()?);
        }
        let n_bytes = all.len() - input.rest().len();
        Some(Self::new(all[..n_bytes].into(), ends))
    }

    /// With how many rows have each code, those without a value first, where that is known.
    ///
    /// # Panics
    /// When it is not one for each code.
    #[must_use]
    pub fn with_totals(self, totals: Vec<u32>) -> Self {
        assert_eq!(totals.len(), self.len() + 1, "a total for each code, 0 among them");
        Dictionary { totals: totals.into_boxed_slice().into(), ..self }
    }

    /// For a column of other rows.
    #[must_use]
    pub fn without_totals(self) -> Self {
        Dictionary { totals: OnceLock::new(), ..self }
    }

    /// As [`Dictionary::totals`], where that is known.
    #[must_use]
    pub fn known_totals(&self) -> Option<&[u32]> {
        self.totals.get().map(|totals| &**totals)
    }

    fn new(bytes: Box<[u8]>, ends: Vec<u32>) -> Self {
        let starts = std::iter::once(0).chain(ends.iter().copied()).take(ends.len());
        let tags = starts.fold(0, |tags, start| tags | 1 << bytes[start as usize]);
        Dictionary { bytes, ends: ends.into(), tags, totals: OnceLock::new(), hashes: OnceLock::new() }
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The position of [`Value::Empty`], if it is among them.
    #[must_use]
    pub fn position_of_empty(&self) -> Option<usize> {
        if self.tags & 1 << tag::EMPTY == 0 {
            return None;
        }
        self.entries().position(|entry| entry == Entry::Empty)
    }

    /// Whether all are numbers, or empty.
    #[must_use]
    pub fn are_numbers(&self) -> bool {
        const NUMBERS: u16 = 1 << tag::EMPTY | 1 << tag::INT | 1 << tag::DOUBLE;
        self.tags & !NUMBERS == 0
    }

    fn input(&self, idx: usize) -> Input<'_> {
        let start = idx.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        Input::new(&self.bytes[start..self.ends[idx] as usize])
    }

    /// One value in its place.
    ///
    /// # Panics
    /// When there are not so many.
    #[must_use]
    pub fn entry(&self, idx: usize) -> Entry<'_> {
        let mut input = self.input(idx);
        match input.byte() {
            Some(tag::TEXT) => Entry::Text(input.text().unwrap_or_default()),
            Some(tag::FALSE) => Entry::Bool(false),
            Some(tag::TRUE) => Entry::Bool(true),
            Some(tag::INT | tag::DOUBLE) => match self.value(idx) {
                Value::Int(int) => Entry::Int(int),
                Value::Double(double) => Entry::Double(double),
                _ => unreachable!("the tag says what it is"),
            },
            Some(tag::EMPTY) | None => Entry::Empty,
            Some(_) => Entry::Other,
        }
    }

    /// All of them in their place.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        (0..self.len()).map(|idx| self.entry(idx))
    }

    /// One value by itself.
    ///
    /// # Panics
    /// When there are not so many.
    #[must_use]
    pub fn value(&self, idx: usize) -> Value {
        value(&mut self.input(idx)).expect("it was read before, or written by put_value")
    }

    /// All of them by themselves.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Value> {
        (0..self.len()).map(|idx| self.value(idx))
    }

    /// How many rows have each code, 0 being those without a value. `codes` are those of the dictionary's column.
    pub fn totals(&self, codes: &Codes) -> &[u32] {
        self.totals.get_or_init(|| codes.histogram(self.len() + 1).into())
    }

    /// [`Value::hash64`] of each value.
    pub fn hashes(&self) -> &[u64] {
        let hash = |idx| {
            let mut input = self.input(idx);
            match input.byte() {
                Some(tag::TEXT) => text_hash64(input.bytes().unwrap_or_default()),
                _ => self.value(idx).hash64(),
            }
        };
        self.hashes.get_or_init(|| (0..self.len()).map(hash).collect())
    }

    /// Bytes it keeps in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        // What is not there yet will be once the column is asked about.
        let known_bytes = self.len() * (size_of::<u32>() + size_of::<u64>());
        self.bytes.len() + self.ends.len() * size_of::<u32>() + known_bytes
    }
}

impl<V: AsRef<[Value]>> From<V> for Dictionary {
    fn from(values: V) -> Self {
        let mut bytes = Vec::new();
        let ends = values.as_ref().iter().map(|value| {
            put_value(&mut bytes, value);
            u32::try_from(bytes.len()).expect("a segment is sealed long before 4 GiB of values")
        });
        let ends = ends.collect();
        Dictionary::new(bytes.into(), ends)
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_whole_and_in_their_place_and_damage_gives_nothing() {
        let values = [
            Value::Empty,
            Value::text("ü"),
            Value::text(""),
            true.into(),
            false.into(),
            Value::Int(-7),
            Value::Double(2.5),
            Value::Bytes([1, 2].as_slice().into()),
            Value::Array([Value::Int(1), Value::text("a")].as_slice().into()),
        ];
        let written = Dictionary::from(values.as_slice());
        let read_all = |bytes: &[u8], n| {
            let mut input = Input::new(bytes);
            Dictionary::read(&mut input, n).filter(|_| input.is_empty())
        };
        let read = read_all(&written.bytes, values.len()).unwrap();
        assert!(read.values().eq(values.iter().cloned()));
        assert!(read.hashes().iter().copied().eq(values.iter().map(Value::hash64)));
        let entries: Vec<_> = read.entries().collect();
        assert_eq!(entries[..3], [Entry::Empty, Entry::Text("ü"), Entry::Text("")]);
        assert_eq!(entries[5..8], [Entry::Int(-7), Entry::Double(2.5), Entry::Other]);
        assert_eq!(entries[5].as_f64(), Some(-7.0));
        assert_eq!((read.position_of_empty(), read.are_numbers()), (Some(0), false));
        let numbers = Dictionary::from([Value::Int(1), Value::Double(0.5)].as_slice());
        assert_eq!((numbers.position_of_empty(), numbers.are_numbers()), (None, true));

        assert!(read_all(&written.bytes, values.len() - 1).is_none(), "bytes are left");
        assert!(read_all(&written.bytes, values.len() + 1).is_none());
        for n in 0..written.bytes.len() {
            assert!(read_all(&written.bytes[..n], values.len()).is_none(), "cut at {n}");
        }
        assert!(read_all(&[tag::TEXT, 1, 0xff], 1).is_none(), "no UTF-8");
    }
}
