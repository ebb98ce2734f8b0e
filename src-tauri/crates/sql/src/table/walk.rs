//! The rows of a table, one after another, as a cursor hands them out.

use super::Table;
use super::select::{Lookup, Part, Selection, Wanted};
use crate::read::SegmentCells;
use skep_engine::AskError;
use std::rc::Rc;

/// Where a cursor stands.
pub(super) struct Walk {
    wanted: Wanted,
    /// Segments with their rows, where those are known before; else segments are looked through one by one, so that
    /// a statement that stops early has read no more than it needed.
    found: Option<std::vec::IntoIter<Part>>,
    next_segment_idx: usize,
    here: Option<Here>,
}

/// A row of a segment.
struct Here {
    segment_idx: usize,
    cells: Rc<SegmentCells>,
    selection: Selection,
    idx: usize,
    row: u32,
}

impl Walk {
    /// Goes to the first row.
    pub(super) fn new(table: &Table, wanted: Wanted) -> Result<Self, AskError> {
        let found = match &wanted.lookup {
            None => None,
            Some(Lookup::Trace(None) | Lookup::Id { id: None, .. }) => Some(Vec::new()),
            Some(Lookup::Trace(Some(trace_id))) => {
                let mut found = Vec::new();
                for (segment_idx, segment) in table.asked.segments().iter().enumerate() {
                    if table.reaches(segment, &wanted.bounds) {
                        let rows = segment.rows_of_trace(*trace_id)?;
                        table.asked.examine(rows.len());
                        let rows = if rows.is_empty() { rows } else { table.only_own(segment, rows)? };
                        found.extend((!rows.is_empty()).then_some((segment_idx, rows)));
                    }
                }
                Some(found)
            }
            Some(Lookup::Id { column, id: Some(id) }) => table.rows_of_id(*column, *id)?,
        };
        let mut walk = Self { wanted, found: found.map(Vec::into_iter), next_segment_idx: 0, here: None };
        walk.next_segment(table)?;
        Ok(walk)
    }

    /// Goes to the next row.
    pub(super) fn step(&mut self, table: &Table) -> Result<(), AskError> {
        if let Some(here) = &mut self.here {
            here.idx += 1;
            match here.selection.get(here.idx) {
                Some(row) => here.row = row,
                None => self.next_segment(table)?,
            }
        }
        Ok(())
    }

    fn next_segment(&mut self, table: &Table) -> Result<(), AskError> {
        self.here = None;
        while let Some((segment_idx, cells, selection)) = self.next_selection(table)? {
            if let Some(row) = selection.get(0) {
                self.here = Some(Here { segment_idx, cells, selection, idx: 0, row });
                break;
            }
        }
        Ok(())
    }

    fn next_selection(
        &mut self,
        table: &Table,
    ) -> Result<Option<(usize, Rc<SegmentCells>, Selection)>, AskError> {
        if let Some(found) = &mut self.found {
            let next = found.next();
            return Ok(next.map(|(idx, rows)| (idx, table.kept_cells(idx), Selection::Rows(rows))));
        }
        while let Some(segment) = table.asked.segments().get(self.next_segment_idx) {
            let segment_idx = self.next_segment_idx;
            self.next_segment_idx += 1;
            let cells = table.cells(segment_idx);
            if let Some(selection) = table.select(segment, &cells, &self.wanted)? {
                return Ok(Some((segment_idx, cells, selection)));
            }
        }
        Ok(None)
    }

    pub(super) fn is_over(&self) -> bool {
        self.here.is_none()
    }

    /// The segment and the row; nothing after the last one.
    pub(super) fn row(&self) -> Option<(&SegmentCells, usize)> {
        self.here.as_ref().map(|here| (&*here.cells, here.row as usize))
    }

    /// A number that no other row of the table has, now and later.
    pub(super) fn row_id(&self) -> i64 {
        // Positions of segments are far below 2^31.
        self.here.as_ref().map_or(0, |here| i64::from(here.segment_idx as u32) << 32 | i64::from(here.row))
    }
}
