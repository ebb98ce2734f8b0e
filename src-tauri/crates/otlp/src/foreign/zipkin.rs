//! Zipkin's v2 JSON (<https://zipkin.io/zipkin-api/>): lists of spans, each with its endpoints and tags.

use super::spans::{Spans, attribute, id, list, nanos, take_out_of_attributes, text};
use crate::json::{Node, number};
use opentelemetry_proto::tonic::{
    common::v1::{KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{
        Span, Status,
        span::{Event, SpanKind},
        status::StatusCode,
    },
};

pub(super) fn is_span(node: &Node<'_>) -> bool {
    node.get("traceId").is_some() && node.get("id").is_some()
}

/// Reads a span; one where it could not be read.
pub(super) fn read(spans: &mut Spans, node: &Node<'_>) -> u64 {
    let Some(mut span) = span(node) else { return 1 };
    let mut resource = Resource::default();
    if let Some(name) = node.get("localEndpoint").and_then(|endpoint| text(endpoint.get("serviceName"))) {
        resource.attributes.push(attribute("service.name", Value::StringValue(name.to_owned())));
    }
    let scope = take_out_of_attributes(&mut span);
    take_error(&mut span);
    spans.push(resource, scope, span);
    0
}

fn span(node: &Node<'_>) -> Option<Span> {
    let start = nanos(node.get("timestamp"));
    let kind = match text(node.get("kind")) {
        Some("CLIENT") => SpanKind::Client,
        Some("SERVER") => SpanKind::Server,
        Some("PRODUCER") => SpanKind::Producer,
        Some("CONSUMER") => SpanKind::Consumer,
        _ => SpanKind::Internal,
    };
    let mut attributes: Vec<KeyValue> = Vec::new();
    if let Some(Node::Object(tags)) = node.get("tags") {
        let tags = tags.iter().filter_map(|(key, value)| Some((key, text(Some(value))?)));
        attributes.extend(tags.map(|(key, value)| attribute(key, Value::StringValue(value.to_owned()))));
    }
    attributes
        .extend(endpoint(node.get("localEndpoint"), ["", "network.local.address", "network.local.port"]));
    attributes.extend(endpoint(
        node.get("remoteEndpoint"),
        ["peer.service", "network.peer.address", "network.peer.port"],
    ));
    // The two halves of a call then have one id; which of them this is, is kept.
    if node.get("shared") == Some(&Node::Bool(true)) {
        attributes.push(attribute("zipkin.shared", Value::BoolValue(true)));
    }
    Some(Span {
        trace_id: id::<16>(node.get("traceId"))?,
        span_id: id::<8>(node.get("id"))?,
        parent_span_id: id::<8>(node.get("parentId")).unwrap_or_default(),
        name: text(node.get("name")).unwrap_or_default().to_owned(),
        kind: kind as i32,
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add(nanos(node.get("duration"))),
        attributes,
        events: list(node.get("annotations")).iter().map(event).collect(),
        ..Span::default()
    })
}

fn event(annotation: &Node<'_>) -> Event {
    Event {
        time_unix_nano: nanos(annotation.get("timestamp")),
        name: text(annotation.get("value")).unwrap_or_default().to_owned(),
        ..Event::default()
    }
}

/// Name, address and port of an endpoint as attributes; an empty key leaves its part out.
fn endpoint(endpoint: Option<&Node<'_>>, keys: [&str; 3]) -> Vec<KeyValue> {
    let Some(endpoint) = endpoint else { return Vec::new() };
    let address = text(endpoint.get("ipv4")).or_else(|| text(endpoint.get("ipv6")));
    let port = match endpoint.get("port") {
        Some(Node::Number(port)) => number::integer(port).and_then(|port| i64::try_from(port).ok()),
        _ => None,
    };
    let text_value = |value: Option<&str>| value.map(|value| Value::StringValue(value.to_owned()));
    let parts =
        [text_value(text(endpoint.get("serviceName"))), text_value(address), port.map(Value::IntValue)];
    let named = keys.into_iter().zip(parts).filter(|(key, _)| !key.is_empty());
    named.filter_map(|(key, part)| Some(attribute(key, part?))).collect()
}

/// A tag `error` says that a span failed, and mostly why.
fn take_error(span: &mut Span) {
    let Some(at) = span.attributes.iter().position(|attribute| attribute.key == "error") else { return };
    let value = span.attributes.remove(at).value.and_then(|value| value.value);
    let status = span.status.get_or_insert_with(Status::default);
    if status.code == StatusCode::Unset as i32 {
        status.code = StatusCode::Error as i32;
    }
    if let Some(Value::StringValue(message)) = value
        && status.message.is_empty()
        && message != "true"
    {
        status.message = message;
    }
}
