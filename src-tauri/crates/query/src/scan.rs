//! What a query reads. The store's snapshots are put behind these traits by the engine, so that `query` never knows
//! where rows come from.

use skep_model::{Nanos, Value};
use std::sync::Arc;

/// Everything a query may read: immutable segments, oldest first.
pub trait Scan: Sync {
    /// The segments; none overlap in rows, any may overlap in time.
    fn segments(&self) -> &[Arc<dyn Segment>];
}

/// Some tens of thousands of events as columns. Immutable.
pub trait Segment: Send + Sync {
    /// How many rows every column has.
    fn n_rows(&self) -> usize;

    /// Each row's event time, in nanoseconds since the Unix epoch.
    fn times(&self) -> &[u64];

    /// The earliest and the latest of [`Segment::times`]; a segment outside a query's range is skipped whole.
    fn time_bounds(&self) -> (Nanos, Nanos);

    /// Every field some row has, unsorted, each name once, with the number of rows that have it.
    fn fields_unsorted(&self) -> Vec<FieldInfo>;

    /// One field by name, coalesced over its places by precedence; nothing when no row has it. Cheap to ask twice.
    fn column(&self, field: &str) -> Option<Column>;
}

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
        codes: Arc<[u32]>,
        /// Distinct values, in order of first appearance.
        dictionary: Arc<[Value]>,
    },
    /// A plain number in every row; NaN is missing (`duration_ms` of a log).
    Doubles(Arc<[f64]>),
    /// A plain integer in every row, none missing (`timestamp_ns`).
    Ints(Arc<[i64]>),
    /// Ids of `width` bytes, side by side; all zero is missing. They read as lower-case hexadecimal text.
    Ids {
        /// `n_rows * width` bytes.
        bytes: Arc<[u8]>,
        /// 16 or 8.
        width: usize,
    },
}
