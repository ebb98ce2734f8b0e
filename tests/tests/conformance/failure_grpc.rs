use crate::failure_http::Status;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use serde_json::json;
use skep_tests::house::{House, JSON, json_logs, json_metrics, spans};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tonic::Code;

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Calls with this body as it is, and returns `grpc-status` and `grpc-status-details-bin`.
async fn call(address: SocketAddr, path: &str, encoding: &str, body: Vec<u8>) -> (Code, Vec<u8>) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let request = Request::post(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-encoding", encoding)
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/grpc");
    let (parts, body) = answer.into_parts();
    let trailers = body.collect().await.unwrap().trailers().cloned().unwrap_or_default();
    driver.abort();
    let of = |name| trailers.get(name).or_else(|| parts.headers.get(name));
    let details = of("grpc-status-details-bin").map(|details| {
        let unpadded = base64::engine::general_purpose::STANDARD_NO_PAD;
        base64::Engine::decode(&unpadded, details.to_str().unwrap().trim_end_matches('=')).unwrap()
    });
    (Code::from_bytes(of("grpc-status").unwrap().as_bytes()), details.unwrap_or_default())
}

fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let n_bytes = u32::try_from(message.len()).unwrap();
    [&[flag], &n_bytes.to_be_bytes()[..], message].concat()
}

/// S24 SHOULD: what may be tried again is `UNAVAILABLE`, what may not `INVALID_ARGUMENT`, MAY: with a `BadRequest`.
#[tokio::test]
async fn s24_unavailable_or_invalid_argument() {
    let house = House::open().await;
    let (code, details) = call(house.skep.ready.otlp_grpc, EXPORT, "identity", framed(0, b"<html>")).await;
    assert_eq!(code, Code::InvalidArgument);
    let status = Status::decode(&*details).unwrap();
    assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.BadRequest");
    let full = House::with(|serve| serve.arg("--disk-free-min").arg("1000000TiB")).await;
    let refused = full.grpc().await.export(spans(0, 1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
}

/// S25: bad data is never answered with a code that clients take for a reason to send it again.
#[tokio::test]
async fn s25_bad_data_is_refused_for_good() {
    let house = House::open().await;
    let good = spans(0, 1).encode_to_vec();
    let gzip = skep_tests::house::compress("gzip", &good);
    let bomb = skep_tests::house::compress("zstd", &vec![0; 65 << 20]);
    for (name, encoding, body, code) in [
        ("nothing", "identity", Vec::new(), Code::InvalidArgument),
        ("half a prefix", "identity", vec![0, 0, 0], Code::InvalidArgument),
        ("no message", "identity", framed(0, b"\x0a\xff"), Code::InvalidArgument),
        ("a length beyond the end", "identity", framed(0, &good)[..20].to_vec(), Code::InvalidArgument),
        ("two messages", "identity", [framed(0, &good), framed(0, &good)].concat(), Code::InvalidArgument),
        ("a flag without an encoding", "identity", framed(1, &gzip), Code::InvalidArgument),
        ("another flag", "gzip", framed(7, &gzip), Code::InvalidArgument),
        ("another encoding than said", "zstd", framed(1, &gzip), Code::InvalidArgument),
        ("half a gzip", "gzip", framed(1, &gzip[..gzip.len() / 2]), Code::InvalidArgument),
        ("an announced gigabyte", "identity", vec![0, 0x40, 0, 0, 0], Code::ResourceExhausted),
        ("a bomb", "zstd", framed(1, &bomb), Code::ResourceExhausted),
        ("an unknown encoding", "lz4", framed(1, &gzip), Code::Unimplemented),
    ] {
        let (refused, _) = call(house.skep.ready.otlp_grpc, EXPORT, encoding, body).await;
        assert_eq!(refused, code, "{name}");
    }
    assert_eq!(house.n_spans(), 0);
    let (code, _) = call(house.skep.ready.otlp_grpc, EXPORT, "gzip", framed(1, &gzip)).await;
    assert_eq!((code, house.n_spans()), (Code::Ok, 1), "the same call is good with good data");
}

#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

/// S26 SHOULD: back pressure is `UNAVAILABLE` with a delay long enough to recover and short enough to lose nothing.
#[tokio::test]
async fn s26_back_pressure_has_a_delay() {
    let full = House::with(|serve| serve.arg("--disk-free-min").arg("1000000TiB")).await;
    let refused = full.grpc().await.export(spans(0, 1)).await.unwrap_err();
    let status = Status::decode(refused.details()).unwrap();
    let [detail] = &status.details[..] else { panic!("one detail: {status:?}") };
    assert_eq!(detail.type_url, "type.googleapis.com/google.rpc.RetryInfo");
    let delay = RetryInfo::decode(&*detail.value).unwrap().retry_delay.unwrap();
    assert!((1..=30).contains(&delay.seconds), "{delay:?}");
}

/// S27 SHOULD: many calls at once on one connection. What is no method is `UNIMPLEMENTED`.
#[tokio::test(flavor = "multi_thread")]
async fn s27_concurrent_calls_and_unknown_methods() {
    const N_CALLS: u64 = 200;
    let house = House::open().await;
    let client = house.grpc().await;
    let calls = (0..N_CALLS).map(|number| {
        let mut client = client.clone();
        tokio::spawn(async move { client.export(spans(number * 10, 10)).await.unwrap() })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    assert_eq!(house.n_spans(), N_CALLS * 10);
    for path in
        ["/opentelemetry.proto.collector.trace.v1.TraceService/Import", "/grpc.health.v1.Health/Check", "/"]
    {
        let (code, _) = call(house.skep.ready.otlp_grpc, path, "identity", framed(0, b"")).await;
        assert_eq!(code, Code::Unimplemented, "{path}");
    }
}

/// S28: SDKs that are left alone send metrics and logs as well; they are taken, so that no log fills with errors.
#[tokio::test]
async fn s28_metrics_and_logs_are_taken() {
    let house = House::open().await;
    let logs = json_logs(&json!([{"body": {"stringValue": "hello"}}]));
    assert_eq!(house.post("/v1/logs", JSON, logs.to_string()).await.status(), 200);
    let metrics = json_metrics(&json!([{"asDouble": 1.5, "timeUnixNano": "1"}]));
    assert_eq!(house.post("/v1/metrics", JSON, metrics.to_string()).await.status(), 200);
    for service in ["logs.v1.LogsService", "metrics.v1.MetricsService"] {
        let path = format!("/opentelemetry.proto.collector.{service}/Export");
        let (code, _) = call(house.skep.ready.otlp_grpc, &path, "identity", framed(0, b"")).await;
        assert_eq!(code, Code::Ok, "{path}");
    }
    assert_eq!(house.status()["stored"], json!(2));
}
