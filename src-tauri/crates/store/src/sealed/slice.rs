//! Some rows of a sealed segment, brought back into memory: for one trace, and for merging.

use super::header::{FieldInfo, PAGE_ROWS};
use super::layout;
use super::seal::share;
use super::segment::SealedSegment;
use crate::error::ReadError;
use crate::segment::{MemorySegment, TracePart, row_id};
use skep_model::columns::{EventColumns, FieldColumn, Shared, ValueRef};
use skep_model::{Column, Event, SpanId, TraceId};
use std::ops::Range;
use std::sync::Arc;

impl SealedSegment {
    /// The rows of one trace, in memory; nothing when it has none here.
    pub(crate) fn trace(&self, trace_id: TraceId) -> Result<Option<TracePart>, ReadError> {
        let Some(rows) = self.rows_of_trace(trace_id)? else { return Ok(None) };
        let segment = self.slice(rows)?;
        let rows = (0..).take(segment.n_rows()).collect();
        Ok(Some((Arc::new(segment), rows)))
    }

    /// Some rows, ascending, as events again. Rows of one page are read together.
    pub(crate) fn events(&self, rows: &[u32]) -> Result<Vec<Event>, ReadError> {
        let mut events = Vec::with_capacity(rows.len());
        let parents = self.parent_ids()?;
        for of_page in rows.chunk_by(|a, b| *a as usize / PAGE_ROWS == *b as usize / PAGE_ROWS) {
            let (first, last) = (of_page[0] as usize, of_page[of_page.len() - 1] as usize);
            let slice = self.slice(first..last + 1)?;
            let wanted: Vec<u32> = of_page.iter().map(|row| row - of_page[0]).collect();
            for (mut event, row) in slice.events(&wanted).into_iter().zip(of_page) {
                // A slice that cuts a trace in two does not know all parents.
                event.parent_id = SpanId::from_bytes(&parents[*row as usize * 8..][..8]).ok();
                events.push(event);
            }
        }
        Ok(events)
    }

    /// Rows of whole traces, in memory. Of a trace that is cut in two, some rows do not know their parents.
    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<MemorySegment, ReadError> {
        let pages = self.page_rows(&rows);
        // Where the rows lie in what was read.
        let inner = rows.start - pages.start..rows.end - pages.start;
        let times = self.times_of(pages.clone())?;
        let ends = self.ends_of(pages.clone(), &times)?;
        let span_ids = self.span_ids_of(pages.clone())?;
        let parent_ids = self.parent_ids_of(pages.clone(), &span_ids)?;
        let cut = |ids: &[u8]| ids.as_chunks().0[inner.clone()].to_vec();
        let indexes = |column, n_records| -> Result<Vec<u32>, ReadError> {
            let codes = self.indexes_of(column, pages.clone(), n_records)?;
            Ok(inner.clone().map(|row| codes.at(row)).collect())
        };
        let mut columns = EventColumns {
            times: times[inner.clone()].to_vec(),
            ends: ends[inner.clone()].to_vec(),
            kinds: self.kinds_of(pages.clone())?[inner.clone()].to_vec(),
            flags: self.flags_of(pages.clone())?[inner.clone()].to_vec(),
            trace_ids: self.ids_of(&rows)?,
            span_ids: cut(&span_ids),
            parent_ids: cut(&parent_ids),
            names: match self.header.names {
                Some(info) => self.memory_column(layout::NAMES, info, &pages, &inner)?,
                None => FieldColumn::default(),
            },
            resources: Shared::of_parts(
                self.resources.clone(),
                indexes(layout::RESOURCES, self.resources.len())?,
            ),
            scopes: Shared::of_parts(self.scopes.clone(), indexes(layout::SCOPES, self.scopes.len())?),
            ..EventColumns::default()
        };
        for (idx, (place, name, info)) in self.header.fields.iter().enumerate() {
            let column = self.memory_column(layout::FIRST_FIELD + idx, *info, &pages, &inner)?;
            if column.n_populated() > 0 {
                columns.insert(*place, name, column);
            }
        }
        self.add_rare(&rows, &mut columns)?;
        let request_bytes = share(self.header.request_bytes, rows.len(), self.n_rows());
        Ok(MemorySegment::new(columns, request_bytes, self.received, self.last_seq))
    }

    fn memory_column(
        &self,
        column: usize,
        info: FieldInfo,
        pages: &Range<usize>,
        inner: &Range<usize>,
    ) -> Result<FieldColumn, ReadError> {
        let read = self.field_of(column, info, pages.clone())?;
        if let Column::Codes { codes, dictionary } = &read {
            return Ok(FieldColumn::of_codes(inner.clone().map(|row| codes.at(row)), dictionary));
        }
        let values = (0..).zip(inner.clone()).filter_map(|(row, inner)| Some((row, value_at(&read, inner)?)));
        Ok(FieldColumn::of_values(values))
    }

    fn add_rare(&self, rows: &Range<usize>, columns: &mut EventColumns) -> Result<(), ReadError> {
        let Some(rare) = self.rare()? else { return Ok(()) };
        for field in &rare.fields {
            let here = field.values.iter().filter(|(row, _)| rows.contains(&(*row as usize)));
            let column = FieldColumn::of_values(
                here.map(|(row, value)| (row - row_id(rows.start), ValueRef::Any(value))),
            );
            if column.n_populated() > 0 {
                columns.insert(field.place, &field.name, column);
            }
        }
        Ok(())
    }

    /// The trace of each row.
    fn ids_of(&self, rows: &Range<usize>) -> Result<Vec<[u8; TraceId::BYTES]>, ReadError> {
        let table = self.trace_table()?;
        let mut ids = Vec::with_capacity(rows.len());
        let mut run = if rows.is_empty() { table.ids.len() } else { table.run_of_row(rows.start) };
        while run < table.ids.len() && table.rows(run).start < rows.end {
            let of_run = table.rows(run);
            let n_rows = of_run.end.min(rows.end) - of_run.start.max(rows.start);
            ids.extend(std::iter::repeat_n(table.ids[run].to_be_bytes(), n_rows));
            run += 1;
        }
        Ok(ids)
    }
}

fn value_at(column: &Column, row: usize) -> Option<ValueRef<'_>> {
    match column {
        Column::Texts(texts) => texts.get(row).map(ValueRef::Text),
        Column::Ints { ints, present } => {
            let is_present = present.as_ref().is_none_or(|present| present.contains(row));
            is_present.then(|| ValueRef::Int(ints[row]))
        }
        Column::Doubles(doubles) => {
            Some(doubles[row]).filter(|double| !double.is_nan()).map(ValueRef::Double)
        }
        // Codes were taken as they are; ids are no field of their own.
        Column::Codes { .. } | Column::Ids { .. } => None,
    }
}
