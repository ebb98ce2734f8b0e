//! The rows of a table, one after another, as a cursor hands them out.

use super::Table;
use super::by_time::ByTime;
use super::by_value::ByValue;
use super::order::Order;
use super::select::{Part, Selection, Wanted};
use crate::read::SegmentCells;
use skep_engine::AskError;
use std::rc::Rc;

/// Where a cursor stands.
pub(super) struct Walk {
    order: InOrder,
    here: Option<Here>,
}

/// A row of a segment.
pub(super) struct Here {
    pub(super) segment_idx: usize,
    pub(super) row: u32,
    pub(super) cells: Rc<SegmentCells>,
}

enum InOrder {
    AsStored(AsStored),
    ByTime(ByTime),
    ByValue(ByValue),
}

impl Walk {
    /// Goes to the first row.
    pub(super) fn new(table: &Table, wanted: Wanted, order: &Order) -> Result<Self, AskError> {
        let order = match order {
            Order::AsStored => InOrder::AsStored(AsStored::new(table, wanted)?),
            Order::ByTime { descending } => InOrder::ByTime(ByTime::new(table, wanted, *descending)),
            Order::ByValue { columns, read } => {
                InOrder::ByValue(ByValue::new(table, &wanted, columns, read)?)
            }
        };
        let mut walk = Self { order, here: None };
        walk.step(table)?;
        Ok(walk)
    }

    /// Goes to the next row.
    pub(super) fn step(&mut self, table: &Table) -> Result<(), AskError> {
        match &mut self.order {
            InOrder::AsStored(rows) => rows.step(table, &mut self.here),
            InOrder::ByTime(rows) => {
                self.here = rows.next(table)?;
                Ok(())
            }
            InOrder::ByValue(rows) => {
                rows.step(&mut self.here);
                Ok(())
            }
        }
    }

    /// Where it stands; nothing after the last row.
    pub(super) fn here(&self) -> Option<&Here> {
        self.here.as_ref()
    }
}

impl Here {
    /// A number that no other row of the table has, now and later.
    pub(super) fn row_id(&self) -> i64 {
        // Positions of segments are far below 2^31.
        i64::from(self.segment_idx as u32) << 32 | i64::from(self.row)
    }
}

/// Segment by segment, so that a statement that stops early has read no more than it needed.
struct AsStored {
    wanted: Wanted,
    /// Segments with their rows, where those are known before; else every segment is looked through.
    found: Option<std::vec::IntoIter<Part>>,
    next_segment_idx: usize,
    selection: Selection,
    next_idx: usize,
}

impl AsStored {
    fn new(table: &Table, wanted: Wanted) -> Result<Self, AskError> {
        let found = match &wanted.lookup {
            Some(lookup) => table.look_up(lookup, &wanted.bounds)?,
            None => None,
        };
        let found = found.map(Vec::into_iter);
        Ok(Self { wanted, found, next_segment_idx: 0, selection: Selection::All(0), next_idx: 0 })
    }

    fn step(&mut self, table: &Table, here: &mut Option<Here>) -> Result<(), AskError> {
        loop {
            if let (Some(row), Some(here)) = (self.selection.get(self.next_idx), here.as_mut()) {
                here.row = row;
                self.next_idx += 1;
                return Ok(());
            }
            let Some((segment_idx, cells, selection)) = self.next_selection(table)? else {
                *here = None;
                return Ok(());
            };
            *here = Some(Here { segment_idx, row: 0, cells });
            (self.selection, self.next_idx) = (selection, 0);
        }
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
}
