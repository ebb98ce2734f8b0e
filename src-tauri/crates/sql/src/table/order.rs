//! In which order a table hands out its rows.

use super::Table;
use super::plan::{Role, Term, by_time};
use crate::read::ReadSource;
use crate::schema::Source;
use rusqlite::Result;
use rusqlite::vtab::IndexInfo;

/// In which order rows come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    AsStored,
    ByTime {
        descending: bool,
    },
    ByValue {
        columns: Vec<OrderColumn>,
        /// The columns that the statement reads, as far as SQLite tells.
        read: Vec<usize>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OrderColumn {
    pub(super) column: usize,
    pub(super) descending: bool,
}

/// What is held in memory to bring rows into order by value, about; beyond, SQLite sorts, in a file if need be.
const ORDERED_BYTES_MAX: f64 = (512 << 20) as f64;
/// Of a row, and of each of its columns that is read.
const ORDERED_ROW_BYTES: f64 = 16.0;
const ORDERED_CELL_BYTES: f64 = 8.0;

impl Order {
    /// The order that the statement asks for, where the table has a quicker way to it than sorting.
    pub(super) fn of(table: &Table, info: &IndexInfo, terms: &[Term], n_rows_max: f64) -> Result<Self> {
        if terms.iter().any(|term| matches!(term.role, Role::Trace | Role::Id)) {
            // Few rows, which SQLite sorts at once.
            return Ok(Order::AsStored);
        }
        let asked: Vec<OrderColumn> = info
            .order_bys()
            .filter_map(|by| {
                let column = usize::try_from(by.column()).ok()?;
                Some(OrderColumn { column, descending: by.is_order_by_desc() })
            })
            .collect();
        if asked.is_empty() || asked.len() < info.num_of_order_by() {
            return Ok(Order::AsStored);
        }
        let is_time = |by: &OrderColumn| by_time(table, &table.columns[by.column].source).is_some();
        if let [by] = &asked[..]
            && is_time(by)
        {
            return Ok(Order::ByTime { descending: by.descending });
        }
        let read: Vec<usize> =
            (0..table.columns.len().min(64)).filter(|bit| info.col_used() >> bit & 1 == 1).collect();
        let is_held =
            n_rows_max * (ORDERED_ROW_BYTES + read.len() as f64 * ORDERED_CELL_BYTES) <= ORDERED_BYTES_MAX;
        if !is_held || !asked.iter().all(|by| may_be_few(&table.columns[by.column].source)) {
            return Ok(Order::AsStored);
        }
        for by in &asked {
            if !table.has_few_values(by.column).map_err(|error| table.asked.fail(error))? {
                return Ok(Order::AsStored);
            }
        }
        Ok(Order::ByValue { columns: asked, read })
    }
}

/// Columns of which the values are words rather than numbers; whether they are few is seen when one is read.
fn may_be_few(source: &ReadSource) -> bool {
    match source {
        ReadSource::Attribute(_) => true,
        ReadSource::Own(source) => matches!(
            source,
            Source::TraceId
                | Source::Name
                | Source::Status
                | Source::Record(_)
                | Source::Count(_)
                | Source::Field(_)
        ),
    }
}
