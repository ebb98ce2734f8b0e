//! Jaeger's JSON (<https://www.jaegertracing.io/docs/latest/apis/>): traces of spans, each pointing at one of the
//! trace's processes.

use super::spans::{Spans, attribute, id, list, nanos, take_out_of_attributes, text};
use crate::json::{Node, number};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{
        Span, Status,
        span::{Event, Link, SpanKind},
        status::StatusCode,
    },
};

/// How a link says what it was in Jaeger (OpenTracing's compatibility convention).
const REF_TYPE: &str = "opentracing.ref_type";

/// What an event is called whose log does not say.
const UNNAMED_EVENT: &str = "log";

pub(super) fn is_trace(node: &Node<'_>) -> bool {
    matches!(node.get("spans"), Some(Node::List(_)))
}

/// Reads the spans of a trace; how many could not be read.
pub(super) fn read(spans: &mut Spans, trace: &Node<'_>) -> u64 {
    let mut n_unreadable = 0;
    for node in list(trace.get("spans")) {
        match span(node) {
            Some(mut span) => {
                let process = node.get("process").or_else(|| {
                    let processes = trace.get("processes")?;
                    processes.get(text(node.get("processID"))?)
                });
                let scope = take_out_of_attributes(&mut span);
                take_error(&mut span);
                spans.push(resource(process), scope, span);
            }
            None => n_unreadable += 1,
        }
    }
    n_unreadable
}

fn resource(process: Option<&Node<'_>>) -> Resource {
    let mut resource = Resource::default();
    let Some(process) = process else { return resource };
    if let Some(name) = text(process.get("serviceName")) {
        resource.attributes.push(attribute("service.name", Value::StringValue(name.to_owned())));
    }
    resource.attributes.extend(tags(process.get("tags")));
    resource
}

fn span(node: &Node<'_>) -> Option<Span> {
    let trace_id = id::<16>(node.get("traceID"))?;
    let start = nanos(node.get("startTime"));
    let mut span = Span {
        span_id: id::<8>(node.get("spanID"))?,
        name: text(node.get("operationName")).unwrap_or_default().to_owned(),
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add(nanos(node.get("duration"))),
        attributes: tags(node.get("tags")),
        events: list(node.get("logs")).iter().map(event).collect(),
        flags: u32::from(matches!(node.get("flags"), Some(Node::Number(flags)) if is_sampled(flags))),
        ..Span::default()
    };
    references(&mut span, &trace_id, node);
    span.trace_id = trace_id;
    let warnings: Vec<AnyValue> = list(node.get("warnings"))
        .iter()
        .filter_map(|warning| {
            Some(AnyValue { value: Some(Value::StringValue(text(Some(warning))?.to_owned())) })
        })
        .collect();
    if !warnings.is_empty() {
        span.attributes
            .push(attribute("jaeger.warnings", Value::ArrayValue(ArrayValue { values: warnings })));
    }
    span.attributes.retain(|attribute| match (&*attribute.key, &attribute.value) {
        ("span.kind", Some(AnyValue { value: Some(Value::StringValue(kind)) })) => {
            span.kind = span_kind(kind) as i32;
            span.kind == 0
        }
        _ => true,
    });
    Some(span)
}

fn is_sampled(flags: &str) -> bool {
    number::integer(flags).is_some_and(|flags| flags & 1 == 1)
}

fn span_kind(kind: &str) -> SpanKind {
    match kind {
        "internal" => SpanKind::Internal,
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    }
}

/// The parent is the first reference of the same trace that is `CHILD_OF`, else the first; the others are links.
fn references(span: &mut Span, trace_id: &[u8], node: &Node<'_>) {
    let references: Vec<(Vec<u8>, Vec<u8>, &str)> = list(node.get("references"))
        .iter()
        .filter_map(|reference| {
            let ref_type = text(reference.get("refType")).unwrap_or("CHILD_OF");
            Some((id::<16>(reference.get("traceID"))?, id::<8>(reference.get("spanID"))?, ref_type))
        })
        .collect();
    let is_here = |(trace, _, _): &(Vec<u8>, Vec<u8>, &str)| trace == trace_id;
    let parent = references
        .iter()
        .position(|reference| is_here(reference) && reference.2 == "CHILD_OF")
        .or_else(|| references.iter().position(is_here));
    for (idx, (trace_id, span_id, ref_type)) in references.into_iter().enumerate() {
        if Some(idx) == parent {
            span.parent_span_id = span_id;
        } else {
            let ref_type = Value::StringValue(ref_type.to_lowercase());
            let attributes = vec![attribute(REF_TYPE, ref_type)];
            span.links.push(Link { trace_id, span_id, attributes, ..Link::default() });
        }
    }
    if parent.is_none() {
        // As it was said before there were references.
        span.parent_span_id = id::<8>(node.get("parentSpanID")).unwrap_or_default();
    }
}

fn event(log: &Node<'_>) -> Event {
    let mut attributes = tags(log.get("fields"));
    let mut event = Event { time_unix_nano: nanos(log.get("timestamp")), ..Event::default() };
    attributes.retain(|attribute| match (&*attribute.key, &attribute.value) {
        ("event", Some(AnyValue { value: Some(Value::StringValue(name)) })) if event.name.is_empty() => {
            event.name.clone_from(name);
            name.is_empty()
        }
        ("otel.dropped_attributes_count", Some(AnyValue { value: Some(Value::IntValue(count)) })) => {
            event.dropped_attributes_count = u32::try_from(*count).unwrap_or(u32::MAX);
            false
        }
        _ => true,
    });
    if event.name.is_empty() {
        UNNAMED_EVENT.clone_into(&mut event.name);
    }
    event.attributes = attributes;
    event
}

/// `error=true` is how OpenTracing says that a span failed.
fn take_error(span: &mut Span) {
    let is_error = |attribute: &KeyValue| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        attribute.key == "error"
            && match value {
                Some(Value::BoolValue(is_error)) => *is_error,
                Some(Value::StringValue(text)) => text == "true",
                _ => false,
            }
    };
    if span.attributes.iter().any(is_error) {
        span.attributes.retain(|attribute| !is_error(attribute));
        let status = span.status.get_or_insert_with(Status::default);
        if status.code == StatusCode::Unset as i32 {
            status.code = StatusCode::Error as i32;
        }
    }
}

fn tags(node: Option<&Node<'_>>) -> Vec<KeyValue> {
    list(node)
        .iter()
        .filter_map(|tag| {
            let value =
                tag.get("value").map(|value| tag_value(text(tag.get("type")).unwrap_or_default(), value));
            Some(KeyValue {
                key: text(tag.get("key"))?.to_owned(),
                value: value.map(|value| AnyValue { value }),
                key_strindex: 0,
            })
        })
        .collect()
}

/// A tag's value, of the type that it says or, where it is another, of the one that it plainly has.
fn tag_value(tag_type: &str, value: &Node<'_>) -> Option<Value> {
    let integer =
        |digits: &str| number::integer(digits).and_then(|int| i64::try_from(int).ok()).map(Value::IntValue);
    let double = |digits: &str| number::double(digits).map(Value::DoubleValue);
    match (tag_type, value) {
        ("int64", Node::Text(text)) => integer(&text.text),
        ("float64", Node::Number(digits)) => double(digits),
        ("float64", Node::Text(text)) => double(&text.text),
        ("bool", Node::Text(text)) => text.text.parse().ok().map(Value::BoolValue),
        ("binary", Node::Text(text)) => STANDARD.decode(&*text.text).ok().map(Value::BytesValue),
        _ => None,
    }
    .or_else(|| plain(value))
}

fn plain(value: &Node<'_>) -> Option<Value> {
    match value {
        Node::Text(text) => Some(Value::StringValue(text.text.clone().into_owned())),
        Node::Bool(bool) => Some(Value::BoolValue(*bool)),
        Node::Number(digits) => match number::integer(digits).and_then(|int| i64::try_from(int).ok()) {
            Some(int) if !digits.contains(['.', 'e', 'E']) => Some(Value::IntValue(int)),
            _ => number::double(digits).map(Value::DoubleValue),
        },
        Node::List(items) => {
            let values = items.iter().map(|item| AnyValue { value: plain(item) }).collect();
            Some(Value::ArrayValue(ArrayValue { values }))
        }
        Node::Null | Node::Object(_) | Node::TooDeep => None,
    }
}
