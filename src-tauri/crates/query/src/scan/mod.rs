//! What a query reads. The store's snapshots are put behind these traits by the engine, so that `query` never knows
//! where rows come from.

mod codes;
mod texts;

pub use codes::Codes;
pub(crate) use codes::{by_width, wide};
pub use texts::Texts;

use crate::Bitmap;
use skep_model::{Nanos, Value};
use std::sync::Arc;

/// Everything a query may read: immutable segments, oldest first.
pub trait Scan: Sync {
    /// The segments; none overlap in rows, any may overlap in time.
    fn segments(&self) -> &[Arc<dyn Segment>];
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

/// One field of all rows of a segment. Cloning shares.
#[derive(Clone, Debug)]
pub enum Column {
    /// Dictionary codes: 0 is missing, `n` is `dictionary[n - 1]`. Entries are distinct, each is used by some row.
    Codes {
        /// One a row.
        codes: Codes,
        /// Distinct values, in order of first appearance.
        dictionary: Arc<[Value]>,
    },
    /// Texts of which nearly every one is different: kept plain, without a dictionary.
    Texts(Texts),
    /// A plain number in every row; NaN is missing (`duration_ms` of a log).
    Doubles(Arc<[f64]>),
    /// A plain integer in every row that has one (`timestamp_ns`).
    Ints {
        /// One a row; anything where it is missing.
        ints: Arc<[i64]>,
        /// The rows that have it; nothing means every row.
        present: Option<Arc<Bitmap>>,
    },
    /// Ids of `width` bytes, side by side; all zero is missing. They read as lower-case hexadecimal text.
    Ids {
        /// `n_rows * width` bytes.
        bytes: Arc<[u8]>,
        /// 16 or 8.
        width: usize,
    },
}
