use super::MemorySegment;
use skep_model::{Event, EventFlags, EventKind, Nanos, Place, SpanId, Text, TraceId, Value, fields};
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
        self.names.value(row).and_then(Value::as_str).unwrap_or_default()
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
        TraceId::from_bytes(&self.trace_ids[row * TraceId::BYTES..][..TraceId::BYTES]).ok()
    }

    /// The span id of one row.
    #[must_use]
    pub fn span_id(&self, row: usize) -> Option<SpanId> {
        SpanId::from_bytes(&self.span_ids[row * SpanId::BYTES..][..SpanId::BYTES]).ok()
    }

    /// The parent of one row.
    #[must_use]
    pub fn parent_id(&self, row: usize) -> Option<SpanId> {
        SpanId::from_bytes(&self.parent_ids[row * SpanId::BYTES..][..SpanId::BYTES]).ok()
    }

    /// Repairs and cuts of one row.
    #[must_use]
    pub fn flags(&self, row: usize) -> EventFlags {
        EventFlags(self.flags[row])
    }

    /// The service of one row, by Honeycomb's rule for those that do not say.
    #[must_use]
    pub fn service(&self, row: usize) -> &str {
        self.resources[self.resource_of[row] as usize].service_name().unwrap_or(fields::UNKNOWN_SERVICE)
    }

    /// One field of one row, own attributes and record fields only.
    #[must_use]
    pub fn own_value(&self, row: usize, field: &Text) -> Option<&Value> {
        [Place::Own, Place::Record]
            .into_iter()
            .find_map(|place| self.columns.get(&(place, field.clone()))?.value(row))
    }

    /// One row as an event again. Attributes come sorted by key.
    #[must_use]
    pub fn event(&self, row: usize) -> Event {
        let mut event = self.without_fields(row);
        let mut repeated = None;
        for ((place, key), column) in &self.columns {
            let Some(value) = column.value(row) else { continue };
            match Field::of(*place, key) {
                Field::Own => event.attributes.push((key.clone(), value.clone())),
                Field::Record(name) => event.record.push((name, value.clone())),
                Field::Repeated => repeated = Some(value),
                Field::Unknown => {}
            }
        }
        event.record.sort_unstable_by_key(|(name, _)| *name);
        event.attributes.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if let Some(repeated) = repeated {
            put_repeated(&mut event, repeated);
        }
        event
    }

    /// Some rows, ascending, as events again, as [`MemorySegment::event`] gives each: read by columns, which for many
    /// rows takes a fraction of the time.
    ///
    /// # Panics
    /// When the segment has no such row.
    #[must_use]
    pub fn events(&self, rows: &[u32]) -> Vec<Event> {
        let mut events: Vec<Event> = rows.iter().map(|row| self.without_fields(*row as usize)).collect();
        let mut columns: Vec<_> = self.columns.iter().collect();
        // Own fields come before those of the record.
        columns.sort_unstable_by_key(|(key, _)| *key);
        for ((place, key), column) in columns {
            let field = Field::of(*place, key);
            for (idx, value) in column.values(rows) {
                let event = &mut events[idx];
                match field {
                    Field::Own => event.attributes.push((key.clone(), value.clone())),
                    Field::Record(name) => event.record.push((name, value.clone())),
                    Field::Repeated => put_repeated(event, value),
                    Field::Unknown => break,
                }
            }
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
            name: match self.names.value(row) {
                Some(Value::Text(name)) => name.clone(),
                _ => Text::from(""),
            },
            record: Vec::new(),
            attributes: Vec::new(),
            resource: Arc::clone(&self.resources[self.resource_of[row] as usize]),
            scope: Arc::clone(&self.scopes[self.scope_of[row] as usize]),
            flags: self.flags(row),
        }
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

/// Puts attributes whose key stands twice behind the first of that key.
fn put_repeated(event: &mut Event, repeated: &Value) {
    if let Value::Map(entries) = repeated {
        event.attributes.extend(entries.iter().cloned());
        event.attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
}
