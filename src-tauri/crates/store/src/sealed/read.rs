//! Columns of a sealed segment brought back from their pages, for all its rows or some.
//!
//! Rows are read by whole pages: a range of rows below is one that [`SealedSegment::page_rows`] gave.

use super::codes::{self, Code, code_width};
use super::header::{FieldInfo, Form, PAGE_ROWS};
use super::pack::unpack;
use super::page::{self, TextsReader};
use super::parents::{Parent, parents};
use super::segment::SealedSegment;
use super::{frame, layout, times};
use crate::error::ReadError;
use skep_model::bytes::Input;
use skep_model::{Codes, Column, Dictionary, Texts};
use std::ops::{BitOr, Range};
use std::sync::Arc;

impl SealedSegment {
    /// The rows of all pages that reach into `rows`.
    pub(crate) fn page_rows(&self, rows: &Range<usize>) -> Range<usize> {
        let end = rows.end.div_ceil(PAGE_ROWS) * PAGE_ROWS;
        rows.start / PAGE_ROWS * PAGE_ROWS..end.min(self.n_rows())
    }

    /// Calls `read` with the number of rows and the bytes of each page of a column; every page has to be there.
    pub(super) fn pages(
        &self,
        column: usize,
        rows: &Range<usize>,
        mut read: impl FnMut(Range<usize>, &[u8]) -> Option<()>,
    ) -> Result<(), ReadError> {
        let first = rows.start / PAGE_ROWS + 1;
        let mut next = first;
        let last = rows.end.div_ceil(PAGE_ROWS);
        if first > last {
            return Ok(());
        }
        self.source.frames(self.id, column, first..=last, |page, bytes| {
            let start = (page - 1) * PAGE_ROWS;
            let rows = start..(start + PAGE_ROWS).min(self.n_rows());
            let is_next = std::mem::replace(&mut next, page + 1) == page;
            if is_next { frame::unwrap(bytes, |part| read(rows, part)) } else { None }
        })?;
        if next == last + 1 { Ok(()) } else { Err(self.damaged(column)) }
    }

    pub(crate) fn only_part<T>(
        &self,
        column: usize,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, ReadError> {
        let (mut read, mut result) = (Some(read), None);
        self.source.frames(self.id, column, 0..=0, |_, bytes| {
            let read = read.take()?;
            result = frame::unwrap(bytes, read);
            result.is_some().then_some(())
        })?;
        result.ok_or_else(|| self.damaged(column))
    }

    pub(crate) fn times_of(&self, rows: Range<usize>) -> Result<Vec<u64>, ReadError> {
        let table = self.trace_table()?;
        let mut read = Vec::with_capacity(rows.len());
        self.pages(layout::TIMES, &rows, |rows, page| times::times(page, rows, &table, &mut read))?;
        Ok(read)
    }

    pub(crate) fn ends_of(&self, rows: Range<usize>, times: &[u64]) -> Result<Vec<u64>, ReadError> {
        let mut ends = Vec::with_capacity(rows.len());
        let first = rows.start;
        self.pages(layout::ENDS, &rows, |rows, page| {
            times::ends(page, &times[rows.start - first..rows.end - first], &mut ends)
        })?;
        Ok(ends)
    }

    pub(crate) fn kinds_of(&self, rows: Range<usize>) -> Result<Vec<u8>, ReadError> {
        let only = self.header.census.kinds.iter().position(|n| *n as usize == self.n_rows());
        if let Some(kind) = only {
            return Ok(vec![kind as u8; rows.len()]);
        }
        self.byte_pages(layout::KINDS, &rows)
    }

    pub(crate) fn flags_of(&self, rows: Range<usize>) -> Result<Vec<u8>, ReadError> {
        if self.header.has_flags { self.byte_pages(layout::FLAGS, &rows) } else { Ok(vec![0; rows.len()]) }
    }

    fn byte_pages(&self, column: usize, rows: &Range<usize>) -> Result<Vec<u8>, ReadError> {
        let mut read = Vec::with_capacity(rows.len());
        self.pages(column, rows, |rows, page| {
            read.extend_from_slice(page);
            (page.len() == rows.len()).then_some(())
        })?;
        Ok(read)
    }

    pub(crate) fn span_ids_of(&self, rows: Range<usize>) -> Result<Vec<u8>, ReadError> {
        if self.header.census.with_span_id == 0 {
            return Ok(vec![0; rows.len() * 8]);
        }
        let mut ids = Vec::with_capacity(rows.len() * 8);
        self.pages(layout::SPAN_IDS, &rows, |rows, page| page::ids(page, rows.len(), 8, &mut ids))?;
        Ok(ids)
    }

    /// Parents of `rows`, of which `span_ids` are the ids. Of a trace that begins or ends outside, some stay zero.
    pub(crate) fn parent_ids_of(&self, rows: Range<usize>, span_ids: &[u8]) -> Result<Vec<u8>, ReadError> {
        let mut ids = vec![0; rows.len() * 8];
        if self.header.census.with_parent_id == 0 {
            return Ok(ids);
        }
        let mut read = Vec::with_capacity(rows.len());
        self.pages(layout::PARENTS, &rows, |rows, page| parents(page, rows.len(), &mut read))?;
        for (row, parent) in read.into_iter().enumerate() {
            let id = match parent {
                Parent::None => continue,
                Parent::Id(id) => id,
                Parent::At(distance) => {
                    let at =
                        isize::try_from(distance).ok().and_then(|distance| row.checked_add_signed(distance));
                    let id = at.and_then(|at| span_ids.get(at * 8..at * 8 + 8));
                    match id.and_then(|id| id.try_into().ok()) {
                        Some(id) => id,
                        None => continue,
                    }
                }
            };
            ids[row * 8..][..8].copy_from_slice(&id);
        }
        Ok(ids)
    }

    pub(crate) fn indexes_of(
        &self,
        column: usize,
        rows: Range<usize>,
        n_records: usize,
    ) -> Result<Codes, ReadError> {
        if n_records <= 1 {
            return Ok(Codes::U8(vec![0; rows.len()].into()));
        }
        self.codes_of(column, &rows, code_width(n_records - 1), n_records - 1)
    }

    /// One field of `rows`.
    pub(crate) fn field_of(
        &self,
        column: usize,
        info: FieldInfo,
        rows: Range<usize>,
    ) -> Result<Column, ReadError> {
        match info.form {
            Form::Codes => {
                let codes = self.codes_of(column, &rows, code_width(info.n_values), info.n_values)?;
                let dictionary = self.dictionary(column, info.n_values)?;
                let is_whole = rows.len() == self.n_rows();
                Ok(Column::of_codes(codes, if is_whole { dictionary } else { dictionary.without_totals() }))
            }
            Form::Texts => {
                let mut texts = TextsReader::default();
                self.pages(column, &rows, |rows, page| texts.read(page, rows.len()))?;
                let bytes = String::from_utf8(texts.bytes).map_err(|_| self.damaged(column))?;
                let is_cut = texts.offsets.iter().any(|offset| !bytes.is_char_boundary(*offset as usize));
                if is_cut {
                    return Err(self.damaged(column));
                }
                Ok(Column::Texts(Texts {
                    offsets: texts.offsets.into(),
                    bytes: bytes.into(),
                    present: page::bitmap(&texts.present).map(Arc::new),
                }))
            }
            Form::Ints => {
                let (mut ints, mut present) = (Vec::new(), Vec::new());
                self.pages(column, &rows, |rows, page| {
                    page::ints(page, rows.len(), &mut ints, &mut present)
                })?;
                Ok(Column::Ints { ints: ints.into(), present: page::bitmap(&present).map(Arc::new) })
            }
            Form::Doubles => {
                let mut doubles = Vec::with_capacity(rows.len());
                self.pages(column, &rows, |rows, page| page::doubles(page, rows.len(), &mut doubles))?;
                Ok(Column::Doubles(doubles.into()))
            }
        }
    }

    /// A dictionary, and how many rows have each of its codes, where that was written.
    pub(super) fn dictionary(&self, column: usize, n_values: usize) -> Result<Dictionary, ReadError> {
        self.only_part(column, |part| {
            let mut input = Input::new(part);
            let dictionary = Dictionary::read(&mut input, n_values)?;
            if input.is_empty() {
                return Some(dictionary);
            }
            let mut totals = Vec::with_capacity(n_values + 1);
            let mut n_rows = 0u64;
            unpack(&mut input, n_values + 1, |total| {
                n_rows = n_rows.saturating_add(total);
                // No more than all rows, or the sum is too large.
                totals.push(total as u32);
            })?;
            let is_whole = input.is_empty() && n_rows == self.n_rows() as u64;
            is_whole.then(|| dictionary.with_totals(totals))
        })
    }

    /// Codes in the narrowest form. One above `code_max` is damage: it would be read
    /// past the end of the dictionary.
    fn codes_of(
        &self,
        column: usize,
        rows: &Range<usize>,
        width: usize,
        code_max: usize,
    ) -> Result<Codes, ReadError> {
        let codes = match width {
            1 => {
                let codes = self.code_pages(column, rows, width)?;
                are_within(&codes, code_max, u8::saturating_sub).then_some(Codes::U8(codes))
            }
            2 => {
                let codes = self.code_pages(column, rows, width)?;
                are_within(&codes, code_max, u16::saturating_sub).then_some(Codes::U16(codes))
            }
            _ => {
                let codes = self.code_pages(column, rows, width)?;
                are_within(&codes, code_max, u32::saturating_sub).then_some(Codes::U32(codes))
            }
        };
        codes.ok_or_else(|| self.damaged(column))
    }

    /// Reads pages of codes to their final place.
    fn code_pages<T: Code>(
        &self,
        column: usize,
        rows: &Range<usize>,
        width: usize,
    ) -> Result<Arc<[T]>, ReadError> {
        let mut codes = zeros(rows.len());
        let all = Arc::get_mut(&mut codes).expect("it was just made");
        let first = rows.start;
        self.pages(column, rows, |rows, page| {
            codes::read(page, width, &mut all[rows.start - first..rows.end - first])
        })?;
        Ok(codes)
    }
}

/// To be filled in its place.
pub(super) fn zeros<T: Copy + Default>(n: usize) -> Arc<[T]> {
    std::iter::repeat_n(T::default(), n).collect()
}

/// Whether no code is above `code_max`. By differences that stop at zero: processors have an instruction for many of
/// them at once, and for the greatest of many only for bytes.
fn are_within<T>(codes: &[T], code_max: usize, less: impl Fn(T, T) -> T) -> bool
where
    T: Copy + Default + Eq + BitOr<Output = T> + TryFrom<usize>,
{
    let Ok(max) = T::try_from(code_max) else { return true };
    codes.iter().fold(T::default(), |above, code| above | less(*code, max)) == T::default()
}
