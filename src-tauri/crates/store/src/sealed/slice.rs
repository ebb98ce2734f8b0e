//! Some rows of a sealed segment, brought back into memory: for one trace, and for merging.

use super::header::FieldInfo;
use super::layout;
use super::seal::share;
use super::segment::SealedSegment;
use crate::error::ReadError;
use crate::segment::{Census, ColumnBuilder, MemoryColumn, MemorySegment, TracePart};
use rustc_hash::FxHashMap;
use skep_model::{Column, Nanos, Place, Text, TraceId};
use std::ops::Range;
use std::sync::Arc;

/// The trace of each row, 16 bytes each, and the rows of each trace.
type IdsOfRows = (Vec<u8>, FxHashMap<TraceId, Vec<u32>>);

impl SealedSegment {
    /// The rows of one trace, in memory; nothing when it has none here.
    pub(crate) fn trace(&self, trace_id: TraceId) -> Result<Option<TracePart>, ReadError> {
        let Some(rows) = self.rows_of_trace(trace_id)? else { return Ok(None) };
        let segment = self.slice(rows)?;
        let rows = (0..).take(segment.n_rows()).collect();
        Ok(Some((Arc::new(segment), rows)))
    }

    /// Rows of whole traces, in memory.
    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<MemorySegment, ReadError> {
        let pages = self.page_rows(&rows);
        // Where the rows lie in what was read.
        let inner = rows.start - pages.start..rows.end - pages.start;
        let times = self.times_of(pages.clone())?;
        let ends = self.ends_of(pages.clone(), &times)?;
        let span_ids = self.span_ids_of(pages.clone())?;
        let parent_ids = self.parent_ids_of(pages.clone(), &span_ids)?;
        let cut = |ids: &[u8]| Arc::from(&ids[inner.start * 8..inner.end * 8]);
        let mut columns = FxHashMap::default();
        for (idx, (place, name, info)) in self.header.fields.iter().enumerate() {
            let column = self.memory_column(layout::FIRST_FIELD + idx, *info, &pages, &inner)?;
            if column.n_populated() > 0 {
                columns.insert((*place, name.clone()), column);
            }
        }
        self.add_rare(&rows, &mut columns)?;
        let (trace_ids, rows_of_trace) = self.ids_of(&rows)?;
        let n_rows = rows.len();
        let indexes = |column, n_records| -> Result<Arc<[u32]>, ReadError> {
            let codes = self.indexes_of(column, pages.clone(), n_records)?;
            Ok(inner.clone().map(|row| codes.at(row)).collect())
        };
        let mut segment = MemorySegment {
            time_bounds: bounds(&times[inner.clone()]),
            times: times[inner.clone()].into(),
            ends: ends[inner.clone()].into(),
            kinds: self.kinds_of(pages.clone())?[inner.clone()].into(),
            flags: self.flags_of(pages.clone())?[inner.clone()].into(),
            trace_ids: trace_ids.into(),
            span_ids: cut(&span_ids),
            parent_ids: cut(&parent_ids),
            names: match self.header.names {
                Some(info) => self.memory_column(layout::NAMES, info, &pages, &inner)?,
                None => ColumnBuilder::default().freeze(n_rows),
            },
            resource_of: indexes(layout::RESOURCES, self.resources.len())?,
            resources: self.resources.as_slice().into(),
            scope_of: indexes(layout::SCOPES, self.scopes.len())?,
            scopes: self.scopes.as_slice().into(),
            columns,
            rows_of_trace,
            census: Census::default(),
            request_bytes: share(self.header.request_bytes, n_rows, self.n_rows()),
            received: self.received,
            last_seq: self.last_seq,
        };
        segment.census = Census::of(&segment);
        Ok(segment)
    }

    fn memory_column(
        &self,
        column: usize,
        info: FieldInfo,
        pages: &Range<usize>,
        inner: &Range<usize>,
    ) -> Result<MemoryColumn, ReadError> {
        let read = self.field_of(column, info, pages.clone())?;
        if let Column::Codes { codes, dictionary } = &read {
            return Ok(MemoryColumn::of_codes(inner.clone().map(|row| codes.at(row)), dictionary));
        }
        let mut builder = ColumnBuilder::default();
        for (row, page_row) in inner.clone().enumerate() {
            if let Some(value) = read.value(page_row) {
                builder.set(row, value);
            }
        }
        Ok(builder.freeze(inner.len()))
    }

    fn add_rare(
        &self,
        rows: &Range<usize>,
        columns: &mut FxHashMap<(Place, Text), MemoryColumn>,
    ) -> Result<(), ReadError> {
        let Some(rare) = self.rare()? else { return Ok(()) };
        for field in &rare.fields {
            let mut builder = ColumnBuilder::default();
            for (row, value) in &field.values {
                if rows.contains(&(*row as usize)) {
                    builder.set(*row as usize - rows.start, value.clone());
                }
            }
            let column = builder.freeze(rows.len());
            if column.n_populated() > 0 {
                columns.insert((field.place, field.name.clone()), column);
            }
        }
        Ok(())
    }

    fn ids_of(&self, rows: &Range<usize>) -> Result<IdsOfRows, ReadError> {
        let table = self.trace_table()?;
        let mut ids = Vec::with_capacity(rows.len() * 16);
        let mut rows_of_trace = FxHashMap::default();
        let mut run = if rows.is_empty() { table.ids.len() } else { table.run_of_row(rows.start) };
        while run < table.ids.len() && table.rows(run).start < rows.end {
            let of_run = table.rows(run);
            let of_run = of_run.start.max(rows.start) - rows.start..of_run.end.min(rows.end) - rows.start;
            let id = table.ids[run].to_be_bytes();
            of_run.clone().for_each(|_| ids.extend_from_slice(&id));
            if let Ok(trace_id) = TraceId::from_bytes(&id) {
                rows_of_trace.insert(trace_id, of_run.map(|row| row as u32).collect());
            }
            run += 1;
        }
        Ok((ids, rows_of_trace))
    }
}

fn bounds(times: &[u64]) -> (Nanos, Nanos) {
    (Nanos(times.iter().min().copied().unwrap_or(0)), Nanos(times.iter().max().copied().unwrap_or(0)))
}
