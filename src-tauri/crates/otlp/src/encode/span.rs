use super::value::{attributes, i32, span_id, span_id_of, text, trace_id, trace_id_of, u32};
use opentelemetry_proto::tonic::trace::v1::{
    Span, Status,
    span::{Event as WireEvent, Link, SpanKind},
};
use skep_model::{Event, Value, fields};

pub(super) fn span(event: &Event) -> Span {
    let mut span = Span {
        trace_id: trace_id(event.trace_id),
        span_id: span_id(event.span_id),
        parent_span_id: span_id(event.parent_id),
        name: event.name.to_string(),
        start_time_unix_nano: event.time.0,
        end_time_unix_nano: event.end.0,
        attributes: attributes(&event.attributes),
        ..Span::default()
    };
    let mut status = Status::default();
    let mut other_kind = None;
    for (field, value) in &event.record {
        match *field {
            fields::SPAN_KIND => span.kind = kind(value),
            fields::SPAN_KIND_NUMBER => other_kind = Some(i32(value)),
            fields::STATUS_CODE => status.code = i32(value),
            fields::STATUS_MESSAGE => status.message = text(value),
            fields::TRACE_STATE => span.trace_state = text(value),
            fields::FLAGS => span.flags = u32(value),
            fields::DROPPED_ATTRIBUTES => span.dropped_attributes_count = u32(value),
            fields::DROPPED_EVENTS => span.dropped_events_count = u32(value),
            fields::DROPPED_LINKS => span.dropped_links_count = u32(value),
            _ => {}
        }
    }
    span.kind = other_kind.unwrap_or(span.kind);
    span.status = (status != Status::default()).then_some(status);
    span
}

pub(super) fn span_event(event: &Event) -> WireEvent {
    WireEvent {
        time_unix_nano: event.time.0,
        name: event.name.to_string(),
        attributes: attributes(&event.attributes),
        dropped_attributes_count: event.record_field(fields::DROPPED_ATTRIBUTES).map_or(0, u32),
    }
}

pub(super) fn link(event: &Event) -> Link {
    let mut link = Link { attributes: attributes(&event.attributes), ..Link::default() };
    for (field, value) in &event.record {
        match *field {
            fields::LINK_TRACE_ID => link.trace_id = trace_id_of(value),
            fields::LINK_SPAN_ID => link.span_id = span_id_of(value),
            fields::TRACE_STATE => link.trace_state = text(value),
            fields::FLAGS => link.flags = u32(value),
            fields::DROPPED_ATTRIBUTES => link.dropped_attributes_count = u32(value),
            _ => {}
        }
    }
    link
}

fn kind(word: &Value) -> i32 {
    let kind = match word.as_str() {
        Some("internal") => SpanKind::Internal,
        Some("server") => SpanKind::Server,
        Some("client") => SpanKind::Client,
        Some("producer") => SpanKind::Producer,
        Some("consumer") => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    };
    kind as i32
}
