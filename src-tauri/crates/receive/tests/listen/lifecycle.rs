use crate::http1::post;
use crate::recorder::Recorder;
use crate::start;
use skep_receive::{Allowed, Config, Limits, Protocol, listen};
use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

const JSON: (&str, &str) = ("content-type", "application/json");
const LOG: &[u8] = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}"#;
/// Never waited for in full.
const LONG: Duration = Duration::from_secs(60);

/// Scenario: another program has gRPC's port, and HTTP's is the one behind it.
/// Guarantees: HTTP keeps its own, gRPC takes the next, and both say what was asked for.
#[tokio::test]
async fn a_taken_port_is_stepped_over() {
    let (taken, http) = loop {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        // A pair whose second port is free, as far as one moment tells.
        if port < u16::MAX - 64 && TcpListener::bind((Ipv4Addr::LOCALHOST, port + 1)).await.is_ok() {
            break (taken, SocketAddr::from((Ipv4Addr::LOCALHOST, port + 1)));
        }
    };
    let grpc = taken.local_addr().unwrap();
    let config = Config {
        grpc,
        http,
        containers: None,
        token: None,
        allowed: Allowed::default(),
        limits: Limits::default(),
    };
    let receiver = listen(config, Recorder::new(Ok(()))).await.unwrap();
    let [first, second] = receiver.endpoints;
    assert_eq!((first.protocol, first.requested, first.taken), (Protocol::Grpc, grpc, true));
    assert!(first.bound.port() > http.port());
    assert_eq!((second.protocol, second.requested, second.bound), (Protocol::Http, http, http));
    assert!(!second.taken);
    for endpoint in receiver.endpoints {
        assert_eq!(post(endpoint.bound, "/v1/logs", &[JSON], LOG).await.status, 200);
    }
}

#[tokio::test]
async fn an_address_that_is_not_ours_is_an_error() {
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 0));
    let config = Config {
        grpc: elsewhere,
        http: elsewhere,
        containers: None,
        token: None,
        allowed: Allowed::default(),
        limits: Limits::default(),
    };
    assert!(listen(config, Recorder::new(Ok(()))).await.is_err());
}

#[tokio::test]
async fn localhost_is_listened_on_in_both_families() {
    // A machine without IPv6 has nothing to listen on.
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.is_err() {
        return;
    }
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    for endpoint in receiver.endpoints {
        let twin = SocketAddr::from((Ipv6Addr::LOCALHOST, endpoint.bound.port()));
        assert_eq!(post(twin, "/v1/logs", &[JSON], LOG).await.status, 200);
    }
    assert_eq!(recorder.submissions().len(), 2);
}

/// Scenario: shutdown while a commit is awaited, with an idle connection open beside it.
/// Guarantees: the request is answered, the idle connection does not hold it up, nobody new is accepted.
#[tokio::test]
async fn shutdown_answers_what_has_begun() {
    let recorder = Recorder::held();
    let receiver = start(Limits::default(), &recorder).await;
    let addr = receiver.endpoints[0].bound;
    let _idle = TcpStream::connect(addr).await.unwrap();
    let request = tokio::spawn(async move { post(addr, "/v1/logs", &[JSON], LOG).await });
    recorder.submission().await;
    let shutdown = tokio::spawn(receiver.shutdown(LONG));
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    recorder.release();
    assert_eq!(request.await.unwrap().status, 200);
    assert!(shutdown.await.unwrap());
}

#[tokio::test]
async fn shutdown_ends_at_its_deadline() {
    let recorder = Recorder::held();
    let receiver = start(Limits::default(), &recorder).await;
    let addr = receiver.endpoints[0].bound;
    let request = tokio::spawn(async move { post(addr, "/v1/logs", &[JSON], LOG).await });
    recorder.submission().await;
    assert!(!receiver.shutdown(Duration::from_millis(20)).await);
    // The connection is gone: the client gets no answer.
    assert!(request.await.is_err());
}

/// Scenario: the one connection that may be is taken by a client that says nothing.
/// Guarantees: the next client is served, and not before the silent one was cut off.
#[tokio::test]
async fn connections_are_bounded() {
    let limits = Limits { connections: 1, header_timeout: Duration::from_millis(200), ..Limits::default() };
    let receiver = start(limits, &Recorder::new(Ok(()))).await;
    let addr = receiver.endpoints[0].bound;
    let silent = TcpStream::connect(addr).await.unwrap();
    assert_eq!(post(addr, "/v1/logs", &[JSON], LOG).await.status, 200);
    // Not blocking: the end is there already, or this is an error.
    assert_eq!(silent.into_std().unwrap().read(&mut [0]).unwrap(), 0);
}
