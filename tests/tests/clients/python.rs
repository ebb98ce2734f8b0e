use crate::{of_service, sends_to};
use expect_test::expect;
use serde_json::Value;
use skep_tests::rig::{Serve, Skep, clients_dir, picture, python_of, run_to_end, until};
use std::net::SocketAddr;
use std::process::Command;

fn send(exporter: &str, compression: &str, address: SocketAddr, service: &str) -> Command {
    let mut send = Command::new(python_of("python_sdk"));
    send.arg(clients_dir().join("python_sdk/send.py")).arg(exporter);
    // gRPC's takes no word for none.
    if compression != "none" {
        send.env("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
    }
    sends_to(send, address, service)
}

/// Scenario: each exporter of the Python SDK with each compression it has, to the port it is meant for and to the other.
/// Guarantees: all three signals are kept, with values that JSON has no number for and text that is none of C's.
#[tokio::test]
async fn every_python_exporter_is_received_as_it_was_meant() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let (grpc, http) = (skep.ready.otlp_grpc, skep.ready.otlp_http);
    let ways = [
        ("grpc", "none", grpc),
        ("grpc", "gzip", http),
        ("http", "none", http),
        ("http", "gzip", grpc),
        ("http", "deflate", http),
        ("json", "none", http),
        ("json", "gzip", http),
        ("json", "deflate", grpc),
    ];
    let expected = expect![[r#"
        gauge temperature []: asDouble -40.5
        histogram duration [] cumulative: bucketCounts ["0","1","0"], count "1", explicitBounds [1.0,10.0], max 2.5, min 2.5, sum 2.5
        log event paid: 0 {amount: 12.5, cards: ["a", bytes AQ==]}
        log in order: 13 WARNING "card refused" {tries: 2}
        span order: server, unset {bytes: bytes AP8=, empty: "", max: 9223372036854775807, min: -9223372036854775808, nan: NaN, nested: [[1, "a"], {b: [true, nothing]}], numbers: [NaN, Infinity, -Infinity, -0.0, 5e-324], text: "tea\u0000🐝"}
        span pay in order: internal, error "KeyError: 'no such card'"; event exception {exception.escaped: "False", exception.message: "'no such card'", exception.type: "KeyError"}; link in order
        sum orders [{order}] cumulative monotonic: asInt "3" {shop: "north"}
    "#]];
    for (exporter, compression, address) in ways {
        let service = format!("{exporter} {compression}");
        run_to_end(&mut send(exporter, compression, address, &service));
        let is_shown = |key: &str| key != "exception.stacktrace";
        expected.assert_eq(&picture(&skep.ready.data_dir, &of_service(&service), is_shown));
    }
}

/// Scenario: a Flask application that knows nothing of OpenTelemetry, started by `opentelemetry-instrument`.
/// Guarantees: its requests are one trace, its logs lie in their spans, its metrics count them.
#[tokio::test]
async fn a_flask_application_without_code_for_it_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let python = python_of("python_zero_code");
    let expected = expect![[r#"
        histogram http.client.duration [ms] cumulative: count "2" {http.status_code: 200}
        histogram http.server.duration [ms] cumulative: count "1" {http.status_code: 200, http.target: "/order/<item>"}
        histogram http.server.duration [ms] cumulative: count "1" {http.status_code: 200, http.target: "/stock/<item>"}
        log in GET /order/<item>: 13 WARN "only 3 of tea left" {item: "tea"}
        span GET /order/<item> in GET: server, unset {http.route: "/order/<item>", http.status_code: 200, http.target: "/order/tea"}
        span GET /stock/<item> in GET: server, unset {http.route: "/stock/<item>", http.status_code: 200, http.target: "/stock/tea"}
        span GET in GET /order/<item>: client, unset {http.status_code: 200}
        span GET: client, unset {http.status_code: 200}
        sum http.server.active_requests [requests] cumulative:
    "#]];
    for (service, address) in [("on HTTP", skep.ready.otlp_http), ("on gRPC", skep.ready.otlp_grpc)] {
        let mut app = Command::new(python.with_file_name("opentelemetry-instrument"));
        app.arg(&python).arg(clients_dir().join("python_zero_code/app.py"));
        app.env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        run_to_end(&mut sends_to(app, address, service));
        // The server's own log names the minute.
        let filter = format!("{} AND library.name != werkzeug", of_service(service));
        let is_shown =
            |key: &str| ["http.route", "http.status_code", "http.target", "item", "count"].contains(&key);
        expected.assert_eq(&picture(&skep.ready.data_dir, &filter, is_shown));
    }
}

fn refused(skep: &Skep) -> Value {
    let refused = skep.ask(["status"])["arrivals"]["refused"].take();
    let counts =
        refused.as_array().unwrap().iter().map(|notice| (notice["code"].as_str().unwrap(), &notice["count"]));
    counts.map(|(code, count)| (code.to_owned(), count.clone())).collect()
}

/// Scenario: a batch under the limit, and one over it, by gRPC.
/// Guarantees: the first is kept; the second is sent once, and not again by an exporter that retries the code.
#[tokio::test]
async fn a_batch_over_the_limit_is_sent_once() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let skep = Serve::on(data_dir).arg("--limit").arg("body_bytes=10KiB").start().await;
    for n_bytes in ["9000", "20000"] {
        run_to_end(send("grpc", "none", skep.ready.otlp_grpc, "large").arg(n_bytes));
    }
    // What was refused is told to other processes a moment later.
    let refused =
        until("the refusal", || refused(&skep), |refused| *refused != Value::from(serde_json::Map::new()))
            .await;
    expect![[r#"{"refused_too_large":1}"#]].assert_eq(&refused.to_string());
    let kept = skep.ask(["query", "SELECT COUNT WHERE name = large"]);
    assert_eq!(kept["rows"][0][0], 1, "{kept}");
}
