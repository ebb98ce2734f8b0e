use crate::assert_serves;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, InstrumentationScope, KeyValue, any_value::Value as Any,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric::Data,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use prost::Message;
use serde_json::json;
use skep_tests::house::{House, JSON, PROTOBUF, json_request, json_span};

/// Ten bytes that are in a request once, in the field that is to be broken.
const MARK: &str = "MARKMARK##";
/// The same, not UTF-8: a byte that never is, half of a surrogate pair, an overlong slash, a character that breaks off.
const BROKEN: [u8; 10] = *b"M\xffA\xed\xa0\x80\xc0\xaf\xe2\x82";
const N_SPANS: u64 = 512;

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Any::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// Numbered through all requests, since what is sent again is no news.
fn span(number: u64) -> Span {
    Span {
        trace_id: vec![3; 16],
        span_id: (number + 1).to_be_bytes().to_vec(),
        name: "good".into(),
        ..Span::default()
    }
}

/// A request of 512 spans, of which one group holds one, with the mark in the field of this number.
fn traces(field: usize) -> Option<Vec<u8>> {
    let mark = || MARK.to_owned();
    let first = field as u64 * N_SPANS;
    let mut marked = span(first);
    let mut group = ResourceSpans { resource: Some(Resource::default()), ..ResourceSpans::default() };
    let mut scope = ScopeSpans { scope: Some(InstrumentationScope::default()), ..ScopeSpans::default() };
    match field {
        0 => group.resource.as_mut().unwrap().attributes.push(attribute(MARK, "v")),
        1 => group.resource.as_mut().unwrap().attributes.push(attribute("service.name", MARK)),
        2 => group.schema_url = mark(),
        3 => scope.scope.as_mut().unwrap().name = mark(),
        4 => scope.scope.as_mut().unwrap().version = mark(),
        5 => scope.schema_url = mark(),
        6 => marked.name = mark(),
        7 => marked.trace_state = mark(),
        8 => marked.attributes.push(attribute(MARK, "v")),
        9 => marked.attributes.push(attribute("k", MARK)),
        10 => marked.status = Some(Status { message: mark(), code: 2 }),
        11 => marked.events.push(span::Event { name: mark(), ..Default::default() }),
        12 => {
            marked.events.push(span::Event { attributes: vec![attribute("k", MARK)], ..Default::default() });
        }
        13 => marked.links.push(span::Link {
            trace_id: vec![1; 16],
            span_id: vec![1; 8],
            trace_state: mark(),
            ..Default::default()
        }),
        _ => return None,
    }
    scope.spans = vec![marked];
    group.scope_spans = vec![scope];
    let others =
        ScopeSpans { spans: (first + 1..first + N_SPANS).map(span).collect(), ..ScopeSpans::default() };
    let others = ResourceSpans { scope_spans: vec![others], ..ResourceSpans::default() };
    Some(ExportTraceServiceRequest { resource_spans: vec![group, others] }.encode_to_vec())
}

fn logs(field: usize) -> Option<Vec<u8>> {
    let mut record = LogRecord::default();
    match field {
        0 => record.body = Some(AnyValue { value: Some(Any::StringValue(MARK.into())) }),
        1 => record.severity_text = MARK.into(),
        2 => record.event_name = MARK.into(),
        _ => return None,
    }
    let scope_logs =
        vec![ScopeLogs { log_records: vec![record, LogRecord::default()], ..ScopeLogs::default() }];
    Some(
        ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }],
        }
        .encode_to_vec(),
    )
}

fn metrics(field: usize) -> Option<Vec<u8>> {
    let gauge = |data_points| Some(Data::Gauge(Gauge { data_points }));
    let mut metric = Metric { data: gauge(vec![NumberDataPoint::default()]), ..Metric::default() };
    match field {
        0 => metric.name = MARK.into(),
        1 => metric.unit = MARK.into(),
        2 => metric.description = MARK.into(),
        3 => {
            metric.data =
                gauge(vec![NumberDataPoint { attributes: vec![attribute("k", MARK)], ..Default::default() }]);
        }
        _ => return None,
    }
    let other =
        Metric { name: "other".into(), data: gauge(vec![NumberDataPoint::default()]), ..Metric::default() };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric, other], ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    Some(ExportMetricsServiceRequest { resource_metrics }.encode_to_vec())
}

/// R24. Scenario: one text that is not UTF-8, in each field that is a text, of one span among 512, one log or one point of two.
/// Guarantees: all are kept, one is mended, flagged and told; nothing else changes.
#[tokio::test]
async fn r24_a_text_that_is_not_utf8_is_mended_alone() {
    let house = House::open().await;
    type Make = fn(usize) -> Option<Vec<u8>>;
    let kinds: [(&str, Make, usize); 3] =
        [("/v1/traces", traces, 14), ("/v1/logs", logs, 3), ("/v1/metrics", metrics, 4)];
    for (path, make, n_fields) in kinds {
        for field in 0..n_fields {
            let good = make(field).unwrap();
            let at = good.windows(MARK.len()).position(|bytes| bytes == MARK.as_bytes()).unwrap();
            let mut bad = good.clone();
            bad[at..at + BROKEN.len()].copy_from_slice(&BROKEN);
            let before = house.status();
            let answer = house.post(path, PROTOBUF, bad).await;
            let said = String::from_utf8_lossy(answer.body()).into_owned();
            assert_eq!(answer.status(), 200, "{path} {field}");
            assert!(said.contains("1 text(s) were not UTF-8"), "{path} {field}: {said}");
            let after = house.status();
            let more = |name: &str| after[name].as_u64().unwrap() - before[name].as_u64().unwrap();
            // What stands on the span itself, or on its resource, shows on its event or link as well.
            assert!((1..=2).contains(&more("repaired")), "{path} {field}: {} repaired", more("repaired"));
            assert_eq!(more("rejected"), 0, "{path} {field}");
            assert_eq!(more("received"), more("stored") + more("duplicate"), "{path} {field}");
        }
        assert!(make(n_fields).is_none(), "each field has its turn");
    }
    assert_serves(&house, 0).await;
}

/// Scenario: texts that are odd and right: a zero, marks that turn the direction of writing, four bytes a character, a byte
/// order mark, every control character.
/// Guarantees: they come back as they were, from protobuf and from JSON.
#[tokio::test]
async fn odd_texts_come_back_as_they_were() {
    let odd = [
        "a\0b",
        "\u{202e}evil\u{202c}",
        "𝄞😀",
        "\u{feff}bom",
        "é\u{301}",
        "\u{1}\u{1f}\u{7f}\u{85}",
        "</script>",
        "'; --",
        "\u{10ffff}",
    ];
    let house = House::open().await;
    for (number, text) in (0..).zip(odd) {
        let attributes = json!([{"key": text, "value": {"stringValue": text}}]);
        let span = json_span(number, &json!({"name": text, "attributes": attributes}));
        let request = json_request([span]);
        assert_eq!(&house.post_json("/v1/traces", &request).await.body()[..], b"{}");
        // The same in the other encoding is the same span.
        let typed: ExportTraceServiceRequest = serde_json::from_value(request).unwrap();
        assert_eq!(house.post("/v1/traces", PROTOBUF, typed.encode_to_vec()).await.body().len(), 0);
    }
    let exported: Vec<serde_json::Value> = house.exported("traces");
    let spans = exported
        .iter()
        .flat_map(|request| request["resourceSpans"].as_array().unwrap())
        .flat_map(|group| group["scopeSpans"].as_array().unwrap())
        .flat_map(|scope| scope["spans"].as_array().unwrap());
    let mut names: Vec<&str> = spans
        .map(|span| {
            let name = span["name"].as_str().unwrap();
            assert_eq!(
                (&span["attributes"][0]["key"], &span["attributes"][0]["value"]["stringValue"]),
                (&json!(name), &json!(name))
            );
            name
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut expected = odd.to_vec();
    expected.sort_unstable();
    assert_eq!(names, expected);
    // Half of a surrogate pair can be written in JSON, and is no character.
    let lone = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"00000000000000ff","name":"\ud800"}]}]}]}"#;
    let answer = house.post("/v1/traces", JSON, lone).await;
    assert!(String::from_utf8_lossy(answer.body()).contains("not UTF-8"), "{answer:?}");
}
