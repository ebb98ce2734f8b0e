//! What the tables read: segments of a view, column by column, as SQLite wants to be given them.

mod cells;
mod segment;

pub(crate) use cells::{Cells, date_time, id_bytes};
pub(crate) use segment::{ReadColumn, ReadSource, SegmentCells};
