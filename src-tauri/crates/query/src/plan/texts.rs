//! Tests over plain texts: where the whole column can be searched at once, no row is looked at alone.

use crate::ast::TextOp;
use crate::test::{Seen, Test};
use crate::{Bitmap, Texts};
use memchr::memmem::Finder;

/// Operands up to which each row is compared with each: a length, and rarely more. Above, rows are hashed.
const COMPARED_OPERANDS_MAX: usize = 8;

/// The rows whose text passes.
pub(super) fn rows(texts: &Texts, test: &Test) -> Bitmap {
    let n_rows = texts.n_rows();
    let mut rows = match test {
        Test::Exists => return texts.present(),
        Test::OneOf { texts: operands, .. } if operands.len() <= COMPARED_OPERANDS_MAX => {
            let operands: Vec<&[u8]> = operands.iter().map(|operand| operand.as_bytes()).collect();
            Bitmap::from_fn(n_rows, |row| {
                let len = texts.start(row + 1) - texts.start(row);
                operands.iter().any(|operand| operand.len() == len && *operand == texts.raw(row))
            })
        }
        Test::Text(TextOp::Contains, needle) => containing(texts, needle.as_bytes()),
        Test::Text(TextOp::StartsWith, needle) => {
            Bitmap::from_fn(n_rows, |row| texts.raw(row).starts_with(needle.as_bytes()))
        }
        Test::Text(TextOp::EndsWith, needle) => {
            Bitmap::from_fn(n_rows, |row| texts.raw(row).ends_with(needle.as_bytes()))
        }
        Test::OneOf { .. } | Test::Compare(..) | Test::Truthy => {
            let mut scratch = String::new();
            return Bitmap::from_fn(n_rows, |row| {
                test.holds(texts.get(row).map_or(Seen::Missing, Seen::Text), &mut scratch)
            });
        }
    };
    if let Some(present) = &texts.present {
        rows.intersect(present);
    }
    rows
}

/// Searches all texts as one, and maps each hit to its row. What spans two rows is none.
fn containing(texts: &Texts, needle: &[u8]) -> Bitmap {
    let n_rows = texts.n_rows();
    if needle.is_empty() {
        return Bitmap::all(n_rows);
    }
    let finder = Finder::new(needle);
    let bytes = texts.bytes.as_bytes();
    let mut rows = Bitmap::none(n_rows);
    let (mut row, mut at) = (0, 0);
    while let Some(found) = finder.find(&bytes[at..]) {
        let start = at + found;
        // The row whose text holds the hit's first byte: rows before it end at or before the hit.
        row += texts.offsets[row + 1..].partition_point(|end| *end as usize <= start);
        if row >= n_rows {
            break;
        }
        let row_end = texts.start(row + 1);
        if start + needle.len() <= row_end {
            rows.set(row);
            at = row_end;
        } else {
            at = start + 1;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn texts(rows: &[Option<&str>]) -> Texts {
        let mut offsets = vec![0];
        let mut bytes = String::new();
        for row in rows {
            bytes.push_str(row.unwrap_or_default());
            offsets.push(u32::try_from(bytes.len()).expect("short"));
        }
        let present = Bitmap::from_fn(rows.len(), |row| rows[row].is_some());
        Texts { offsets: offsets.into(), bytes: bytes.into(), present: Some(Arc::new(present)) }
    }

    #[test]
    fn a_search_of_all_bytes_finds_what_a_search_of_each_row_finds() {
        let values = [
            Some("aab"),
            Some(""),
            None,
            Some("ab"),
            Some("a"),
            Some("b"),
            Some("abab"),
            Some("ba"),
            None,
            Some("über"),
            Some("aaa"),
        ];
        let texts = texts(&values);
        for needle in ["a", "ab", "ba", "b", "aba", "bb", "aa", "", "ü", "never", "aaa", "raa"] {
            for op in [TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith] {
                let naive = Bitmap::from_fn(values.len(), |row| {
                    values[row].is_some_and(|text| match op {
                        TextOp::Contains => text.contains(needle),
                        TextOp::StartsWith => text.starts_with(needle),
                        TextOp::EndsWith => text.ends_with(needle),
                    })
                });
                assert_eq!(rows(&texts, &Test::Text(op, needle.into())), naive, "{op:?} {needle:?}");
            }
            let equal = Test::one_of([crate::test::Operand::Text(needle.into())].into_iter());
            let naive = Bitmap::from_fn(values.len(), |row| values[row] == Some(needle));
            assert_eq!(rows(&texts, &equal), naive, "= {needle:?}");
        }
        assert_eq!(rows(&texts, &Test::Exists).count(), 9);
        assert_eq!(rows(&texts, &Test::Truthy).count(), 8);
    }
}
