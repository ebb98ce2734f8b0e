//! SQL for who prefers it: `spans`, `events`, `links`, `logs` and `metrics` as tables of one SQLite connection.
//!
//! ```text
//! text -> text/ rewrites attr('x') to a column -> SQLite plans and runs -> table/ reads a View, segment by segment
//! ```
//!
//! Each statement has a connection of its own, in memory, with five virtual tables over a [`View`]. SQLite does the
//! asking: joins, groups, windows, functions. The tables do the reading: only the columns that are named, only the
//! segments a time range reaches, only the rows of a trace that is asked for.
//!
//! Invariant: nothing is written, neither to the store nor to any file that a statement names: whatever is not a
//! question is refused before it runs. Text from telemetry is never part of a statement.

mod cell;
mod error;
mod guard;
mod percentile;
mod read;
mod run;
mod schema;
mod table;
mod text;

pub use cell::Cell;
pub use error::SqlError;
pub use run::{Ran, Rows, STATEMENT_BYTES_MAX, run};
pub use schema::{ColumnInfo, ColumnType, TABLES, TableInfo};
pub use text::is_complete;

use skep_engine::View;
