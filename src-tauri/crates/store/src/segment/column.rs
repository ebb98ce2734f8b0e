use super::builder::row_id;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use skep_model::{Codes, Column, Text, Value};
use std::sync::Arc;

/// One field of a segment in memory: only the rows that have it, so that a field of few rows costs little however
/// many fields there are. Cloning shares.
#[derive(Clone, Debug)]
pub(crate) struct MemoryColumn {
    /// The rows that have the field, ascending; nothing when all of them do.
    rows: Option<Arc<[u32]>>,
    /// For each of these rows, from 1: `n` is `dictionary[n - 1]`.
    codes: Arc<[u32]>,
    dictionary: Arc<[Value]>,
}

impl MemoryColumn {
    /// Of one code a row, 0 where it is missing; only the entries that are used are taken from `dictionary`.
    pub(crate) fn of_codes(codes: impl ExactSizeIterator<Item = u32>, dictionary: &[Value]) -> Self {
        let n_rows = codes.len();
        let mut new_code_of = vec![0u32; dictionary.len() + 1];
        let (mut rows, mut new_codes, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (row, code) in codes.enumerate().filter(|(_, code)| *code != 0) {
            let new_code = &mut new_code_of[code as usize];
            if *new_code == 0 {
                values.push(dictionary[code as usize - 1].clone());
                *new_code = row_id(values.len());
            }
            rows.push(row_id(row));
            new_codes.push(*new_code);
        }
        let rows = (rows.len() < n_rows).then(|| rows.into());
        Self { rows, codes: new_codes.into(), dictionary: values.into() }
    }

    /// The value of one row.
    pub(crate) fn value(&self, row: usize) -> Option<&Value> {
        let idx = match &self.rows {
            None => row,
            Some(rows) => rows.binary_search(&u32::try_from(row).ok()?).ok()?,
        };
        self.dictionary.get((*self.codes.get(idx)? as usize).checked_sub(1)?)
    }

    /// Distinct values, in order of first appearance.
    pub(crate) fn dictionary(&self) -> &[Value] {
        &self.dictionary
    }

    pub(crate) fn n_populated(&self) -> usize {
        self.codes.len()
    }

    /// The rows that have the field with their codes, ascending.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.codes.iter().enumerate().map(|(idx, code)| match &self.rows {
            None => (idx, *code),
            Some(rows) => (rows[idx] as usize, *code),
        })
    }

    /// The values of those of `rows`, ascending, that have the field: where the row stands in `rows`, and its value.
    pub(crate) fn values<'c>(&'c self, rows: &'c [u32]) -> impl Iterator<Item = (usize, &'c Value)> {
        let mut next = 0;
        rows.iter().enumerate().filter_map(move |(idx, row)| {
            let at = match &self.rows {
                None => *row as usize,
                Some(populated) => {
                    // Few rows are wanted of many, or all of a few: either way not far ahead.
                    next += gallop(&populated[next..], *row);
                    (populated.get(next) == Some(row)).then_some(next)?
                }
            };
            Some((idx, self.dictionary.get((*self.codes.get(at)? as usize).checked_sub(1)?)?))
        })
    }

    /// Every row coded, 0 where the field is missing.
    pub(crate) fn spread(&self, n_rows: usize) -> Column {
        let mut codes = vec![0; n_rows];
        for (row, code) in self.entries() {
            codes[row] = code;
        }
        // A segment has far fewer than 2^32 rows, and a dictionary no more entries than rows.
        Column::Codes {
            codes: Codes::narrow(codes, self.dictionary.len() as u32),
            dictionary: Arc::clone(&self.dictionary),
        }
    }
}

/// How many of the ascending `rows` stand before `row`: looked for in steps that double, then by halves.
fn gallop(rows: &[u32], row: u32) -> usize {
    let mut reach = 1;
    while reach < rows.len() && rows[reach - 1] < row {
        reach *= 2;
    }
    rows[..reach.min(rows.len())].partition_point(|other| *other < row)
}

/// Gives each distinct value a code.
#[derive(Clone, Debug, Default)]
pub(crate) struct DictionaryBuilder {
    values: IndexSet<Value, FxBuildHasher>,
}

impl DictionaryBuilder {
    /// The code of `value`, from 1.
    pub(crate) fn code(&mut self, value: Value) -> u32 {
        row_id(self.values.insert_full(value).0 + 1)
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values.into_iter().collect()
    }
}

/// Texts whose codes are known without hashing them: those of one request are shared, so that the pointer tells.
/// Holding the text keeps its address from being given to another.
#[derive(Clone, Debug, Default)]
struct KnownTexts {
    slots: Vec<Option<(Text, u32)>>,
}

/// A power of two. More would hold more than one request's values of a field, fewer would push them out.
const KNOWN_TEXTS: usize = 32;

impl KnownTexts {
    fn slot(&mut self, text: &Text) -> &mut Option<(Text, u32)> {
        if self.slots.is_empty() {
            self.slots.resize(KNOWN_TEXTS, None);
        }
        // Allocations are 16 bytes apart at least.
        &mut self.slots[Arc::as_ptr(text).addr() / 16 % KNOWN_TEXTS]
    }
}

/// A column that grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnBuilder {
    /// The rows that have the field; empty for as long as all of them do.
    rows: Vec<u32>,
    codes: Vec<u32>,
    next_row: usize,
    dictionary: DictionaryBuilder,
    known: KnownTexts,
}

impl ColumnBuilder {
    /// Sets the value of `row`, which is not before the last one set. A second value for a row is given back: keys are
    /// unique by the specification, and a column has one value a row.
    pub(crate) fn set(&mut self, row: usize, value: Value) -> Option<Value> {
        if row < self.next_row {
            return Some(value);
        }
        let row_idx = u32::try_from(row).expect("a segment has far fewer than 2^32 rows");
        if self.rows.is_empty() && row > self.codes.len() {
            // The first gap: from here on the rows are named.
            self.rows.extend(0..u32::try_from(self.codes.len()).expect("as above"));
            self.rows.push(row_idx);
        } else if !self.rows.is_empty() {
            self.rows.push(row_idx);
        }
        let code = self.code(value);
        self.codes.push(code);
        self.next_row = row + 1;
        None
    }

    fn code(&mut self, value: Value) -> u32 {
        let Value::Text(text) = value else { return self.dictionary.code(value) };
        let slot = self.known.slot(&text);
        if let Some((known, code)) = slot
            && Arc::ptr_eq(known, &text)
        {
            return *code;
        }
        let code = self.dictionary.code(Value::Text(Text::clone(&text)));
        *slot = Some((text, code));
        code
    }

    /// The column so far, of a segment with `n_rows` rows.
    pub(crate) fn freeze(&self, n_rows: usize) -> MemoryColumn {
        let rows = if self.codes.len() == n_rows {
            None
        } else if self.rows.is_empty() {
            Some((0..).take(self.codes.len()).collect())
        } else {
            Some(Arc::from(self.rows.as_slice()))
        };
        MemoryColumn {
            rows,
            codes: Arc::from(self.codes.as_slice()),
            dictionary: self.dictionary.values.iter().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_lack_a_field_cost_nothing_and_read_as_missing() {
        for rows in [vec![0, 1, 2], vec![0, 1], vec![1, 3], vec![3], vec![]] {
            let mut builder = ColumnBuilder::default();
            for row in &rows {
                assert_eq!(builder.set(*row, Value::from(*row % 2 == 0)), None);
                assert_eq!(builder.set(*row, Value::Int(99)), Some(Value::Int(99)));
            }
            let column = builder.freeze(4);
            for row in 0..4 {
                let expected = rows.contains(&row).then_some(Value::from(row % 2 == 0));
                assert_eq!(column.value(row).cloned(), expected, "row {row} of {rows:?}");
            }
            for wanted in [&[0, 1, 2, 3][..], &[1, 3], &[2], &[]] {
                let values: Vec<_> = column.values(wanted).map(|(idx, value)| (wanted[idx], value)).collect();
                let present = wanted.iter().filter_map(|row| Some((*row, column.value(*row as usize)?)));
                assert_eq!(values, present.collect::<Vec<_>>(), "{wanted:?} of {rows:?}");
            }
            assert_eq!(column.entries().map(|(row, _)| row).collect::<Vec<_>>(), rows);
            assert_eq!(column.n_populated(), rows.len());
        }
    }
}
