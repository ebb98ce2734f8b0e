//! Moments that were given a name: what `/1/markers` and `skep mark` leave in the store.

use super::{AskError, View};
use skep_model::Nanos;
use skep_query::{Cancel, Cell, NewestRequest, TimeRange};

/// Markers told at once: what a chart can show, and more.
pub const MARKS_MAX: usize = 200;

/// What a marker's event is, as an expression. A span may have that name as well, but not that id.
const IS_MARKER: &str = "name = marker AND marker.id exists";

const FIELDS: [&str; 4] = ["marker.message", "marker.type", "marker.url", "marker.end_time"];

/// A moment, or a length of time, with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// When, or from when.
    pub start: Nanos,
    /// Until when, where it is a length of time.
    pub end: Option<Nanos>,
    /// What it says; empty where it says nothing.
    pub message: String,
    /// What kind it is, such as `run` or `deploy`; empty where it does not say.
    pub kind: String,
    /// Where to read on, as it was sent: it may be anything.
    pub url: String,
}

impl View {
    /// The newest [`MARKS_MAX`] markers of a time, newest first.
    ///
    /// # Errors
    /// When the store cannot be read, or `cancel` was called.
    pub fn markers(&self, range: TimeRange, cancel: &Cancel) -> Result<Vec<Marker>, AskError> {
        let request = NewestRequest {
            filter: Self::parse_filter(IS_MARKER)?,
            range,
            fields: FIELDS.map(Into::into).to_vec(),
            first: 0,
            n_limit: MARKS_MAX,
        };
        let found = skep_query::newest(self.scan(), &request, cancel)?;
        let text = |cell: &Cell| match cell {
            Cell::Text(text) => text.to_string(),
            _ => String::new(),
        };
        // Honeycomb counts in seconds.
        let seconds = |cell: &Cell| match cell {
            Cell::Int(seconds) => u64::try_from(*seconds).ok()?.checked_mul(1_000_000_000).map(Nanos),
            _ => None,
        };
        let marker = |row: skep_query::NewestRow| match row.cells.as_slice() {
            [message, kind, url, end] => Some(Marker {
                start: row.time,
                end: seconds(end).filter(|end| *end > row.time),
                message: text(message),
                kind: text(kind),
                url: text(url),
            }),
            _ => None,
        };
        Ok(found.rows.into_iter().filter_map(marker).collect())
    }
}
