use crate::{Decoded, decode};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value as Any},
    trace::v1::{ResourceSpans, ScopeSpans, Span, span::Event},
};
use prost::Message;
use skep_model::{Encoding, EventFlags, Signal, Value};
use skep_otlp::{Limits, Request, VALUE_LEVELS_MAX};

/// What is kept where nobody says otherwise.
const KEPT: Limits = Limits::DEFAULT;

fn request(span: Span) -> ExportTraceServiceRequest {
    let span = Span { trace_id: vec![1; 16], span_id: vec![1; 8], ..span };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

/// Guarantees: both encodings keep the span, cut alike, flagged and counted once.
fn cut(span: Span) -> Decoded {
    let request = request(span);
    let decoded = decode(Signal::Traces, Encoding::Protobuf, &request.encode_to_vec());
    let json = serde_json::to_vec(&request).expect("the reference writes JSON");
    assert_eq!(decode(Signal::Traces, Encoding::Json, &json), decoded);
    assert!(decoded.events[0].flags.contains(EventFlags::TRUNCATED));
    assert_eq!((decoded.problems.truncated, decoded.problems.repaired), (1, 0));
    assert_eq!(decoded.problems.messages.len(), 1);
    decoded
}

fn attribute(key: &str, value: Any) -> Span {
    let value = Some(AnyValue { value: Some(value) });
    Span { attributes: vec![KeyValue { key: key.into(), value, key_strindex: 0 }], ..Span::default() }
}

fn value(decoded: &Decoded) -> &Value {
    &decoded.events[0].attributes[0].1
}

#[test]
fn texts_are_cut_at_a_characters_edge() {
    // Two bytes a character, one odd byte before them: every cap falls within a character.
    let long = format!("a{}", "é".repeat(KEPT.value_bytes));
    let name = cut(Span { name: long.clone(), ..Span::default() });
    assert_eq!(name.events[0].name.len(), KEPT.name_bytes - 1);
    let key = cut(attribute(&long, Any::BoolValue(true)));
    assert_eq!(key.events[0].attributes[0].0.len(), KEPT.key_bytes - 1);
    let text = cut(attribute("key", Any::StringValue(long)));
    assert_eq!(value(&text).as_str().map(str::len), Some(KEPT.value_bytes - 1));
    let bytes = cut(attribute("key", Any::BytesValue(vec![7; KEPT.value_bytes + 1])));
    assert!(matches!(value(&bytes), Value::Bytes(bytes) if bytes.len() == KEPT.value_bytes));
}

#[test]
fn lists_are_cut() {
    let entry = KeyValue { key: "k".into(), ..KeyValue::default() };
    let distinct = |idx: usize| KeyValue { key: format!("k{idx}"), ..KeyValue::default() };
    let attributes =
        cut(Span { attributes: (0..=KEPT.attributes).map(distinct).collect(), ..Span::default() });
    assert_eq!(attributes.events[0].attributes.len(), KEPT.attributes);
    let map =
        cut(attribute("key", Any::KvlistValue(KeyValueList { values: vec![entry; KEPT.attributes + 1] })));
    assert!(matches!(value(&map), Value::Map(entries) if entries.len() == KEPT.attributes));
    let item = AnyValue { value: Some(Any::BoolValue(true)) };
    let array =
        cut(attribute("key", Any::ArrayValue(ArrayValue { values: vec![item; KEPT.value_items + 1] })));
    assert!(matches!(value(&array), Value::Array(items) if items.len() == KEPT.value_items));
}

fn nested(n_levels: usize, wrap: fn(AnyValue) -> Any) -> Any {
    let innermost = AnyValue { value: Some(Any::BoolValue(true)) };
    let value = (1..n_levels).fold(innermost, |inner, _| AnyValue { value: Some(wrap(inner)) });
    value.value.unwrap_or(Any::BoolValue(false))
}

fn n_levels(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.first().map_or(0, n_levels),
        Value::Map(entries) => entries.first().map_or(0, |(_, value)| n_levels(value)),
        Value::Text(text) => {
            assert_eq!(&**text, "…");
            0
        }
        _ => 0,
    }
}

#[test]
fn deep_values_are_folded() {
    let wraps: [fn(AnyValue) -> Any; 2] = [
        |inner| Any::ArrayValue(ArrayValue { values: vec![inner] }),
        |inner| {
            let entry = KeyValue { key: "k".into(), value: Some(inner), key_strindex: 0 };
            Any::KvlistValue(KeyValueList { values: vec![entry] })
        },
    ];
    for wrap in wraps {
        let deep = cut(attribute("key", nested(KEPT.value_levels + 1, wrap)));
        assert_eq!(n_levels(value(&deep)), KEPT.value_levels + 1);
        cut(attribute("key", nested(60, wrap)));

        let request = request(attribute("key", nested(KEPT.value_levels, wrap)));
        let kept = decode(Signal::Traces, Encoding::Protobuf, &request.encode_to_vec());
        assert!(kept.problems.is_empty());
        let json = serde_json::to_vec(&request).expect("the reference writes JSON");
        assert_eq!(decode(Signal::Traces, Encoding::Json, &json), kept);
    }
}

/// Scenario: each cap set to another value than the default.
/// Guarantees: it is the one that holds, and the one that is told.
#[test]
fn caps_are_as_they_are_set() {
    let limits = Limits {
        value_bytes: 10,
        key_bytes: 4,
        name_bytes: 6,
        attributes: 3,
        value_items: 2,
        value_levels: VALUE_LEVELS_MAX,
        request_events: 2,
    };
    let text = |n_bytes| Any::StringValue("a".repeat(n_bytes));
    let entry = |key: &str, value| KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        key_strindex: 0,
    };
    let list = |inner| Any::ArrayValue(ArrayValue { values: vec![inner] });
    let items = vec![AnyValue { value: Some(Any::IntValue(1)) }; 3];
    let span = Span {
        trace_id: vec![1; 16],
        span_id: vec![1; 8],
        name: "a longer name".into(),
        attributes: vec![
            entry("long key", text(11)),
            entry("b", Any::ArrayValue(ArrayValue { values: items })),
            entry("c", nested(VALUE_LEVELS_MAX, list)),
            entry("d", text(1)),
        ],
        ..Span::default()
    };
    let mut request = request(span.clone());
    let spans = &mut request.resource_spans[0].scope_spans[0].spans;
    *spans = (1..=3).map(|id| Span { span_id: vec![id; 8], ..span.clone() }).collect();
    let json = serde_json::to_vec(&request).expect("the reference writes JSON");
    for (encoding, body) in [(Encoding::Protobuf, request.encode_to_vec()), (Encoding::Json, json)] {
        let request = Request { limits, ..Request::otlp(Signal::Traces, encoding, &body) };
        let decoded = crate::read(request);
        assert_eq!((decoded.events.len(), decoded.problems.rejected_items), (2, 1));
        let span = &decoded.events[0];
        assert_eq!(&*span.name, "a long");
        let kept: Vec<(&str, String)> =
            span.attributes.iter().map(|(key, value)| (&**key, format!("{value:?}"))).collect();
        assert_eq!(kept[0], ("long", format!("{:?}", Value::from("aaaaaaaaaa"))));
        assert_eq!(kept[1].1.matches("Int").count(), 2);
        assert_eq!(n_levels(&span.attributes[2].1), VALUE_LEVELS_MAX);
        assert_eq!(kept.len(), 3);
        let said = decoded.problems.messages.join("; ");
        assert!(
            said.contains("a request may hold 2:") && said.contains("a record or a map keeps 3"),
            "{said}"
        );
        assert!(said.contains("an array keeps 2") && !said.contains("nested deeper"), "{said}");
    }
}

/// Scenario: a value of 100,000 levels beside a good span.
/// Guarantees: the stack holds, the value is folded, the neighbour is untouched.
#[test]
fn a_hundred_thousand_levels_cost_one_value() {
    let n_levels = 100_000;
    let good = r#"{"traceId":"01010101010101010101010101010101","spanId":"0101010101010101","name":"good"}"#;
    let span = good.replace(
        "\"name\":\"good\"",
        &format!(
            r#""attributes":[{{"key":"k","value":{}{}}}]"#,
            r#"{"arrayValue":{"values":["#.repeat(n_levels),
            "]}}".repeat(n_levels)
        ),
    );
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span},{good}]}}]}}]}}"#);
    let decoded = decode(Signal::Traces, Encoding::Json, body.as_bytes());
    assert!(decoded.events[0].flags.contains(EventFlags::TRUNCATED));
    assert_eq!(&*decoded.events[1].name, "good");
    assert_eq!(decoded.events[1].flags, EventFlags::default());

    // On the wire each level holds its length, so the value is built from the inside out, backwards.
    let mut reversed = Vec::new();
    for _ in 0..n_levels {
        for number in [1, 5] {
            let mut head = Vec::new();
            let wire_type = prost::encoding::WireType::LengthDelimited;
            prost::encoding::encode_key(number, wire_type, &mut head);
            prost::encoding::encode_varint(reversed.len() as u64, &mut head);
            reversed.extend(head.into_iter().rev());
        }
    }
    reversed.reverse();
    let mut span = Span { trace_id: vec![1; 16], span_id: vec![1; 8], ..Span::default() }.encode_to_vec();
    let mut entry = Vec::new();
    prost::encoding::bytes::encode(2, &reversed, &mut entry);
    prost::encoding::bytes::encode(9, &entry, &mut span);
    let (mut scope_group, mut group, mut request) = (Vec::new(), Vec::new(), Vec::new());
    prost::encoding::bytes::encode(2, &span, &mut scope_group);
    prost::encoding::bytes::encode(2, &scope_group, &mut group);
    prost::encoding::bytes::encode(1, &group, &mut request);
    let decoded = decode(Signal::Traces, Encoding::Protobuf, &request);
    assert!(decoded.events[0].flags.contains(EventFlags::TRUNCATED));
}

#[test]
fn a_request_of_too_many_events_is_cut_and_counted() {
    let n_over = 3;
    let events = vec![Event::default(); KEPT.request_events - 1 + n_over];
    let request = request(Span { events, ..Span::default() }).encode_to_vec();
    let decoded = decode(Signal::Traces, Encoding::Protobuf, &request);
    assert_eq!(decoded.events.len(), KEPT.request_events);
    assert_eq!((decoded.problems.rejected_events, decoded.problems.rejected_spans), (n_over as u64, 0));
    assert_eq!(decoded.n_received, (KEPT.request_events + n_over) as u64);
}
