//! Sealing: what lies in the file as columns is what came in, through restarts, merges and caps.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod generate;

use generate::{DECODED, Generator, assert_same};
use skep_model::columns::EventColumns;
use skep_model::{Encoding, Event, EventKind, Nanos, Signal, TraceId};
use skep_store::clock::{Clock, SystemClock};
use skep_store::{Append, Config, Limits, LogEntry, LogPosition, NewDestination, Reader, Snapshot, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The store keeps bodies and asks for their events again: here a body is a number that the generator knows.
fn decode(entry: &LogEntry) -> EventColumns {
    let number = u64::from_le_bytes(entry.body[..8].try_into().unwrap());
    EventColumns::of_events(&DECODED.lock().unwrap()[&number])
}

fn append(number: u64, events: Vec<Event>) -> Append {
    let columns = EventColumns::of_events(&events);
    DECODED.lock().unwrap().insert(number, events);
    Append {
        received: Nanos(1_000_000_000 * number),
        signal: Signal::Traces,
        encoding: Encoding::Protobuf,
        dataset: None,
        body: number.to_le_bytes().to_vec(),
        columns,
        n_rejected: 0,
        n_spans_rejected: 0,
    }
}

fn limits(segment_rows: usize) -> Limits {
    Limits { segment_rows, ..Limits::default() }
}

fn open(dir: &Path, limits: Limits) -> Store {
    Store::open(Config {
        dir: dir.to_owned(),
        decode: decode.into(),
        limits,
        clock: Arc::new(SystemClock::new()),
    })
    .unwrap()
}

async fn wait_until(store: &Store, holds: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let waited = SystemClock::new();
    loop {
        let snapshot = store.snapshot();
        if holds(&snapshot) {
            return snapshot;
        }
        assert!(waited.elapsed() < Duration::from_secs(60), "it never came to that");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn n_sealed(snapshot: &Snapshot) -> usize {
    snapshot.segments().iter().filter(|segment| segment.is_sealed()).count()
}

/// Every event of a snapshot, by way of its traces and, for those without, of its columns.
fn all_events(snapshot: &Snapshot) -> Vec<Event> {
    let mut ids: Vec<TraceId> = Vec::new();
    for segment in snapshot.segments() {
        ids.extend(segment.traces().unwrap().iter().map(|info| info.trace_id));
    }
    ids.sort_unstable();
    ids.dedup();
    let mut events = Vec::new();
    for id in ids {
        let rows = snapshot.trace(id).unwrap();
        events.extend(rows.iter().map(|(segment, row)| segment.event(row)));
    }
    events
}

/// Every event of a snapshot, segment by segment, in pieces that begin and end anywhere.
fn events_by_segments(snapshot: &Snapshot) -> Vec<Event> {
    let mut events = Vec::new();
    for segment in snapshot.segments() {
        let segment = segment.in_memory().unwrap();
        let rows: Vec<u32> = (0..).take(segment.n_rows()).collect();
        let (first, rest) = rows.split_at(rows.len() / 3);
        events.extend([first, rest].into_iter().flat_map(|rows| segment.events(rows)));
    }
    events
}

/// Scenario: many generated requests fill several segments, are sealed, and the store is opened again.
/// Guarantees: every event comes back as it was, in the process, in a second one and after the restart; the log is
/// empty up to what is not sealed.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_comes_back_as_it_was() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), limits(8 << 10));
    let mut generator = Generator::new(1);
    let mut sent = Vec::new();
    for number in 0..300 {
        let events = generator.request(100);
        sent.extend(events.clone());
        store.append(append(number, events)).await.unwrap();
    }
    let snapshot = wait_until(&store, |snapshot| n_sealed(snapshot) >= 3).await;
    let traced: Vec<Event> = sent.iter().filter(|event| event.trace_id.is_some()).cloned().collect();
    assert!(traced.len() < sent.len() && traced.len() > sent.len() / 2, "both kinds are generated");
    assert_same(all_events(&snapshot), traced.clone());
    assert_same(events_by_segments(&snapshot), sent.clone());
    assert_eq!(snapshot.n_rows(), sent.len());
    let log = store.read_log(LogPosition::default(), 1000, usize::MAX).await.unwrap();
    assert!(log.len() < 300, "sealed entries leave the log");

    let reader = Reader::open(dir.path(), decode).unwrap();
    assert_same(all_events(reader.snapshot()), traced.clone());
    store.close().await;
    let store = open(dir.path(), limits(8 << 10));
    let again = store.snapshot();
    let counters = |snapshot: &Snapshot| (snapshot.counters().stored, snapshot.counters().received);
    assert_eq!(counters(&again), counters(&snapshot));
    assert_same(all_events(&again), traced);
}

/// Guarantees: a segment says the same of its columns before and after it was sealed.
#[tokio::test]
async fn columns_read_the_same_before_and_after() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), limits(1 << 20));
    let mut generator = Generator::new(2);
    for number in 1000..1100 {
        store.append(append(number, generator.request(100))).await.unwrap();
    }
    let before = store.snapshot();
    store.close().await;
    let store = open(dir.path(), limits(1 << 20));
    let after = store.snapshot();
    assert_eq!((n_sealed(&before), n_sealed(&after)), (0, 1), "closing seals");
    let described = |snapshot: &Snapshot| generate::describe(snapshot);
    assert_eq!(described(&before), described(&after));
}

/// Scenario: many small segments, each sealed at a restart.
/// Guarantees: they are merged, nothing is lost or doubled, and repeats are still told.
#[tokio::test]
async fn small_segments_are_merged() {
    let dir = TempDir::new().unwrap();
    let mut generator = Generator::new(3);
    let mut sent = Vec::new();
    let mut first = Vec::new();
    for round in 0..6 {
        let store = open(dir.path(), limits(64 << 10));
        for number in 0..45 {
            let events = generator.request(100);
            if first.is_empty() {
                first.clone_from(&events);
            }
            sent.extend(events.clone());
            store.append(append(2000 + round * 100 + number, events)).await.unwrap();
        }
        store.close().await;
    }
    let store = open(dir.path(), limits(64 << 10));
    let n_spans = first.iter().filter(|event| event.kind == EventKind::Span).count() as u64;
    let repeat = store.append(append(2999, first)).await.unwrap();
    assert!(repeat.n_duplicate >= n_spans, "told after restarts and merges");
    let snapshot = wait_until(&store, |snapshot| n_sealed(snapshot) <= 3).await;
    let sent: Vec<Event> = sent.into_iter().filter(|event| event.trace_id.is_some()).collect();
    assert_same(all_events(&snapshot), sent);
}

/// Scenario: one chatty service and a quiet one fill a small file several times over; a trace is pinned.
/// Guarantees: the file holds its cap, the quiet service and the pinned trace keep everything, what left is counted.
#[tokio::test(flavor = "multi_thread")]
async fn the_cap_holds_and_is_fair() {
    let dir = TempDir::new().unwrap();
    let cap = 3 << 20;
    let store = open(dir.path(), Limits { file_bytes: cap, ..limits(8 << 10) });
    let mut generator = Generator::new(4);
    let (mut n_quiet, mut n_sent) = (0, 0);
    let mut pinned: Option<TraceId> = None;
    let mut sent = Vec::new();
    for number in 0..2_000 {
        let service = if number % 50 == 0 { "quiet" } else { "chatty" };
        let events = generator.request_of(service, 100);
        if number == 7 {
            pinned = events.iter().find_map(|event| event.trace_id);
            store.pin(pinned.unwrap(), true).await.unwrap();
        }
        sent.extend(events.iter().filter(|event| number < 100 && event.trace_id.is_some()).cloned());
        n_quiet += if service == "quiet" { events.len() } else { 0 };
        n_sent += events.len() as u64;
        store.append(append(3000 + number, events)).await.unwrap();
        let used = store.used_bytes().await.unwrap();
        // A segment of these rows is about a tenth of the cap.
        assert!(used < cap + cap / 3, "{used} at request {number}");
    }
    let snapshot = store.snapshot();
    let counters = snapshot.counters();
    assert!(counters.evicted > n_sent / 2, "most had to leave");
    assert_eq!(counters.evicted + snapshot.n_rows() as u64, n_sent);
    assert_eq!(generate::rows_of_service(&snapshot, "quiet"), n_quiet);
    let rows = snapshot.trace(pinned.unwrap()).unwrap();
    let pinned: Vec<Event> = sent.into_iter().filter(|event| event.trace_id == pinned).collect();
    assert_same(rows.iter().map(|(segment, row)| segment.event(row)).collect(), pinned.clone());
    drop((snapshot, rows));
    store.close().await;
    let store = open(dir.path(), Limits { file_bytes: cap, ..limits(8 << 10) });
    assert_eq!(store.snapshot().counters().evicted + store.snapshot().n_rows() as u64, n_sent);
    let id = pinned[0].trace_id.unwrap();
    assert!(
        store.snapshot().is_pinned(id) && Reader::open(dir.path(), decode).unwrap().snapshot().is_pinned(id)
    );
    store.pin(id, false).await.unwrap();
    assert!(!store.snapshot().is_pinned(id));
}

/// Scenario: a query holds a snapshot while its segments leave.
/// Guarantees: it reads them to the end.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_can_be_read_though_it_left() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), Limits { file_bytes: 1 << 20, ..limits(4 << 10) });
    let mut generator = Generator::new(5);
    let mut sent = Vec::new();
    for number in 0..60 {
        let events = generator.request(100);
        sent.extend(events.clone());
        store.append(append(6000 + number, events)).await.unwrap();
    }
    let held = wait_until(&store, |snapshot| n_sealed(snapshot) > 0).await;
    let of_held = all_events(&held);
    for number in 60..1500 {
        store.append(append(6000 + number, generator.request(100))).await.unwrap();
    }
    assert!(store.snapshot().counters().evicted > 10_000);
    assert_same(all_events(&held), of_held);
}

/// Scenario: a destination is far behind when segments are sealed, and when space is needed.
/// Guarantees: what it has yet to pass stays in the log though it is sealed; at the cap of the file it leaves, and the
/// ledger says exactly how many events were not sent.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_waits_for_destinations_until_the_file_is_full() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), limits(4 << 10));
    let url = "http://127.0.0.1:9".to_owned();
    store.put_destination(NewDestination { id: None, url, enabled: true, settings: None }).await.unwrap();
    let mut generator = Generator::new(6);
    let mut n_sent = 0;
    for number in 0..200 {
        let events = generator.request(100);
        n_sent += events.len() as u64;
        store.append(append(8000 + number, events)).await.unwrap();
    }
    wait_until(&store, |snapshot| n_sealed(snapshot) > 1).await;
    let log = store.read_log(LogPosition::default(), 1000, usize::MAX).await.unwrap();
    assert_eq!(log.len(), 200, "sealed, and kept for sending");
    store.close().await;

    let store = open(dir.path(), Limits { file_bytes: 256 << 10, ..limits(4 << 10) });
    for number in 200..400 {
        let events = generator.request(100);
        n_sent += events.len() as u64;
        store.append(append(8000 + number, events)).await.unwrap();
    }
    let ledger = store.destinations()[0].clone();
    let waiting = store.logged_events() - ledger.cursor.events;
    assert!(ledger.refused > 0, "what left unsent is in the ledger");
    assert_eq!(ledger.acknowledged + ledger.refused + waiting, n_sent);
    assert!(ledger.last_refusal.unwrap().contains("before it could be sent"));
}
