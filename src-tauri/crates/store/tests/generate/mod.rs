//! Events of every shape the store may meet, from a seed.

#![allow(dead_code, reason = "each test takes what it needs")]

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use skep_model::{
    Attributes, Column, EntityRef, Event, EventFlags, EventKind, Nanos, Place, Resource, Scope, SpanId, Text,
    TraceId, Value, fields,
};
use skep_store::Snapshot;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

/// The events of each body that was made, since a store of these tests has to read its bodies again.
pub(crate) static DECODED: LazyLock<Mutex<HashMap<u64, Vec<Event>>>> = LazyLock::new(Mutex::default);

pub(crate) struct Generator {
    rng: StdRng,
    traces: Vec<TraceId>,
    n_ids: u64,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed), traces: Vec::new(), n_ids: seed << 40 }
    }

    pub(crate) fn request(&mut self, n: usize) -> Vec<Event> {
        let service = ["shop", "cart", "mail"][self.rng.random_range(0..3)];
        self.request_of(service, n)
    }

    /// A request of one service: spans with events and links, logs, metric points; some traces go on in others.
    pub(crate) fn request_of(&mut self, service: &str, n: usize) -> Vec<Event> {
        let resource = Arc::new(Resource {
            attributes: vec![
                ("service.name".into(), service.into()),
                ("process.pid".into(), i64::from(self.rng.random_range(0..4u32)).into()),
            ],
            dropped_attributes_count: self.rng.random_range(0..2),
            schema_url: "https://example.org/schema".into(),
            entity_refs: match self.rng.random_range(0..3) {
                0 => vec![EntityRef {
                    schema_url: "https://example.org/entities".into(),
                    entity_type: "service".into(),
                    id_keys: vec!["service.name".into()],
                    description_keys: vec!["process.pid".into(), "".into()],
                }],
                _ => Vec::new(),
            },
        });
        let scope = Arc::new(Scope { name: "lib".into(), version: "1".into(), ..Scope::default() });
        let mut events: Vec<Event> = Vec::new();
        let mut spans: Vec<(TraceId, SpanId)> = Vec::new();
        while events.len() < n {
            let mut event = self.event(&resource, &scope);
            match self.rng.random_range(0..10) {
                0 => event.kind = EventKind::MetricPoint,
                1 => event.kind = EventKind::Log,
                // A span's own events and links follow it.
                2 | 3 if events.last().is_some_and(|last| last.trace_id.is_some()) => {
                    let (trace_id, span_id) = spans[spans.len() - 1];
                    event.kind = if self.rng.random() { EventKind::SpanEvent } else { EventKind::Link };
                    (event.trace_id, event.parent_id) = (Some(trace_id), Some(span_id));
                }
                _ => self.span(&mut event, &mut spans),
            }
            events.push(event);
        }
        events
    }

    fn span(&mut self, event: &mut Event, spans: &mut Vec<(TraceId, SpanId)>) {
        let known = !self.traces.is_empty() && self.rng.random_range(0..10) < 8;
        let trace_id = if known {
            let newest = self.traces.len() - 1;
            self.traces[newest.saturating_sub(self.rng.random_range(0..5))]
        } else {
            let id = self.rng.random::<u128>() | 1;
            let id = TraceId::from_bytes(&id.to_be_bytes()).unwrap();
            self.traces.push(id);
            id
        };
        self.n_ids += 1;
        let span_id =
            SpanId::from_bytes(&self.n_ids.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()).unwrap();
        event.trace_id = Some(trace_id);
        event.span_id = Some(span_id);
        event.parent_id = match self.rng.random_range(0..4) {
            0 => None,
            1 => SpanId::from_bytes(&[7; 8]).ok(),
            _ => spans.iter().rev().find(|(trace, _)| *trace == trace_id).map(|(_, span)| *span),
        };
        event.end = match self.rng.random_range(0..20) {
            0 => Nanos(0),
            1 => Nanos(event.time.0.wrapping_sub(5)),
            2 => Nanos(event.time.0.wrapping_add(1)),
            3 => Nanos(u64::MAX),
            _ => Nanos(event.time.0.wrapping_add(self.rng.random_range(0..1 << 30))),
        };
        if self.rng.random_range(0..8) == 0 {
            event.record.push((fields::ERROR, Value::Bool(true)));
        }
        spans.push((trace_id, span_id));
    }

    fn event(&mut self, resource: &Arc<Resource>, scope: &Arc<Scope>) -> Event {
        let time = match self.rng.random_range(0..200) {
            0 => Nanos(0),
            1 => Nanos(u64::MAX),
            2 => Nanos(1 << 63),
            _ => Nanos(1_700_000_000_000_000_000 + self.rng.random_range(0..1u64 << 36)),
        };
        let flags = if self.rng.random_range(0..50) == 0 { EventFlags::REPAIRED } else { EventFlags(0) };
        Event {
            kind: EventKind::Span,
            time,
            end: time,
            trace_id: None,
            span_id: None,
            parent_id: None,
            name: ["", "GET /cart", "work"][self.rng.random_range(0..3)].into(),
            record: vec![(fields::STATUS_CODE, i64::from(self.rng.random_range(0..3u32)).into())],
            attributes: self.attributes(),
            resource: Arc::clone(resource),
            scope: Arc::clone(scope),
            flags,
        }
    }

    /// Every form a column can take: a few values, many, nearly unique ones of each type, mixed, rare.
    fn attributes(&mut self) -> Attributes {
        let unique = self.rng.random::<u64>();
        let mut attributes: Attributes = vec![
            ("http.route".into(), format!("/r{}", unique % 7).into_value()),
            ("user.id".into(), format!("u{}", unique % 997).into_value()),
            ("payload.bytes".into(), unique.cast_signed().into()),
            ("ratio".into(), (unique as f64 / 1e7).into()),
        ];
        if unique.is_multiple_of(2) {
            attributes.push(("request.id".into(), format!("{unique:016x}ä").into_value()));
            attributes.push(("sparse.int".into(), (unique >> 40).cast_signed().into()));
            attributes.push(("sparse.double".into(), (-(unique as f64)).into()));
        }
        attributes.push(("mixed".into(), self.value(0)));
        // Forbidden by OTLP, and sent all the same.
        if unique.is_multiple_of(40) {
            attributes.extend([("mixed".into(), self.value(0)), ("mixed".into(), self.value(0))]);
        }
        if unique.is_multiple_of(701) {
            attributes.push((format!("rare.{}", unique % 90).into(), self.value(0)));
        }
        attributes
    }

    fn value(&mut self, level: usize) -> Value {
        match self.rng.random_range(0..if level < 3 { 9 } else { 7 }) {
            0 => Value::Empty,
            1 => Value::text("text"),
            2 => Value::Bool(self.rng.random()),
            3 => Value::Int(self.rng.random_range(-2..2)),
            4 => Value::Double(f64::NAN),
            5 => Value::Double(-0.0),
            6 => Value::Bytes(Arc::from([0u8, 255].as_slice())),
            7 => Value::Array((0..2).map(|_| self.value(level + 1)).collect()),
            _ => Value::Map((0..2).map(|_| (Text::from("k"), self.value(level + 1))).collect()),
        }
    }
}

trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::text(self)
    }
}

/// Events as texts, sorted, with their fields in one order: equal for equal sets of events.
pub(crate) fn comparable(events: Vec<Event>) -> Vec<String> {
    let mut texts: Vec<String> = events
        .into_iter()
        .map(|mut event| {
            event.attributes.sort_by(|a, b| a.0.cmp(&b.0));
            event.record.sort_by_key(|(name, _)| *name);
            format!("{event:?}")
        })
        .collect();
    texts.sort_unstable();
    texts
}

/// Compares two lots of events; says what differs, not all that is equal.
pub(crate) fn assert_same(left: Vec<Event>, right: Vec<Event>) {
    let (left, right) = (comparable(left), comparable(right));
    let only = |a: &[String], b: &[String]| {
        let mut counts: HashMap<&str, isize> = HashMap::new();
        a.iter().for_each(|text| *counts.entry(text).or_default() += 1);
        b.iter().for_each(|text| *counts.entry(text).or_default() -= 1);
        let mut only: Vec<String> =
            counts.into_iter().filter(|(_, n)| *n > 0).map(|(text, n)| format!("{n} x {text}")).collect();
        only.sort_unstable();
        (only.len(), only.into_iter().take(3).collect::<Vec<_>>().join("\n"))
    };
    let (missing, extra) = (only(&right, &left), only(&left, &right));
    assert!(
        missing.0 == 0 && extra.0 == 0,
        "{} missing:\n{}\n{} too many:\n{}",
        missing.0,
        missing.1,
        extra.0,
        extra.1
    );
}

pub(crate) fn rows_of_service(snapshot: &Snapshot, service: &str) -> usize {
    let of_segment = |segment: &skep_store::Segment| {
        let Some(Column::Codes { codes, dictionary }) =
            segment.column(Place::Resource, "service.name").unwrap()
        else {
            return 0;
        };
        let Some(entry) = dictionary.values().position(|value| value.as_str() == Some(service)) else {
            return 0;
        };
        (0..codes.n_rows()).filter(|row| codes.at(*row) as usize == entry + 1).count()
    };
    snapshot.segments().iter().map(of_segment).sum()
}

/// What a snapshot's columns say, whatever their form and the order of their rows: each field's values with how often
/// they stand there, its number of rows, and the fixed columns.
pub(crate) fn describe(snapshot: &Snapshot) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut described: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for segment in snapshot.segments() {
        let mut note = |field: String, value: String| {
            *described.entry(field).or_default().entry(value).or_default() += 1;
        };
        for (place, name, n) in segment.fields_unsorted().unwrap() {
            let column = segment.column(place, &name).unwrap().unwrap();
            let mut n_seen = 0;
            for row in 0..segment.n_rows() {
                if let Some(value) = value_at(&column, row) {
                    note(format!("{place:?} {name}"), format!("{value:?}"));
                    n_seen += 1;
                }
            }
            assert_eq!(n_seen, n, "{name}");
        }
        let census = segment.census();
        for row in 0..segment.n_rows() {
            note("time".into(), segment.times().unwrap()[row].to_string());
            note("end".into(), segment.ends().unwrap()[row].to_string());
            note("kind".into(), segment.kinds().unwrap()[row].to_string());
            note("trace".into(), format!("{:?}", &segment.trace_ids().unwrap()[row * 16..][..16]));
            note("span".into(), format!("{:?}", &segment.span_ids().unwrap()[row * 8..][..8]));
            note("parent".into(), format!("{:?}", &segment.parent_ids().unwrap()[row * 8..][..8]));
        }
        *described.entry("census".into()).or_default().entry("spans".into()).or_default() +=
            census.kinds[0] as usize;
        *described.entry("census".into()).or_default().entry("named".into()).or_default() +=
            census.with_name as usize;
        for info in segment.traces().unwrap() {
            let errors = described.entry("traces with errors".into()).or_default();
            let has_error = errors.entry(info.trace_id.to_string()).or_default();
            *has_error = (*has_error).max(usize::from(info.has_error));
        }
    }
    described
}

fn value_at(column: &Column, row: usize) -> Option<Value> {
    match column {
        Column::Codes { codes, dictionary } => {
            (codes.at(row) as usize).checked_sub(1).map(|entry| dictionary.value(entry))
        }
        Column::Texts(texts) => texts.get(row).map(Value::from),
        Column::Ints { ints, present } => {
            present.as_ref().is_none_or(|present| present.contains(row)).then(|| ints[row].into())
        }
        Column::Doubles(doubles) => Some(doubles[row]).filter(|double| !double.is_nan()).map(Value::from),
        Column::Ids { .. } => None,
    }
}
