use crate::{of_service, sends_to};
use expect_test::expect;
use skep_tests::rig::{Serve, java_client, picture, run_to_end};
use std::process::Command;

/// Scenario: the Java SDK's exporters, with gzip and without.
/// Guarantees: all three signals are kept, with values that JSON has no number for.
#[tokio::test]
async fn the_java_sdk_is_received_as_it_was_meant() {
    let Some(class_path) = java_client("java_sdk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let (grpc, http) = (skep.ready.otlp_grpc, skep.ready.otlp_http);
    let expected = expect![[r#"
        histogram duration [] cumulative: bucketCounts ["0","1","0"], count "1", explicitBounds [1.0,10.0], max 2.5, min 2.5, sum 2.5
        log in order: 13 WARN {parts: [bytes AP8=, 1.5]} {tries: 2}
        span order: server, unset {cards: ["a", ""], fast: true, max: 9223372036854775807, nan: NaN, numbers: [Infinity, -Infinity, 5e-324], text: "tea\u0000🐝"}
        span pay in order: internal, error "no money"; event exception {exception.message: "no such card", exception.type: "java.lang.IllegalStateException"}; link in order
        sum orders [{order}] cumulative monotonic: asInt "3" {shop: "north"}
    "#]];
    for (protocol, compression, address) in [
        ("http/protobuf", "gzip", http),
        ("http/protobuf", "none", grpc),
        ("grpc", "gzip", grpc),
        ("grpc", "none", http),
    ] {
        let service = format!("{protocol} {compression}");
        let mut client = Command::new("java");
        client.args(["-classpath", &class_path, "Main"]);
        client
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
        run_to_end(&mut sends_to(client, address, &service));
        // The SDK has metrics of itself.
        let filter = format!("{} AND library.name = java-sdk", of_service(&service));
        expected.assert_eq(&picture(&skep.ready.data_dir, &filter, |key| key != "exception.stacktrace"));
    }
}
