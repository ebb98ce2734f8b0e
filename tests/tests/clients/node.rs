use crate::{of_service, sends_to};
use expect_test::expect;
use skep_tests::rig::{Serve, node_client, picture, run_to_end};
use std::process::Command;

/// Scenario: an application on Node's own server and fetch that knows nothing of OpenTelemetry, started with its
/// auto-instrumentation, by each protocol.
/// Guarantees: its requests are one trace, its logs lie in their spans, its metrics count them.
#[tokio::test]
async fn a_node_application_without_code_for_it_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let client = node_client("node_zero_code");
    let (grpc, http) = (skep.ready.otlp_grpc, skep.ready.otlp_http);
    let expected = expect![[r#"
        histogram http.client.request.duration [s] cumulative: count "2" {http.response.status_code: 200}
        histogram http.server.request.duration [s] cumulative: count "2" {http.response.status_code: 200}
        log in GET: 13 warn "nearly sold out" {left: 3}
        span GET in GET: client, unset {http.response.status_code: 200, url.path: "/stock"}
        span GET in GET: server, unset {http.response.status_code: 200, url.path: "/order"}
        span GET in GET: server, unset {http.response.status_code: 200, url.path: "/stock"}
        span GET: client, unset {http.response.status_code: 200, url.path: "/order"}
    "#]];
    for (protocol, address) in [("http/protobuf", http), ("http/json", grpc), ("grpc", grpc)] {
        let mut app = Command::new("node");
        app.arg("app.cjs").current_dir(&client);
        app.env("NODE_OPTIONS", "--require @opentelemetry/auto-instrumentations-node/register");
        app.env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
        for signal in ["TRACES", "METRICS", "LOGS"] {
            app.env(format!("OTEL_{signal}_EXPORTER"), "otlp");
        }
        // The others ask the network which cloud this is.
        app.env("OTEL_NODE_RESOURCE_DETECTORS", "env,host,os,process");
        run_to_end(&mut sends_to(app, address, protocol));
        // The runtime's own metrics differ from version to version.
        let filter =
            format!("{} AND (meta.signal_type != metric OR name starts-with http.)", of_service(protocol));
        let is_shown = |key: &str| ["http.response.status_code", "url.path", "left", "count"].contains(&key);
        expected.assert_eq(&picture(&skep.ready.data_dir, &filter, is_shown));
    }
}
