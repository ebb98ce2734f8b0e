//! Keys and headers go to the host they were entered for, and nowhere else.

use crate::rig::{KEY, Rig, save};
use crate::server::{Reply, Server};
use skep_forward::{CommandLineDestination, ForwardError, KeyPlace, Limits, Save, Secret, State};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Everything that is logged while it is in scope, on this thread.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Scenario: the destination repeats the key in its refusal.
/// Guarantees: after one request it rests; the key is in no status, no debug text, no log and not in the database.
#[tokio::test]
async fn the_key_is_sent_and_told_to_no_one() {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter("trace").with_writer(move || writer.clone()).finish();
    let _capturing = tracing::subscriber::set_default(subscriber);
    tracing::info!("the control: this is captured");

    let dir = tempfile::tempdir().unwrap();
    let text = "content-type: text/plain\r\n".to_owned();
    let said = format!("unknown key {KEY}").into_bytes();
    let server = Server::start(move |_| Reply::Answer(401, text.clone(), said.clone())).await;
    let rig = Rig::open(dir.path()).await;
    let entered =
        Save { headers: Some(vec![("X-Tenant".into(), Secret::new("tenant-canary"))]), ..save(&server.url) };
    let mut told = format!("{entered:?}");
    let id = rig.forwarder.save(entered).await.unwrap();
    rig.keep(&["a"]).await;
    let status = rig.wait_for(id, |status| status.state == State::Paused).await;
    rig.keep(&["b"]).await;
    assert_eq!(
        status.detail.as_deref(),
        Some("the destination does not take the key (401): unknown key [secret]")
    );
    assert_eq!((status.key.place, status.key.hint.as_deref()), (KeyPlace::File, Some("q7Fd")));
    assert_eq!(status.key.path, Some(dir.path().join("keys.json")));
    assert_eq!(status.header_names, ["x-tenant"]);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("x-honeycomb-team"), Some(KEY));
    assert_eq!(requests[0].header("x-tenant"), Some("tenant-canary"));

    // A 400 goes into the ledger, and so into the database.
    let text = "content-type: text/plain\r\n".to_owned();
    let said = format!("bad data from {KEY}").into_bytes();
    server.answer_with(move |_| Reply::Answer(400, text.clone(), said.clone()));
    rig.forwarder.retry(id).await.unwrap();
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    told += &format!("{status:?}");
    rig.close().await;
    let database = std::fs::read(dir.path().join("skep.db")).unwrap();
    let log = captured.0.lock().unwrap().clone();
    assert!(String::from_utf8_lossy(&log).contains("the control"));
    for text in [told.as_bytes(), &database, &log] {
        assert!(!text.windows(6).any(|six| six == b"canary"));
    }
}

/// Guarantees: a redirect is not followed; the key does not reach where it leads.
#[tokio::test]
async fn redirects_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = Server::start(|_| Reply::status(200)).await;
    for code in [301, 302, 303, 307, 308] {
        let location = format!("location: {}/v1/traces\r\n", elsewhere.url);
        let server = Server::start(move |_| Reply::Answer(code, location.clone(), Vec::new())).await;
        let rig = Rig::open(dir.path()).await;
        let id = rig.add(&server.url).await;
        rig.keep(&["a"]).await;
        rig.wait_for(id, |status| status.state == State::Paused).await;
        assert_eq!((server.requests().len(), elsewhere.requests().len()), (1, 0), "{code}");
        rig.forwarder.remove(id).await.unwrap();
        rig.close().await;
    }
}

/// Scenario: the address is changed to another host, with and without the key.
/// Guarantees: the key does not move along by itself; entered again, or removed, it may.
#[tokio::test]
async fn a_key_stays_with_its_host() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) =
        (Server::start(|_| Reply::status(200)).await, Server::start(|_| Reply::status(200)).await);
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&first.url).await;
    let moved = |key: Option<&str>| Save {
        id: Some(id),
        url: second.url.clone(),
        enabled: true,
        key: key.map(Secret::new),
        headers: None,
        settings: None,
    };
    let refused = rig.forwarder.save(moved(None)).await;
    assert!(matches!(refused, Err(ForwardError::OtherHost { origin }) if origin == first.url));
    rig.forwarder.save(moved(Some(""))).await.unwrap();
    rig.keep(&["a"]).await;
    let status = rig.wait_for(id, |status| status.acknowledged == 1).await;
    assert_eq!(status.key.place, KeyPlace::None);
    rig.forwarder.save(moved(Some("another"))).await.unwrap();
    rig.keep(&["b"]).await;
    rig.wait_for(id, |status| status.acknowledged == 2).await;
    let keys: Vec<_> = second
        .requests()
        .iter()
        .map(|request| request.header("x-honeycomb-team").map(str::to_owned))
        .collect();
    assert_eq!(keys, [None, Some("another".to_owned())]);
    assert_eq!(first.requests().len(), 0);
    rig.close().await;
}

/// Scenario: a run with a destination on its command line, a run without, and a run with it again.
/// Guarantees: its key is in no file; it cannot be changed by hand; without being asked for again it is off.
#[tokio::test]
async fn what_the_command_line_sets_is_for_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let given = || {
        let headers = format!("x-honeycomb-team={KEY},x-tenant=a%20b");
        vec![CommandLineDestination::new(&server.url, &headers).unwrap()]
    };
    let rig = Rig::open_with(dir.path(), Limits::default(), given()).await;
    rig.keep(&["a"]).await;
    let id = rig.forwarder.status()[0].id;
    let status = rig.wait_for(id, |status| status.acknowledged == 1).await;
    assert_eq!((status.key.place, status.key.hint.as_deref()), (KeyPlace::Environment, Some("q7Fd")));
    assert!(status.from_command_line);
    assert_eq!(server.requests()[0].header("x-honeycomb-team"), Some(KEY));
    assert_eq!(server.requests()[0].header("x-tenant"), Some("a b"));
    let change = Save { id: Some(id), ..save(&server.url) };
    assert!(matches!(rig.forwarder.save(change).await, Err(ForwardError::FromCommandLine)));
    assert!(matches!(rig.forwarder.remove(id).await, Err(ForwardError::FromCommandLine)));
    rig.close().await;
    assert!(!std::fs::read_to_string(dir.path().join("keys.json")).unwrap().contains("canary"));

    let rig = Rig::open(dir.path()).await;
    assert_eq!(rig.status(id).unwrap().state, State::Off);
    rig.keep(&["b"]).await;
    rig.close().await;

    let rig = Rig::open_with(dir.path(), Limits::default(), given()).await;
    rig.keep(&["c"]).await;
    let status = rig.wait_for(id, |status| status.acknowledged == 2).await;
    assert_eq!(status.sent, 2);
    rig.close().await;
}
