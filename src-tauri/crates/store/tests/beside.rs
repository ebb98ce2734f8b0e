//! Large bodies lie beside the file until they are sealed, and that shows nowhere: not after a restart, not to a second
//! process, not to the tee, and not where there is no room for them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod numbers;

use numbers::{append, decode, numbers, open, open_with};
use skep_store::{Advance, Append, Body, Limits, LogPosition, NewDestination, Reader, Store};
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Bytes of a body that may lie beside.
const LARGE: usize = 70_000;

/// The same numbers in a large body: what follows them is read over.
fn large(numbers: Range<u64>) -> Append {
    let mut append = append(numbers);
    append.body.resize(LARGE, b' ');
    append
}

fn bodies(dir: &Path) -> Vec<u8> {
    std::fs::read(dir.join("skep.db-bodies")).unwrap()
}

/// What a kill leaves: the files as they are, without an orderly end.
fn killed(dir: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for file in std::fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

async fn until_sealed(store: &Store, n_unsealed_max: usize) {
    for _ in 0..6000 {
        let snapshot = store.snapshot();
        let unsealed = snapshot.segments().iter().filter(|segment| !segment.is_sealed());
        if unsealed.map(skep_store::Segment::n_rows).sum::<usize>() <= n_unsealed_max {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it is not sealed within a minute");
}

fn all(n: u64) -> Vec<u64> {
    (0..n).collect()
}

/// Scenario: large and small requests, a kill, a restart, an orderly end.
/// Guarantees: the large ones lie beside as they came; a second process, the tee and the next start read them all; after
/// the end there is one file again.
#[tokio::test]
async fn what_lies_beside_is_there() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    for n in 0..6 {
        let numbers = n * 10..n * 10 + 10;
        store.append(if n % 2 == 0 { large(numbers) } else { append(numbers) }).await.unwrap();
    }
    let beside = bodies(dir.path());
    assert!(beside.starts_with(b"0 1 2 3") && beside.len() >= 3 * LARGE, "{}", beside.len());
    let log = store.read_log(LogPosition::default(), 10, usize::MAX).await.unwrap();
    let lengths: Vec<usize> = log.into_iter().map(|frame| frame.open().unwrap().body.len()).collect();
    assert_eq!(lengths, [LARGE, 29, LARGE, 29, LARGE, 29]);
    assert_eq!(numbers(Reader::open(dir.path(), decode).unwrap().snapshot()), all(60));

    let killed = killed(dir.path());
    assert_eq!(numbers(Reader::open(killed.path(), decode).unwrap().snapshot()), all(60));
    let store_again = open(killed.path());
    assert_eq!(numbers(&store_again.snapshot()), all(60));
    store_again.append(large(60..70)).await.unwrap();
    assert_eq!(numbers(Reader::open(killed.path(), decode).unwrap().snapshot()), all(70));

    store.close().await;
    assert!(bodies(dir.path()).is_empty(), "one file is the store");
    std::fs::remove_file(dir.path().join("skep.db-bodies")).unwrap();
    assert_eq!(numbers(&open(dir.path()).snapshot()), all(60));
}

/// Scenario: far more large bodies than may lie beside at once, sealed as they come; then the same while a second
/// process says that it reads.
/// Guarantees: parts are used again, so that the file stays small, but none is written over while someone may read it;
/// what finds no room goes into the database, and everything is there.
#[tokio::test(flavor = "multi_thread")]
async fn parts_are_used_again_unless_someone_reads() {
    let dir = TempDir::new().unwrap();
    // Half of the cap may lie beside: room for 29 bodies.
    let limits = Limits { segment_rows: 40, file_bytes: 4 << 20, ..Limits::default() };
    let store = open_with(dir.path(), limits);
    for n in 0..200 {
        store.append(large(n * 10..n * 10 + 10)).await.unwrap();
    }
    until_sealed(&store, 40).await;
    let n_bytes = bodies(dir.path()).len();
    assert!(n_bytes <= 2 << 20, "{n_bytes} bytes of 14 MB lie beside");

    let reading = File::open(dir.path().join("skep.reading")).unwrap();
    reading.lock_shared().unwrap();
    store.append(large(2000..2010)).await.unwrap();
    let entry = store.read_log(LogPosition::default(), 1000, usize::MAX).await.unwrap().pop().unwrap();
    let start = entry.open().unwrap().body[..40].to_vec();
    let at = bodies(dir.path()).windows(40).position(|bytes| bytes == start).expect("it lies beside");
    for n in 201..400 {
        store.append(large(n * 10..n * 10 + 10)).await.unwrap();
    }
    until_sealed(&store, 40).await;
    assert_eq!(bodies(dir.path())[at..at + 40], start, "sealed long ago, and not written over");
    assert!(bodies(dir.path()).len() <= 2 << 20, "what finds no room goes into the database");
    reading.unlock().unwrap();
    for n in 400..500 {
        store.append(large(n * 10..n * 10 + 10)).await.unwrap();
    }
    until_sealed(&store, 40).await;
    assert_ne!(bodies(dir.path())[at..at + 40], start, "the rig is broken: nothing uses that part again");
    assert_eq!(numbers(&store.snapshot()), all(5000));
    assert_eq!(numbers(Reader::open(dir.path(), decode).unwrap().snapshot()), all(5000));
}

/// Scenario: a destination is behind, across a restart, and catches up.
/// Guarantees: what it waits for stays, though it is sealed; the ledger counts the bytes as they are kept, to zero; then
/// nothing lies beside.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_destination_waits_for_stays_beside() {
    let dir = TempDir::new().unwrap();
    let limits = Limits { segment_rows: 40, ..Limits::default() };
    let store = open_with(dir.path(), limits);
    store.append(large(0..10)).await.unwrap();
    let url = "http://127.0.0.1:9".to_owned();
    let new = NewDestination { id: None, url, enabled: true, settings: None };
    let id = store.put_destination(new).await.unwrap();
    for n in 1..20 {
        store.append(large(n * 10..n * 10 + 10)).await.unwrap();
    }
    until_sealed(&store, 40).await;
    store.close().await;
    assert!(!bodies(dir.path()).is_empty());

    let store = open_with(dir.path(), limits);
    let cursor = store.destinations()[0].cursor;
    let log = store.read_log(cursor, 100, usize::MAX).await.unwrap();
    let n_bytes: u64 = log.iter().map(|frame| frame.body.bytes().len() as u64).sum();
    assert_eq!(store.logged_bytes() - cursor.bytes, n_bytes, "counted as they are kept");
    let to_seq = log.last().unwrap().seq;
    let texts: Vec<String> = log
        .into_iter()
        .map(|frame| String::from_utf8(frame.open().unwrap().body).unwrap().trim_end().to_owned())
        .collect();
    let expected = |n: u64| (n * 10..n * 10 + 10).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!(texts, (1..20).map(expected).collect::<Vec<_>>());
    store.advance(id, Advance { to_seq, acknowledged: 190, ..Advance::default() }).await.unwrap();
    let ledger = store.destinations()[0].clone();
    assert_eq!((ledger.cursor.bytes, ledger.cursor.events), (store.logged_bytes(), store.logged_events()));
    store.close().await;
    assert!(bodies(dir.path()).is_empty());
    assert_eq!(numbers(&open(dir.path()).snapshot()), all(200));
}

/// Scenario: a destination is far behind, and then it moves.
/// Guarantees: what it may wait for long is kept compressed; when it gets on, bodies lie beside again.
#[tokio::test]
async fn what_may_wait_for_long_is_compressed() {
    let dir = TempDir::new().unwrap();
    // Eight MiB may lie beside, and two of them wait for long.
    let store = open_with(dir.path(), Limits { file_bytes: 16 << 20, ..Limits::default() });
    let url = "http://127.0.0.1:9".to_owned();
    let new = NewDestination { id: None, url, enabled: true, settings: None };
    let id = store.put_destination(new).await.unwrap();
    let mut n = 0;
    let mut append_mib = async |store: &Store| {
        let mut append = append(n * 10..n * 10 + 10);
        append.body.resize(1 << 20, b' ');
        n += 1;
        store.append(append).await.unwrap();
    };
    for _ in 0..5 {
        append_mib(&store).await;
    }
    let log = store.read_log(LogPosition::default(), 100, usize::MAX).await.unwrap();
    let n_plain = log.iter().filter(|frame| matches!(frame.body, Body::Plain(_))).count();
    assert_eq!((log.len(), n_plain), (5, 3), "two, and the one that is more");
    let advance = Advance { to_seq: log[0].seq, acknowledged: 10, ..Advance::default() };
    store.advance(id, advance).await.unwrap();
    append_mib(&store).await;
    let log = store.read_log(LogPosition::default(), 100, usize::MAX).await.unwrap();
    let last = log.last().unwrap();
    assert!(matches!(last.body, Body::Plain(_)) && last.n_events == 10, "still behind, and it gets on");
}

/// Scenario: one byte of a body beside is another; the file beside is gone.
/// Guarantees: what is damaged costs only itself and is counted, by the store and by a reader; the tee gets an entry that
/// does not open; the store goes on.
#[tokio::test]
async fn damage_beside_costs_only_what_lies_there() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    for n in 0..4 {
        let numbers = n * 10..n * 10 + 10;
        store.append(if n == 3 { append(numbers) } else { large(numbers) }).await.unwrap();
    }
    let found = |dir: &Path| {
        let store = open(dir);
        let snapshots = [Reader::open(dir, decode).unwrap().snapshot().clone(), store.snapshot()];
        let found = snapshots.map(|snapshot| (snapshot.n_rows(), snapshot.counters().damaged));
        assert_eq!(found[0], found[1]);
        (store, found[0])
    };

    let flipped = killed(dir.path());
    let mut bytes = bodies(dir.path());
    let second = bytes.windows(3).position(|bytes| bytes == b"10 ").unwrap();
    bytes[second] ^= 1;
    std::fs::write(flipped.path().join("skep.db-bodies"), bytes).unwrap();
    let (store, found_there) = found(flipped.path());
    assert_eq!(found_there, (30, 1));
    let log = store.read_log(LogPosition::default(), 10, usize::MAX).await.unwrap();
    let opened: Vec<bool> = log.into_iter().map(|frame| frame.open().is_some()).collect();
    assert_eq!(opened, [true, false, true, true]);

    let gone = killed(dir.path());
    std::fs::remove_file(gone.path().join("skep.db-bodies")).unwrap();
    let (store, found_there) = found(gone.path());
    assert_eq!(found_there, (10, 3));
    store.append(large(50..60)).await.unwrap();
    assert_eq!(Reader::open(gone.path(), decode).unwrap().snapshot().n_rows(), 20);
}

/// Guarantees: a damaged file takes what lies beside it along when it is put aside.
#[tokio::test]
async fn what_lies_beside_a_damaged_file_goes_with_it() {
    let dir = TempDir::new().unwrap();
    open(dir.path()).append(large(0..10)).await.unwrap();
    let killed = killed(dir.path());
    for name in ["skep.db-wal", "skep.db-shm"] {
        std::fs::remove_file(killed.path().join(name)).unwrap();
    }
    std::fs::write(killed.path().join("skep.db"), b"something else altogether, and long enough").unwrap();
    let store = open(killed.path());
    let mut aside = store.files_aside()[0].clone().into_os_string();
    aside.push("-bodies");
    assert!(std::fs::read(aside).unwrap().starts_with(b"0 1 2"));
    assert!(bodies(killed.path()).is_empty());
    assert_eq!(store.files_aside().len(), 1, "and counts as one with it");
}
