use crate::http1::{post, send};
use crate::recorder::Recorder;
use crate::{channel, traces};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use skep_receive::{Config, RefusedReason, Token, listen};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const KEY: (&str, &str) = ("x-otlp-api-key", "s3cret");

/// This machine's address on a network; nothing where it is on none.
fn beyond() -> Option<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().expect("a system has interfaces");
    interfaces.iter().find(|interface| !interface.is_loopback() && interface.ip().is_ipv4()).map(|i| i.ip())
}

fn everywhere(token: Option<Token>, containers: Option<IpAddr>) -> Config {
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let (allowed, limits) = Default::default();
    Config { grpc: any, http: any, containers, token, allowed, limits }
}

/// Scenario: listening everywhere, requests come by loopback and by an address that others reach too.
/// Guarantees: loopback needs nothing, the other the token, by either protocol; what is refused reaches no sink and is
/// counted, and says what to set.
#[tokio::test]
async fn from_beyond_this_machine_a_token_is_needed() {
    let Some(address) = beyond() else { return eprintln!("this machine is on no network") };
    let recorder = Recorder::new(Ok(()));
    let receiver = listen(everywhere(Some(Token::new("s3cret")), None), recorder.clone()).await.unwrap();
    for endpoint in receiver.endpoints {
        let near = SocketAddr::from((Ipv4Addr::LOCALHOST, endpoint.bound.port()));
        let far = SocketAddr::new(address, endpoint.bound.port());
        assert_eq!(post(near, "/v1/traces", &[PROTOBUF], b"").await.status, 200);
        assert_eq!(post(far, "/v1/traces", &[PROTOBUF, KEY], b"").await.status, 200);
        let bearer = ("authorization", "Bearer s3cret");
        assert_eq!(post(far, "/v1/traces", &[PROTOBUF, bearer], b"").await.status, 200);
        for path in ["/v1/traces", "/v1/nothing", "/1/batch/shop"] {
            let refused = post(far, path, &[PROTOBUF, ("x-otlp-api-key", "guess")], b"").await;
            assert_eq!(refused.status, 401, "{path}");
            assert!(String::from_utf8_lossy(&refused.body).contains("x-otlp-api-key"), "{path}: {refused:?}");
        }
        // A browser asks before it may send the header.
        let page = ("origin", "http://localhost:5173");
        let preflight = [page, ("access-control-request-method", "POST")];
        assert_eq!(send(far, "OPTIONS /v1/traces", &preflight, b"").await.status, 204);

        let mut client = TraceServiceClient::new(channel(far).await);
        let refused = client.export(traces(1, 0)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unauthenticated);
        assert!(refused.message().contains("x-otlp-api-key"), "{refused}");
        let mut request = tonic::Request::new(traces(1, 0));
        request.metadata_mut().insert("x-otlp-api-key", "s3cret".parse().unwrap());
        client.export(request).await.unwrap();
    }
    assert_eq!(recorder.submissions().len(), 2, "the two calls that brought the token and a span");
    let refused = recorder.refused();
    assert_eq!(refused, vec![RefusedReason::Token; 8]);
}

/// Scenario: nobody has a token; and an interface that is no network of containers was named as theirs.
/// Guarantees: nobody comes in from beyond, and naming an interface is no way around the token.
#[tokio::test]
async fn without_a_token_nobody_comes_in_from_beyond() {
    let Some(address) = beyond() else { return eprintln!("this machine is on no network") };
    for containers in [None, Some(address)] {
        let receiver = listen(everywhere(None, containers), Recorder::new(Ok(()))).await.unwrap();
        let far = SocketAddr::new(address, receiver.endpoints[1].bound.port());
        assert_eq!(post(far, "/v1/traces", &[PROTOBUF], b"").await.status, 401, "{containers:?}");
    }
}

/// Scenario: loopback, and the address that containers use beside it.
/// Guarantees: both protocols are there on the same ports.
#[tokio::test]
async fn the_containers_address_has_the_same_ports() {
    let Some(address) = beyond() else { return eprintln!("this machine is on no network") };
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let token = Some(Token::new("s3cret"));
    let (allowed, limits) = Default::default();
    let config = Config { grpc: any, http: any, containers: Some(address), token, allowed, limits };
    let recorder = Recorder::new(Ok(()));
    let receiver = listen(config, recorder.clone()).await.unwrap();
    for endpoint in receiver.endpoints {
        for ip in [address, Ipv4Addr::LOCALHOST.into()] {
            let reached = SocketAddr::new(ip, endpoint.bound.port());
            assert_eq!(post(reached, "/v1/traces", &[PROTOBUF, KEY], b"").await.status, 200, "{reached}");
        }
    }
}
