use crate::{Bitmap, Codes, Texts, Value};
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
