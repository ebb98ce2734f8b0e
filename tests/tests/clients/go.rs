use crate::{of_service, sends_to};
use expect_test::expect;
use skep_tests::rig::{Serve, go_client, picture, run_to_end};
use std::process::Command;

/// Scenario: the Go SDK's exporters, with gzip and without.
/// Guarantees: all three signals are kept, an exponential histogram and values that JSON has no number for among them.
#[tokio::test]
async fn the_go_sdk_is_received_as_it_was_meant() {
    let Some(program) = go_client("go_sdk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let (grpc, http) = (skep.ready.otlp_grpc, skep.ready.otlp_http);
    let expected = expect![[r#"
        exponentialHistogram duration [] cumulative: count "1", max 2.5, min 2.5, negative {}, positive {"bucketCounts":["1"],"offset":1386142}, scale 20, sum 2.5
        gauge temperature []: asDouble "-Infinity"
        log in order: 13 WARN {card: "refused", tries: 2} {raw: bytes AP8=}
        span order: server, unset {bytes: bytes AP8=, fast: true, max: 9223372036854775807, nan: NaN, nested: [["a", ""], {b: 1}], numbers: [Infinity, -Infinity, 5e-324], text: "tea\u0000🐝"}
        span pay in order: internal, error "no money"; event exception {exception.message: "no such card", exception.type: "*errors.errorString"}; link in order
        sum orders [{order}] cumulative monotonic: asInt "3" {shop: "north"}
    "#]];
    for (exporter, compression, address) in
        [("http", "none", http), ("http", "gzip", grpc), ("grpc", "none", http), ("grpc", "gzip", grpc)]
    {
        let service = format!("{exporter} {compression}");
        let mut client = Command::new(&program);
        client.arg(exporter).env("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
        run_to_end(&mut sends_to(client, address, &service));
        expected.assert_eq(&picture(&skep.ready.data_dir, &of_service(&service), |key| key != "exemplars"));
    }
}
