use crate::{Decoded, decode};
use expect_test::{Expect, expect};
use skep_model::{Encoding, Event, EventFlags, Signal};
use std::fmt::Write;

/// An event as one line, then what was said about it.
pub(crate) fn show(decoded: &Decoded) -> String {
    let mut shown = String::new();
    for event in &decoded.events {
        let Event { kind, time, end, parent_id, name, record, attributes, resource, flags, .. } = event;
        let _ = write!(shown, "{kind:?} {name:?} {time}..{end}");
        if let Some(id) = parent_id {
            let _ = write!(shown, " parent={id}");
        }
        let fields = record.iter().map(|(name, value)| (*name, value));
        let own = attributes.iter().map(|(key, value)| (&**key, value));
        let shared = resource.attributes.iter().map(|(key, value)| (&**key, value));
        for (name, value) in fields.chain(own).chain(shared) {
            let _ = write!(shown, " {name}:{}={value}", value.type_name());
        }
        if flags.contains(EventFlags::REPAIRED) {
            shown.push_str(" REPAIRED");
        }
        shown.push('\n');
    }
    let problems = &decoded.problems;
    if problems.rejected_events > 0 {
        let _ = writeln!(
            shown,
            "rejected {} events, {} items",
            problems.rejected_events, problems.rejected_items
        );
    }
    for message in &problems.messages {
        let _ = writeln!(shown, "- {message}");
    }
    shown
}

const IDS: &str = r#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174""#;

/// One span between two good ones, whose events must be there whatever it holds.
fn check_span(members: &str, expected: &Expect) {
    let body = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{IDS},"name":"before"}},{{{members}}},{{{IDS},"name":"behind"}}]}}]}}]}}"#
    );
    let mut decoded = decode(Signal::Traces, Encoding::Json, body.as_bytes());
    assert_eq!(&*decoded.events.remove(0).name, "before", "{members}");
    assert_eq!(decoded.events.pop().map(|event| event.name).as_deref(), Some("behind"), "{members}");
    expected.assert_eq(&show(&decoded));
}

fn check_value(value: &str, expected: &Expect) {
    let body = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1","body":{value}}}]}}]}}]}}"#
    );
    let decoded = decode(Signal::Logs, Encoding::Json, body.as_bytes());
    let body = decoded.events[0].record_field("body");
    let repaired = if decoded.events[0].flags.contains(EventFlags::REPAIRED) { " REPAIRED" } else { "" };
    expected.assert_eq(&match body {
        Some(body) => format!("{} {body}{repaired}", body.type_name()),
        None => format!("absent{repaired}"),
    });
}

#[test]
fn numbers_come_in_any_notation_and_null_is_the_default() {
    check_span(
        &format!(
            r#"{IDS},"name":"s","kind":"2","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1.544712661e18,"flags":"257","status":{{"code":2,"message":null}},"parentSpanId":"","droppedEventsCount":3.0,"entityRefs":[{{}}],"trace_state":"ignored""#
        ),
        &expect![[r#"
            Span "s" 1544712660000000000..1544712661000000000 span.kind:string=server status_code:int=2 error:bool=true otlp.flags:int=257 otlp.dropped_events_count:int=3
        "#]],
    );
    check_span(
        &format!(
            r#"{IDS},"name":null,"kind":null,"startTimeUnixNano":null,"attributes":null,"events":null,"links":null,"status":null,"parentSpanId":null"#
        ),
        &expect![[r#"
            Span "" 0..0 span.kind:string=unspecified status_code:int=0
        "#]],
    );
}

#[test]
fn enum_names_are_read_and_reported() {
    check_span(
        &format!(r#"{IDS},"kind":"SPAN_KIND_SERVER","status":{{"code":"STATUS_CODE_ERROR"}}"#),
        &expect![[r#"
            Span "" 0..0 span.kind:string=server status_code:int=2 error:bool=true REPAIRED
            - 2 enum(s) sent by name were read: OTLP/JSON asks for their numbers
        "#]],
    );
    check_span(
        &format!(r#"{IDS},"kind":77,"status":{{"code":-5}}"#),
        &expect![[r#"
            Span "" 0..0 span.kind:string=unspecified status_code:int=-5 otlp.span_kind:int=77
        "#]],
    );
}

#[test]
fn members_of_a_wrong_type_cost_themselves_alone() {
    check_span(
        &format!(
            r#"{IDS},"name":7,"startTimeUnixNano":-1,"endTimeUnixNano":"soon","kind":[],"attributes":{{}},"status":3,"events":[5,{{"name":"e"}}],"links":"none""#
        ),
        &expect![[r#"
            Span "7" 0..0 span.kind:string=unspecified status_code:int=0 span.num_events:int=2 REPAIRED
            SpanEvent "e" 0..0 parent=eee19b7ec3c1b174 parent_name:string=7 meta.time_since_span_start_ms:double=0
            rejected 1 events, 0 items
            - 1 span event(s) rejected, unreadable: check the exporter's encoder
            - 7 field(s) of another type than OTLP/JSON asks for: read as far as possible
        "#]],
    );
    check_span(
        &format!(r#"{IDS},"attributes":[1,{{"key":2,"value":{{"boolValue":true}}}},{{"key":"k"}},{{}}]"#),
        &expect![[r#"
            Span "" 0..0 span.kind:string=unspecified status_code:int=0 :bool=true k:empty= :empty= REPAIRED
            - 2 field(s) of another type than OTLP/JSON asks for: read as far as possible
        "#]],
    );
}

#[test]
fn spans_and_links_need_ids() {
    check_span(
        r#""traceId":"00000000000000000000000000000000","spanId":"EEE19B7EC3C1B174","events":[{},{}],"links":[{}]"#,
        &expect![[r#"
            rejected 4 events, 1 items
            - 1 span(s) rejected for their trace id: send 16 bytes that are not all zero, in JSON as 32 hexadecimal digits
        "#]],
    );
    check_span(
        r#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"7uGbfsPBsXQ=""#,
        &expect![[r#"
            rejected 1 events, 1 items
            - 1 span(s) rejected for their span id: send 8 bytes that are not all zero, in JSON as 16 hexadecimal digits
        "#]],
    );
    check_span(
        &format!(r#"{IDS},"parentSpanId":"0000000000000000","links":[{{}},{{{IDS}}}]"#),
        &expect![[r#"
            Span "" 0..0 span.kind:string=unspecified status_code:int=0 span.num_links:int=2
            Link "" 0..0 parent=eee19b7ec3c1b174 trace.link.trace_id:string=5b8efff798038103d269b633813fc60c trace.link.span_id:string=eee19b7ec3c1b174
            rejected 1 events, 0 items
            - 1 link(s) rejected for their ids: send a trace id of 16 and a span id of 8 bytes, not all zero
        "#]],
    );
    check_span(
        &format!(r#"{IDS},"parentSpanId":"eee1""#),
        &expect![[r#"
            Span "" 0..0 span.kind:string=unspecified status_code:int=0 REPAIRED
            - 1 parent id(s) dropped: send 8 bytes, or nothing for a root span
        "#]],
    );
}

#[test]
fn any_values_are_read_as_protojson_has_them() {
    check_value("null", &expect!["absent"]);
    check_value("{}", &expect!["empty "]);
    check_value(r#"{"string_value":"a"}"#, &expect!["empty "]);
    check_value(r#"{"stringValue":""}"#, &expect!["string "]);
    check_value(r#"{"doubleValue":null,"stringValue":"a"}"#, &expect!["string a"]);
    check_value(r#"{"boolValue":false}"#, &expect!["bool false"]);
    check_value(r#"{"intValue":"-9223372036854775808"}"#, &expect!["int -9223372036854775808"]);
    check_value(r#"{"intValue":5.0}"#, &expect!["int 5"]);
    check_value(r#"{"intValue":1e3}"#, &expect!["int 1000"]);
    check_value(r#"{"doubleValue":1}"#, &expect!["double 1"]);
    check_value(r#"{"doubleValue":"1.5"}"#, &expect!["double 1.5"]);
    check_value(r#"{"doubleValue":"NaN"}"#, &expect!["double NaN"]);
    check_value(r#"{"doubleValue":NaN}"#, &expect!["double NaN"]);
    check_value(r#"{"doubleValue":"-Infinity"}"#, &expect!["double -inf"]);
    check_value(r#"{"bytesValue":"+/8="}"#, &expect!["bytes fbff"]);
    check_value(r#"{"bytesValue":"-_8"}"#, &expect!["bytes fbff"]);
    check_value(r#"{"arrayValue":{}}"#, &expect!["array []"]);
    check_value(r#"{"arrayValue":{"values":[{},null,{"intValue":1}]}}"#, &expect!["array [null,null,1]"]);
    check_value(r#"{"kvlistValue":{}}"#, &expect!["map {}"]);
    check_value(r#"{"kvlistValue":{"values":[{"key":"a"}]}}"#, &expect![[r#"map {"a":null}"#]]);
}

#[test]
fn any_values_of_a_wrong_type_are_kept_as_what_they_are() {
    check_value(r#""bare""#, &expect!["string bare REPAIRED"]);
    check_value(r#"{"stringValue":7}"#, &expect!["int 7 REPAIRED"]);
    check_value(r#"{"intValue":5.5}"#, &expect!["double 5.5 REPAIRED"]);
    check_value(r#"{"intValue":18446744073709551615}"#, &expect!["double 18446744073709552000 REPAIRED"]);
    check_value(r#"{"doubleValue":"soon"}"#, &expect!["string soon REPAIRED"]);
    check_value(r#"{"bytesValue":"?"}"#, &expect!["string ? REPAIRED"]);
    check_value(
        r#"{"arrayValue":[1,{"a":[true,null]}]}"#,
        &expect![[r#"array [1,{"a":[true,null]}] REPAIRED"#]],
    );
    check_value(r#"{"stringValue":"\ud800"}"#, &expect!["string � REPAIRED"]);
}

#[test]
fn a_log_keeps_what_it_says_without_its_ids() {
    let body = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"observedTimeUnixNano":"9","severityNumber":"SEVERITY_NUMBER_WARN2","severityText":"warn","eventName":"e","traceId":"abc","spanId":"0000000000000000"}]}]}]}"#;
    expect![[r#"
        Log "e" 9..9 severity:string=warn severity_code:int=14 severity_text:string=warn otlp.observed_time_ns:int=9 otlp.time_unset:bool=true REPAIRED
        - 1 trace or span id(s) of log records dropped: send 16 and 8 bytes, or nothing outside a span
        - 1 enum(s) sent by name were read: OTLP/JSON asks for their numbers
    "#]]
    .assert_eq(&show(&decode(Signal::Logs, Encoding::Json, body.as_bytes())));
}

#[test]
fn metrics_say_what_was_measured() {
    let body = r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},"scopeMetrics":[{"metrics":[
        {"name":"requests","unit":"1","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","isMonotonic":true,"dataPoints":[{"timeUnixNano":"5","asInt":"7"},3]}},
        {"name":"latency","histogram":{"aggregationTemporality":2,"dataPoints":[{"count":"3","sum":1.5,"bucketCounts":["1",2],"explicitBounds":[0.5],"min":null}]}},
        {"name":"wait","summary":{"dataPoints":[{"count":1,"quantileValues":[{"quantile":0.5,"value":"NaN"}]}]}},
        {"name":"odd","gauge":7},
        {"name":"none"}
    ]}]}]}"#;
    expect![[r#"
        MetricPoint "requests" 5..5 metric.type:string=sum metric.unit:string=1 metric.temporality:string=delta metric.monotonic:bool=true metric.value:int=7 service.name:string=api REPAIRED
        MetricPoint "latency" 0..0 metric.type:string=histogram metric.temporality:string=cumulative metric.count:int=3 metric.sum:double=1.5 metric.detail:map={"bucket_counts":[1,2],"explicit_bounds":[0.5]} service.name:string=api
        MetricPoint "wait" 0..0 metric.type:string=summary metric.count:int=1 metric.sum:double=0 metric.detail:map={"quantile_values":[{"quantile":0.5,"value":"NaN"}]} service.name:string=api
        rejected 2 events, 2 items
        - 2 metric(s) or data point(s) rejected, unreadable: check the exporter's encoder
        - 1 enum(s) sent by name were read: OTLP/JSON asks for their numbers
    "#]]
    .assert_eq(&show(&decode(Signal::Metrics, Encoding::Json, body.as_bytes())));
}
