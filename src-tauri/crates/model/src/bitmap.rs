/// One bit for each row of a segment. All bitmaps of a segment have the same length; bits past it are zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    n_rows: usize,
}

const WORD_BITS: usize = u64::BITS as usize;

/// Multiplied with eight bytes of 0 or 1, brings them side by side into the highest byte, the first one lowest.
const LOWEST_BITS_TO_TOP: u64 = 0x0102_0408_1020_4080;

impl Bitmap {
    /// No row of `n_rows`.
    #[must_use]
    pub fn none(n_rows: usize) -> Self {
        Bitmap { words: vec![0; n_rows.div_ceil(WORD_BITS)], n_rows }
    }

    /// Every row of `n_rows`.
    #[must_use]
    pub fn all(n_rows: usize) -> Self {
        let mut bitmap = Bitmap { words: vec![u64::MAX; n_rows.div_ceil(WORD_BITS)], n_rows };
        bitmap.clear_tail();
        bitmap
    }

    /// The rows for which `holds` is true, asked in order.
    #[must_use]
    pub fn from_fn(n_rows: usize, mut holds: impl FnMut(usize) -> bool) -> Self {
        let mut bitmap = Bitmap::none(n_rows);
        for (word_idx, word) in bitmap.words.iter_mut().enumerate() {
            let first = word_idx * WORD_BITS;
            for bit in 0..WORD_BITS.min(n_rows - first) {
                *word |= u64::from(holds(first + bit)) << bit;
            }
        }
        bitmap
    }

    /// The rows whose value passes.
    #[must_use]
    pub fn of_slice<T: Copy>(values: &[T], mut holds: impl FnMut(T) -> bool) -> Self {
        let word = |values: &[T]| {
            // A byte each first, so that a simple test becomes a handful of vector instructions for each word.
            let mut bytes = [0u8; WORD_BITS];
            bytes.iter_mut().zip(values).for_each(|(byte, value)| *byte = u8::from(holds(*value)));
            let (eights, _) = bytes.as_chunks::<8>();
            eights.iter().enumerate().fold(0, |word, (idx, eight)| {
                word | (u64::from_le_bytes(*eight).wrapping_mul(LOWEST_BITS_TO_TOP) >> 56) << (8 * idx)
            })
        };
        Bitmap { words: values.chunks(WORD_BITS).map(word).collect(), n_rows: values.len() }
    }

    /// The bits, 64 rows a word, the first row lowest.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Sets one row.
    ///
    /// # Panics
    /// When the segment has no such row.
    pub fn set(&mut self, row_idx: usize) {
        assert!(row_idx < self.n_rows, "row {row_idx} of {}", self.n_rows);
        self.words[row_idx / WORD_BITS] |= 1 << (row_idx % WORD_BITS);
    }

    /// How many rows the segment has, set or not.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// How many rows are set.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no row is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether the row is set. Rows past the end are not.
    #[must_use]
    #[inline]
    pub fn contains(&self, row_idx: usize) -> bool {
        self.words.get(row_idx / WORD_BITS).is_some_and(|word| word >> (row_idx % WORD_BITS) & 1 == 1)
    }

    /// The set rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        Rows { words: &self.words, next_word_idx: 0, word: 0 }
    }

    /// Calls `take` with each set row, ascending. Quicker than [`Bitmap::rows`] where most are.
    pub fn for_each_row(&self, mut take: impl FnMut(usize)) {
        for (word_idx, word) in self.words.iter().enumerate() {
            let first = word_idx * WORD_BITS;
            if *word == u64::MAX {
                (first..first + WORD_BITS).for_each(&mut take);
                continue;
            }
            let mut rest = *word;
            while rest != 0 {
                take(first + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }

    /// Keeps the rows that `other` has too.
    pub fn intersect(&mut self, other: &Bitmap) {
        self.zip(other, |a, b| a & b);
    }

    /// Adds the rows of `other`.
    pub fn unite(&mut self, other: &Bitmap) {
        self.zip(other, |a, b| a | b);
    }

    /// Adds the rows of a shorter one, the first of which is `first_row` here.
    ///
    /// # Panics
    /// When it reaches past the end.
    pub fn unite_at(&mut self, first_row: usize, other: &Bitmap) {
        assert!(first_row + other.n_rows <= self.n_rows, "rows past the end");
        let (first_word, shift) = (first_row / WORD_BITS, first_row % WORD_BITS);
        for (word, bits) in (first_word..).zip(&other.words) {
            self.words[word] |= bits << shift;
            let beyond = if shift == 0 { 0 } else { bits >> (WORD_BITS - shift) };
            if beyond != 0 {
                self.words[word + 1] |= beyond;
            }
        }
    }

    /// Removes the rows of `other`.
    pub fn subtract(&mut self, other: &Bitmap) {
        self.zip(other, |a, b| a & !b);
    }

    /// Sets exactly the rows that were not set.
    pub fn invert(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        self.clear_tail();
    }

    fn zip(&mut self, other: &Bitmap, combine: impl Fn(u64, u64) -> u64) {
        assert_eq!(self.n_rows, other.n_rows, "bitmaps of two different segments");
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a = combine(*a, *b);
        }
    }

    fn clear_tail(&mut self) {
        let n_tail_bits = self.n_rows % WORD_BITS;
        if let Some(last) = self.words.last_mut()
            && n_tail_bits != 0
        {
            *last &= (1 << n_tail_bits) - 1;
        }
    }
}

struct Rows<'a> {
    words: &'a [u64],
    next_word_idx: usize,
    /// What is left of the word before the next.
    word: u64,
}

impl Iterator for Rows<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.word == 0 {
            self.word = *self.words.get(self.next_word_idx)?;
            self.next_word_idx += 1;
        }
        let bit = self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        Some((self.next_word_idx - 1) * WORD_BITS + bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_as_sets_at_every_length() {
        for n_rows in [0, 1, 63, 64, 65, 200] {
            let thirds = Bitmap::from_fn(n_rows, |row| row % 3 == 0);
            let evens = Bitmap::from_fn(n_rows, |row| row % 2 == 0);
            let expected =
                |holds: &dyn Fn(usize) -> bool| (0..n_rows).filter(|row| holds(*row)).collect::<Vec<_>>();

            let values: Vec<usize> = (0..n_rows).collect();
            assert_eq!(Bitmap::of_slice(&values, |row| row % 3 == 0), thirds);

            let mut both = thirds.clone();
            both.intersect(&evens);
            assert_eq!(both.rows().collect::<Vec<_>>(), expected(&|row| row % 6 == 0));

            let mut taken = Vec::new();
            thirds.for_each_row(|row| taken.push(row));
            assert_eq!(taken, expected(&|row| row % 3 == 0));

            let mut only_thirds = thirds.clone();
            only_thirds.subtract(&evens);
            assert_eq!(only_thirds.rows().collect::<Vec<_>>(), expected(&|row| row % 6 == 3));

            let mut either = thirds.clone();
            either.unite(&evens);
            assert_eq!(either.rows().collect::<Vec<_>>(), expected(&|row| row % 3 == 0 || row % 2 == 0));

            let mut neither = either.clone();
            neither.invert();
            assert_eq!(either.count() + neither.count(), n_rows);
            assert!((0..n_rows).all(|row| either.contains(row) != neither.contains(row)));
            for first_row in [0, 1, 63, 64, 100] {
                let mut moved = Bitmap::none(first_row + n_rows);
                moved.unite_at(first_row, &thirds);
                let expected = thirds.rows().map(|row| first_row + row);
                assert!(moved.rows().eq(expected), "{n_rows} at {first_row}");
            }
            assert_eq!(Bitmap::all(n_rows).count(), n_rows);
            assert!(Bitmap::none(n_rows).is_empty() && !Bitmap::all(n_rows).contains(n_rows));
        }
    }
}
