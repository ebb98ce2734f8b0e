//! Lists of traces, page by page.

#![allow(clippy::unwrap_used, reason = "test code")]

use skep_engine::model::columns::EventColumns;
use skep_engine::query::Cancel;
use skep_engine::store::clock::SystemClock;
use skep_engine::store::{Append, Config, Limits, LogEntry, Store};
use skep_engine::{OrderId, TraceFilter, TraceSort, View};
use skep_model::{Encoding, Event, EventFlags, EventKind, Nanos, Signal, SpanId, TraceId};
use std::sync::Arc;

/// Trace `number` has one span that starts at `number` and lasts as long as its digits read backwards.
fn span(number: u32) -> Event {
    let backwards: String = number.to_string().chars().rev().collect();
    let mut id = [1; TraceId::BYTES];
    id[..4].copy_from_slice(&number.to_be_bytes());
    Event {
        kind: EventKind::Span,
        time: Nanos(u64::from(number)),
        end: Nanos(u64::from(number) + backwards.parse::<u64>().unwrap()),
        trace_id: TraceId::from_bytes(&id).ok(),
        span_id: SpanId::from_bytes(&[1; SpanId::BYTES]).ok(),
        parent_id: None,
        name: format!("work {number}").into(),
        record: Vec::new(),
        attributes: vec![("order.id".into(), format!("Order-{number}").as_str().into())],
        resource: Arc::default(),
        scope: Arc::default(),
        flags: EventFlags::default(),
    }
}

async fn append(store: &Store, numbers: impl Iterator<Item = u32>) {
    let events: Vec<Event> = numbers.map(span).collect();
    let append = Append {
        received: Nanos(0),
        signal: Signal::Traces,
        encoding: Encoding::Protobuf,
        dataset: None,
        body: events.len().to_le_bytes().to_vec(),
        columns: EventColumns::of_events(&events),
        n_rejected: 0,
        n_spans_rejected: 0,
    };
    store.append(append).await.unwrap();
}

fn store(dir: &std::path::Path) -> Store {
    // Nothing here is read again from the log.
    let decode = |_: &LogEntry| EventColumns::default();
    let clock = Arc::new(SystemClock::new());
    Store::open(Config { dir: dir.to_owned(), decode: decode.into(), limits: Limits::default(), clock })
        .unwrap()
}

fn names(view: &View, order: OrderId, offset: usize, n: usize) -> Vec<(usize, String)> {
    let placed = view.traces_at(order, offset, n, &Cancel::default()).unwrap().unwrap();
    placed.into_iter().map(|placed| (placed.place, placed.trace.root_name)).collect()
}

/// Scenario: a list of 300 traces is read page by page, in each order.
/// Guarantees: the pages together are the list, in its order, each row once; beyond its end there is nothing.
#[tokio::test]
async fn pages_make_the_whole_list() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    append(&store, 1..=300).await;
    let view = View::new(store.snapshot());
    for sort in [TraceSort::Start, TraceSort::Duration, TraceSort::Spans] {
        for is_ascending in [false, true] {
            let wanted = TraceFilter { sort, is_ascending, n_limit: 40, ..TraceFilter::default() };
            let list = view.traces(&wanted, &Cancel::default()).unwrap();
            let whole =
                view.traces(&TraceFilter { n_limit: 1000, ..wanted.clone() }, &Cancel::default()).unwrap();
            assert_eq!((list.traces.len(), list.n_matched, whole.traces.len()), (40, 300, 300));
            let expected: Vec<(usize, String)> =
                whole.traces.into_iter().map(|trace| trace.root_name).enumerate().collect();
            let paged: Vec<(usize, String)> =
                (0..5).flat_map(|page| names(&view, list.order, page * 64, 64)).collect();
            assert_eq!(paged, expected, "{sort:?} ascending: {is_ascending}");
            assert!(names(&view, list.order, 300, 64).is_empty());
        }
    }
}

/// Scenario: while a list is read, another is asked for again and again.
/// Guarantees: the one that is named as held stays, one that nobody names is let go of.
#[tokio::test]
async fn a_list_that_is_read_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    append(&store, 1..=10).await;
    let view = View::new(store.snapshot());
    let ask = |held| {
        let wanted = TraceFilter { n_limit: 1, held, ..TraceFilter::default() };
        view.traces(&wanted, &Cancel::default()).unwrap().order
    };
    let (held, forgotten) = (ask(None), ask(None));
    for _ in 0..20 {
        ask(Some(held));
    }
    assert_eq!(names(&view, held, 9, 1), [(9, "work 1".to_owned())]);
    assert!(view.traces_at(forgotten, 9, 1, &Cancel::default()).unwrap().is_none());
}

/// Scenario: a part of a text, in other letters, is looked for in a trace; and one that no value holds.
/// Guarantees: the span is found by it, and by nothing else.
#[tokio::test]
async fn a_text_is_found_in_a_trace() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    append(&store, 1..=300).await;
    let view = View::new(store.snapshot());
    let trace = view.trace(span(77).trace_id.unwrap(), &Cancel::default()).unwrap().unwrap();
    for (text, found) in [("oRDER-77", vec![0]), ("order-78", vec![]), ("work 77", vec![0])] {
        assert_eq!(trace.find(text, &Cancel::default()).unwrap(), found, "{text}");
    }
}
