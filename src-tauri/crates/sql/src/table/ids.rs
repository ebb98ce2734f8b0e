//! Rows by the id of a span, for joins that name no trace.

use super::Table;
use super::select::{Bounds, Part};
use crate::read::Cells;
use skep_engine::AskError;
use std::cell::OnceCell;
use std::rc::Rc;

/// Rows that may be indexed, at 16 bytes each; beyond, every lookup looks through all segments.
const INDEXED_ROWS_MAX: usize = 16 << 20;

/// Where the rows with an id are: (id, segment, row), ascending.
pub(super) struct IdIndex(Vec<(u64, u32, u32)>);

impl Table {
    /// The rows with this id by segment, from an index; nothing when it has to be looked for. The first lookup of a
    /// column is not worth one.
    pub(super) fn rows_of_id(&self, column: usize, id: u64) -> Result<Option<Vec<Part>>, AskError> {
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
        let mut parts: Vec<Part> = Vec::new();
        for (_, segment, row) in found {
            match parts.last_mut() {
                Some((last, rows)) if *last == *segment as usize => rows.push(*row),
                _ => parts.push((*segment as usize, vec![*row])),
            }
        }
        self.asked.examine(parts.iter().map(|(_, rows)| rows.len()).sum());
        Ok(Some(parts))
    }

    fn index(&self, column: usize) -> Result<IdIndex, AskError> {
        let mut entries = Vec::new();
        for (segment_idx, segment) in self.asked.segments().iter().enumerate() {
            if !self.reaches(segment, &Bounds::ALL) {
                continue;
            }
            self.asked.cancel.check()?;
            self.asked.examine(segment.n_rows());
            let cells = self.cells(segment_idx);
            let Cells::Ids { bytes, width: 8 } = cells.cells(&self.columns, column)? else { continue };
            let rows = self.only_own(segment, (0..segment.n_rows() as u32).collect())?;
            entries.extend(rows.into_iter().filter_map(|row| {
                let id = bytes[row as usize * 8..].first_chunk().copied().map(u64::from_be_bytes);
                id.filter(|id| *id != 0).map(|id| (id, segment_idx as u32, row))
            }));
        }
        entries.sort_unstable();
        Ok(IdIndex(entries))
    }
}
