//! The three exporters of the Node SDK, each to both ports.

#![allow(clippy::unwrap_used, reason = "test code")]

use expect_test::expect;
use serde_json::Value;
use skep_tests::rig::{Serve, node_client, run_to_end};
use std::process::Command;

#[tokio::test]
async fn every_node_exporter_reaches_either_port() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let client = node_client("node_shop");
    let mut seen = String::new();
    for (port, address) in [("gRPC port", skep.ready.otlp_grpc), ("HTTP port", skep.ready.otlp_http)] {
        for exporter in ["http", "proto", "grpc"] {
            let mut node = Command::new("node");
            node.current_dir(&client).args(["send.mjs", exporter]);
            node.env("OTEL_SERVICE_NAME", exporter);
            node.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
            let trace_id = run_to_end(&mut node).trim().to_owned();
            let trace = skep.ask(["trace", &trace_id]);
            seen += &format!("{port}, {}", shape(&trace));
        }
    }
    expect![[r"
        gRPC port, http: order server unset > pay client error, ship internal unset; 1 event, 1 link
        gRPC port, proto: order server unset > pay client error, ship internal unset; 1 event, 1 link
        gRPC port, grpc: order server unset > pay client error, ship internal unset; 1 event, 1 link
        HTTP port, http: order server unset > pay client error, ship internal unset; 1 event, 1 link
        HTTP port, proto: order server unset > pay client error, ship internal unset; 1 event, 1 link
        HTTP port, grpc: order server unset > pay client error, ship internal unset; 1 event, 1 link
    "]]
    .assert_eq(&seen);
    let query = "SELECT SUM(amount), COUNT WHERE tries = 2 AND fast = true GROUP BY service.name ORDER BY service.name";
    let answer = skep.ask(["query", query]);
    expect![[r#"[["grpc",25.0,2],["http",25.0,2],["proto",25.0,2]]"#]].assert_eq(&answer["rows"].to_string());
}

/// The service, the root, its children, and how much hangs on them.
fn shape(trace: &Value) -> String {
    let spans = trace["spans"].as_array().unwrap_or_else(|| panic!("{trace}"));
    let text = |span: &Value| {
        ["name", "kind", "status"].map(|field| span[field].as_str().unwrap().to_owned()).join(" ")
    };
    let (root, children) = spans.split_first().unwrap();
    assert!(children.iter().all(|child| child["parent_id"] == root["span_id"]), "{trace}");
    let children: Vec<_> = children.iter().map(text).collect();
    let n = |list: &str| trace[list].as_array().unwrap().len();
    let service = root["service"].as_str().unwrap();
    let (root, children) = (text(root), children.join(", "));
    format!("{service}: {root} > {children}; {} event, {} link\n", n("events"), n("links"))
}
