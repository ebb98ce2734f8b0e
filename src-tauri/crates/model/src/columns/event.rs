//! Whole events in and out of columns.

use super::{EventColumns, Head, ValueRef};
use crate::bytes::put_bytes;
use crate::{Event, EventFlags, EventKind, Nanos, Place, SpanId, Text, TraceId, Value, fields};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

impl EventColumns {
    /// Columns of whole events.
    pub fn of_events<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut columns = Self::default();
        events.into_iter().for_each(|event| columns.push(event));
        columns
    }

    /// Adds an event.
    pub fn push(&mut self, event: &Event) {
        for (name, value) in &event.record {
            self.set_record(name, ValueRef::Any(value));
        }
        for (key, value) in &event.attributes {
            let field = self.field(Place::Own, key);
            self.set(field, ValueRef::Any(value));
        }
        self.end_row(Head {
            kind: event.kind,
            time: event.time,
            end: event.end,
            trace_id: event.trace_id,
            span_id: event.span_id,
            parent_id: event.parent_id,
            name: &event.name,
            resource: &event.resource,
            scope: &event.scope,
            flags: event.flags,
            fingerprint: None,
        });
    }

    /// A hash of the row that is being filled. The bytes are put together first: hashed in one go they take a
    /// fraction of the time of many small pieces.
    pub(super) fn content_fingerprint(&self, head: &Head<'_>) -> u64 {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend(head.trace_id.map_or([0; 16], |id| *id.as_bytes()));
        bytes.extend(head.span_id.map_or([0; 8], |id| *id.as_bytes()));
        bytes.extend(head.parent_id.map_or([0; 8], |id| *id.as_bytes()));
        bytes.extend(head.time.0.to_le_bytes());
        bytes.extend(head.end.0.to_le_bytes());
        put_bytes(&mut bytes, head.name.as_bytes());
        self.put_fields_of_row(&mut bytes);
        xxh3_64(&bytes)
    }

    /// What one row is.
    #[must_use]
    pub fn kind(&self, row: usize) -> EventKind {
        match self.kinds[row] {
            0 => EventKind::Span,
            1 => EventKind::SpanEvent,
            2 => EventKind::Link,
            3 => EventKind::Log,
            _ => EventKind::MetricPoint,
        }
    }

    /// The trace of one row.
    #[must_use]
    pub fn trace_id(&self, row: usize) -> Option<TraceId> {
        TraceId::from_bytes(&self.trace_ids[row]).ok()
    }

    /// The span id of one row.
    #[must_use]
    pub fn span_id(&self, row: usize) -> Option<SpanId> {
        SpanId::from_bytes(&self.span_ids[row]).ok()
    }

    /// The parent of one row.
    #[must_use]
    pub fn parent_id(&self, row: usize) -> Option<SpanId> {
        SpanId::from_bytes(&self.parent_ids[row]).ok()
    }

    /// One row as an event again. Its fields come in the order in which the columns first met them.
    #[must_use]
    pub fn event(&self, row: usize) -> Event {
        let mut event = self.without_fields(row);
        let mut repeated = None;
        for (place, name, column) in self.fields() {
            let Some(value) = column.value(row) else { continue };
            match Field::of(place, name) {
                Field::Own => event.attributes.push((name.clone(), value)),
                Field::Record(name) => event.record.push((name, value)),
                Field::Repeated => repeated = Some(value),
                Field::Unknown => {}
            }
        }
        put_repeated(&mut event, repeated);
        event
    }

    /// Some rows, ascending, as events again, as [`EventColumns::event`] gives each: read by columns, which for many
    /// rows takes a fraction of the time.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn events_at(&self, rows: &[u32]) -> Vec<Event> {
        let mut events: Vec<Event> = rows.iter().map(|row| self.without_fields(*row as usize)).collect();
        let mut repeated = Vec::new();
        for (place, name, column) in self.fields() {
            let field = Field::of(place, name);
            for (idx, number) in column.numbers_at(rows) {
                let value = column.dictionary().value(number);
                match field {
                    Field::Own => events[idx].attributes.push((name.clone(), value)),
                    Field::Record(name) => events[idx].record.push((name, value)),
                    Field::Repeated => repeated.push((idx, value)),
                    Field::Unknown => break,
                }
            }
        }
        for (idx, value) in repeated {
            put_repeated(&mut events[idx], Some(value));
        }
        events
    }

    fn without_fields(&self, row: usize) -> Event {
        Event {
            kind: self.kind(row),
            time: Nanos(self.times[row]),
            end: Nanos(self.ends[row]),
            trace_id: self.trace_id(row),
            span_id: self.span_id(row),
            parent_id: self.parent_id(row),
            name: self.names.text(row).map(Text::from).unwrap_or_default(),
            record: Vec::new(),
            attributes: Vec::new(),
            resource: Arc::clone(self.resources.at(row)),
            scope: Arc::clone(self.scopes.at(row)),
            flags: EventFlags(self.flags[row]),
        }
    }

    /// Every row as an event again.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        (0..self.n_rows()).map(|row| self.event(row)).collect()
    }
}

/// Where a column's values belong in an event.
#[derive(Clone, Copy)]
enum Field {
    Own,
    Record(&'static str),
    Repeated,
    /// A name that a newer version gave.
    Unknown,
}

impl Field {
    fn of(place: Place, key: &str) -> Self {
        if place != Place::Record {
            return Field::Own;
        }
        match fields::RECORD.iter().find(|name| **name == key) {
            Some(&fields::REPEATED_ATTRIBUTES) => Field::Repeated,
            Some(name) => Field::Record(name),
            None => Field::Unknown,
        }
    }
}

/// Puts attributes whose key stands twice behind the others.
fn put_repeated(event: &mut Event, repeated: Option<Value>) {
    if let Some(Value::Map(entries)) = repeated {
        event.attributes.extend(entries.iter().cloned());
    }
}
