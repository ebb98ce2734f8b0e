use super::common::{attribute, resource, scope};
use super::object::object;
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span, Status,
    span::{Event, Link},
};

pub(super) fn resource_spans(out: &mut Vec<u8>, group: &ResourceSpans) {
    object(out, |json| {
        json.optional("resource", group.resource.as_ref(), resource);
        json.list("scopeSpans", &group.scope_spans, scope_spans);
        json.text("schemaUrl", &group.schema_url);
    });
}

fn scope_spans(out: &mut Vec<u8>, group: &ScopeSpans) {
    object(out, |json| {
        json.optional("scope", group.scope.as_ref(), scope);
        json.list("spans", &group.spans, span);
        json.text("schemaUrl", &group.schema_url);
    });
}

fn span(out: &mut Vec<u8>, span: &Span) {
    object(out, |json| {
        json.id("traceId", &span.trace_id);
        json.id("spanId", &span.span_id);
        json.text("traceState", &span.trace_state);
        json.id("parentSpanId", &span.parent_span_id);
        json.number("flags", span.flags);
        json.text("name", &span.name);
        json.number("kind", span.kind);
        json.wide("startTimeUnixNano", span.start_time_unix_nano);
        json.wide("endTimeUnixNano", span.end_time_unix_nano);
        json.list("attributes", &span.attributes, attribute);
        json.number("droppedAttributesCount", span.dropped_attributes_count);
        json.list("events", &span.events, event);
        json.number("droppedEventsCount", span.dropped_events_count);
        json.list("links", &span.links, link);
        json.number("droppedLinksCount", span.dropped_links_count);
        json.optional("status", span.status.as_ref(), status);
    });
}

fn event(out: &mut Vec<u8>, event: &Event) {
    object(out, |json| {
        json.wide("timeUnixNano", event.time_unix_nano);
        json.text("name", &event.name);
        json.list("attributes", &event.attributes, attribute);
        json.number("droppedAttributesCount", event.dropped_attributes_count);
    });
}

fn link(out: &mut Vec<u8>, link: &Link) {
    object(out, |json| {
        json.id("traceId", &link.trace_id);
        json.id("spanId", &link.span_id);
        json.text("traceState", &link.trace_state);
        json.list("attributes", &link.attributes, attribute);
        json.number("droppedAttributesCount", link.dropped_attributes_count);
        json.number("flags", link.flags);
    });
}

fn status(out: &mut Vec<u8>, status: &Status) {
    object(out, |json| {
        json.text("message", &status.message);
        json.number("code", status.code);
    });
}
