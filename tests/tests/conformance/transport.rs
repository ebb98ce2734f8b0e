use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use skep_tests::house::{House, JSON, PATHS, PROTOBUF, compress, grpc, raw, request_of, spans, with_header};
use skep_tests::rig::http::{Connection, once, post};
use skep_tests::rig::{run_to_end, skep_binary};
use std::process::Command;
use tokio::net::TcpStream;
use tonic::Code;
use tonic::codec::CompressionEncoding;

/// S01 MUST: uncompressed and gzip on every transport.
#[tokio::test]
async fn s01_none_and_gzip_on_every_transport() {
    let house = House::open().await;
    let mut n_sent = 0;
    for address in [house.http(), house.skep.ready.otlp_grpc] {
        for encoding in ["identity", "gzip"] {
            for media_type in [PROTOBUF, JSON] {
                let request = spans(n_sent, 1);
                let body = match media_type {
                    JSON => serde_json::to_vec(&request).unwrap(),
                    _ => request.encode_to_vec(),
                };
                let request = post("/v1/traces", media_type, compress(encoding, &body));
                let answer = once(address, with_header(request, "content-encoding", encoding)).await;
                assert_eq!(answer.status(), 200, "{address} {encoding} {media_type}");
                n_sent += 1;
            }
        }
        for compression in [None, Some(CompressionEncoding::Gzip)] {
            let mut client = grpc(address).await;
            if let Some(compression) = compression {
                client = client.send_compressed(compression);
            }
            client.export(spans(n_sent, 1)).await.unwrap();
            n_sent += 1;
        }
    }
    assert_eq!(house.n_spans(), n_sent);
}

/// S02 MAY: zstd and deflate, which clients send; what is unknown is refused by name, for good.
#[tokio::test]
async fn s02_zstd_and_deflate_too() {
    let house = House::open().await;
    for (number, encoding) in (0..).zip(["zstd", "deflate"]) {
        let body = compress(encoding, &spans(number, 1).encode_to_vec());
        let request = with_header(post("/v1/traces", PROTOBUF, body), "content-encoding", encoding);
        assert_eq!(once(house.http(), request).await.status(), 200, "{encoding}");
    }
    house.grpc().await.send_compressed(CompressionEncoding::Zstd).export(spans(2, 1)).await.unwrap();
    assert_eq!(house.n_spans(), 3);
    for encoding in ["snappy", "lz4", "br", "gzip, gzip"] {
        let request = with_header(post("/v1/traces", PROTOBUF, ""), "content-encoding", encoding);
        let answer = once(house.http(), request).await;
        assert_eq!(answer.status(), 415, "{encoding}");
        assert!(
            String::from_utf8_lossy(answer.body()).contains("gzip, deflate, zstd"),
            "{encoding}: {answer:?}"
        );
    }
    let mut request = tonic::Request::new(spans(3, 1));
    request.metadata_mut().insert("grpc-encoding", "snappy".parse().unwrap());
    let refused = house.grpc().await.export(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
    assert_eq!(refused.metadata().get("grpc-accept-encoding").unwrap(), "identity,deflate,gzip,zstd");
}

/// S03 SHOULD: protobuf and JSON on one port, told apart by `content-type`.
#[tokio::test]
async fn s03_protobuf_and_json_on_one_port() {
    let house = House::open().await;
    let mut connection = Connection::open(house.http()).await.unwrap();
    let json = serde_json::to_vec(&spans(0, 1)).unwrap();
    assert_eq!(connection.send(post("/v1/traces", JSON, json)).await.unwrap().status(), 200);
    let protobuf = spans(1, 1).encode_to_vec();
    assert_eq!(connection.send(post("/v1/traces", PROTOBUF, protobuf)).await.unwrap().status(), 200);
    assert_eq!(house.n_spans(), 2);
}

/// S04 MAY: gRPC and HTTP on one port; here both ports speak both.
#[tokio::test]
async fn s04_either_protocol_on_either_port() {
    let house = House::open().await;
    grpc(house.http()).await.export(spans(0, 1)).await.unwrap();
    let body = spans(1, 1).encode_to_vec();
    assert_eq!(once(house.skep.ready.otlp_grpc, post("/v1/traces", PROTOBUF, body)).await.status(), 200);
    assert_eq!(house.n_spans(), 2);
}

/// S05: the default ports, the default paths, POST alone.
#[tokio::test]
async fn s05_default_ports_and_paths() {
    let help = run_to_end(Command::new(skep_binary()).args(["serve", "--help"]));
    assert!(
        help.contains("[default: 127.0.0.1:4317]") && help.contains("[default: 127.0.0.1:4318]"),
        "{help}"
    );
    let house = House::open().await;
    for path in PATHS {
        assert_eq!(house.post(path, PROTOBUF, "").await.status(), 200, "{path}");
        for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
            let request = Request::builder().method(method).uri(path).body(Full::default()).unwrap();
            let answer = once(house.http(), request).await;
            assert_eq!(answer.status(), 405, "{method} {path}");
            assert_eq!(answer.headers()["allow"], "POST, OPTIONS", "{method} {path}");
        }
    }
    // A signal that is not kept: for good, so that no client tries again.
    assert_eq!(house.post("/v1development/profiles", PROTOBUF, "").await.status(), 404);
}

/// S06 MAY: HTTP/1.1, HTTP/2 without TLS too.
#[tokio::test]
async fn s06_http_1_and_2() {
    let house = House::open().await;
    assert_eq!(house.post("/v1/traces", PROTOBUF, spans(0, 1).encode_to_vec()).await.status(), 200);
    let stream = TcpStream::connect(house.http()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let mut request = post("/v1/traces", PROTOBUF, spans(1, 1).encode_to_vec());
    *request.uri_mut() = format!("http://{}/v1/traces", house.http()).parse().unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, http::Version::HTTP_2));
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), Bytes::new());
    driver.abort();
    assert_eq!(house.n_spans(), 2);
}

/// S07 SHOULD: a connection is good for more than one request, refused ones among them.
#[tokio::test]
async fn s07_connections_are_kept() {
    let house = House::open().await;
    let mut connection = Connection::open(house.http()).await.unwrap();
    for (number, media_type, status) in
        [(0, PROTOBUF, 200), (1, "text/plain", 415), (2, JSON, 400), (3, PROTOBUF, 200)]
    {
        let body = spans(number, 1).encode_to_vec();
        let answer = connection.send(post("/v1/traces", media_type, body)).await.unwrap();
        assert_eq!(answer.status(), status, "{number}");
    }
    assert_eq!(house.n_spans(), 2);
}

/// A request of about this many bytes: one span with one long name after another.
fn sized(n_bytes: usize) -> Vec<u8> {
    const NAME_BYTES: usize = 60_000;
    let name = "n".repeat(NAME_BYTES);
    let n_spans = (n_bytes / NAME_BYTES) as u64;
    let span = |number: u64| Span {
        trace_id: vec![9; 16],
        span_id: (number + 1).to_be_bytes().to_vec(),
        name: name.clone(),
        ..Span::default()
    };
    request_of((0..n_spans).map(span).collect()).encode_to_vec()
}

/// S08 MUST: a limit on what a request is after decompression, 64 MiB by default and configurable. Over it 413, and
/// `RESOURCE_EXHAUSTED` without a delay, which no client takes for a reason to try again.
#[tokio::test]
async fn s08_requests_are_bounded_after_decompression() {
    let house = House::open().await;
    for n_bytes in [6_000_000, 20 << 20, 63 << 20] {
        let body = compress("gzip", &sized(n_bytes));
        let request = with_header(post("/v1/traces", PROTOBUF, body), "content-encoding", "gzip");
        assert_eq!(once(house.http(), request).await.status(), 200, "{n_bytes} bytes");
    }
    for encoding in ["gzip", "zstd", "deflate"] {
        let body = compress(encoding, &sized(65 << 20));
        let request = with_header(post("/v1/traces", PROTOBUF, body), "content-encoding", encoding);
        let answer = once(house.http(), request).await;
        assert_eq!(answer.status(), 413, "{encoding}");
        assert!(!answer.headers().contains_key("retry-after"));
    }
    // Without compression the client is told before it has sent it all.
    let head = "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let answer =
        raw(house.http(), format!("{head}content-length: {}\r\n\r\n", (64 << 20) + 1).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let small = House::with(|serve| serve.arg("--limit").arg("body_bytes=10KiB")).await;
    let request = spans(0, 400);
    assert!(request.encoded_len() > 10 << 10);
    for compression in [None, Some(CompressionEncoding::Gzip), Some(CompressionEncoding::Zstd)] {
        let mut client = small.grpc().await;
        if let Some(compression) = compression {
            client = client.send_compressed(compression);
        }
        let refused = client.export(request.clone()).await.unwrap_err();
        assert_eq!(
            (refused.code(), refused.details()),
            (Code::ResourceExhausted, &[][..]),
            "{compression:?}"
        );
        client.export(spans(0, 1)).await.unwrap();
    }
    assert_eq!(small.n_spans(), 1);
}

/// S09 MUST: the answer is bounded, whatever was wrong with the request.
#[tokio::test]
async fn s09_answers_are_bounded() {
    let house = House::open().await;
    let bad = |number: u64| Span {
        trace_id: vec![1; usize::try_from(number % 20).unwrap()],
        span_id: vec![1; usize::try_from(number % 11).unwrap()],
        name: "\u{fffd}".repeat(100),
        ..Span::default()
    };
    let body = request_of((0..20_000).map(bad).collect()).encode_to_vec();
    let answer = house.post("/v1/traces", PROTOBUF, body).await;
    assert_eq!(answer.status(), 200);
    assert!((1..=5 << 10).contains(&answer.body().len()), "{} bytes", answer.body().len());
}
