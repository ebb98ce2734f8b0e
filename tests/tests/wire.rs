//! Every encoding arrives on both ports: users swap them all the time.

#![allow(clippy::unwrap_used, reason = "test code")]

use expect_test::expect;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use skep_tests::load;
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{Serve, Skep};
use std::net::SocketAddr;
use tonic::codec::CompressionEncoding;

async fn over_http(address: SocketAddr, content_type: &str, body: Vec<u8>) -> String {
    let response = once(address, post("/v1/traces", content_type, body)).await;
    let answer_type = response.headers()["content-type"].to_str().unwrap();
    format!("{} {answer_type} {:?}", response.status().as_u16(), response.body())
}

async fn over_grpc(
    address: SocketAddr,
    compression: Option<CompressionEncoding>,
    request: ExportTraceServiceRequest,
) -> String {
    let mut client = TraceServiceClient::connect(format!("http://{address}")).await.unwrap();
    if let Some(encoding) = compression {
        client = client.send_compressed(encoding).accept_compressed(encoding);
    }
    match client.export(request).await {
        Ok(response) => format!("ok {:?}", response.into_inner().partial_success),
        Err(status) => format!("{status:?}"),
    }
}

/// One batch over one way; each is a run of its own, so that the store tells them apart.
async fn send(way: usize, address: SocketAddr, run: u64) -> (&'static str, String) {
    let request = load::request(run, 0);
    match way {
        0 => {
            let body = serde_json::to_vec(&request).unwrap();
            ("HTTP, JSON", over_http(address, "application/json", body).await)
        }
        1 => ("HTTP, protobuf", over_http(address, "application/x-protobuf", request.encode_to_vec()).await),
        2 => ("gRPC", over_grpc(address, None, request).await),
        3 => ("gRPC, gzip", over_grpc(address, Some(CompressionEncoding::Gzip), request).await),
        _ => ("gRPC, zstd", over_grpc(address, Some(CompressionEncoding::Zstd), request).await),
    }
}

const N_WAYS: usize = 5;

fn n_spans(skep: &Skep, run: u64) -> u64 {
    let answer = skep.ask(["query", &format!("SELECT COUNT WHERE load.run = '{run}'")]);
    answer["rows"][0][0].as_u64().unwrap()
}

#[tokio::test]
async fn every_encoding_is_taken_on_both_ports() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let mut seen = String::new();
    let mut run = 0;
    for (port, address) in [("gRPC port", skep.ready.otlp_grpc), ("HTTP port", skep.ready.otlp_http)] {
        for way in 0..N_WAYS {
            run += 1;
            let (name, answer) = send(way, address, run).await;
            seen += &format!("{port}, {name}: {answer}, {} spans\n", n_spans(&skep, run));
        }
    }
    expect![[r#"
        gRPC port, HTTP, JSON: 200 application/json b"{}", 50 spans
        gRPC port, HTTP, protobuf: 200 application/x-protobuf b"", 50 spans
        gRPC port, gRPC: ok None, 50 spans
        gRPC port, gRPC, gzip: ok None, 50 spans
        gRPC port, gRPC, zstd: ok None, 50 spans
        HTTP port, HTTP, JSON: 200 application/json b"{}", 50 spans
        HTTP port, HTTP, protobuf: 200 application/x-protobuf b"", 50 spans
        HTTP port, gRPC: ok None, 50 spans
        HTTP port, gRPC, gzip: ok None, 50 spans
        HTTP port, gRPC, zstd: ok None, 50 spans
    "#]]
    .assert_eq(&seen);
}

#[tokio::test]
async fn what_is_sent_twice_is_counted_once() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let request = load::request(1, 0);
    for _ in 0..3 {
        over_http(skep.ready.otlp_http, "application/x-protobuf", request.encode_to_vec()).await;
    }
    assert_eq!(n_spans(&skep, 1), 50);
    let status = skep.ask(["status"]);
    let count = |name: &str| status["spans"][name].as_u64().unwrap_or_else(|| panic!("{name}: {status}"));
    let counts = ["received", "stored", "duplicate", "rejected", "dropped"].map(count);
    assert_eq!(counts, [150, 50, 100, 0, 0], "received = stored + duplicate + rejected + dropped");
}
