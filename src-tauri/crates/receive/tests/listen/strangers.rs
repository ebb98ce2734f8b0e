use crate::http1::send_raw;
use crate::recorder::Recorder;
use crate::traces;
use http::Uri;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use skep_receive::{Allowed, Config, Limits, NameKind, Receiver, RefusedReason, listen};
use std::net::{Ipv4Addr, SocketAddr};
use tonic::Code;
use tonic::transport::Channel;

async fn start(allowed: &Allowed, recorder: &Recorder) -> Receiver {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (allowed, limits) = (allowed.clone(), Limits::default());
    let config = Config { grpc: any, http: any, containers: None, token: None, allowed, limits };
    listen(config, recorder.clone()).await.expect("loopback has free ports")
}

/// Posts an empty request of spans with these header lines, and returns the status.
async fn post(addr: SocketAddr, lines: &str) -> u16 {
    let head = "POST /v1/traces HTTP/1.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n";
    send_raw(addr, format!("{head}{lines}\r\n{{}}").as_bytes()).await.status
}

/// Scenario: requests for names of this machine, of containers, and of the public web, as a page sends them whose name
/// was made to mean 127.0.0.1.
/// Guarantees: those of the public web are refused with their name noted, until it is allowed, and refused again when it no
/// longer is.
#[tokio::test]
async fn a_name_of_the_public_web_is_refused_until_it_is_allowed() {
    let (allowed, recorder) = (Allowed::default(), Recorder::new(Ok(())));
    let receiver = start(&allowed, &recorder).await;
    for endpoint in receiver.endpoints {
        let addr = endpoint.bound;
        for host in
            ["localhost:4318", "127.0.0.1", "[::1]:80", "skep:4318", "host.docker.internal", "a.localhost."]
        {
            assert_eq!(post(addr, &format!("host: {host}\r\n")).await, 200, "{host}");
        }
        assert_eq!(recorder.refused(), []);
        for (host, name) in [
            ("evil.com:4318", "evil.com"),
            ("EVIL.com.", "evil.com"),
            ("127.0.0.1.nip.io", "127.0.0.1.nip.io"),
        ] {
            assert_eq!(post(addr, &format!("host: {host}\r\n")).await, 403, "{host}");
            assert_eq!(recorder.refused(), [RefusedReason::Host], "{host}");
            assert_eq!(recorder.strangers(), [(NameKind::Host, name.to_owned())], "{host}");
        }
        // The page of such a name is of the same origin, so a browser asks nothing before.
        assert_eq!(post(addr, "host: evil.com\r\norigin: http://evil.com\r\n").await, 403);
        allowed.replace([(NameKind::Host, "evil.com".to_owned())]);
        assert_eq!(post(addr, "host: evil.com:4318\r\n").await, 200);
        assert_eq!(
            post(addr, "host: evil.com\r\norigin: http://evil.com\r\n").await,
            403,
            "the page is another thing"
        );
        allowed.replace([]);
        assert_eq!(post(addr, "host: evil.com\r\n").await, 403);
        recorder.refused();
        recorder.strangers();
    }
}

/// Scenario: the same by gRPC, where the name is HTTP/2's `:authority`.
#[tokio::test]
async fn grpc_to_a_name_of_the_public_web_is_denied() {
    let (allowed, recorder) = (Allowed::default(), Recorder::new(Ok(())));
    let receiver = start(&allowed, &recorder).await;
    let endpoint = Channel::from_shared(format!("http://{}", receiver.endpoints[0].bound)).unwrap();
    let channel = endpoint.origin(Uri::from_static("http://evil.com:4317")).connect().await.unwrap();
    let mut client = TraceServiceClient::new(channel);
    let denied = client.export(traces(1, 0)).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    assert!(denied.message().contains("evil.com is no name of this machine"), "{denied}");
    assert_eq!(recorder.strangers(), [(NameKind::Host, "evil.com".to_owned())]);
    assert_eq!(recorder.submissions().len(), 0);
    allowed.replace([(NameKind::Host, "evil.com".to_owned())]);
    client.export(traces(1, 0)).await.unwrap();
}

/// Scenario: a page that is not of this machine, before and after it was allowed.
/// Guarantees: exactly this origin is let in and may read the answer; one that looks like it is not.
#[tokio::test]
async fn a_page_is_let_in_once_it_is_allowed() {
    let (allowed, recorder) = (Allowed::default(), Recorder::new(Ok(())));
    let receiver = start(&allowed, &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let page = "host: localhost\r\norigin: https://shop.example.com\r\n";
    assert_eq!(post(addr, page).await, 403);
    assert_eq!(recorder.strangers(), [(NameKind::Origin, "https://shop.example.com".to_owned())]);
    allowed.replace([(NameKind::Origin, "https://shop.example.com".to_owned())]);
    assert_eq!(post(addr, page).await, 200);
    let preflight = format!("OPTIONS /v1/traces HTTP/1.1\r\nconnection: close\r\n{page}\r\n");
    let answer = send_raw(addr, preflight.as_bytes()).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example.com"));
    for other in
        ["http://shop.example.com", "https://shop.example.com:8080", "https://a.shop.example.com", "null"]
    {
        assert_eq!(post(addr, &format!("host: localhost\r\norigin: {other}\r\n")).await, 403, "{other}");
    }
}
