//! Events in Honeycomb's own form: where they go, and what becomes of them where they cannot.

use crate::rig::{Rig, ledger, save};
use crate::server::{Reply, Server};
use expect_test::expect;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use prost::Message;
use skep_forward::{DestinationStatus, Save, State};
use skep_model::{Encoding, Signal};

const DATASET: Option<&str> = Some("my shop");

/// Three events in each of two forms, a marker, and a request of OTLP behind them.
async fn keep_all(rig: &Rig) {
    for encoding in [Encoding::HoneycombJson, Encoding::HoneycombMsgpack] {
        rig.keep_as(Signal::Logs, encoding, DATASET, &["a", "b", "c"]).await;
    }
    rig.keep_as(Signal::Logs, Encoding::HoneycombMarker, DATASET, &["m"]).await;
    rig.keep(&["d"]).await;
}

fn refusal(status: &DestinationStatus) -> &str {
    status.last_refusal.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn they_go_to_honeycombs_paths_as_they_came() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    keep_all(&rig).await;
    let status = rig.wait_for(id, |status| status.acknowledged == 8).await;
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| {
            let header = |name| request.header(name).unwrap_or("-").to_owned();
            assert!(request.header("x-honeycomb-team").is_some());
            format!("{} {} {}", request.path, header("content-type"), header("x-honeycomb-dataset"))
        })
        .collect();
    expect![[r#"
        /1/batch/my%20shop application/json -
        /1/batch/my%20shop application/msgpack -
        /1/markers/my%20shop application/json -
        /v1/traces application/x-protobuf -"#]]
    .assert_eq(&sent.join("\n"));
    let body = br#"[{"data":{"name":"a"}},{"data":{"name":"b"}},{"data":{"name":"c"}}]"#;
    assert_eq!(server.requests()[0].body, body, "as it came");
    assert_eq!(ledger(&status), [8, 8, 0, 0, 0]);
    rig.close().await;
}

/// Guarantees: each event's own status is counted; events without one were not taken; what Skep itself could not keep
/// of a batch is no refusal of what it kept.
#[tokio::test]
async fn each_events_status_is_counted() {
    const JSON: &str = "content-type: application/json\r\n";
    let msgpack =
        rmp_serde::to_vec_named(&serde_json::json!([{"status": 202}, {"status": 429, "error": "later"}]))
            .unwrap();
    for (headers, body, acknowledged, refusal) in [
        (
            JSON,
            br#"[{"status":202},{"status":400,"error":"Event has too many columns."},{"status":202}]"#
                .to_vec(),
            2,
            "Event has too many columns.",
        ),
        (
            JSON,
            br#"[{"status":202},{"status":400,"error":"x"},{"status":202},{"status":202}]"#.to_vec(),
            3,
            "",
        ),
        (JSON, br#"[{"status":202}]"#.to_vec(), 1, "rejected without a reason"),
        (JSON, b"[]".to_vec(), 0, "rejected without a reason"),
        (JSON, b"{".to_vec(), 3, ""),
        ("", Vec::new(), 3, ""),
        ("content-type: application/msgpack\r\n", msgpack, 1, "later"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let shown = format!("{headers:?} {body:?}");
        let server = Server::start(move |_| Reply::Answer(200, headers.to_owned(), body.clone())).await;
        let rig = Rig::open(dir.path()).await;
        let id = rig.add(&server.url).await;
        rig.keep_as(Signal::Logs, Encoding::HoneycombJson, DATASET, &["a", "b", "c"]).await;
        let status = rig.wait_for(id, |status| status.sent == 3 && status.waiting == 0).await;
        assert_eq!((status.acknowledged, status.refused), (acknowledged, 3 - acknowledged), "{shown}");
        assert_eq!(status.last_refusal.unwrap_or_default(), refusal, "{shown}");
        rig.close().await;
    }
}

/// Scenario: a destination that takes OTLP and does not know Honeycomb's paths, and one that is given no key.
/// Guarantees: these events go to both as OTLP; none is lost or refused.
#[tokio::test]
async fn where_honeycombs_paths_are_not_known_they_go_as_otlp() {
    let dir = tempfile::tempdir().unwrap();
    let server =
        Server::start(|request| Reply::status(if request.path.starts_with("/1/") { 404 } else { 200 })).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    let other = Server::start(|_| Reply::status(200)).await;
    let without_key = rig.forwarder.save(Save { key: None, ..save(&other.url) }).await.unwrap();
    keep_all(&rig).await;

    let status = rig.wait_for(id, |status| status.acknowledged == 8).await;
    assert_eq!((status.state, status.refused), (State::Healthy, 0));
    let status = rig.wait_for(without_key, |status| status.acknowledged == 8).await;
    assert_eq!((status.state, ledger(&status)), (State::Healthy, [8, 8, 0, 0, 0]));
    let paths =
        |server: &Server| server.requests().iter().map(|request| request.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&other), ["/v1/logs", "/v1/logs", "/v1/logs", "/v1/traces"]);
    let logs = ExportLogsServiceRequest::decode(other.requests()[0].body.as_slice()).unwrap();
    let service = &logs.resource_logs[0].resource.as_ref().unwrap().attributes[0];
    expect![[r#"("service.name", StringValue("my shop"))"#]]
        .assert_eq(&format!("{:?}", (&service.key, service.value.as_ref().unwrap().value.as_ref().unwrap())));
    rig.close().await;
}

/// Scenario: of a batch, one event is refused by itself; then a whole batch is refused for one event in it.
/// Guarantees: the refused event alone is a letter, in its own form, and the rest is delivered.
#[tokio::test]
async fn a_refused_event_is_a_letter_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let statuses = br#"[{"status":202},{"status":400,"error":"Event has too many columns."},{"status":202}]"#;
    let server = Server::start(move |_| {
        Reply::Answer(200, "content-type: application/json\r\n".into(), statuses.to_vec())
    })
    .await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep_as(Signal::Logs, Encoding::HoneycombJson, DATASET, &["a", "b", "c"]).await;
    rig.wait_for(id, |status| status.lettered == 1).await;
    let letters = rig.forwarder.letters(id, 10).await.unwrap();
    assert_eq!(letters[0].letter.body, br#"[{"data":{"name":"b"}}]"#);
    assert_eq!(letters[0].letter.reason, "Event has too many columns.");

    server.answer_with(|request| match request.body.windows(6).any(|six| six == b"poison") {
        true => Reply::status(400),
        false => Reply::Answer(200, "content-type: application/json\r\n".into(), b"{}".to_vec()),
    });
    rig.keep_as(Signal::Logs, Encoding::HoneycombMsgpack, DATASET, &["a", "b", "poison", "d"]).await;
    let status = rig.wait_for(id, |status| status.lettered == 2).await;
    assert_eq!((status.acknowledged, status.refused, status.waiting), (2 + 3, 2, 0));
    assert_eq!(status.unread, 3, "what is no list of statuses was a yes that could not be read");
    rig.close().await;
}

/// Guarantees: a key that may not set markers stops the markers alone; one that may not send stops everything.
#[tokio::test]
async fn a_key_without_the_right_to_markers_holds_up_no_events() {
    let dir = tempfile::tempdir().unwrap();
    let server =
        Server::start(|request| Reply::status(if request.path.contains("/markers/") { 401 } else { 200 }))
            .await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    keep_all(&rig).await;
    let status = rig.wait_for(id, |status| status.acknowledged == 7).await;
    assert_eq!((status.state, ledger(&status)), (State::Healthy, [8, 7, 0, 1, 0]));
    assert_eq!(refusal(&status), "the key may not set markers (401)");
    server.answer_with(|_| Reply::status(401));
    rig.keep_as(Signal::Logs, Encoding::HoneycombJson, DATASET, &["a"]).await;
    let status = rig.wait_for(id, |status| status.state == State::Paused).await;
    assert_eq!(status.waiting, 1);
    rig.close().await;
}
