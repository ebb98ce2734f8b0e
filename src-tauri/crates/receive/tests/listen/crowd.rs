use crate::http1::{post, read, send_raw};
use crate::recorder::Recorder;
use crate::start;
use skep_receive::{Limits, RefusedReason};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const JSON: (&str, &str) = ("content-type", "application/json");

/// Long enough that nothing below ends by itself.
fn patient(connections: usize) -> Limits {
    let long = Duration::from_secs(600);
    Limits { connections, header_timeout: long, idle_timeout: long, ..Limits::default() }
}

/// Scenario: as many connections as there may be say nothing, or half of a request's headers.
/// Guarantees: the next one is served at once; the one that was idle for longest made room, and was counted.
#[tokio::test]
async fn idle_connections_make_room() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(patient(3), &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let mut crowd = Vec::new();
    for said in ["", "POST /v1/traces HTT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        crowd.push(stream);
    }
    for served in 1..=3 {
        assert_eq!(post(addr, "/v1/traces", &[JSON], b"{}").await.status, 200, "{served}");
    }
    assert_eq!(recorder.refused(), [RefusedReason::Connections], "one place was enough for all three");
    let mut rest = Vec::new();
    crowd[0].read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty(), "closed without a word: nothing had been asked");
}

/// Scenario: the only connection there may be is in the middle of a request.
/// Guarantees: it is not cut off; the other waits, and is served after it.
#[tokio::test]
async fn a_request_under_way_keeps_its_place() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(patient(1), &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let mut first = TcpStream::connect(addr).await.unwrap();
    let head = "POST /v1/traces HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{";
    first.write_all(head.as_bytes()).await.unwrap();
    let second = tokio::spawn(async move { post(addr, "/v1/traces", &[JSON], b"{}").await.status });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!second.is_finished());
    first.write_all(b"}").await.unwrap();
    assert_eq!(read(&mut first).await.status, 200);
    assert_eq!(second.await.unwrap(), 200);
    assert_eq!(recorder.refused(), []);
}

/// Scenario: headers over their limit.
/// Guarantees: 431, counted; what is under the limit passes.
#[tokio::test]
async fn headers_are_bounded() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let request = |n_bytes| {
        let padding = "a".repeat(n_bytes);
        let head =
            "POST /v1/traces HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n";
        format!("{head}content-length: 2\r\nx-padding: {padding}\r\n\r\n{{}}")
    };
    assert_eq!(send_raw(addr, request(12 << 10).as_bytes()).await.status, 200);
    assert_eq!(send_raw(addr, request(17 << 10).as_bytes()).await.status, 431);
    while recorder.refused() != [RefusedReason::Headers] {
        tokio::task::yield_now().await;
    }
}
