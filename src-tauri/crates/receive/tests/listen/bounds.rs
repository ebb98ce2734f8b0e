use crate::http1::{self, post};
use crate::recorder::Recorder;
use crate::{start, traces};
use prost::Message;
use skep_receive::{Limits, RefusedReason};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Short enough to wait for; nothing below asserts that it is kept, only that it ends.
const SHORT: Duration = Duration::from_millis(50);
const JSON: (&str, &str) = ("content-type", "application/json");

async fn is_closed_after(receiver: &skep_receive::Receiver, bytes: &[u8]) -> bool {
    let mut stream = TcpStream::connect(receiver.endpoints[0].bound).await.expect("the listener accepts");
    stream.write_all(bytes).await.expect("the listener reads");
    let mut rest = Vec::new();
    // Closed in order or reset: either way it does not stay.
    let _ = stream.read_to_end(&mut rest).await;
    !String::from_utf8_lossy(&rest).contains("200 OK")
}

/// Scenario: clients that send nothing, half a request line, half a header, half of HTTP/2's greeting.
/// Guarantees: the connection is closed.
#[tokio::test]
async fn slow_headers_are_cut_off() {
    let recorder = Recorder::new(Ok(()));
    let limits = Limits { header_timeout: SHORT, ..Limits::default() };
    let receiver = start(limits, &recorder).await;
    for bytes in ["", "POST /v1", "POST /v1/traces HTTP/1.1\r\nhost: a\r\nx: ", "PRI * HTTP/2"] {
        assert!(is_closed_after(&receiver, bytes.as_bytes()).await, "{bytes:?}");
    }
    assert!(is_closed_after(&receiver, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await);
}

#[tokio::test]
async fn idle_connections_are_closed_after_their_answer() {
    let recorder = Recorder::new(Ok(()));
    let limits = Limits { idle_timeout: SHORT, ..Limits::default() };
    let receiver = start(limits, &recorder).await;
    // Kept alive by the client: reading to the end returns because the server closes.
    let request = "POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let answer = http1::send_raw(receiver.endpoints[0].bound, request.as_bytes()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn slow_bodies_are_answered_and_counted() {
    let recorder = Recorder::new(Ok(()));
    let limits = Limits { body_timeout: SHORT, ..Limits::default() };
    let receiver = start(limits, &recorder).await;
    let request = "POST /v1/traces HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n\
                   content-length: 9\r\n\r\n{";
    let answer = http1::send_raw(receiver.endpoints[1].bound, request.as_bytes()).await;
    assert_eq!(answer.status, 408);
    assert_eq!(recorder.refused(), [RefusedReason::TooSlow]);
}

/// Scenario: one request holds most of the bytes in flight while its commit is awaited.
/// Guarantees: the next is asked to come again, and is taken once the first is answered.
#[tokio::test]
async fn bytes_in_flight_are_bounded() {
    let recorder = Recorder::held();
    let body = serde_json::to_vec(&traces(10, 0)).unwrap();
    let limits = Limits { in_flight_bytes: 2 * body.len() + 1, ..Limits::default() };
    let receiver = start(limits, &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let first = tokio::spawn({
        let body = body.clone();
        async move { post(addr, "/v1/traces", &[JSON], &body).await }
    });
    recorder.submission().await;
    let answer = post(addr, "/v1/traces", &[JSON], &body).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(recorder.refused(), [RefusedReason::Overload]);
    recorder.release();
    assert_eq!(first.await.unwrap().status, 200);
    recorder.release();
    assert_eq!(post(addr, "/v1/traces", &[JSON], &body).await.status, 200);
}

/// Scenario: 30 MB that shrink to a few kilobytes.
/// Guarantees: what a large batch may be is decompressed and decoded; what it may not be is refused, not buffered.
#[tokio::test]
async fn large_bodies_pass_and_bombs_do_not() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let mut request = traces(1, 0);
    request.resource_spans[0].schema_url = "a".repeat(30_000_000);
    let large = request.encode_to_vec();
    request.resource_spans[0].schema_url = "a".repeat(Limits::default().body_bytes);
    let bomb = request.encode_to_vec();
    for encoding in ["gzip", "deflate", "zstd"] {
        let headers = [("content-type", "application/x-protobuf"), ("content-encoding", encoding)];
        let answer = post(addr, "/v1/traces", &headers, &crate::compress(encoding, &large)).await;
        assert_eq!(answer.status, 200, "{encoding}");
        assert_eq!(recorder.submission().await.body.len(), large.len(), "{encoding}");
        let answer = post(addr, "/v1/traces", &headers, &crate::compress(encoding, &bomb)).await;
        assert_eq!(answer.status, 413, "{encoding}");
        assert_eq!(recorder.refused(), [RefusedReason::TooLarge], "{encoding}");
    }
}
