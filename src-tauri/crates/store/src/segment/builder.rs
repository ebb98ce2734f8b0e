use super::census::Census;
use super::column::ColumnBuilder;
use super::memory::MemorySegment;
use rustc_hash::FxHashMap;
use skep_model::{Event, EventKind, Nanos, Place, Resource, Scope, Text, TraceId, Value, fields};
use std::sync::Arc;

/// What a segment knows of the log entries its rows came with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryInfo {
    pub(crate) seq: u64,
    pub(crate) received: Nanos,
    /// Length of the body before compression.
    pub(crate) raw_bytes: usize,
}

/// A segment being filled.
#[derive(Debug, Default)]
pub(crate) struct SegmentBuilder {
    times: Vec<u64>,
    ends: Vec<u64>,
    kinds: Vec<u8>,
    flags: Vec<u8>,
    trace_ids: Vec<u8>,
    span_ids: Vec<u8>,
    parent_ids: Vec<u8>,
    names: ColumnBuilder,
    resource_of: Vec<u32>,
    resources: Shared<Resource>,
    scope_of: Vec<u32>,
    scopes: Shared<Scope>,
    fields: FieldBuilders,
    rows_of_trace: FxHashMap<TraceId, Vec<u32>>,
    request_bytes: usize,
    received: u64,
    last_seq: u64,
}

/// The columns of all fields.
#[derive(Debug, Default)]
struct FieldBuilders {
    fields: Vec<FieldBuilder>,
    idx_of: FxHashMap<(Place, Text), usize>,
    /// The field of the first attribute of the event before.
    first: usize,
}

#[derive(Debug)]
struct FieldBuilder {
    place: Place,
    name: Text,
    column: ColumnBuilder,
    /// The field that followed it last time: attributes mostly come in the same order, and comparing one name is
    /// cheaper than looking for it.
    next: usize,
}

impl FieldBuilders {
    /// The field's place in `fields`, after that of the one before it in the same event.
    fn idx(&mut self, place: Place, name: &str, before: Option<usize>) -> usize {
        let likely = before.map_or(self.first, |before| self.fields[before].next);
        if self.fields.get(likely).is_some_and(|field| field.place == place && *field.name == *name) {
            return likely;
        }
        // Rare enough to make a key for: a pair of which one part is unsized cannot be borrowed.
        let name = Text::from(name);
        let idx = *self.idx_of.entry((place, name.clone())).or_insert_with(|| {
            self.fields.push(FieldBuilder { place, name, column: ColumnBuilder::default(), next: 0 });
            self.fields.len() - 1
        });
        match before {
            Some(before) => self.fields[before].next = idx,
            None => self.first = idx,
        }
        idx
    }

    /// Sets a field of a row, and gives a second value for it back.
    fn set(
        &mut self,
        row: usize,
        place: Place,
        name: &str,
        value: Value,
        before: &mut Option<usize>,
    ) -> Option<Value> {
        let idx = self.idx(place, name, *before);
        *before = Some(idx);
        self.fields[idx].column.set(row, value)
    }
}

/// Records that many rows share, each kept once.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    idx_of: FxHashMap<Arc<T>, u32>,
    records: Vec<Arc<T>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { idx_of: FxHashMap::default(), records: Vec::new() }
    }
}

impl<T: std::hash::Hash + Eq> Shared<T> {
    pub(crate) fn idx(&mut self, record: &Arc<T>) -> u32 {
        // Events of one request share one record: the common case is a pointer comparison with the last one.
        if let Some(last) = self.records.last()
            && Arc::ptr_eq(last, record)
        {
            return row_id(self.records.len() - 1);
        }
        *self.idx_of.entry(Arc::clone(record)).or_insert_with(|| {
            self.records.push(Arc::clone(record));
            row_id(self.records.len() - 1)
        })
    }

    pub(crate) fn into_records(self) -> Vec<Arc<T>> {
        self.records
    }
}

pub(crate) fn row_id(row: usize) -> u32 {
    u32::try_from(row).expect("a segment has far fewer than 2^32 rows")
}

impl SegmentBuilder {
    pub(crate) fn n_rows(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn n_spans(&self) -> usize {
        self.kinds.iter().filter(|kind| **kind == EventKind::Span as u8).count()
    }

    /// Length of the requests so far.
    pub(crate) fn request_bytes(&self) -> usize {
        self.request_bytes
    }

    /// Begins the rows of a log entry.
    pub(crate) fn begin(&mut self, entry: EntryInfo) {
        self.last_seq = entry.seq;
        self.received = self.received.max(entry.received.0);
        self.request_bytes += entry.raw_bytes;
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, event: Event) {
        let row = self.n_rows();
        let Event {
            kind,
            time,
            end,
            trace_id,
            span_id,
            parent_id,
            name,
            record,
            attributes,
            resource,
            scope,
            flags,
        } = event;
        self.times.push(time.0);
        self.ends.push(end.0);
        self.kinds.push(kind as u8);
        self.flags.push(flags.0);
        self.trace_ids.extend(trace_id.map_or([0; 16], |id| *id.as_bytes()));
        self.span_ids.extend(span_id.map_or([0; 8], |id| *id.as_bytes()));
        self.parent_ids.extend(parent_id.map_or([0; 8], |id| *id.as_bytes()));
        self.resource_of.push(self.resources.idx(&resource));
        self.scope_of.push(self.scopes.idx(&scope));
        if !name.is_empty() {
            self.names.set(row, Value::Text(name));
        }
        let mut before = None;
        for (field, value) in record {
            self.fields.set(row, Place::Record, field, value, &mut before);
        }
        let mut repeated = Vec::new();
        for (key, value) in attributes {
            if let Some(value) = self.fields.set(row, Place::Own, &key, value, &mut before) {
                repeated.push((key, value));
            }
        }
        if !repeated.is_empty() {
            let repeated = Value::Map(repeated.into());
            self.fields.set(row, Place::Record, fields::REPEATED_ATTRIBUTES, repeated, &mut before);
        }
        if let Some(trace_id) = trace_id {
            self.rows_of_trace.entry(trace_id).or_default().push(row_id(row));
        }
    }

    /// A segment of the rows so far; the builder can go on.
    pub(crate) fn freeze(&self) -> MemorySegment {
        let n_rows = self.n_rows();
        let mut segment = MemorySegment {
            times: self.times.as_slice().into(),
            ends: self.ends.as_slice().into(),
            time_bounds: (
                Nanos(self.times.iter().copied().min().unwrap_or(0)),
                Nanos(self.times.iter().copied().max().unwrap_or(0)),
            ),
            kinds: self.kinds.as_slice().into(),
            flags: self.flags.as_slice().into(),
            trace_ids: self.trace_ids.as_slice().into(),
            span_ids: self.span_ids.as_slice().into(),
            parent_ids: self.parent_ids.as_slice().into(),
            names: self.names.freeze(n_rows),
            resource_of: self.resource_of.as_slice().into(),
            resources: self.resources.records.as_slice().into(),
            scope_of: self.scope_of.as_slice().into(),
            scopes: self.scopes.records.as_slice().into(),
            columns: self
                .fields
                .fields
                .iter()
                .map(|field| ((field.place, field.name.clone()), field.column.freeze(n_rows)))
                .collect(),
            rows_of_trace: self.rows_of_trace.clone(),
            census: Census::default(),
            request_bytes: self.request_bytes,
            received: Nanos(self.received),
            last_seq: self.last_seq,
        };
        segment.census = Census::of(&segment);
        segment
    }
}
