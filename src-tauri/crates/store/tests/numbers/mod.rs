//! Requests whose bodies are lists of numbers, each a span: enough to tell what came back.

use skep_model::columns::EventColumns;
use skep_model::{
    Encoding, Event, EventFlags, EventKind, Nanos, Resource, Scope, Signal, SpanId, Text, TraceId,
};
use skep_store::clock::SystemClock;
use skep_store::{Append, Config, Limits, LogEntry, Snapshot, Store};
use std::path::Path;
use std::sync::Arc;

pub(crate) fn decode(entry: &LogEntry) -> EventColumns {
    columns(&entry.body)
}

pub(crate) fn columns(body: &[u8]) -> EventColumns {
    let text = std::str::from_utf8(body).unwrap();
    let spans: Vec<Event> = text.split_whitespace().map(|number| span(number.parse().unwrap())).collect();
    EventColumns::of_events(&spans)
}

pub(crate) fn span(number: u64) -> Event {
    let mut trace_id = [1; 16];
    trace_id[..8].copy_from_slice(&(number / 10).to_be_bytes());
    let resource =
        Resource { attributes: vec![("service.name".into(), "shop".into())], ..Resource::default() };
    Event {
        kind: EventKind::Span,
        time: Nanos(1_000 + number),
        end: Nanos(2_000 + number),
        trace_id: TraceId::from_bytes(&trace_id).ok(),
        span_id: SpanId::from_bytes(&(number + 1).to_be_bytes()).ok(),
        parent_id: None,
        name: Text::from("work"),
        record: vec![("status_code", 0.into())],
        attributes: vec![("number".into(), number.cast_signed().into())],
        resource: Arc::new(resource),
        scope: Arc::new(Scope::default()),
        flags: EventFlags::default(),
    }
}

pub(crate) fn append(numbers: impl IntoIterator<Item = u64>) -> Append {
    let body: Vec<String> = numbers.into_iter().map(|number| number.to_string()).collect();
    let body = body.join(" ").into_bytes();
    Append {
        received: Nanos(7),
        signal: Signal::Traces,
        encoding: Encoding::Protobuf,
        dataset: None,
        columns: columns(&body),
        body,
        n_rejected: 0,
        n_spans_rejected: 0,
    }
}

pub(crate) fn config(dir: &Path, limits: Limits) -> Config {
    Config { dir: dir.to_owned(), decode: decode.into(), limits, clock: Arc::new(SystemClock::new()) }
}

pub(crate) fn open_with(dir: &Path, limits: Limits) -> Store {
    Store::open(config(dir, limits)).unwrap()
}

pub(crate) fn open(dir: &Path) -> Store {
    open_with(dir, Limits::default())
}

/// The numbers in a snapshot, sorted.
pub(crate) fn numbers(snapshot: &Snapshot) -> Vec<u64> {
    let mut numbers: Vec<u64> = snapshot
        .segments()
        .iter()
        .flat_map(|segment| segment.times().unwrap().iter().map(|time| time - 1_000).collect::<Vec<_>>())
        .collect();
    numbers.sort_unstable();
    numbers
}
