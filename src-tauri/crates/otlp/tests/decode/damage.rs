use crate::requests::{Doubles, Tape};
use crate::{Decoded, decode, normal, try_decode};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric},
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};
use proptest::prelude::*;
use prost::Message;
use serde::Serialize;
use skep_model::{Encoding, EventFlags, EventKind, Signal};
use skep_otlp::DecodeError;

const N_RECORDS: usize = 512;
const BAD_IDX: usize = 200;
/// Replaced in the encoded request by bytes of the same length that are not UTF-8.
const MARK: &str = "MARK";
const BAD: &[u8] = b"M\xffRK";

/// A text field by its name, and how to put the mark there.
type Field<T> = (&'static str, fn(&mut T));

fn any_signal() -> impl Strategy<Value = Signal> {
    proptest::sample::select(&Signal::ALL[..])
}

fn encode(signal: Signal, tape: &[u8]) -> Vec<u8> {
    let mut tape = Tape::new(tape, Doubles::Any);
    match signal {
        Signal::Traces => tape.traces().encode_to_vec(),
        Signal::Logs => tape.logs().encode_to_vec(),
        Signal::Metrics => tape.metrics().encode_to_vec(),
    }
}

/// A message of length-delimited fields.
fn message(fields: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, field) in fields {
        prost::encoding::encode_key(*number, prost::encoding::WireType::LengthDelimited, &mut bytes);
        prost::encoding::encode_varint(field.len() as u64, &mut bytes);
        bytes.extend_from_slice(field);
    }
    bytes
}

fn request_of(records: &[Vec<u8>]) -> Vec<u8> {
    let records: Vec<(u32, &[u8])> = records.iter().map(|record| (2, record.as_slice())).collect();
    message(&[(1, &message(&[(2, &message(&records))]))])
}

fn span(idx: usize) -> Span {
    Span { trace_id: vec![1; 16], span_id: (idx as u64 + 1).to_be_bytes().into(), ..Span::default() }
}

proptest! {
    #[test]
    fn no_bytes_panic(signal in any_signal(), bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        let _ = try_decode(signal, Encoding::Protobuf, &bytes);
        let _ = try_decode(signal, Encoding::Json, &bytes);
    }

    /// Guarantees: what is kept and what is rejected make up what was received, whatever was done to the bytes.
    #[test]
    fn mutated_requests_are_counted(
        signal in any_signal(),
        tape in proptest::collection::vec(any::<u8>(), 0..2_000),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        n_bytes in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encode(signal, &tape);
        if !bytes.is_empty() {
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if n_bytes.index(4) == 0 {
                bytes.truncate(n_bytes.index(bytes.len()));
            }
        }
        if let Ok(decoded) = try_decode(signal, Encoding::Protobuf, &bytes) {
            let n_spans = decoded.events.iter().filter(|event| event.kind == EventKind::Span).count() as u64;
            prop_assert_eq!(decoded.n_received, decoded.events.len() as u64 + decoded.problems.rejected_events);
            prop_assert_eq!(decoded.n_spans_received, n_spans + decoded.problems.rejected_spans);
            prop_assert!(decoded.problems.rejected_items <= decoded.problems.rejected_events);
        }
    }

    /// Scenario: one record's bytes are replaced by any others, the lists around it stay whole.
    /// Guarantees: the records before and behind it give the events they always give.
    #[test]
    fn a_bad_record_never_costs_its_neighbours(
        signal in any_signal(),
        damage in proptest::collection::vec(any::<u8>(), 0..40),
        at in 0..5_usize,
    ) {
        let record = |idx: usize| match signal {
            Signal::Traces => span(idx).encode_to_vec(),
            Signal::Logs => LogRecord { time_unix_nano: idx as u64 + 1, ..LogRecord::default() }.encode_to_vec(),
            Signal::Metrics => metric(idx, "").encode_to_vec(),
        };
        let mut records: Vec<_> = (0..5).map(record).collect();
        let before = decode(signal, Encoding::Protobuf, &request_of(&records[..at]));
        let behind = decode(signal, Encoding::Protobuf, &request_of(&records[at + 1..]));
        records[at] = damage;
        let decoded = decode(signal, Encoding::Protobuf, &request_of(&records));
        let events = normal(decoded.events);
        prop_assert!(events.starts_with(&normal(before.events)));
        prop_assert!(events.ends_with(&normal(behind.events)));
    }
}

/// Scenario: what the records of a group share stands before, between and behind them, whole and damaged, in two groups.
/// Guarantees: each order gives the same events and the same counts.
#[test]
fn the_order_of_a_group_changes_nothing() {
    let spans = [span(0).encode_to_vec(), span(1).encode_to_vec()];
    let records: Vec<(u32, &[u8])> = spans.iter().map(|record| (2, record.as_slice())).collect();
    let scope = |name: &[u8]| message(&[(1, name)]);
    let broken = [scope(b"lib").as_slice(), b"\x0a\x7f"].concat();
    let shared: [(Vec<u8>, &[u8]); 4] =
        [(scope(b"lib"), b"https://url"), (scope(BAD), b""), (scope(b"lib"), BAD), (broken, b"https://url")];
    for (scope, url) in shared {
        let other = message(&records);
        let decoded = [0, 1, 2].map(|at| {
            let (before, behind) = records.split_at(at);
            let group = message(&[before, &[(3, url), (1, &scope)], behind].concat());
            let request = message(&[(1, &message(&[(2, &other), (2, &group)]))]);
            decode(Signal::Traces, Encoding::Protobuf, &request)
        });
        assert_eq!(decoded[0].events.len(), 4);
        assert_ne!(decoded[0].events[2].scope, decoded[0].events[0].scope);
        assert_eq!(decoded[1], decoded[0]);
        assert_eq!(decoded[2], decoded[0]);
    }
}

/// Scenario: a list breaks off behind good records.
/// Guarantees: these are kept, and the rest counts as one rejected item with a reason.
#[test]
fn what_stands_before_broken_framing_is_kept() {
    let good = request_of(&[span(0).encode_to_vec(), span(1).encode_to_vec()]);
    let whole = message(&[(2, &span(2).encode_to_vec())]);
    let broken_scope = [whole.as_slice(), b"\x12\x7f"].concat();
    let broken_resource = [message(&[(2, &whole)]).as_slice(), b"\x12\x7f"].concat();
    let cases = [
        ("request", [good.as_slice(), b"\x0a\x7f"].concat(), 2),
        ("resource group", [good.as_slice(), &message(&[(1, &broken_resource)])].concat(), 3),
        ("scope group", [good.as_slice(), &message(&[(1, &message(&[(2, &broken_scope)]))])].concat(), 3),
    ];
    for (name, bytes, n_kept) in cases {
        let decoded = decode(Signal::Traces, Encoding::Protobuf, &bytes);
        assert_eq!(decoded.events.len(), n_kept, "{name}");
        assert_eq!(decoded.problems.rejected_spans, 1, "{name}");
        assert_eq!(decoded.n_spans_received, n_kept as u64 + 1, "{name}");
        assert_eq!(decoded.problems.messages.len(), 1, "{name}");
    }
}

#[test]
fn what_is_not_otlp_at_all_is_an_error() {
    let protobuf: [&[u8]; 4] = [b"hello", b"{\"resourceSpans\":[]}", b"\x0a\x7f", b"\x0a\x02\x12\x7f"];
    for bytes in protobuf {
        assert_eq!(
            try_decode(Signal::Traces, Encoding::Protobuf, bytes),
            Err(DecodeError::Protobuf),
            "{bytes:?}"
        );
    }
    let json: [&[u8]; 6] = [
        b"hello",
        b"{",
        b"[]",
        b"{\"resourceSpans\":7}",
        b"{\"resourceSpans\":[7]}",
        &span(0).encode_to_vec(),
    ];
    for bytes in json {
        assert!(try_decode(Signal::Traces, Encoding::Json, bytes).is_err(), "{bytes:?}");
    }
    for (encoding, bytes) in [
        (Encoding::Protobuf, &b""[..]),
        (Encoding::Json, b""),
        (Encoding::Json, b"{}"),
        (Encoding::Json, b"{\"resourceSpans\":null}"),
        (Encoding::Json, b"{\"resource_spans\":[{}]}"),
    ] {
        assert_eq!(try_decode(Signal::Traces, encoding, bytes), Ok(Decoded::default()), "{bytes:?}");
    }
}

/// Scenario: one span event and one link of a span are unreadable, a resource breaks off.
/// Guarantees: the span is kept, and so are their siblings; a resource keeps what stands before the damage.
#[test]
fn damage_costs_the_smallest_thing_around_it() {
    let mut bytes = span(0).encode_to_vec();
    bytes.extend(message(&[(11, b"\x12\x7f"), (11, b"\x12\x01a"), (13, b"\x0a\x7f"), (11, b"\x12\x01b")]));
    let attribute = KeyValue { key: "a".into(), ..KeyValue::default() }.encode_to_vec();
    let resource = [message(&[(1, &attribute)]).as_slice(), b"\x0a\x7f"].concat();
    let request = message(&[(1, &message(&[(1, &resource), (2, &message(&[(2, &bytes)]))]))]);
    let decoded = decode(Signal::Traces, Encoding::Protobuf, &request);
    let names: Vec<&str> = decoded.events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, ["", "a", "b"]);
    assert_eq!(decoded.events[0].resource.attributes.len(), 1);
    assert!(decoded.events.iter().all(|event| event.flags.contains(EventFlags::REPAIRED)));
    let problems = &decoded.problems;
    assert_eq!((problems.rejected_events, problems.rejected_spans, problems.repaired), (2, 0, 3));
}

fn replace(bytes: &[u8]) -> Vec<u8> {
    let at = bytes.windows(MARK.len()).position(|window| window == MARK.as_bytes());
    let at = at.expect("the request holds the mark");
    [&bytes[..at], BAD, &bytes[at + MARK.len()..]].concat()
}

fn text(text: &str) -> AnyValue {
    AnyValue { value: Some(any_value::Value::StringValue(text.into())) }
}

fn entry(key: &str, value: &str) -> Vec<KeyValue> {
    vec![KeyValue { key: key.into(), value: Some(text(value)), key_strindex: 0 }]
}

fn metric(idx: usize, unit: &str) -> Metric {
    let point = NumberDataPoint { time_unix_nano: idx as u64 + 1, ..NumberDataPoint::default() };
    Metric {
        unit: unit.into(),
        data: Some(metric::Data::Gauge(Gauge { data_points: vec![point] })),
        ..Metric::default()
    }
}

/// Guarantees: every record is kept, `n_repaired` of them flagged, in both encodings.
fn check(signal: Signal, field: &str, request: &(impl Message + Serialize), n_repaired: u64) {
    let json = serde_json::to_vec(request).expect("the reference writes JSON");
    for (encoding, bytes) in [(Encoding::Protobuf, request.encode_to_vec()), (Encoding::Json, json)] {
        let decoded = decode(signal, encoding, &replace(&bytes));
        let problems = &decoded.problems;
        assert!(decoded.events.len() >= N_RECORDS, "{field} {encoding:?}");
        assert_eq!(problems.rejected_events, 0, "{field} {encoding:?}");
        assert_eq!(problems.repaired, n_repaired, "{field} {encoding:?}");
        assert_eq!(problems.messages.len(), 1, "{field} {encoding:?} {:?}", problems.messages);
        let shown = format!("{:?}", decoded.events);
        assert!(shown.contains("M\u{fffd}RK"), "{field} {encoding:?}");
    }
}

#[test]
fn one_bad_text_of_512_spans_is_repaired_alone() {
    let fields: [Field<Span>; 9] = [
        ("name", |span| span.name = MARK.into()),
        ("trace_state", |span| span.trace_state = MARK.into()),
        ("status.message", |span| span.status = Some(Status { message: MARK.into(), code: 1 })),
        ("attributes.key", |span| span.attributes = entry(MARK, "value")),
        ("attributes.value", |span| span.attributes = entry("key", MARK)),
        ("events.name", |span| span.events = vec![Event { name: MARK.into(), ..Event::default() }]),
        ("events.attributes.value", |span| {
            span.events = vec![Event { attributes: entry("key", MARK), ..Event::default() }];
        }),
        ("links.trace_state", |span| {
            let link = Link { trace_id: vec![1; 16], span_id: vec![1; 8], ..Link::default() };
            span.links = vec![Link { trace_state: MARK.into(), ..link }];
        }),
        ("links.attributes.key", |span| {
            let link = Link { trace_id: vec![1; 16], span_id: vec![1; 8], ..Link::default() };
            span.links = vec![Link { attributes: entry(MARK, "value"), ..link }];
        }),
    ];
    for (field, set) in fields {
        let mut spans: Vec<Span> = (0..N_RECORDS).map(span).collect();
        set(&mut spans[BAD_IDX]);
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let group = ResourceSpans { scope_spans, ..ResourceSpans::default() };
        check(Signal::Traces, field, &ExportTraceServiceRequest { resource_spans: vec![group] }, 1);
    }
}

#[test]
fn one_bad_text_that_512_spans_share_flags_them_all() {
    let fields: [Field<ResourceSpans>; 6] = [
        ("resource.attributes.key", |group| {
            group.resource = Some(Resource { attributes: entry(MARK, "value"), ..Resource::default() });
        }),
        ("resource.attributes.value", |group| {
            group.resource = Some(Resource { attributes: entry("key", MARK), ..Resource::default() });
        }),
        ("resource.schema_url", |group| group.schema_url = MARK.into()),
        ("scope.name", |group| {
            let scope = InstrumentationScope { name: MARK.into(), ..InstrumentationScope::default() };
            group.scope_spans[0].scope = Some(scope);
        }),
        ("scope.version", |group| {
            let scope = InstrumentationScope { version: MARK.into(), ..InstrumentationScope::default() };
            group.scope_spans[0].scope = Some(scope);
        }),
        ("scope.schema_url", |group| group.scope_spans[0].schema_url = MARK.into()),
    ];
    for (field, set) in fields {
        let spans = (0..N_RECORDS).map(span).collect();
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let mut group = ResourceSpans { scope_spans, ..ResourceSpans::default() };
        set(&mut group);
        let request = ExportTraceServiceRequest { resource_spans: vec![group] };
        check(Signal::Traces, field, &request, N_RECORDS as u64);
    }
}

#[test]
fn one_bad_text_of_512_logs_and_metrics_is_repaired_alone() {
    let fields: [Field<LogRecord>; 4] = [
        ("severity_text", |log| log.severity_text = MARK.into()),
        ("event_name", |log| log.event_name = MARK.into()),
        ("body", |log| log.body = Some(text(MARK))),
        ("attributes.value", |log| log.attributes = entry("key", MARK)),
    ];
    for (field, set) in fields {
        let mut log_records = vec![LogRecord { time_unix_nano: 1, ..LogRecord::default() }; N_RECORDS];
        set(&mut log_records[BAD_IDX]);
        let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
        let group = ResourceLogs { scope_logs, ..ResourceLogs::default() };
        check(Signal::Logs, field, &ExportLogsServiceRequest { resource_logs: vec![group] }, 1);
    }
    let mut metrics: Vec<Metric> = (0..N_RECORDS).map(|idx| metric(idx, "ms")).collect();
    metrics[BAD_IDX].unit = MARK.into();
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let group = ResourceMetrics { scope_metrics, ..ResourceMetrics::default() };
    check(Signal::Metrics, "unit", &ExportMetricsServiceRequest { resource_metrics: vec![group] }, 1);
}
