//! What each answer leads to.

use crate::rig::{Rig, ledger, names, save};
use crate::server::{Reply, Server};
use expect_test::{Expect, expect};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use skep_forward::{DestinationStatus, Limits, State};
use std::time::Duration;

/// Answers one request of three events with `(status, headers, body)` and shows where that leaves the destination.
async fn check(status: u16, headers: &str, body: &[u8], expect: &Expect) {
    let (headers, body) = (headers.to_owned(), body.to_vec());
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(move |_| Reply::Answer(status, headers.clone(), body.clone())).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a", "b", "c"]).await;
    let settled =
        |status: &DestinationStatus| status.sent > 0 && (status.waiting == 0 || status.retry_in.is_some());
    let status = rig.wait_for(id, settled).await;
    let n_requests = server.requests().len();
    let [sent, acknowledged, waiting, refused, possible_duplicates] = ledger(&status);
    assert_eq!(possible_duplicates, 0);
    let mut text = format!("{:?}: {acknowledged}+{waiting}+{refused} of {sent}", status.state);
    for (name, said) in [("detail", status.detail), ("refusal", status.last_refusal)] {
        text +=
            &said.map(|said| format!("\n{name}: {}", said.replace(&server.url, "URL"))).unwrap_or_default();
    }
    // A wait of its own choice is a matter of chance.
    if n_requests > 1 {
        text += &format!("\nin {n_requests} requests");
    }
    let asked =
        status.retry_in.filter(|wait| status.state == State::Paused || *wait > Duration::from_secs(1));
    text += &asked.map(|wait| format!("\nafter {wait:?}")).unwrap_or_default();
    expect.assert_eq(&text);
    rig.close().await;
}

const JSON: &str = "content-type: application/json\r\n";
const PROTOBUF: &str = "content-type: application/x-protobuf\r\n";

#[tokio::test]
async fn yes() {
    let partial = |rejected_spans, error_message: &str| {
        let partial = ExportTracePartialSuccess { rejected_spans, error_message: error_message.into() };
        ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec()
    };
    check(200, PROTOBUF, b"", &expect!["Healthy: 3+0+0 of 3"]).await;
    check(202, "", b"", &expect!["Healthy: 3+0+0 of 3"]).await;
    check(
        200,
        PROTOBUF,
        &partial(2, "attribute too long"),
        &expect![[r#"
        Healthy: 1+0+2 of 3
        refusal: attribute too long"#]],
    )
    .await;
    check(
        200,
        PROTOBUF,
        &partial(99, ""),
        &expect![[r#"
        Healthy: 0+0+3 of 3
        refusal: rejected without a reason"#]],
    )
    .await;
    check(200, PROTOBUF, &partial(-1, ""), &expect!["Healthy: 3+0+0 of 3"]).await;
    check(
        200,
        JSON,
        br#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"no"}}"#,
        &expect![[r#"
        Healthy: 2+0+1 of 3
        refusal: no"#]],
    )
    .await;
    check(
        200,
        JSON,
        br#"{"partialSuccess":{"rejectedLogRecords":1}}"#,
        &expect![[r#"
        Healthy: 2+0+1 of 3
        refusal: rejected without a reason"#]],
    )
    .await;
    check(200, JSON, b"{", &expect!["Healthy: 3+0+0 of 3"]).await;
    check(200, PROTOBUF, b"<html>garbage", &expect!["Healthy: 3+0+0 of 3"]).await;
    check(200, PROTOBUF, &vec![0xff; 5 << 20], &expect!["Healthy: 3+0+0 of 3"]).await;
}

/// Guarantees: what a destination says with its yes is shown while nothing else is.
#[tokio::test]
async fn yes_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let body = br#"{"partialSuccess":{"errorMessage":"this endpoint goes away"}}"#;
    let server = Server::start(|_| Reply::Answer(200, JSON.into(), body.to_vec())).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a"]).await;
    let status = rig.wait_for(id, |status| status.detail.is_some()).await;
    assert_eq!(status.detail.as_deref(), Some("the destination warns: this endpoint goes away"));
    assert_eq!((status.state, ledger(&status)), (State::Healthy, [1, 1, 0, 0, 0]));
    rig.close().await;
}

#[tokio::test]
async fn later() {
    check(
        429,
        "retry-after: 61\r\n",
        b"",
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination asks for patience (429)
        after 61s"#]],
    )
    .await;
    check(
        429,
        "retry-after: Thu, 01 Jan 2026 00:02:00 GMT\r\n",
        b"",
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination asks for patience (429)
        after 120s"#]],
    )
    .await;
    check(
        503,
        "retry-after: Wed, 31 Dec 2025 00:00:00 GMT\r\n",
        b"",
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination is not available (503)"#]],
    )
    .await;
    check(
        503,
        "retry-after: 999999\r\n",
        b"",
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination is not available (503)
        after 3600s"#]],
    )
    .await;
    check(
        429,
        JSON,
        br#"{"error":"Request dropped due to rate limiting."}"#,
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination asks for patience (429): Request dropped due to rate limiting."#]],
    )
    .await;
    check(
        502,
        "content-type: text/html\r\n",
        b"<h1>Bad gateway</h1>",
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination is not available (502)"#]],
    )
    .await;
    check(
        504,
        "content-type: text/plain\r\n",
        b"upstream\n timeout\x1b[31m",
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination is not available (504): upstream timeout [31m"#]],
    )
    .await;
    check(
        500,
        PROTOBUF,
        b"\x08\x0d\x12\x04oops",
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination failed (500): oops"#]],
    )
    .await;
    check(
        408,
        "",
        b"",
        &expect![[r#"
        Retrying: 0+3+0 of 3
        detail: the destination failed (408)"#]],
    )
    .await;
}

#[tokio::test]
async fn never() {
    check(
        400,
        JSON,
        br#"{"code":3,"message":"failed to parse"}"#,
        &expect![[r#"
        Healthy: 0+0+3 of 8
        refusal: the destination cannot use the data (400): failed to parse
        in 5 requests"#]],
    )
    .await;
    check(
        413,
        "",
        b"",
        &expect![[r#"
        Healthy: 0+0+3 of 8
        refusal: the destination cannot take so much at once (413)
        in 5 requests"#]],
    )
    .await;
    check(
        422,
        "",
        b"",
        &expect![[r#"
        Healthy: 0+0+3 of 8
        refusal: the destination cannot use the data (422)
        in 5 requests"#]],
    )
    .await;
}

#[tokio::test]
async fn not_before_a_person_acts() {
    check(
        401,
        JSON,
        br#"{"error":"unknown API key - check your credentials"}"#,
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: the destination does not take the key (401): unknown API key - check your credentials
        after 900s"#]],
    )
    .await;
    check(
        403,
        "",
        b"",
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: the destination does not take the key (403)
        after 900s"#]],
    )
    .await;
    check(
        404,
        "",
        b"",
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: no OTLP receiver is at this address (404)
        after 900s"#]],
    )
    .await;
    check(
        405,
        "",
        b"",
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: no OTLP receiver is at this address (405)
        after 900s"#]],
    )
    .await;
    check(
        415,
        "content-type: text/plain\r\n",
        b"unsupported content-type",
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: the destination does not take this encoding (415): unsupported content-type
        after 900s"#]],
    )
    .await;
    check(
        301,
        "location: https://elsewhere.example/\r\n",
        b"",
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: the address has moved (301) to https://elsewhere.example/; enter the new one if you trust it
        after 900s"#]],
    )
    .await;
    check(
        304,
        "",
        b"",
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: the address has moved (304), and the answer does not say where
        after 900s"#]],
    )
    .await;
    check(
        451,
        "",
        b"",
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: the destination gave an answer that OTLP does not know (451)
        after 900s"#]],
    )
    .await;
    check(
        507,
        "",
        b"",
        &expect![[r#"
        Paused: 0+3+0 of 3
        detail: the destination gave an answer that OTLP does not know (507)
        after 900s"#]],
    )
    .await;
}

/// Scenario: one of nine waiting requests is poison.
/// Guarantees: it alone is refused, with the reason; the rest arrives in order; the counts are exact.
#[tokio::test]
async fn poison_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(503)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["0"]).await;
    rig.wait_for(id, |status| status.state == State::Retrying).await;
    for name in ["1", "2", "3", "4", "poison", "6", "7", "8"] {
        rig.keep(&[name]).await;
    }
    server.answer_with(|request| match names(request).iter().any(|name| name == "poison") {
        true => Reply::Answer(400, "content-type: text/plain\r\n".into(), b"bad span".to_vec()),
        false => Reply::status(200),
    });
    rig.forwarder.retry(id).await.unwrap();
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    let sent: Vec<_> = server.requests()[1..].iter().map(|request| names(request).join(" ")).collect();
    expect![[r#"
        0
        1 2 3 4 poison 6 7 8
        1 2 3 4
        poison 6 7 8
        poison 6
        poison
        6
        7 8"#]]
    .assert_eq(&sent.join("\n"));
    assert_eq!((status.acknowledged, status.refused), (8, 1));
    assert_eq!(status.last_refusal.as_deref(), Some("the destination cannot use the data (400): bad span"));
    rig.close().await;
}

/// Guarantees: after three answers of 500 a batch is refused, and the next one goes.
#[tokio::test]
async fn a_server_that_fails_on_a_batch_is_asked_three_times() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|request| match names(request).contains(&"a".to_owned()) {
        true => Reply::status(500),
        false => Reply::status(200),
    })
    .await;
    let limits = Limits { backoff_first: Duration::ZERO, ..Limits::default() };
    let rig = Rig::open_with(dir.path(), limits, Vec::new()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a"]).await;
    rig.wait_for(id, |status| status.refused == 1).await;
    rig.keep(&["b"]).await;
    let status = rig.wait_for(id, |status| status.acknowledged == 1).await;
    assert_eq!(ledger(&status), [4, 1, 0, 1, 0]);
    assert_eq!(status.lettered, 1, "it is kept to be looked at");
    rig.close().await;
}

/// Guarantees: an address where nothing listens is tried again; nothing counts as sent.
#[tokio::test]
async fn no_one_listens() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path()).await;
    // Bound and given up: nothing listens there now.
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let id = rig.add(&format!("http://{address}")).await;
    rig.keep(&["a"]).await;
    let status = rig.wait_for(id, |status| status.state == State::Retrying).await;
    assert_eq!(ledger(&status), [0, 0, 1, 0, 0]);
    rig.close().await;
}

/// Guarantees: https to a host that does not speak it pauses, and nothing counts as sent.
#[tokio::test]
async fn no_tls_there() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            // Read first: closing with unread bytes would reset the connection before its answer is seen.
            if stream.read(&mut [0; 4096]).await.is_ok_and(|n_bytes| n_bytes > 0) {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
            }
        }
    });
    let id = rig.forwarder.save(save(&url)).await.unwrap();
    rig.keep(&["a"]).await;
    let status = rig.wait_for(id, |status| status.state == State::Paused).await;
    assert_eq!(ledger(&status), [0, 0, 1, 0, 0]);
    rig.close().await;
}
