use crate::{MIB, assert_serves};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::{Span, span};
use prost::Message;
use skep_tests::clock;
use skep_tests::house::{House, JSON, PROTOBUF, request_of};
use skep_tests::rig::memory_of;

fn attribute(key: String, value: Any) -> KeyValue {
    KeyValue { key, value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn with(span: Span) -> ExportTraceServiceRequest {
    request_of(vec![Span { trace_id: vec![5; 16], span_id: vec![1; 8], ..span }])
}

/// R23. Scenario: one span that is huge in each way a span can be, in both encodings.
/// Guarantees: it is kept, cut where it is over a cap, flagged and told; it is shown; memory stays within bounds.
#[tokio::test]
async fn r23_huge_spans_are_kept_in_part() {
    let text = |n_bytes: usize| Any::StringValue("t".repeat(n_bytes));
    let event = span::Event { name: "e".into(), ..Default::default() };
    let link = span::Link { trace_id: vec![1; 16], span_id: vec![1; 8], ..Default::default() };
    let many = |n: usize| {
        (0..n).map(|number| attribute(format!("key {number}"), Any::IntValue(1))).collect::<Vec<_>>()
    };
    let cases: [(&str, Span, bool); 6] = [
        (
            "a text of 60 MB",
            Span { attributes: vec![attribute("k".into(), text(60_000_000))], ..Span::default() },
            true,
        ),
        ("100,000 attributes", Span { attributes: many(100_000), ..Span::default() }, true),
        ("100,000 events", Span { events: vec![event; 100_000], ..Span::default() }, false),
        ("100,000 links", Span { links: vec![link; 100_000], ..Span::default() }, false),
        (
            "a key of 1 MB",
            Span { attributes: vec![attribute("k".repeat(1_000_000), text(1))], ..Span::default() },
            true,
        ),
        ("a name of 1 MB", Span { name: "n".repeat(1_000_000), ..Span::default() }, true),
    ];
    for (name, span, is_cut) in cases {
        let request = with(span);
        for media_type in [PROTOBUF, JSON] {
            let house = House::open().await;
            let body = match media_type {
                JSON => serde_json::to_vec(&request).unwrap(),
                _ => request.encode_to_vec(),
            };
            if body.len() > 64 << 20 {
                continue;
            }
            let n_bytes = body.len();
            let started = clock::start();
            let answer = house.post("/v1/traces", media_type, body).await;
            let took = started.elapsed();
            assert_eq!(answer.status(), 200, "{name} {media_type}");
            assert_eq!(house.n_spans(), 1, "{name} {media_type}: {answer:?}");
            let status = house.status();
            assert_eq!(status["truncated"].as_u64(), Some(u64::from(is_cut)), "{name} {media_type}");
            assert_eq!(
                !answer.body().is_empty() && &answer.body()[..] != b"{}",
                is_cut,
                "{name} {media_type}: {answer:?}"
            );
            let shown = clock::start();
            let trace = house.skep.ask(["trace", &"05".repeat(16)]);
            assert_eq!(trace["spans"].as_array().unwrap().len(), 1);
            let peak = memory_of(&house.skep).peak_bytes;
            println!(
                "{name}, {media_type}, {n_bytes} bytes: taken in {took:?}, shown in {:?}, {} MiB",
                shown.elapsed(),
                peak / MIB
            );
            assert!(peak < 512 * MIB, "{name} {media_type}: {} MiB", peak / MIB);
            assert_serves(&house, 0).await;
        }
    }
}
