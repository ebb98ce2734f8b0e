use crate::{Bitmap, value};
use std::sync::Arc;

/// Texts side by side.
///
/// ```text
/// offsets  0       5   5         10
/// bytes    | /cart |   | /about  |       row 1 is empty, or missing when `present` says so
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// One more than there are rows, ascending: row `r` is `bytes[offsets[r]..offsets[r + 1]]`.
    pub offsets: Arc<[u32]>,
    /// All texts.
    pub bytes: Arc<str>,
    /// The rows that have one; nothing means every row.
    pub present: Option<Arc<Bitmap>>,
}

impl Texts {
    /// How many rows there are, with a text or without.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// One row's text; nothing where it is missing.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let is_present = self.present.as_ref().is_none_or(|present| present.contains(row));
        is_present.then(|| &self.bytes[self.start(row)..self.start(row + 1)])
    }

    /// One row's text as bytes, empty where it is missing: for loops that look at `present` apart.
    #[must_use]
    pub fn raw(&self, row: usize) -> &[u8] {
        &self.bytes.as_bytes()[self.start(row)..self.start(row + 1)]
    }

    /// Where a row's text begins, which is where the one before it ends.
    #[must_use]
    pub fn start(&self, row: usize) -> usize {
        self.offsets[row] as usize
    }

    /// The rows that have a text.
    #[must_use]
    pub fn present(&self) -> Bitmap {
        self.present.as_ref().map_or_else(|| Bitmap::all(self.n_rows()), |present| (**present).clone())
    }

    /// [`crate::Value::hash64`] of each row's text, 0 where there is none.
    #[must_use]
    pub fn hashes(&self) -> Vec<u64> {
        let mut hashes: Vec<u64> = (0..self.n_rows()).map(|row| value::text_hash64(self.raw(row))).collect();
        if let Some(present) = &self.present {
            hashes
                .iter_mut()
                .enumerate()
                .filter(|(row, _)| !present.contains(*row))
                .for_each(|(_, hash)| *hash = 0);
        }
        hashes
    }
}
