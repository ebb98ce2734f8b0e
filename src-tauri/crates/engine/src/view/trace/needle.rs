use memchr::{memchr_iter, memchr2_iter, memmem::Finder};
use skep_model::{Bitmap, Column, Entry, Texts, Value};

/// A text that is looked for in every value of a trace, whatever the case of its letters.
///
/// Numbers and ids are texts too, to who looks for them; of a measured number nobody knows the digits.
pub(super) struct Needle {
    lower: String,
    /// It can only be in a number if it looks like a part of one, and in an id likewise.
    is_digits: bool,
    in_ids: Option<Finder<'static>>,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let lower = text.to_lowercase();
        let is_hex = !lower.is_empty() && lower.bytes().all(|byte| byte.is_ascii_hexdigit());
        Self {
            is_digits: lower.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'),
            in_ids: is_hex.then(|| Finder::new(&lower).into_owned()),
            lower,
        }
    }

    /// Adds the rows whose value holds it.
    pub(super) fn mark(&self, column: &Column, hits: &mut Bitmap) {
        match column {
            Column::Codes { codes, dictionary } => {
                let mut by_code = vec![false];
                by_code.extend((0..dictionary.len()).map(|idx| match dictionary.entry(idx) {
                    Entry::Text(text) => self.is_in(text),
                    _ => self.is_in_value(&dictionary.value(idx)),
                }));
                if by_code.contains(&true) {
                    let is_hit = |row: &usize| by_code[codes.at(*row) as usize];
                    (0..codes.n_rows()).filter(is_hit).for_each(|row| hits.set(row));
                }
            }
            Column::Texts(texts) if self.lower.is_ascii() && texts.bytes.is_ascii() => {
                self.mark_texts(texts, hits);
            }
            Column::Texts(texts) => {
                let is_hit = |row: &usize| texts.get(*row).is_some_and(|text| self.is_in(text));
                (0..texts.n_rows()).filter(is_hit).for_each(|row| hits.set(row));
            }
            Column::Ids { bytes, width } => self.mark_ids(bytes, *width, hits),
            Column::Ints { .. } if self.is_digits => {
                let is_hit = |row: &usize| column.value(*row).is_some_and(|value| self.is_in_value(&value));
                (0..column.n_rows()).filter(is_hit).for_each(|row| hits.set(row));
            }
            Column::Ints { .. } | Column::Doubles(_) => {}
        }
    }

    /// Goes through all texts as one, then sees in which row a find lies, and whether it lies in one alone.
    fn mark_texts(&self, texts: &Texts, hits: &mut Bitmap) {
        let mut row = 0;
        for at in starts(texts.bytes.as_bytes(), self.lower.as_bytes()) {
            // Finds are ascending, and so are the rows' starts.
            row += texts.offsets[row + 1..].partition_point(|start| *start as usize <= at);
            if at + self.lower.len() <= texts.start(row + 1) && texts.get(row).is_some() {
                hits.set(row);
            }
        }
    }

    fn mark_ids(&self, bytes: &[u8], width: usize, hits: &mut Bitmap) {
        let Some(finder) = &self.in_ids else { return };
        let mut digits = [0; 32];
        for (row, id) in bytes.chunks_exact(width).enumerate() {
            let digits = &mut digits[..2 * width];
            let is_id = id.iter().any(|byte| *byte != 0) && const_hex::encode_to_slice(id, digits).is_ok();
            if is_id && finder.find(digits).is_some() {
                hits.set(row);
            }
        }
    }

    fn is_in_value(&self, value: &Value) -> bool {
        match value {
            Value::Text(text) => self.is_in(text),
            Value::Bool(_) => false,
            other => self.is_in(&other.to_string()),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        if text.is_ascii() && self.lower.is_ascii() {
            return starts(text.as_bytes(), self.lower.as_bytes()).next().is_some();
        }
        text.to_lowercase().contains(&self.lower)
    }
}

/// Where a text in lower case begins, both being ASCII.
fn starts<'t>(text: &'t [u8], wanted: &'t [u8]) -> impl Iterator<Item = usize> + 't {
    let first = wanted.first().copied().unwrap_or_default();
    let (letters, others) = if first.is_ascii_alphabetic() {
        (Some(memchr2_iter(first, first.to_ascii_uppercase(), text)), None)
    } else {
        (None, Some(memchr_iter(first, text)))
    };
    letters.into_iter().flatten().chain(others.into_iter().flatten()).filter(move |at| {
        text.get(*at..at + wanted.len()).is_some_and(|there| there.eq_ignore_ascii_case(wanted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn hits(column: &Column, text: &str) -> Vec<usize> {
        let mut hits = Bitmap::none(column.n_rows());
        Needle::new(text).mark(column, &mut hits);
        hits.rows().collect()
    }

    fn texts(rows: &[&str]) -> Column {
        let mut offsets = vec![0];
        for row in rows {
            offsets.push(offsets[offsets.len() - 1] + row.len() as u32);
        }
        let present = Some(Arc::new(Bitmap::from_fn(rows.len(), |row| row != 3)));
        Column::Texts(Texts { offsets: offsets.into(), bytes: rows.concat().into(), present })
    }

    #[test]
    fn a_text_is_found_in_each_row_alone_in_any_case() {
        let ascii = texts(&["Cart", "", "a cart, a CART", "", "car", "t", "/cart"]);
        assert_eq!(hits(&ascii, "cArt"), [0, 2, 6], "not across the edge of two rows");
        assert_eq!(hits(&ascii, "/"), [6]);
        let mixed = texts(&["Köln", "KÖLN", "koln", "", "\u{212a}öln"]);
        assert_eq!(hits(&mixed, "köln"), [0, 1, 4]);
        assert_eq!(hits(&mixed, "ln"), [0, 1, 2, 4]);
    }

    #[test]
    fn numbers_and_ids_are_found_by_their_digits() {
        let ints = Column::Ints { ints: Arc::from([1234, -12, 34]), present: None };
        assert_eq!([hits(&ints, "12"), hits(&ints, "-12"), hits(&ints, "1a")], [vec![0, 1], vec![1], vec![]]);
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&[0xab, 0xcd, 0, 0, 0, 0, 0, 1]);
        bytes[16..].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0xab, 0xcd]);
        let ids = Column::Ids { bytes: Arc::from(bytes), width: 8 };
        assert_eq!(
            [hits(&ids, "ABCD"), hits(&ids, "bcd"), hits(&ids, "xyz")],
            [vec![0, 2], vec![0, 2], vec![]]
        );
        assert_eq!(hits(&ids, "00000000"), [0, 2], "an id that is missing is no row of zeros");
    }
}
