//! What a query reads. The store's snapshots are put behind these traits by the engine, so that `query` never knows
//! where rows come from.

pub use skep_model::{Bitmap, Codes, Column, SharedColumn, Texts};

use crate::memo::Memo;
use skep_model::{Dictionary, Nanos, Value};
use std::sync::Arc;

/// Everything a query may read: immutable segments, oldest first.
pub trait Scan: Sync {
    /// The segments; none overlap in rows, any may overlap in time.
    fn segments(&self) -> &[Arc<dyn Segment>];

    /// What earlier questions found out about a field of these segments; nothing where nobody asks twice.
    fn memo(&self, field: &str) -> Option<&Memo> {
        let _ = field;
        None
    }
}

/// Some tens of thousands of events as columns. Immutable; its columns may lie on a disk until they are asked for.
pub trait Segment: Send + Sync {
    /// How many rows every column has.
    fn n_rows(&self) -> usize;

    /// The earliest and the latest of [`Segment::times`]; a segment outside a query's range is skipped whole.
    fn time_bounds(&self) -> (Nanos, Nanos);

    /// Each row's event time, in nanoseconds since the Unix epoch; read when asked, so ask once and hold it.
    ///
    /// # Errors
    /// When the store cannot read it.
    fn times(&self) -> Result<Arc<[u64]>, Unreadable>;

    /// Every field some row has, unsorted, each name once, with the number of rows that have it. Reads no column.
    ///
    /// # Errors
    /// When the store cannot read it.
    fn fields_unsorted(&self) -> Result<Vec<FieldInfo>, Unreadable>;

    /// One field by name, coalesced over its places by precedence; nothing when no row has it.
    ///
    /// # Errors
    /// When the store cannot read it.
    fn column(&self, field: &str) -> Result<Option<Column>, Unreadable>;

    /// The dictionary of a field, where it tells how many rows have each value ([`Dictionary::known_totals`]), and so no row has to
    /// be read. Nothing where [`Segment::column`] has to be counted.
    ///
    /// # Errors
    /// When the store cannot read it.
    fn counted(&self, field: &str) -> Result<Option<Arc<Dictionary>>, Unreadable> {
        let _ = field;
        Ok(None)
    }

    /// The field as few records have it that many rows share, where it is kept so: less to read than a code for each row.
    /// Nothing where [`Segment::column`] is all there is.
    ///
    /// # Errors
    /// When the store cannot read it.
    fn shared(&self, field: &str) -> Result<Option<SharedColumn>, Unreadable> {
        let _ = field;
        Ok(None)
    }

    /// [`Value::hash64`] of each row's value of a field, 0 where there is none; nothing when no row has it. Less to
    /// read, and to keep, than a column of near-unique texts.
    ///
    /// # Errors
    /// When the store cannot read it.
    fn hashes(&self, field: &str) -> Result<Option<Arc<[u64]>>, Unreadable> {
        Ok(self.column(field)?.map(|column| column.hashes().into()))
    }

    /// The values that some rows have of a field, in the order of `rows`.
    ///
    /// # Errors
    /// When the store cannot read it.
    fn values(&self, field: &str, rows: &[u32]) -> Result<Vec<Option<Value>>, Unreadable> {
        let column = self.column(field)?;
        Ok(rows.iter().map(|row| column.as_ref()?.value(*row as usize)).collect())
    }

    /// The least and the greatest number of a field whose every value is a number; nothing when that is not known.
    /// Reads no column: lets a predicate skip a segment.
    fn bounds(&self, field: &str) -> Option<(f64, f64)> {
        let _ = field;
        None
    }
}

/// What the store said when it could not read a column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// A field and how many rows of a segment have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// As written in a query, such as `http.route`.
    pub name: Arc<str>,
    /// Rows that have it.
    pub n_populated: usize,
}

/// Runs an expression with the codes as a slice of their own width, so that a loop inside it is compiled once a
/// width and decides nothing a row.
macro_rules! by_width {
    ($codes:expr, $slice:ident => $body:expr) => {
        match $codes {
            $crate::Codes::U8($slice) => $body,
            $crate::Codes::U16($slice) => $body,
            $crate::Codes::U32($slice) => $body,
        }
    };
}
pub(crate) use by_width;

/// A code of any width.
pub(crate) fn wide<T: Into<u32>>(code: T) -> u32 {
    code.into()
}
