use crate::{Bitmap, Codes, Dictionary, Texts, Value, value};
use std::sync::Arc;

/// One field of all rows of a segment. Cloning shares.
#[derive(Clone, Debug)]
pub enum Column {
    /// Dictionary codes: 0 is missing, `n` is entry `n - 1` of the dictionary. Entries are distinct, each is used by some row.
    Codes {
        /// One a row.
        codes: Codes,
        /// Distinct values.
        dictionary: Arc<Dictionary>,
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

/// One field of records that many rows share, not yet spread over the rows.
#[derive(Clone, Debug)]
pub struct SharedColumn {
    /// Of each row the position of its record.
    pub record_of: Codes,
    /// How many rows have each record.
    pub n_rows_of: Arc<[u32]>,
    /// Of each record the code of its value, 0 where it has none.
    pub code_of: Arc<[u32]>,
    /// Distinct values, each of some record.
    pub dictionary: Arc<Dictionary>,
}

impl SharedColumn {
    /// The same with a code for each row.
    #[must_use]
    pub fn spread(&self) -> Column {
        let codes = self.record_of.mapped(&self.code_of, self.dictionary.len() as u32);
        Column::Codes { codes, dictionary: Arc::clone(&self.dictionary) }
    }
}

impl Column {
    /// A column of codes; see [`Column::Codes`].
    pub fn of_codes(codes: Codes, dictionary: impl Into<Dictionary>) -> Self {
        Column::Codes { codes, dictionary: Arc::new(dictionary.into()) }
    }

    /// How many rows it has.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Column::Codes { codes, .. } => codes.n_rows(),
            Column::Texts(texts) => texts.n_rows(),
            Column::Doubles(doubles) => doubles.len(),
            Column::Ints { ints, .. } => ints.len(),
            Column::Ids { bytes, width } => bytes.len() / width,
        }
    }

    /// The value of one row.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn value(&self, row: usize) -> Option<Value> {
        match self {
            Column::Codes { codes, dictionary } => {
                Some(dictionary.value((codes.at(row) as usize).checked_sub(1)?))
            }
            Column::Texts(texts) => texts.get(row).map(Value::from),
            Column::Doubles(doubles) => Some(doubles[row]).filter(|double| !double.is_nan()).map(Value::from),
            Column::Ints { ints, present } => {
                present.as_ref().is_none_or(|present| present.contains(row)).then(|| ints[row].into())
            }
            Column::Ids { bytes, width } => {
                let id = &bytes[row * width..(row + 1) * width];
                id.iter().any(|byte| *byte != 0).then(|| Value::from(&*const_hex::encode(id)))
            }
        }
    }

    /// [`Value::hash64`] of each row's value, 0 where there is none.
    #[must_use]
    pub fn hashes(&self) -> Vec<u64> {
        match self {
            Column::Codes { codes, dictionary } => {
                let hashes = dictionary.hashes();
                let hash = |code: u32| (code as usize).checked_sub(1).map_or(0, |idx| hashes[idx]);
                (0..codes.n_rows()).map(|row| hash(codes.at(row))).collect()
            }
            Column::Texts(texts) => texts.hashes(),
            Column::Doubles(doubles) => {
                let hash = |double: &f64| if double.is_nan() { 0 } else { Value::Double(*double).hash64() };
                doubles.iter().map(hash).collect()
            }
            Column::Ints { ints, present } => {
                let is_present = |row| present.as_ref().is_none_or(|present| present.contains(row));
                let hash = |(row, int): (usize, &i64)| {
                    if is_present(row) { Value::Int(*int).hash64() } else { 0 }
                };
                ints.iter().enumerate().map(hash).collect()
            }
            Column::Ids { bytes, width } => {
                let hash = |id: &[u8]| if id.iter().any(|byte| *byte != 0) { value::hash_id(id) } else { 0 };
                bytes.chunks_exact(*width).map(hash).collect()
            }
        }
    }

    /// Bytes it keeps in memory, its dictionary's texts included.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let bitmap = |present: &Option<Arc<Bitmap>>| present.as_ref().map_or(0, |rows| rows.n_rows() / 8);
        match self {
            Column::Codes { codes, dictionary } => codes.memory_bytes() + dictionary.memory_bytes(),
            Column::Texts(texts) => texts.bytes.len() + texts.offsets.len() * 4 + bitmap(&texts.present),
            Column::Doubles(doubles) => doubles.len() * 8,
            Column::Ints { ints, present } => ints.len() * 8 + bitmap(present),
            Column::Ids { bytes, .. } => bytes.len(),
        }
    }
}
