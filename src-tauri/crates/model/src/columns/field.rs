use super::dictionary::{PackedDictionary, ValueRef};
use super::{ROWS_AHEAD_MAX, room};
use crate::{Codes, Column, Dictionary, Value};
use rustc_hash::FxHashMap;

/// So many values are looked for before a column can turn out to hold nearly unique ones.
const LOOKED_FOR_MIN: usize = 128;

/// One field of many rows, growing: only the rows that have it, so that a field of few rows costs little however many
/// fields there are.
#[derive(Clone, Debug, Default)]
pub struct FieldColumn {
    /// The rows that have the field, ascending; empty for as long as no row was left out.
    rows: Vec<u32>,
    /// For each of these rows the number of its value in the dictionary.
    numbers: Vec<u32>,
    dictionary: PackedDictionary,
}

impl FieldColumn {
    /// Makes room for so many more rows.
    pub(super) fn expect_rows(&mut self, n_rows: usize) {
        self.numbers.reserve(n_rows);
    }

    /// The values.
    #[must_use]
    pub fn dictionary(&self) -> &PackedDictionary {
        &self.dictionary
    }

    /// How many rows have the field.
    #[must_use]
    pub fn n_populated(&self) -> usize {
        self.numbers.len()
    }

    #[inline]
    fn next_row(&self) -> u32 {
        match self.rows.last() {
            Some(row) => row + 1,
            None => self.numbers.len() as u32,
        }
    }

    /// Sets the value of `row`, which is not before the last one set, and tells whether its entry is new. Where it has
    /// a value already, that one stays and there is no answer: keys are unique by the specification.
    #[inline]
    pub(super) fn set(&mut self, row: u32, value: ValueRef<'_>) -> Option<bool> {
        if row < self.next_row() {
            return None;
        }
        let n_before = self.dictionary.len();
        let number = self.dictionary.number(value);
        Some(self.push_checked(row, number, n_before))
    }

    /// The same with a text that may not be UTF-8: then nothing is set, and there is no answer.
    #[inline]
    pub(super) fn set_utf8(&mut self, row: u32, text: &[u8]) -> Option<Option<bool>> {
        if row < self.next_row() {
            return str::from_utf8(text).is_ok().then_some(None);
        }
        let n_before = self.dictionary.len();
        let number = self.dictionary.number_of_utf8(text)?;
        Some(Some(self.push_checked(row, number, n_before)))
    }

    /// Tells whether the entry is new, and gives up looking for known values when nearly all are.
    #[inline]
    fn push_checked(&mut self, row: u32, number: u32, n_before: usize) -> bool {
        self.push(row, number);
        let is_new = self.dictionary.len() > n_before;
        if is_new {
            self.look_at_variety();
        }
        is_new
    }

    fn look_at_variety(&mut self) {
        let (n_values, n) = (self.dictionary.len(), self.numbers.len());
        if n >= LOOKED_FOR_MIN && n_values > n - n / 8 && !self.dictionary.is_plain() {
            // What the rows have room for is what was expected of them.
            self.dictionary.make_plain(self.numbers.capacity().min(ROWS_AHEAD_MAX));
        }
    }

    /// Appends the last row's value in bytes.
    pub(super) fn put_last(&self, out: &mut Vec<u8>) {
        if let Some(number) = self.numbers.last() {
            self.dictionary.put(out, *number as usize);
        }
    }

    #[inline]
    fn push(&mut self, row: u32, number: u32) {
        if !self.rows.is_empty() {
            self.rows.push(row);
        } else if row as usize > self.numbers.len() {
            // The first gap: from here on the rows are named. No more are expected than there are numbers.
            self.rows.reserve_exact(self.numbers.capacity().max(1));
            self.rows.extend(0..self.numbers.len() as u32);
            self.rows.push(row);
        }
        self.numbers.push(number);
    }

    /// Takes back the last row's value, and its entry where it brought one.
    pub(super) fn pop(&mut self, with_entry: bool) {
        self.rows.pop();
        self.numbers.pop();
        if with_entry {
            self.dictionary.pop();
        }
    }

    /// Adds those rows of `other` that have a new place.
    pub(super) fn append(&mut self, other: &FieldColumn, new_row_of: impl Fn(u32) -> Option<u32>) {
        const UNKNOWN: u32 = u32::MAX;
        let mut number_here = vec![UNKNOWN; other.dictionary.len()];
        for (row, number) in other.entries() {
            let Some(row) = new_row_of(row) else { continue };
            let here = &mut number_here[number as usize];
            if *here == UNKNOWN {
                *here = self.dictionary.number_in(&other.dictionary, number as usize);
                self.push(row, *here);
                self.look_at_variety();
            } else {
                self.push(row, *here);
            }
        }
    }

    /// The rows that have the field with the numbers of their values, ascending.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.numbers.iter().enumerate().map(|(idx, number)| match self.rows.get(idx) {
            Some(row) => (*row, *number),
            None => (idx as u32, *number),
        })
    }

    /// Calls `take` with each of [`FieldColumn::entries`]: looks once whether rows are named, not for each of them.
    pub fn each_entry(&self, mut take: impl FnMut(u32, u32)) {
        match &*self.rows {
            [] => (0..).zip(&self.numbers).for_each(|(row, number)| take(row, *number)),
            rows => rows.iter().zip(&self.numbers).for_each(|(row, number)| take(*row, *number)),
        }
    }

    /// The numbers of the values of those of `rows`, ascending, that have the field, each with its row's place in `rows`.
    pub fn numbers_at<'c>(&'c self, rows: &'c [u32]) -> impl Iterator<Item = (usize, usize)> + 'c {
        let mut next = 0;
        rows.iter().enumerate().filter_map(move |(idx, row)| {
            let at = match &*self.rows {
                [] => *row as usize,
                populated => {
                    // Few rows are wanted of many, or all of a few: either way not far ahead.
                    next += gallop(&populated[next..], *row);
                    (populated.get(next) == Some(row)).then_some(next)?
                }
            };
            Some((idx, *self.numbers.get(at)? as usize))
        })
    }

    /// The number of one row's value.
    #[must_use]
    pub fn number(&self, row: usize) -> Option<usize> {
        let idx = match &*self.rows {
            [] => row,
            rows => rows.binary_search(&u32::try_from(row).ok()?).ok()?,
        };
        self.numbers.get(idx).map(|number| *number as usize)
    }

    /// One row's value.
    #[must_use]
    pub fn value(&self, row: usize) -> Option<Value> {
        Some(self.dictionary.value(self.number(row)?))
    }

    /// One row's text, if it has one.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        self.dictionary.text(self.number(row)?)
    }

    pub(super) fn finish(&mut self) {
        self.dictionary.finish();
    }

    /// What it holds, in as little memory as that needs; the room it grew in stays, for another field.
    pub(super) fn take_packed(&mut self) -> Self {
        Self {
            rows: room::take_packed(&mut self.rows),
            numbers: room::take_packed(&mut self.numbers),
            dictionary: self.dictionary.take_packed(),
        }
    }

    pub(super) fn to_read(&self) -> Self {
        Self { rows: self.rows.clone(), numbers: self.numbers.clone(), dictionary: self.dictionary.to_read() }
    }

    /// Spread over `n_rows` rows, as queries read it.
    #[must_use]
    pub fn spread(&self, n_rows: usize) -> Column {
        let values: Vec<Value> =
            (0..self.dictionary.len()).map(|number| self.dictionary.value(number)).collect();
        if !self.dictionary.is_plain() {
            let codes = self.codes(n_rows, |number| number + 1);
            let codes = Codes::narrow(codes, values.len() as u32);
            return Column::of_codes(codes, values);
        }
        // What may stand there twice is brought together: a dictionary's entries are distinct.
        let mut code_of: FxHashMap<Value, u32> = FxHashMap::default();
        let mut distinct = Vec::new();
        let code_of_number: Vec<u32> = values
            .into_iter()
            .map(|value| {
                *code_of.entry(value.clone()).or_insert_with(|| {
                    distinct.push(value);
                    distinct.len() as u32
                })
            })
            .collect();
        let codes = Codes::narrow(
            self.codes(n_rows, |number| code_of_number[number as usize]),
            distinct.len() as u32,
        );
        Column::of_codes(codes, distinct)
    }

    fn codes(&self, n_rows: usize, code_of: impl Fn(u32) -> u32) -> Vec<u32> {
        let mut codes = vec![0; n_rows];
        for (row, number) in self.entries() {
            codes[row as usize] = code_of(number);
        }
        codes
    }

    /// Of rows, ascending, with their values.
    pub fn of_values<'a>(values: impl Iterator<Item = (u32, ValueRef<'a>)>) -> Self {
        let mut column = Self::default();
        for (row, value) in values {
            column.set(row, value);
        }
        column
    }

    /// Of one code a row, 0 where it is missing; only the entries that are used are taken from `dictionary`.
    pub fn of_codes(codes: impl Iterator<Item = u32>, dictionary: &Dictionary) -> Self {
        let mut column = Self::default();
        let mut number_of = vec![u32::MAX; dictionary.len()];
        for (row, code) in (0..).zip(codes) {
            let Some(idx) = code.checked_sub(1).map(|idx| idx as usize) else { continue };
            let is_new = number_of[idx] == u32::MAX;
            if is_new {
                number_of[idx] = column.dictionary.number(ValueRef::Any(&dictionary.value(idx)));
            }
            column.push(row, number_of[idx]);
            if is_new {
                column.look_at_variety();
            }
        }
        column
    }

    /// Bytes it keeps in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        (self.rows.len() + self.numbers.len()) * 4 + self.dictionary.memory_bytes()
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
