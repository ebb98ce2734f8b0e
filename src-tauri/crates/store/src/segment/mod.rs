//! Some thousands of events as columns.
//!
//! A segment is immutable. It is filled in memory by a [`SegmentBuilder`] and later sealed into the file; either way
//! it is read by columns (queries) or by traces. What a whole request shares, its resource and its scope, is kept
//! once and pointed to.

mod builder;
mod census;
mod dictionary;
mod memory;
mod rows;
mod shared;

pub(crate) use builder::{EntryInfo, SegmentBuilder, row_id};
pub use census::Census;
pub(crate) use dictionary::DictionaryBuilder;
pub use memory::MemorySegment;
pub use rows::{TracePart, TraceRows};
pub(crate) use shared::{RecordCodes, SharedRecord, count_keys, rows_of_each};

use crate::error::ReadError;
use crate::sealed::SealedSegment;
use skep_model::{
    Bitmap, Column, Dictionary, Event, EventKind, Nanos, Place, SharedColumn, Text, TraceId, Value,
};
use std::sync::Arc;

/// A field at one place, and the number of rows that have it there.
pub type FieldCount = (Place, Text, usize);

/// An immutable run of events. Cloning shares.
#[derive(Clone, Debug)]
pub enum Segment {
    /// Not sealed yet: in the order of arrival.
    Memory(Arc<MemorySegment>),
    /// Columns in the file, read when asked: the rows of a trace side by side.
    Sealed(Arc<SealedSegment>),
}

/// What is known of a trace without reading its events. It may have more of them in other segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceInfo {
    /// Which trace.
    pub trace_id: TraceId,
    /// The earliest start of a span, if there is a span.
    pub start: Option<Nanos>,
    /// Whether a span failed.
    pub has_error: bool,
}

impl TraceInfo {
    pub(crate) fn note_span(&mut self, start: Nanos, is_error: bool) {
        self.start = Some(self.start.map_or(start, |known| known.min(start)));
        self.has_error |= is_error;
    }
}

/// Every method that reads the file fails when the file cannot be read or its bytes are damaged.
#[allow(clippy::missing_errors_doc, reason = "said once, above")]
impl Segment {
    /// How many events it holds.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Segment::Memory(segment) => segment.n_rows(),
            Segment::Sealed(segment) => segment.n_rows(),
        }
    }

    /// The earliest and the latest event time.
    #[must_use]
    pub fn time_bounds(&self) -> (Nanos, Nanos) {
        match self {
            Segment::Memory(segment) => segment.time_bounds,
            Segment::Sealed(segment) => segment.time_bounds(),
        }
    }

    /// Whether it lies in the file as columns.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        matches!(self, Segment::Sealed(_))
    }

    /// How many rows have each fixed column.
    #[must_use]
    pub fn census(&self) -> Census {
        match self {
            Segment::Memory(segment) => segment.census,
            Segment::Sealed(segment) => segment.census(),
        }
    }

    /// Event times, raw.
    pub fn times(&self) -> Result<Arc<[u64]>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.columns.times.as_slice().into()),
            Segment::Sealed(segment) => segment.times(),
        }
    }

    /// Ends, raw; see [`skep_model::Event::end`].
    pub fn ends(&self) -> Result<Arc<[u64]>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.columns.ends.as_slice().into()),
            Segment::Sealed(segment) => segment.ends(),
        }
    }

    /// What each row is: the numbers of [`skep_model::EventKind`].
    pub fn kinds(&self) -> Result<Arc<[u8]>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.columns.kinds.as_slice().into()),
            Segment::Sealed(segment) => segment.kinds(),
        }
    }

    /// Repairs and cuts of each row: the bits of [`skep_model::EventFlags`].
    pub fn flags(&self) -> Result<Arc<[u8]>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.columns.flags.as_slice().into()),
            Segment::Sealed(segment) => segment.flags(),
        }
    }

    /// Trace ids side by side, 16 bytes a row, zero where there is none.
    pub fn trace_ids(&self) -> Result<Arc<[u8]>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.columns.trace_ids.as_flattened().into()),
            Segment::Sealed(segment) => segment.trace_ids(),
        }
    }

    /// Span ids side by side, 8 bytes a row, zero where there is none.
    pub fn span_ids(&self) -> Result<Arc<[u8]>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.columns.span_ids.as_flattened().into()),
            Segment::Sealed(segment) => segment.span_ids(),
        }
    }

    /// Parent ids side by side, 8 bytes a row, zero where there is none.
    pub fn parent_ids(&self) -> Result<Arc<[u8]>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.columns.parent_ids.as_flattened().into()),
            Segment::Sealed(segment) => segment.parent_ids(),
        }
    }

    /// Which rows name a parent.
    pub fn has_parent(&self) -> Result<Arc<Bitmap>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(Arc::new(segment.has_parent())),
            Segment::Sealed(segment) => segment.has_parent(),
        }
    }

    /// Event names; an empty name is missing. Nothing when no row has one.
    pub fn names(&self) -> Result<Option<Column>, ReadError> {
        match self {
            Segment::Memory(segment) => {
                Ok((segment.census.with_name > 0).then(|| segment.columns.names.spread(segment.n_rows())))
            }
            Segment::Sealed(segment) => segment.names(),
        }
    }

    /// The column of one field at one place; nothing when no row has it there.
    pub fn column(&self, place: Place, field: &str) -> Result<Option<Column>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.column(place, field)),
            Segment::Sealed(segment) => segment.column(place, field),
        }
    }

    /// The column of one field of scopes or resources as it is kept: once for each of them. Nothing in memory, where a
    /// column is made in either case.
    pub fn shared(&self, place: Place, field: &str) -> Result<Option<SharedColumn>, ReadError> {
        match self {
            Segment::Memory(_) => Ok(None),
            Segment::Sealed(segment) => segment.shared(place, field),
        }
    }

    /// The dictionary of one field at one place, where it tells how many rows have each value; nothing where a column has
    /// to be counted for that.
    pub fn counted(&self, place: Place, field: &str) -> Result<Option<Arc<Dictionary>>, ReadError> {
        match self {
            Segment::Memory(_) => Ok(None),
            Segment::Sealed(segment) => segment.counted(place, field),
        }
    }

    /// Whether some row has a field at one place.
    pub fn has(&self, place: Place, field: &str) -> Result<bool, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.has(place, field)),
            Segment::Sealed(segment) => segment.has(place, field),
        }
    }

    /// [`Value::hash64`] of each row's value of one field at one place, 0 where there is none.
    pub fn hashes(&self, place: Place, field: &str) -> Result<Option<Arc<[u64]>>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.column(place, field).map(|column| column.hashes().into())),
            Segment::Sealed(segment) => segment.hashes(place, field),
        }
    }

    /// The values that some rows have of one field at one place, in the order of `rows`.
    pub fn values(&self, place: Place, field: &str, rows: &[u32]) -> Result<Vec<Option<Value>>, ReadError> {
        match self {
            Segment::Memory(segment) => {
                let column = segment.column(place, field);
                Ok(rows.iter().map(|row| column.as_ref()?.value(*row as usize)).collect())
            }
            Segment::Sealed(segment) => segment.values(place, field, rows),
        }
    }

    /// How long each span lasted, in milliseconds; nothing where there is no span.
    pub fn durations_ms(&self) -> Result<Option<Column>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.durations_ms()),
            Segment::Sealed(segment) => segment.durations_ms(),
        }
    }

    /// Every field at every place with the number of rows that have it, unsorted; the fixed columns excepted.
    pub fn fields_unsorted(&self) -> Result<Vec<FieldCount>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.fields_unsorted()),
            Segment::Sealed(segment) => segment.fields_unsorted(),
        }
    }

    /// The least and the greatest number of a field at one place, where all its values are numbers; nothing when that
    /// is not known without reading.
    #[must_use]
    pub fn bounds(&self, place: Place, field: &str) -> Option<(f64, f64)> {
        match self {
            Segment::Memory(_) => None,
            Segment::Sealed(segment) => segment.bounds(place, field),
        }
    }

    /// Whether what requests share, a resource or a scope, has a field of this name.
    #[must_use]
    pub fn has_shared(&self, field: &str) -> bool {
        match self {
            Segment::Memory(segment) => {
                segment.has(Place::Resource, field) || segment.has(Place::Scope, field)
            }
            Segment::Sealed(segment) => segment.has_shared(field),
        }
    }

    /// Every trace, unsorted.
    pub fn traces(&self) -> Result<Vec<TraceInfo>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.traces()),
            Segment::Sealed(segment) => segment.traces(),
        }
    }

    /// The rows of one trace, ascending. Reads none of their columns.
    pub fn rows_of_trace(&self, trace_id: TraceId) -> Result<Vec<u32>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.rows_of_trace(trace_id).to_vec()),
            Segment::Sealed(segment) => {
                let rows = segment.rows_of_trace(trace_id)?.unwrap_or_default();
                // A segment has far fewer than 2^32 rows.
                Ok(rows.map(row_id).collect())
            }
        }
    }

    /// All rows in memory: what is read row by row, such as an export. A sealed segment takes some time and the memory of
    /// its events.
    pub fn in_memory(&self) -> Result<Arc<MemorySegment>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(Arc::clone(segment)),
            Segment::Sealed(segment) => Ok(Arc::new(segment.slice(0..segment.n_rows())?)),
        }
    }

    /// Some rows, ascending, as events again.
    pub fn events(&self, rows: &[u32]) -> Result<Vec<Event>, ReadError> {
        match self {
            Segment::Memory(segment) => Ok(segment.events(rows)),
            Segment::Sealed(segment) => segment.events(rows),
        }
    }

    /// The rows of one trace, in a segment in memory; nothing when it has none here.
    pub fn trace(&self, trace_id: TraceId) -> Result<Option<TracePart>, ReadError> {
        match self {
            Segment::Memory(segment) => {
                let rows = segment.rows_of_trace(trace_id);
                Ok((!rows.is_empty()).then(|| (Arc::clone(segment), rows.to_vec())))
            }
            Segment::Sealed(segment) => segment.trace(trace_id),
        }
    }
}

/// How long rows of these kinds lasted, in milliseconds; nothing of those that are no spans.
pub(crate) fn durations_ms(lasted_ns: impl Iterator<Item = u64>, kinds: &[u8]) -> Column {
    let rows = lasted_ns.zip(kinds).map(|(lasted_ns, kind)| {
        if *kind == EventKind::Span as u8 { Nanos(lasted_ns).as_millis_f64() } else { f64::NAN }
    });
    Column::Doubles(rows.collect())
}
