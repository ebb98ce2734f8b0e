//! What the written forms look like, and what has no place in them.

use expect_test::{Expect, expect};
use skep_model::{Encoding, Event, EventKind, Signal};
use skep_otlp::encode::Encoder;

fn check(signal: Signal, body: &str, expected: &Expect) {
    let decoded = skep_otlp::decode(skep_otlp::Request::otlp(signal, Encoding::Json, body.as_bytes()))
        .expect("the request is OTLP");
    let mut encoder = Encoder::default();
    decoded.events().iter().for_each(|event| encoder.push(event));
    let lines: Vec<String> = encoder
        .finish()
        .requests
        .iter()
        .map(|request| String::from_utf8(request.to_bytes(Encoding::Json)).expect("JSON is UTF-8"))
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn json_is_that_of_otlp() {
    check(
        Signal::Traces,
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
            "scopeSpans":[{"scope":{"name":"lib"},"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C",
            "spanId":"eee19b7ec3c1b174","name":"GET","kind":2,"startTimeUnixNano":"1544712660000000000",
            "endTimeUnixNano":1544712661000000000,"status":{"code":2},"attributes":[
              {"key":"int","value":{"intValue":0}},{"key":"big","value":{"intValue":"-9223372036854775808"}},
              {"key":"nan","value":{"doubleValue":"NaN"}},{"key":"inf","value":{"doubleValue":"-Infinity"}},
              {"key":"half","value":{"doubleValue":0.5}},{"key":"no","value":{"boolValue":false}},
              {"key":"text","value":{"stringValue":""}},{"key":"bytes","value":{"bytesValue":"AAH_"}},
              {"key":"empty","value":{}},{"key":"list","value":{"arrayValue":{"values":[{},{"intValue":1}]}}},
              {"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"\"\\\u0000"}}]}}}],
            "events":[{"timeUnixNano":"1","name":"e"}],
            "links":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"}]}]}]}]}"#,
        &expect![[
            r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"lib"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"GET","kind":2,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","attributes":[{"key":"int","value":{"intValue":"0"}},{"key":"big","value":{"intValue":"-9223372036854775808"}},{"key":"nan","value":{"doubleValue":"NaN"}},{"key":"inf","value":{"doubleValue":"-Infinity"}},{"key":"half","value":{"doubleValue":0.5}},{"key":"no","value":{"boolValue":false}},{"key":"text","value":{"stringValue":""}},{"key":"bytes","value":{"bytesValue":"AAH/"}},{"key":"empty","value":{}},{"key":"list","value":{"arrayValue":{"values":[{},{"intValue":"1"}]}}},{"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"\"\\\u0000"}}]}}}],"events":[{"timeUnixNano":"1","name":"e"}],"links":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"}],"status":{"code":2}}]}]}]}"#
        ]],
    );
    check(
        Signal::Metrics,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
            {"name":"m","unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
              {"asInt":"0","timeUnixNano":"5"}]}},
            {"name":"m","unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
              {"asDouble":"Infinity","timeUnixNano":"18446744073709551615"}]}},
            {"name":"h","histogram":{"dataPoints":[{"count":"3","sum":0,"bucketCounts":["1","2"],
              "explicitBounds":[0.5]}]}}]}]}]}"#,
        &expect![[
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","unit":"1","sum":{"dataPoints":[{"timeUnixNano":"5","asInt":"0"},{"timeUnixNano":"18446744073709551615","asDouble":"Infinity"}],"aggregationTemporality":2,"isMonotonic":true}},{"name":"h","histogram":{"dataPoints":[{"count":"3","sum":0.0,"bucketCounts":["1","2"],"explicitBounds":[0.5]}]}}]}]}]}"#
        ]],
    );
    check(
        Signal::Logs,
        r#"{"resourceLogs":[{"schemaUrl":"u","scopeLogs":[{"logRecords":[
            {"observedTimeUnixNano":"7","severityNumber":9,"body":{"stringValue":"hello"}}]}]}]}"#,
        &expect![[
            r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"observedTimeUnixNano":"7","severityNumber":9,"body":{"stringValue":"hello"}}]}],"schemaUrl":"u"}]}"#
        ]],
    );
}

/// Scenario: the events that a selection holds without their spans.
/// Guarantees: they are counted, and cost nothing else.
#[test]
fn what_has_lost_its_span_is_counted() {
    let body = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[
        {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","events":[{"name":"a"}]},
        {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","events":[{"name":"b"}]}]}]}]}"#;
    let events = skep_otlp::decode(skep_otlp::Request::otlp(Signal::Traces, Encoding::Json, body))
        .expect("the request is OTLP")
        .events();
    let n_without_span = |is_left_out: &dyn Fn(usize, &Event) -> bool| {
        let mut encoder = Encoder::default();
        for (idx, event) in events.iter().enumerate().filter(|(idx, event)| !is_left_out(*idx, event)) {
            assert!(idx < 4);
            encoder.push(event);
        }
        let n_items = encoder.n_items();
        (n_items, encoder.finish().n_without_span)
    };
    assert_eq!(n_without_span(&|_, _| false), (2, 0));
    assert_eq!(n_without_span(&|_, event| event.kind == EventKind::Span), (0, 2));
    assert_eq!(n_without_span(&|idx, _| idx == 2), (1, 1), "the second event is not the first span's");
}
