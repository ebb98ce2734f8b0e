use super::MemorySegment;
use skep_model::{Event, EventFlags, EventKind, Place, SpanId, Text, TraceId, Value, fields};
use std::sync::Arc;

/// A segment in memory, and those of its rows that belong to one trace.
pub type TracePart = (Arc<MemorySegment>, Vec<u32>);

/// Where the events of one trace lie: segments with their rows, in order of arrival.
#[derive(Debug, Default)]
pub struct TraceRows {
    /// Each segment with at least one row.
    pub parts: Vec<TracePart>,
}

impl TraceRows {
    /// How many events the trace has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(|(_, rows)| rows.len()).sum()
    }

    /// Whether the trace is unknown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Every row with its segment.
    pub fn iter(&self) -> impl Iterator<Item = (&MemorySegment, usize)> {
        self.parts.iter().flat_map(|(segment, rows)| rows.iter().map(|row| (&**segment, *row as usize)))
    }
}

impl MemorySegment {
    /// The name of one row; empty when it has none.
    #[must_use]
    pub fn name(&self, row: usize) -> &str {
        self.columns.names.text(row).unwrap_or_default()
    }

    /// What one row is.
    #[must_use]
    pub fn kind(&self, row: usize) -> EventKind {
        self.columns.kind(row)
    }

    /// The trace of one row.
    #[must_use]
    pub fn trace_id(&self, row: usize) -> Option<TraceId> {
        self.columns.trace_id(row)
    }

    /// The span id of one row.
    #[must_use]
    pub fn span_id(&self, row: usize) -> Option<SpanId> {
        self.columns.span_id(row)
    }

    /// The parent of one row.
    #[must_use]
    pub fn parent_id(&self, row: usize) -> Option<SpanId> {
        self.columns.parent_id(row)
    }

    /// Repairs and cuts of one row.
    #[must_use]
    pub fn flags(&self, row: usize) -> EventFlags {
        EventFlags(self.columns.flags[row])
    }

    /// The service of one row, by Honeycomb's rule for those that do not say.
    #[must_use]
    pub fn service(&self, row: usize) -> &str {
        self.columns.resources.at(row).service_name().unwrap_or(fields::UNKNOWN_SERVICE)
    }

    /// Whether one row is a span that failed.
    #[must_use]
    pub fn is_error(&self, row: usize) -> bool {
        let errors = self.columns.find(Place::Record, &Text::from(fields::ERROR));
        errors.and_then(|column| column.value(row)) == Some(Value::Bool(true))
    }

    /// One field of one row, own attributes and record fields only.
    #[must_use]
    pub fn own_value(&self, row: usize, field: &Text) -> Option<Value> {
        [Place::Own, Place::Record].into_iter().find_map(|place| self.columns.find(place, field)?.value(row))
    }

    /// One row as an event again. Attributes come sorted by key.
    #[must_use]
    pub fn event(&self, row: usize) -> Event {
        sorted(self.columns.event(row))
    }

    /// Some rows, ascending, as events again, as [`MemorySegment::event`] gives each, in a fraction of the time.
    ///
    /// # Panics
    /// When the segment has no such row.
    #[must_use]
    pub fn events(&self, rows: &[u32]) -> Vec<Event> {
        self.columns.events_at(rows).into_iter().map(sorted).collect()
    }
}

/// Attributes of one key stay in their order.
fn sorted(mut event: Event) -> Event {
    event.attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
    event.record.sort_unstable_by_key(|(name, _)| *name);
    event
}
