//! One trace, opened: laid out once, then asked for what is on the screen.
//!
//! Of a large trace nothing is copied out of the store but the columns that the layout needs; attributes are read for the
//! rows that are looked at.

mod analysis;
mod cache;
mod field;
mod find;
mod needle;
mod otlp;
mod picture;
pub(super) mod read;
mod span;

pub use analysis::Analysis;
pub(crate) use cache::TraceCache;
pub use picture::{Order, OrderBy, Picture, PictureSpec, SpanRef};
pub use span::SpanView;

use super::AskError;
use crate::scan::SnapshotScan;
use skep_model::{Event, EventKind, Nanos, SpanId, TraceId};
use skep_query::{Labels, NO_ROW, Waterfall};
use skep_store::Segment;
use std::sync::{Arc, Mutex, OnceLock};

/// One trace, laid out. Spans are addressed by their row in the waterfall.
pub struct TraceView {
    /// Which trace.
    pub trace_id: TraceId,
    /// The spans in pre-order.
    pub waterfall: Waterfall,
    /// What each row is: its service and name are numbers into the lists below.
    pub labels: Labels,
    /// Distinct services, by first row.
    pub services: Vec<Arc<str>>,
    /// Distinct span names.
    pub names: Vec<Arc<str>>,
    /// Rows that were repaired or cut.
    is_mended: Vec<bool>,
    /// 8 bytes a row; zero where there is no id.
    ids: Vec<[u8; SpanId::BYTES]>,
    /// Where each row's event lies.
    places: Vec<Place>,
    /// Events, links and logs, by row and time; those whose span is not there come last.
    others: Vec<Other>,
    /// Where they lie: of a small trace its own rows alone.
    segments: Vec<Segment>,
    scan: SnapshotScan,
    analysis: OnceLock<Analysis>,
    /// The pictures asked for last, newest last.
    pictures: Mutex<Vec<(PictureSpec, Arc<Picture>)>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    segment: u32,
    row: u32,
}

/// An event that is no span.
#[derive(Clone, Copy, Debug)]
struct Other {
    place: Place,
    /// The row of its span, [`NO_ROW`] when that is not there.
    row: u32,
    time: Nanos,
    kind: EventKind,
    is_exception: bool,
}

/// An event on a bar: a span event or a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The row of its span in the waterfall.
    pub row: u32,
    /// When, raw.
    pub time: Nanos,
    /// What it is.
    pub kind: MarkKind,
}

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum MarkKind {
    /// A span event.
    Event = 0,
    /// A span event named `exception`.
    Exception = 1,
    /// A log record.
    Log = 2,
    /// A link to another span.
    Link = 3,
}

impl TraceView {
    /// How many spans, events, links and logs it has: a trace that has grown has more.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.places.len() + self.others.len()
    }

    /// A row's service.
    #[must_use]
    pub fn service(&self, row: usize) -> &str {
        &self.services[self.labels.service[row] as usize]
    }

    /// A row's span name.
    #[must_use]
    pub fn name(&self, row: usize) -> &str {
        &self.names[self.labels.name[row] as usize]
    }

    /// A row's span id.
    #[must_use]
    pub fn span_id(&self, row: usize) -> Option<SpanId> {
        SpanId::from_bytes(&self.ids[row]).ok()
    }

    /// Whether a row's span was repaired or cut.
    #[must_use]
    pub fn is_mended(&self, row: usize) -> bool {
        self.is_mended[row]
    }

    /// The `nth` of the rows with this id, in row order.
    #[must_use]
    pub fn row_of(&self, span_id: SpanId, nth: usize) -> Option<usize> {
        let first = self.first_row_of(span_id)?;
        if nth == 0 {
            return Some(first);
        }
        let is_same =
            |row: &usize| self.waterfall.oddity[*row].shared_id && self.ids[*row] == *span_id.as_bytes();
        (first..self.waterfall.len()).filter(is_same).nth(nth)
    }

    /// Few are looked for at a time: to look through the ids of a million spans takes a millisecond, to put them in order
    /// a hundred.
    fn first_row_of(&self, span_id: SpanId) -> Option<usize> {
        self.ids.iter().position(|id| id == span_id.as_bytes())
    }

    /// Which of the rows that share its id a row is, from 0.
    #[must_use]
    pub fn nth_of(&self, row: usize) -> usize {
        if !self.waterfall.oddity[row].shared_id {
            return 0;
        }
        let first = self.span_id(row).and_then(|id| self.first_row_of(id)).unwrap_or(row);
        (first..row)
            .filter(|other| self.waterfall.oddity[*other].shared_id && self.ids[*other] == self.ids[row])
            .count()
    }

    /// Some rows' spans in full, in the order of `rows`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn spans(&self, rows: &[usize]) -> Result<Vec<Event>, AskError> {
        self.events_at(rows.iter().map(|row| self.places[*row]))
    }

    /// How many events, links and logs the trace has beside its spans.
    #[must_use]
    pub fn count(&self, kind: EventKind) -> usize {
        self.others.iter().filter(|other| other.kind == kind).count()
    }

    /// Everything but spans, or of one row only, in full and in the order of time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn others_of(&self, row: Option<usize>) -> Result<Vec<Event>, AskError> {
        let of_row = match row {
            Some(row) => self.others_at(row as u32),
            None => &self.others[..],
        };
        self.events_at(of_row.iter().map(|other| other.place))
    }

    fn others_at(&self, row: u32) -> &[Other] {
        let first = self.others.partition_point(|other| other.row < row);
        let n = self.others[first..].partition_point(|other| other.row == row);
        &self.others[first..first + n]
    }

    /// What is drawn on a row's bar, in the order of time.
    pub fn marks_of(&self, row: u32) -> impl Iterator<Item = Mark> + '_ {
        self.others_at(row).iter().filter_map(move |other| {
            let kind = match other.kind {
                EventKind::SpanEvent if other.is_exception => MarkKind::Exception,
                EventKind::SpanEvent => MarkKind::Event,
                EventKind::Log => MarkKind::Log,
                EventKind::Link => MarkKind::Link,
                EventKind::Span | EventKind::MetricPoint => return None,
            };
            Some(Mark { row, time: other.time, kind })
        })
    }

    /// Whether some row of the trace is [`NO_ROW`]'s: an event whose span is not there.
    #[must_use]
    pub fn n_without_span(&self) -> usize {
        self.others.len() - self.others.partition_point(|other| other.row != NO_ROW)
    }

    /// Reads events segment by segment, and gives them back in the order they were asked for.
    fn events_at(&self, places: impl Iterator<Item = Place>) -> Result<Vec<Event>, AskError> {
        let mut wanted: Vec<(Place, usize)> = places.zip(0..).collect();
        let mut events: Vec<(usize, Event)> = Vec::with_capacity(wanted.len());
        wanted.sort_unstable_by_key(|(place, at)| (place.segment, place.row, *at));
        for of_segment in wanted.chunk_by(|(a, _), (b, _)| a.segment == b.segment) {
            let rows: Vec<u32> = of_segment.iter().map(|(place, _)| place.row).collect();
            let read = self.segments[of_segment[0].0.segment as usize].events(&rows)?;
            events.extend(of_segment.iter().map(|(_, at)| *at).zip(read));
        }
        events.sort_unstable_by_key(|(at, _)| *at);
        Ok(events.into_iter().map(|(_, event)| event).collect())
    }
}
