//! Files that a running engine takes in: by their paths, and piece by piece.

#![allow(clippy::unwrap_used, reason = "test code")]

use serde_json::json;
use skep_engine::forward::KeyStore;
use skep_engine::import::{ImportNow, ImportState};
use skep_engine::settings::{LiveSettings, Settings};
use skep_engine::store::clock::SystemClock;
use skep_engine::{Config, Engine};
use std::path::Path;
use std::sync::Arc;

async fn engine(dir: &Path) -> Engine {
    let config = Config {
        data_dir: dir.join("data"),
        grpc: "127.0.0.1:0".parse().unwrap(),
        http: "127.0.0.1:0".parse().unwrap(),
        containers: None,
        allowed: Vec::new(),
        forward: Vec::new(),
        keys: KeyStore::file_only(dir),
        store_limits: skep_engine::store::Limits::default(),
        receive_limits: skep_engine::receive::Limits::default(),
        settings: Arc::new(LiveSettings::fixed(Settings::default())),
        clock: Arc::new(SystemClock::new()),
    };
    Engine::start(config).await.unwrap()
}

/// A line of one request.
fn line(trace: u32) -> String {
    let span = json!({"traceId": format!("{trace:032x}"), "spanId": "00000000000000a1", "name": "imported",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": format!("170000000000000000{}", trace % 10)});
    format!("{}\n", json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))
}

/// Waits until a file is as wanted.
async fn until(engine: &Engine, id: u32, is_wanted: impl Fn(&ImportNow) -> bool) -> ImportNow {
    for _ in 0..60_000 {
        let now = engine.imports().now().into_iter().find(|one| one.id == id).unwrap();
        if is_wanted(&now) {
            return now;
        }
        assert!(!now.state.is_end(), "it ended in another way: {now:?}");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("it does not come: {:?}", engine.imports().now());
}

async fn ended(engine: &Engine, id: u32) -> ImportNow {
    until(engine, id, |one| one.state.is_end()).await
}

/// Scenario: files of this machine are given: good ones, a repeat, what is no telemetry, an empty one, a folder, none.
/// Guarantees: each is told about by its name alone, with what became of it, and the next is taken all the same.
#[tokio::test(flavor = "multi_thread")]
async fn files_are_taken_in_and_told_about() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path()).await;
    let write = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).unwrap();
        dir.path().join(name)
    };
    let good: String = (1..=300).map(line).collect();
    let paths = [
        write("good.jsonl", &good),
        write("again.jsonl", &good),
        write("partly.jsonl", &format!("{}nonsense\n{}", line(1_001), line(1_002))),
        write("a picture.png", "\u{fffd}PNG, more or less"),
        write("words.json", "{\"hello\": 1}"),
        write("empty.json", ""),
        dir.path().to_owned(),
        dir.path().join("nowhere"),
    ];
    let ids = paths.map(|path| engine.imports().begin_path(path).unwrap());
    let mut seen = String::new();
    for id in ids {
        let ImportNow { name, state, tally, n_unreadable, error, n_bytes, n_bytes_read, .. } =
            ended(&engine, id).await;
        assert!(!name.contains('/'), "{name}");
        if state == ImportState::Done {
            assert_eq!(Some(n_bytes_read), n_bytes);
            assert_eq!(tally.times.unwrap().0.0, 1_700_000_000_000_000_000);
        }
        let name = if id == ids[6] { "a folder" } else { &name };
        let counts = (tally.n_received, tally.n_stored, tally.n_duplicate, n_unreadable);
        seen += &format!("{name}: {state:?} {counts:?} {}\n", error.unwrap_or_default());
    }
    expect_test::expect![[r#"
        good.jsonl: Done (300, 300, 0, 0) 
        again.jsonl: Done (300, 0, 300, 0) 
        partly.jsonl: Done (2, 2, 0, 1) text that is not JSON stands between values
        a picture.png: Failed (0, 0, 0, 1) neither OTLP nor traces of Jaeger or Zipkin
        words.json: Failed (0, 0, 0, 1) a JSON value is neither OTLP nor a trace of Jaeger or Zipkin
        empty.json: Failed (0, 0, 0, 0) it holds nothing
        a folder: Failed (0, 0, 0, 0) it is a folder: choose the files in it
        nowhere: Failed (0, 0, 0, 0) No such file or directory (os error 2)
    "#]]
    .assert_eq(&seen);
    assert_eq!(engine.snapshot().n_rows(), 302);
    assert!(engine.arrivals().n_requests >= 302, "they are among what arrived");
    engine.imports().forget_ended();
    assert_eq!(engine.imports().now(), []);
    engine.stop().await;
}

/// Scenario: three files come piece by piece: one whole, cut anywhere; one that breaks off; one that is stopped.
/// Guarantees: what was read is kept, what follows a stop is not wanted, and each says how it ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_come_in_pieces() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path()).await;
    let imports = engine.imports();
    let whole: String = (1..=20).map(line).collect();
    let id = imports.begin("whole.jsonl", Some(whole.len() as u64)).unwrap();
    let feed = imports.feed(id).unwrap();
    for piece in whole.as_bytes().chunks(7) {
        feed.bytes(piece.to_vec().into()).await.unwrap();
    }
    feed.end().await.unwrap();
    let now = ended(&engine, id).await;
    assert_eq!((now.state, now.tally.n_stored), (ImportState::Done, 20), "{now:?}");
    assert!(imports.feed(id).is_none(), "nothing more of it is wanted");

    let id = imports.begin("broken.jsonl", None).unwrap();
    let feed = imports.take_feed(id).unwrap();
    feed.bytes(line(30).into()).await.unwrap();
    feed.bytes("{\"resourceSp".into()).await.unwrap();
    drop(feed);
    let now = ended(&engine, id).await;
    assert_eq!((now.state, now.tally.n_stored), (ImportState::Failed, 1), "{now:?}");
    assert!(now.error.as_ref().unwrap().contains("broke off"), "{now:?}");

    let id = imports.begin("stopped.jsonl", None).unwrap();
    let waiting = imports.begin("behind it.jsonl", None).unwrap();
    let feed = imports.feed(id).unwrap();
    feed.bytes(line(40).into()).await.unwrap();
    until(&engine, id, |one| one.tally.n_stored == 1).await;
    assert_eq!(imports.now().last().unwrap().state, ImportState::Waiting, "one is read at a time");
    assert!(imports.stop(waiting) && ended(&engine, waiting).await.state == ImportState::Stopped);
    assert!(imports.stop(id));
    let now = ended(&engine, id).await;
    assert_eq!((now.state, now.tally.n_stored, now.error), (ImportState::Stopped, 1, None));
    feed.ended().await;
    assert!(feed.bytes(line(41).into()).await.is_err());
    assert!(!imports.stop(1_000), "there is no such file");
    assert_eq!(engine.snapshot().n_rows(), 22);
    engine.stop().await;
}

/// Guarantees: as many files wait as can be told about; one that ended makes room.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_wait_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path()).await;
    let imports = engine.imports();
    let ids: Vec<u32> = (0..100).map(|n| imports.begin(&format!("{n}"), None).unwrap()).collect();
    let refused = imports.begin("one more", None).unwrap_err();
    assert!(refused.to_string().contains("100 files"), "{refused}");
    imports.stop(ids[99]);
    ended(&engine, ids[99]).await;
    imports.begin(&"é".repeat(1_000), None).unwrap();
    assert_eq!(imports.now().len(), 100);
    assert!(imports.now()[99].name.len() <= 256);
    // Those that wait end with the engine.
    engine.stop().await;
}
