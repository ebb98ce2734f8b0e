use crate::{Bitmap, Value};
use std::sync::Arc;

/// One field of all rows of a segment. Cloning shares.
#[derive(Clone, Debug)]
pub enum Column {
    /// Dictionary codes: 0 is missing, `n` is `dictionary[n - 1]`. Entries are distinct, each is used by some row.
    Codes {
        /// One a row.
        codes: Codes,
        /// Distinct values.
        dictionary: Arc<[Value]>,
    },
    /// Texts that are nearly all different, kept side by side.
    Texts(Texts),
    /// A plain number in every row; NaN is missing.
    Doubles(Arc<[f64]>),
    /// Plain integers.
    Ints {
        /// One a row; zero where it is missing.
        ints: Arc<[i64]>,
        /// Which rows have one; all of them when unsaid.
        present: Option<Arc<Bitmap>>,
    },
    /// Ids of `width` bytes, side by side; all zero is missing. They read as lower-case hexadecimal text.
    Ids {
        /// `n_rows * width` bytes.
        bytes: Arc<[u8]>,
        /// 16 or 8.
        width: usize,
    },
}

impl Column {
    /// Bytes it keeps in memory, its dictionary's texts included.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let bitmap = |present: &Option<Arc<Bitmap>>| present.as_ref().map_or(0, |rows| rows.n_rows() / 8);
        match self {
            Column::Codes { codes, dictionary } => {
                codes.memory_bytes() + dictionary.iter().map(Value::memory_bytes).sum::<usize>()
            }
            Column::Texts(texts) => texts.bytes.len() + texts.offsets.len() * 4 + bitmap(&texts.present),
            Column::Doubles(doubles) => doubles.len() * 8,
            Column::Ints { ints, present } => ints.len() * 8 + bitmap(present),
            Column::Ids { bytes, .. } => bytes.len(),
        }
    }
}

/// Dictionary codes, as narrow as they can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// Up to 255 values.
    U8(Arc<[u8]>),
    /// Up to 65,535 values.
    U16(Arc<[u16]>),
    /// More.
    U32(Arc<[u32]>),
}

impl Codes {
    /// The narrowest form that holds `max_code`.
    #[must_use]
    pub fn narrow(codes: &[u32], max_code: u32) -> Self {
        debug_assert!(codes.iter().all(|code| *code <= max_code), "a code over the greatest would be cut");
        if max_code <= u32::from(u8::MAX) {
            Codes::U8(codes.iter().map(|code| *code as u8).collect())
        } else if max_code <= u32::from(u16::MAX) {
            Codes::U16(codes.iter().map(|code| *code as u16).collect())
        } else {
            Codes::U32(codes.into())
        }
    }

    /// How many there are.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => codes.len(),
            Codes::U32(codes) => codes.len(),
        }
    }

    /// The code of one row. For loops over rows, match on the width once outside.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn at(&self, row: usize) -> u32 {
        match self {
            Codes::U8(codes) => u32::from(codes[row]),
            Codes::U16(codes) => u32::from(codes[row]),
            Codes::U32(codes) => codes[row],
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => codes.len() * 2,
            Codes::U32(codes) => codes.len() * 4,
        }
    }
}

/// Texts side by side: row `r` is `bytes[offsets[r]..offsets[r + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// One more than there are rows, ascending.
    pub offsets: Arc<[u32]>,
    /// All texts.
    pub bytes: Arc<str>,
    /// Which rows have a text; all of them when unsaid.
    pub present: Option<Arc<Bitmap>>,
}

impl Texts {
    /// How many rows there are.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The text of one row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let is_present = self.present.as_ref().is_none_or(|present| present.contains(row));
        let (start, end) = (*self.offsets.get(row)? as usize, *self.offsets.get(row + 1)? as usize);
        if is_present { self.bytes.get(start..end) } else { None }
    }
}
