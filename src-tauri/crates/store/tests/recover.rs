//! Damage: a file that cannot be read is put aside and a new one begun; a damaged entry costs only itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use skep_model::columns::EventColumns;
use skep_model::{Encoding, Event, Nanos, Signal};
use skep_store::{Append, Config, Limits, LogEntry, LogPosition, OpenError, Reader, Store};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What the entries say is of no matter here: an event for each byte.
fn decode(entry: &LogEntry) -> EventColumns {
    columns(&entry.body)
}

fn columns(body: &[u8]) -> EventColumns {
    EventColumns::of_events(&vec![log_record(); body.len()])
}

fn log_record() -> Event {
    use skep_model::{EventFlags, EventKind, Resource, Scope, Text};
    Event {
        kind: EventKind::Log,
        time: Nanos(1),
        end: Nanos(1),
        trace_id: None,
        span_id: None,
        parent_id: None,
        name: Text::from("note"),
        record: Vec::new(),
        attributes: Vec::new(),
        resource: std::sync::Arc::new(Resource::default()),
        scope: std::sync::Arc::new(Scope::default()),
        flags: EventFlags::default(),
    }
}

fn append(n_events: usize) -> Append {
    let body = vec![b'x'; n_events];
    Append {
        received: Nanos(7),
        signal: Signal::Logs,
        encoding: Encoding::Protobuf,
        dataset: None,
        columns: columns(&body),
        body,
        n_rejected: 0,
        n_spans_rejected: 0,
    }
}

fn try_open(dir: &Path) -> Result<Store, OpenError> {
    let clock = std::sync::Arc::new(skep_store::clock::SystemClock::new());
    Store::open(Config { dir: dir.to_owned(), decode: decode.into(), limits: Limits::default(), clock })
}

async fn filled(dir: &Path) {
    let store = try_open(dir).unwrap();
    for n_events in [3, 4, 5] {
        store.append(append(n_events)).await.unwrap();
    }
    store.close().await;
}

fn raw(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("skep.db")).unwrap()
}

/// The file under its own name and all that was put aside.
fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.contains("damaged"));
    names.sort();
    names
}

async fn assert_begun_anew(dir: &Path, was: &[u8]) -> PathBuf {
    assert!(matches!(Reader::open(dir, decode), Err(OpenError::Damaged { .. })));
    assert!(names(dir).is_empty(), "a reader moves nothing");
    let store = try_open(dir).unwrap();
    assert_eq!(store.snapshot().n_rows(), 0);
    let aside = store.files_aside().to_vec();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(std::fs::read(&aside[0]).unwrap(), was, "not a byte of it is changed");
    store.append(append(2)).await.unwrap();
    store.close().await;
    assert_eq!(try_open(dir).unwrap().snapshot().n_rows(), 2, "the new one is an ordinary one");
    assert_eq!(Reader::open(dir, decode).unwrap().files_aside(), aside);
    aside[0].clone()
}

/// Scenario: a text lies where the store's file should be.
/// Guarantees: it is put aside byte for byte, under a name with the time; the store begins anew; a reader only refuses.
#[tokio::test]
async fn a_file_of_something_else_is_put_aside() {
    let dir = TempDir::new().unwrap();
    let text = b"not a database, but a text of some length that someone put here";
    std::fs::write(dir.path().join("skep.db"), text).unwrap();
    let aside = assert_begun_anew(dir.path(), text).await;
    let name = aside.file_name().unwrap().to_str().unwrap();
    let stamp = name.strip_prefix("skep.db.damaged-").unwrap();
    assert!(stamp.len() == 16 && stamp.starts_with("20") && stamp.ends_with('Z'), "{name}");
}

/// Scenario: a table is gone; the header says an impossible page, format or version.
/// Guarantees: each is damage, not a reason not to start.
#[tokio::test]
async fn a_header_or_schema_that_cannot_be_is_damage() {
    let header: [(usize, u8); 3] = [(20, 0xff), (60, 0x01), (47, 0x44)];
    for (at, byte) in header {
        let dir = TempDir::new().unwrap();
        filled(dir.path()).await;
        let path = dir.path().join("skep.db");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[at] = byte;
        std::fs::write(&path, &bytes).unwrap();
        let store = try_open(dir.path()).unwrap_or_else(|error| panic!("byte {at}: {error}"));
        assert_eq!((store.files_aside().len(), store.snapshot().n_rows()), (1, 0), "byte {at}");
    }
    let dir = TempDir::new().unwrap();
    filled(dir.path()).await;
    raw(dir.path()).execute_batch("DROP TABLE destination").unwrap();
    assert_eq!(try_open(dir.path()).unwrap().files_aside().len(), 1);
}

/// Scenario: the file is emptied while its log still holds what was acknowledged.
/// Guarantees: the log is put aside with it, where SQLite by itself would delete it.
#[tokio::test]
async fn a_log_beside_an_empty_file_is_kept() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("skep.db"), b"").unwrap();
    std::fs::write(dir.path().join("skep.db-wal"), b"what was acknowledged").unwrap();
    let store = try_open(dir.path()).unwrap();
    let mut wal = store.files_aside()[0].clone().into_os_string();
    wal.push("-wal");
    assert_eq!(std::fs::read(wal).unwrap(), b"what was acknowledged");
}

/// Scenario: one body of three does not decompress.
/// Guarantees: its neighbours are read, by the store, by a reader and by the tee; it is counted; the file stays.
#[tokio::test]
async fn a_damaged_entry_costs_only_itself() {
    let dir = TempDir::new().unwrap();
    filled(dir.path()).await;
    raw(dir.path()).execute("UPDATE log SET body = x'00112233' WHERE seq = 2", []).unwrap();
    let store = try_open(dir.path()).unwrap();
    for snapshot in [store.snapshot(), Reader::open(dir.path(), decode).unwrap().snapshot().clone()] {
        assert_eq!((snapshot.n_rows(), snapshot.counters().damaged), (8, 1));
    }
    let after = |seq| LogPosition { seq, ..LogPosition::default() };
    let log = store.read_log(after(0), 10, usize::MAX).await.unwrap();
    let whole: Vec<_> = log.into_iter().map(|frame| (frame.seq, frame.open().is_some())).collect();
    assert_eq!(whole, [(1, true), (2, false), (3, true)], "the tee counts what cannot be opened");
    store.append(append(1)).await.unwrap();
    assert_eq!(store.snapshot().counters().damaged, 1);
    assert!(names(dir.path()).is_empty());
}

/// Scenario: two files are put aside within a second.
/// Guarantees: neither takes the other's name.
#[tokio::test]
async fn names_do_not_collide() {
    let dir = TempDir::new().unwrap();
    for n in 1..=3 {
        std::fs::write(dir.path().join("skep.db"), format!("damage {n}, and some more text behind it"))
            .unwrap();
        let store = try_open(dir.path()).unwrap();
        assert_eq!(store.files_aside().len(), n);
        store.close().await;
    }
}
