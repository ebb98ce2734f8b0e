//! From the log to the wire and back to the cursor.

use crate::rig::{Rig, ledger, names, save};
use crate::server::{Reply, Server};
use skep_forward::{Limits, Save, Secret, State};
use skep_model::{Encoding, Signal};
use std::time::Duration;

/// Scenario: the first request fails, and others arrive meanwhile.
/// Guarantees: everything arrives once, in order, and what waited goes as one valid request of the original bytes.
#[tokio::test]
async fn requests_arrive_in_order_and_those_that_waited_together() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(503)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&format!("{}/base/", server.url)).await;
    rig.keep(&["a", "b"]).await;
    rig.wait_for(id, |status| status.state == State::Retrying).await;
    rig.keep(&["c"]).await;
    rig.keep(&["d"]).await;
    server.answer_with(|_| Reply::status(200));
    rig.forwarder.retry(id).await.unwrap();
    let status = rig.wait_for(id, |status| status.waiting == 0).await;

    let requests = server.requests();
    let sent: Vec<_> = requests.iter().map(names).collect();
    assert_eq!(sent, [vec!["a", "b"], vec!["a", "b"], vec!["c", "d"]]);
    assert_eq!((status.state, ledger(&status)), (State::Healthy, [6, 4, 0, 0, 0]));
    let header = |name| requests[0].header(name);
    assert_eq!(requests[0].path, "/base/v1/traces");
    assert_eq!(header("content-type"), Some("application/x-protobuf"));
    assert_eq!(header("content-encoding"), Some("zstd"), "as it lies in the log");
    assert_eq!(header("user-agent"), Some(concat!("skep/", env!("CARGO_PKG_VERSION"))));
    rig.close().await;
}

/// Guarantees: who is given no key of Honeycomb's is sent gzip, which every receiver takes.
#[tokio::test]
async fn without_a_key_of_honeycombs_it_is_gzip() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.forwarder.save(Save { key: None, ..save(&server.url) }).await.unwrap();
    rig.keep(&["a", "b"]).await;
    rig.wait_for(id, |status| status.acknowledged == 2).await;
    let requests = server.requests();
    assert_eq!(requests[0].header("content-encoding"), Some("gzip"));
    assert_eq!(names(&requests[0]), ["a", "b"]);
    rig.close().await;
}

/// Guarantees: to a destination on this machine bodies go as they came, whatever it is given: no wire is spared there.
#[tokio::test]
async fn to_this_machine_nothing_is_compressed() {
    let long = "long ".repeat(20_000);
    for key in [Some(Secret::new("a-key")), None] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(|_| Reply::status(200)).await;
        let rig = Rig::open_locally(dir.path()).await;
        let id = rig.forwarder.save(Save { key, ..save(&server.url) }).await.unwrap();
        rig.keep(&["a", "b"]).await;
        rig.keep(&[&long]).await;
        rig.wait_for(id, |status| status.acknowledged == 3).await;
        let requests = server.requests();
        assert!(requests.iter().all(|request| request.header("content-encoding").is_none()));
        assert_eq!(requests.iter().flat_map(names).collect::<Vec<_>>(), ["a", "b", &*long]);
        rig.close().await;
    }
}

/// Scenario: large requests, which are kept as they came, between small ones, which are kept as frames; one of the large
/// ones is damaged where it lies.
/// Guarantees: in each way of compressing they arrive in order as valid bodies, and what is damaged is refused and counted
/// alone.
#[tokio::test]
async fn large_requests_go_with_small_ones() {
    let long = |what: &str| format!("{what} ").repeat(20_000);
    let cases =
        [(true, Some(Secret::new("a-key")), Some("zstd")), (true, None, Some("gzip")), (false, None, None)];
    for (is_elsewhere, key, encoding) in cases {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(|_| Reply::status(503)).await;
        let rig = match is_elsewhere {
            true => Rig::open(dir.path()).await,
            false => Rig::open_locally(dir.path()).await,
        };
        let id = rig.forwarder.save(Save { key, ..save(&server.url) }).await.unwrap();
        rig.keep(&["first"]).await;
        rig.wait_for(id, |status| status.state == State::Retrying).await;
        for name in [long("one"), "two".into(), long("three"), long("lost"), "five".into()] {
            rig.keep(&[&name]).await;
        }
        let bodies = dir.path().join("skep.db-bodies");
        let mut bytes = std::fs::read(&bodies).unwrap();
        let at = bytes.windows(5).position(|bytes| bytes == b"lost ").expect("it lies beside");
        bytes[at] ^= 1;
        std::fs::write(&bodies, bytes).unwrap();
        server.answer_with(|request| Reply::status(if request.body.is_empty() { 400 } else { 200 }));
        rig.forwarder.retry(id).await.unwrap();
        let status = rig.wait_for(id, |status| status.waiting == 0).await;
        assert_eq!((status.acknowledged, status.refused), (5, 1), "{encoding:?}");
        let requests = server.requests();
        assert!(requests.iter().all(|request| request.header("content-encoding") == encoding));
        let taken = requests.iter().filter(|request| !request.body.is_empty()).skip(1);
        let arrived: Vec<String> = taken.flat_map(names).collect();
        assert_eq!(arrived, ["first".into(), long("one"), "two".into(), long("three"), "five".into()]);
        rig.close().await;
    }
}

/// Scenario: one of three requests is damaged in the log; it goes as it lies there, or is opened first.
/// Guarantees: either way its events are refused and counted, and its neighbours arrive.
#[tokio::test]
async fn a_damaged_request_is_refused_and_its_neighbours_are_not() {
    for key in [Some(Secret::new("a-key")), None] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(|_| Reply::status(503)).await;
        let rig = Rig::open(dir.path()).await;
        let id = rig.forwarder.save(Save { key, ..save(&server.url) }).await.unwrap();
        rig.keep(&["a"]).await;
        rig.wait_for(id, |status| status.state == State::Retrying).await;
        rig.keep(&["b", "lost"]).await;
        rig.keep(&["c"]).await;
        // A bit of its compressed bytes, behind the frame's head.
        let db = rusqlite::Connection::open(dir.path().join("skep.db")).unwrap();
        let body: Vec<u8> = db.query_row("SELECT body FROM log WHERE seq = 2", [], |row| row.get(0)).unwrap();
        let mut damaged = body.clone();
        damaged[body.len() / 2] ^= 1;
        assert_eq!(db.execute("UPDATE log SET body = ?1 WHERE seq = 2", [damaged]).unwrap(), 1);
        server.answer_with(|request| Reply::status(if request.body.is_empty() { 400 } else { 200 }));
        rig.forwarder.retry(id).await.unwrap();
        let status = rig.wait_for(id, |status| status.waiting == 0).await;
        assert_eq!((status.acknowledged, status.refused), (2, 2));
        let requests = server.requests();
        let taken = requests.iter().filter(|request| !request.body.is_empty()).skip(1);
        let arrived: Vec<String> = taken.flat_map(names).collect();
        assert_eq!(arrived, ["a", "c"]);
        rig.close().await;
    }
}

/// Guarantees: a signal, an encoding or a dataset of its own goes in a request of its own, as it was received.
#[tokio::test]
async fn each_kind_goes_its_own_way() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(503)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep_as(Signal::Logs, Encoding::Json, None, &["one"]).await;
    rig.wait_for(id, |status| status.state == State::Retrying).await;
    rig.keep_as(Signal::Logs, Encoding::Json, None, &["two"]).await;
    rig.keep_as(Signal::Metrics, Encoding::Protobuf, Some("hosts"), &["three"]).await;
    rig.keep_as(Signal::Metrics, Encoding::Protobuf, None, &["four"]).await;
    server.answer_with(|_| Reply::status(200));
    rig.forwarder.retry(id).await.unwrap();
    rig.wait_for(id, |status| status.waiting == 0).await;

    let sent: Vec<_> = server.requests()[1..]
        .iter()
        .map(|request| {
            let [content_type, dataset] =
                ["content-type", "x-honeycomb-dataset"].map(|name| request.header(name).unwrap_or("-"));
            format!("{} {content_type} {dataset} {}", request.path, request.body.len())
        })
        .collect();
    expect_test::expect![[r#"
        /v1/logs application/json - 7
        /v1/logs application/json - 7
        /v1/metrics application/x-protobuf hosts 41
        /v1/metrics application/x-protobuf - 40"#]]
    .assert_eq(&sent.join("\n"));
    rig.close().await;
}

/// Scenario: the process ends while entries wait, and again while a request has no answer yet.
/// Guarantees: nothing is lost; only the request without an answer is repeated.
#[tokio::test]
async fn a_restart_goes_on_at_the_cursor() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a"]).await;
    rig.wait_for(id, |status| status.acknowledged == 1).await;
    server.answer_with(|_| Reply::status(503));
    rig.keep(&["b"]).await;
    rig.wait_for(id, |status| status.state == State::Retrying).await;
    rig.close().await;

    server.answer_with(|_| Reply::Silence);
    let rig = Rig::open(dir.path()).await;
    server.wait_for(3).await;
    rig.break_off().await;

    server.answer_with(|_| Reply::status(200));
    let rig = Rig::open(dir.path()).await;
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    let sent: Vec<_> = server.requests().iter().flat_map(names).collect();
    assert_eq!(sent, ["a", "b", "b", "b"]);
    assert_eq!((status.acknowledged, status.refused), (2, 0));
    rig.close().await;
}

/// Scenario: it is turned off, data arrives, it is turned on again.
/// Guarantees: what arrived while it was off is never sent and never counts as waiting.
#[tokio::test]
async fn turning_on_begins_at_the_end_of_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    rig.keep(&["before it was added"]).await;
    let id = rig.add(&server.url).await;
    let turn = |enabled| Save {
        id: Some(id),
        url: server.url.clone(),
        enabled,
        key: None,
        headers: None,
        settings: None,
    };
    rig.forwarder.save(turn(false)).await.unwrap();
    rig.keep(&["while off"]).await;
    let status = rig.status(id).unwrap();
    assert_eq!((status.state, status.waiting), (State::Off, 0));
    rig.forwarder.save(turn(true)).await.unwrap();
    rig.keep(&["after"]).await;
    let status = rig.wait_for(id, |status| status.acknowledged > 0).await;
    assert_eq!(ledger(&status), [1, 1, 0, 0, 0]);
    assert_eq!(server.requests().iter().flat_map(names).collect::<Vec<_>>(), ["after"]);
    rig.close().await;
}

/// Scenario: no answer comes in time, then one does.
/// Guarantees: the batch is sent again without anyone's help, and counted as possibly doubled.
#[tokio::test]
async fn a_lost_answer_is_a_possible_duplicate() {
    for lose in [|| Reply::Silence, || Reply::Close] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(move |_| lose()).await;
        let limits = Limits {
            request_timeout: Duration::from_millis(200),
            backoff_first: Duration::ZERO,
            ..Limits::default()
        };
        let rig = Rig::open_with(dir.path(), limits, Vec::new()).await;
        let id = rig.add(&server.url).await;
        rig.keep(&["a", "b"]).await;
        server.wait_for(1).await;
        server.answer_with(|_| Reply::status(200));
        let status = rig.wait_for(id, |status| status.waiting == 0).await;
        let n_repeats = server.requests().len() as u64 - 1;
        assert!(n_repeats >= 1);
        assert_eq!(ledger(&status), [2 + 2 * n_repeats, 2, 0, 0, 2 * n_repeats]);
        rig.close().await;
    }
}

/// Scenario: one destination hangs.
/// Guarantees: the other gets everything, and receiving goes on.
#[tokio::test]
async fn destinations_do_not_wait_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let (hanging, healthy) =
        (Server::start(|_| Reply::Silence).await, Server::start(|_| Reply::status(200)).await);
    let rig = Rig::open(dir.path()).await;
    let (slow, fast) = (rig.add(&hanging.url).await, rig.add(&healthy.url).await);
    rig.keep(&["a"]).await;
    hanging.wait_for(1).await;
    rig.keep(&["b"]).await;
    rig.wait_for(fast, |status| status.acknowledged == 2).await;
    assert_eq!(rig.status(slow).unwrap().waiting, 2);
    rig.break_off().await;
}
