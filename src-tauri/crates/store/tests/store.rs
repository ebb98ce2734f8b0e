//! The store from outside: what is acknowledged is there, after restarts, for second processes, and under caps.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod numbers;

use numbers::{append, config, decode, numbers, open, open_with, span};
use skep_model::columns::EventColumns;
use skep_model::{Encoding, Event, EventKind, Text};
use skep_store::{Append, AppendError, Caps, Limits, LogPosition, NewDestination, OpenError, Reader, Store};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// Scenario: requests are appended from many tasks at once, the store is closed and opened again.
/// Guarantees: every acknowledged event is there, once, in the process, in a second one, and after the restart.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let appends = (0..200u64).map(|i| {
        let store = store.clone();
        tokio::spawn(async move { store.append(append(i * 100..i * 100 + 100)).await.unwrap() })
    });
    for append in appends.collect::<Vec<_>>() {
        assert_eq!(append.await.unwrap().n_stored, 100);
    }
    let all: Vec<u64> = (0..20_000).collect();
    assert_eq!(numbers(&store.snapshot()), all);
    assert!(store.snapshot().segments().len() > 1, "segments are frozen as they fill");
    let reader = Reader::open(dir.path(), decode).unwrap();
    assert_eq!(numbers(reader.snapshot()), all);
    assert_eq!(reader.snapshot().counters(), store.snapshot().counters());
    store.close().await;
    assert_eq!(store.append(append([1])).await, Err(AppendError::Closed));
    // A reader's clone may outlive the close: the directory is free all the same.
    assert_eq!(numbers(&open(dir.path()).snapshot()), all);
}

#[tokio::test]
async fn an_event_comes_back_as_it_was() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    store.append(append([41, 42])).await.unwrap();
    let snapshot = store.snapshot();
    let rows = snapshot.trace(span(42).trace_id.unwrap()).unwrap();
    let events: Vec<Event> = rows.iter().map(|(segment, row)| segment.event(row)).collect();
    assert_eq!(events, [span(41), span(42)]);
}

#[tokio::test]
async fn a_repeated_request_doubles_nothing_before_and_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    store.append(append(0..10)).await.unwrap();
    let again = store.append(append(5..15)).await.unwrap();
    assert_eq!((again.n_stored, again.n_duplicate), (5, 5));
    store.close().await;
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.append(append(0..15)).await.unwrap().n_duplicate, 15);
    assert_eq!(numbers(&store.snapshot()), (0..15).collect::<Vec<_>>());
    let counters = store.snapshot().counters();
    assert_eq!((counters.received, counters.stored, counters.duplicate), (35, 15, 20));
    let log = store.read_log(LogPosition::default(), 10, usize::MAX).await.unwrap();
    assert_eq!(log.len(), 2, "a request of nothing but repeats is not logged");
}

#[tokio::test]
async fn the_same_id_with_other_content_is_kept() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let mut other = append([3]);
    other.columns = EventColumns::of_events(&[Event { name: Text::from("other work"), ..span(3) }]);
    store.append(append([3])).await.unwrap();
    assert_eq!(store.append(other).await.unwrap().n_stored, 1);
}

/// Scenario: a request in which a repeated span is followed by an annotation of its own and by one of another span, as
/// Honeycomb's senders may order them.
/// Guarantees: only its own is a repeat with it.
#[tokio::test]
async fn what_annotates_another_span_is_no_repeat() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let below = |number| Event {
        kind: EventKind::SpanEvent,
        span_id: None,
        parent_id: span(number).span_id,
        name: Text::from("note"),
        ..span(number)
    };
    store.append(append([1])).await.unwrap();
    let mut mixed = append([1]);
    mixed.columns = EventColumns::of_events(&[span(1), below(1), below(2)]);
    let appended = store.append(mixed).await.unwrap();
    assert_eq!((appended.n_stored, appended.n_duplicate), (1, 2));
}

/// Guarantees: what the log says of a request is the same after a restart, in each encoding.
#[tokio::test]
async fn every_encoding_comes_back() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let all = [
        Encoding::Protobuf,
        Encoding::Json,
        Encoding::HoneycombJson,
        Encoding::HoneycombMsgpack,
        Encoding::HoneycombMarker,
    ];
    for (encoding, number) in all.into_iter().zip(0..) {
        let dataset = Some(Text::from("shop"));
        store.append(Append { encoding, dataset, ..append([number]) }).await.unwrap();
    }
    store.close().await;
    drop(store);
    let log = open(dir.path()).read_log(LogPosition::default(), 10, usize::MAX).await.unwrap();
    let read: Vec<_> = log.iter().map(|entry| (entry.encoding, entry.dataset.as_deref())).collect();
    assert_eq!(read, all.map(|encoding| (encoding, Some("shop"))));
}

#[tokio::test]
async fn rejected_events_are_counted_with_the_rest() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    store.append(Append { n_rejected: 3, n_spans_rejected: 2, ..append([1]) }).await.unwrap();
    let counters = store.snapshot().counters();
    assert_eq!((counters.received, counters.stored, counters.rejected), (4, 1, 3));
    assert_eq!((counters.spans_received, counters.spans_stored, counters.spans_rejected), (3, 1, 2));
}

#[tokio::test]
async fn one_process_writes_and_readers_need_a_store() {
    let dir = TempDir::new().unwrap();
    assert!(matches!(Reader::open(dir.path(), decode), Err(OpenError::NotFound(_))));
    let _store = open(dir.path());
    assert!(matches!(Store::open(config(dir.path(), Limits::default())), Err(OpenError::InUse(_))));
    assert!(Reader::open(dir.path(), decode).is_ok());
}

#[tokio::test]
async fn a_newer_file_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    open(dir.path()).close().await;
    let path = dir.path().join("skep.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let config = || config(dir.path(), Limits::default());
    assert!(matches!(Store::open(config()), Err(OpenError::Newer(_))));
    assert!(matches!(Reader::open(dir.path(), decode), Err(OpenError::Newer(_))));
    let version: u32 = rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 999, "it lies where it lay");
}

#[tokio::test]
async fn a_destination_begins_at_the_end_of_the_log_and_so_does_one_turned_on_again() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    store.append(append(0..5)).await.unwrap();
    let put =
        |enabled| NewDestination { id: None, url: "http://127.0.0.1:9".to_owned(), enabled, settings: None };
    let id = store.put_destination(put(true)).await.unwrap();
    let waiting = || store.logged_events() - store.destinations()[0].cursor.events;
    assert_eq!(waiting(), 0);
    store.append(append(5..10)).await.unwrap();
    assert_eq!(waiting(), 5);
    assert_eq!(store.put_destination(put(true)).await, Ok(id), "the same address is the same destination");
    assert_eq!(waiting(), 5, "saving it again skips nothing");
    store.put_destination(put(false)).await.unwrap();
    store.put_destination(put(true)).await.unwrap();
    assert_eq!(waiting(), 0, "nothing is kept for one that is off");
    store.remove_destination(id).await.unwrap();
    assert!(store.destinations().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_user_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let parent = TempDir::new().unwrap();
    let dir = parent.path().join("data");
    let store = open(&dir);
    store.append(append(0..5)).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for file in std::fs::read_dir(&dir).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
}

/// Scenario: the disk fills up to the floor, and has room again, while senders try without a pause.
/// Guarantees: what is refused says why, nothing of it is stored, and receiving resumes by itself as soon as there is.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_pauses_receiving_until_there_is_room() {
    let dir = TempDir::new().unwrap();
    let free_bytes = fs4::available_space(dir.path()).unwrap();
    // As much as others may write or delete meanwhile.
    let margin_bytes = (free_bytes / 4).min(1 << 30);
    let free_disk_bytes_min = free_bytes - margin_bytes;
    let store = open_with(dir.path(), Limits { free_disk_bytes_min, ..Limits::default() });
    store.append(append([0])).await.unwrap();

    let other = dir.path().join("another program's file");
    fs4::FileExt::allocate(&std::fs::File::create(&other).unwrap(), 2 * margin_bytes).unwrap();
    within_a_minute("low", || store.is_disk_low()).await;
    let n_refused = Arc::new(AtomicU64::new(0));
    let senders = (1..33).map(|number| {
        let (store, n_refused) = (store.clone(), Arc::clone(&n_refused));
        tokio::spawn(async move {
            while let Err(error) = store.append(append([number])).await {
                assert_eq!(error, AppendError::DiskLow);
                n_refused.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    within_a_minute("refusals", || n_refused.load(Ordering::Relaxed) > 1_000).await;
    assert_eq!(numbers(&store.snapshot()), [0]);

    std::fs::remove_file(&other).unwrap();
    let n_before = n_refused.load(Ordering::Relaxed);
    within_a_minute("room", || senders.iter().all(tokio::task::JoinHandle::is_finished)).await;
    for sender in senders {
        sender.await.unwrap();
    }
    assert!(!store.is_disk_low());
    let n_after = n_refused.load(Ordering::Relaxed) - n_before;
    // Those that were on their way; were the disk only looked at in quiet moments, there would be millions.
    assert!(n_after < 1_000, "{n_after} refused after there was room");
    assert_eq!(numbers(&store.snapshot()), (0..33).collect::<Vec<_>>());
    store.close().await;
}

async fn within_a_minute(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within a minute");
}

#[tokio::test]
async fn a_file_that_holds_nothing_yet_is_no_store() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("skep.db"), b"").unwrap();
    assert!(matches!(Reader::open(dir.path(), decode), Err(OpenError::NotFound(_))));
    let store = open(dir.path());
    store.append(append([1])).await.unwrap();
    assert_eq!(numbers(Reader::open(dir.path(), decode).unwrap().snapshot()), [1]);
}

/// Scenario: everything is cleared while a destination still waits for it, the same events come again, and the file is
/// compacted.
/// Guarantees: nothing can be read any more, here or after a restart; what waits is still in the log; what comes again is
/// no repeat; the file gets smaller.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_cleared_is_gone_and_may_come_again() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let new =
        NewDestination { id: None, url: "http://127.0.0.1:1".to_owned(), enabled: true, settings: None };
    store.put_destination(new).await.unwrap();
    store.append(append(0..20_000)).await.unwrap();
    store.pin(span(1).trace_id.unwrap(), true).await.unwrap();
    let held = store.snapshot();
    store.clear().await.unwrap();
    assert_eq!(numbers(&store.snapshot()), Vec::<u64>::new());
    assert_eq!(numbers(&held).len(), 20_000, "who looks at it goes on looking");
    assert!(!store.snapshot().is_pinned(span(1).trace_id.unwrap()));
    let waiting = store.read_log(LogPosition::default(), 10, usize::MAX).await.unwrap();
    assert_eq!(waiting.iter().map(|entry| entry.n_events).sum::<u64>(), 20_000);
    drop(held);

    assert_eq!(
        store.append(append(0..10)).await.unwrap().n_stored,
        10,
        "they are no repeats of anything here"
    );
    let counters = store.snapshot().counters();
    assert_eq!((counters.stored, counters.evicted, counters.duplicate), (20_010, 20_000, 0));
    let before = store.disk_bytes();
    store.compact().await.unwrap();
    assert!(store.disk_bytes() < before, "{before} bytes before, {} after", store.disk_bytes());
    assert_eq!(numbers(&store.snapshot()), (0..10).collect::<Vec<_>>());
    store.close().await;
    assert_eq!(numbers(&open(dir.path()).snapshot()), (0..10).collect::<Vec<_>>());
}

/// Guarantees: other caps hold from then on, without a restart.
#[tokio::test(flavor = "multi_thread")]
async fn caps_change_while_it_is_open() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    store.append(append([1])).await.unwrap();
    let caps = |free_disk_bytes_min| Caps { file_bytes: 1 << 30, age_max: None, free_disk_bytes_min };
    store.limit(caps(u64::MAX)).await.unwrap();
    within_a_minute("the disk to be too full for this cap", || store.is_disk_low()).await;
    store.limit(caps(0)).await.unwrap();
    within_a_minute("room", || !store.is_disk_low()).await;
    store.append(append([2])).await.unwrap();
    assert_eq!(numbers(&store.snapshot()), [1, 2]);
}
