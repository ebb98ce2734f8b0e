//! Rows that are found without looking through segments: those of a trace, and those with the id of a span.

use super::Table;
use super::select::{Bounds, Lookup, Part};
use crate::read::{Cells, SegmentCells};
use rustc_hash::FxHashMap;
use skep_engine::AskError;
use skep_model::TraceId;
use std::cell::OnceCell;
use std::rc::Rc;

/// Rows that may be indexed by an id, at 16 bytes each; beyond, every lookup looks through all segments.
const INDEXED_ROWS_MAX: usize = 16 << 20;

/// Where the rows with an id are: (id, segment, row), ascending.
pub(super) struct IdIndex(Vec<(u64, u32, u32)>);

/// The rows of the trace that was looked up last, by one of their ids: a join from span to parent asks for the same
/// trace again and again, and a trace may have a million spans.
pub(super) struct TraceIndex {
    trace_id: TraceId,
    column: usize,
    rows: FxHashMap<u64, Vec<(u32, u32)>>,
}

impl Table {
    /// The rows that are meant, by segment; nothing when they have to be looked for.
    pub(super) fn look_up(&self, lookup: &Lookup, bounds: &Bounds) -> Result<Option<Vec<Part>>, AskError> {
        match *lookup {
            Lookup::Nothing => Ok(Some(Vec::new())),
            Lookup::Trace(trace_id) => self.rows_of_trace(trace_id, bounds).map(Some),
            Lookup::Id(column, id) => self.rows_of_id(column, id),
            Lookup::IdOfTrace(trace_id, column, id) => {
                self.rows_of_id_of_trace(trace_id, column, id).map(Some)
            }
        }
    }

    fn rows_of_trace(&self, trace_id: TraceId, bounds: &Bounds) -> Result<Vec<Part>, AskError> {
        self.asked.cancel.check()?;
        let mut parts = Vec::new();
        for (segment_idx, segment) in self.asked.segments().iter().enumerate() {
            if self.reaches(segment, bounds) {
                let rows = segment.rows_of_trace(trace_id)?;
                self.asked.examine(rows.len());
                let rows = if rows.is_empty() { rows } else { self.only_own(segment, rows)? };
                parts.extend((!rows.is_empty()).then_some((segment_idx, rows)));
            }
        }
        Ok(parts)
    }

    fn rows_of_id_of_trace(&self, trace_id: TraceId, column: usize, id: u64) -> Result<Vec<Part>, AskError> {
        let mut last = self.last_trace.borrow_mut();
        let is_known = |index: &&TraceIndex| index.trace_id == trace_id && index.column == column;
        let index = match last.take().filter(|index| is_known(&index)) {
            Some(index) => index,
            None => {
                let mut rows: FxHashMap<u64, Vec<(u32, u32)>> = FxHashMap::default();
                for (segment_idx, of_segment) in self.rows_of_trace(trace_id, &Bounds::ALL)? {
                    let cells = self.kept_cells(segment_idx);
                    for (id, row) in self.ids(&cells, column, of_segment)? {
                        rows.entry(id).or_default().push((segment_idx as u32, row));
                    }
                }
                TraceIndex { trace_id, column, rows }
            }
        };
        let found = index.rows.get(&id).into_iter().flatten().copied();
        let parts = by_segment(found);
        *last = Some(index);
        Ok(parts)
    }

    /// From an index of all rows, but for the first lookup of a column, which is not worth one.
    fn rows_of_id(&self, column: usize, id: u64) -> Result<Option<Vec<Part>>, AskError> {
        let known = self.indexes.borrow().get(&column).cloned();
        let Some(slot) = known else {
            self.indexes.borrow_mut().insert(column, Rc::new(OnceCell::new()));
            return Ok(None);
        };
        let index = match slot.get() {
            Some(index) => index,
            None if self.asked.view.snapshot().n_rows() > INDEXED_ROWS_MAX => return Ok(None),
            None => {
                let index = self.index(column)?;
                slot.get_or_init(|| index)
            }
        };
        let first = index.0.partition_point(|(other, ..)| *other < id);
        let found = index.0[first..].iter().take_while(|(other, ..)| *other == id);
        let parts = by_segment(found.map(|(_, segment, row)| (*segment, *row)));
        self.asked.examine(parts.iter().map(|(_, rows)| rows.len()).sum());
        Ok(Some(parts))
    }

    fn index(&self, column: usize) -> Result<IdIndex, AskError> {
        let mut entries = Vec::new();
        for (segment_idx, segment) in self.asked.segments().iter().enumerate() {
            if self.reaches(segment, &Bounds::ALL) {
                self.asked.cancel.check()?;
                self.asked.examine(segment.n_rows());
                let rows = self.only_own(segment, (0..segment.n_rows() as u32).collect())?;
                let ids = self.ids(&self.cells(segment_idx), column, rows)?;
                entries.extend(ids.into_iter().map(|(id, row)| (id, segment_idx as u32, row)));
            }
        }
        entries.sort_unstable();
        Ok(IdIndex(entries))
    }

    /// The ids of some rows; those that have none are left out.
    fn ids(&self, cells: &SegmentCells, column: usize, rows: Vec<u32>) -> Result<Vec<(u64, u32)>, AskError> {
        let Cells::Ids { bytes, width: 8 } = cells.cells(&self.columns, column)? else {
            return Ok(Vec::new());
        };
        let id = |row: u32| bytes[row as usize * 8..].first_chunk().copied().map(u64::from_be_bytes);
        Ok(rows.into_iter().filter_map(|row| Some((id(row).filter(|id| *id != 0)?, row))).collect())
    }
}

/// Rows that come segment by segment.
fn by_segment(rows: impl Iterator<Item = (u32, u32)>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (segment, row) in rows {
        match parts.last_mut() {
            Some((last, rows)) if *last == segment as usize => rows.push(row),
            _ => parts.push((segment as usize, vec![row])),
        }
    }
    parts
}
