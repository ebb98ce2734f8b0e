use super::node::Node;
use super::{common, list, object, scalar};
use crate::batch::{Batch, Group};
use crate::build::{LinkDraft, ParentSpan, SpanDraft, SpanEventDraft};
use crate::problem::Problem;
use skep_model::EventFlags;

const KIND_NAMES: [(&str, i32); 6] = [
    ("SPAN_KIND_UNSPECIFIED", 0),
    ("SPAN_KIND_INTERNAL", 1),
    ("SPAN_KIND_SERVER", 2),
    ("SPAN_KIND_CLIENT", 3),
    ("SPAN_KIND_PRODUCER", 4),
    ("SPAN_KIND_CONSUMER", 5),
];

const STATUS_NAMES: [(&str, i32); 3] =
    [("STATUS_CODE_UNSET", 0), ("STATUS_CODE_OK", 1), ("STATUS_CODE_ERROR", 2)];

/// `Span`, then its events and its links.
pub(super) fn read_span(batch: &mut Batch, group: &Group, node: &Node<'_>) {
    let mut flags = EventFlags::default();
    let events = list(batch, node, "events", &mut flags);
    let links = list(batch, node, "links", &mut flags);
    let status = object(batch, node, "status", &mut flags);
    let draft = SpanDraft {
        trace_id: scalar::id(node, "traceId"),
        span_id: scalar::id(node, "spanId"),
        parent_id: scalar::id(node, "parentSpanId"),
        trace_state: Some(scalar::name(batch, node, "traceState", &mut flags)),
        trace_flags: scalar::u32(batch, node, "flags", &mut flags),
        name: String::from(&*scalar::name(batch, node, "name", &mut flags)).into(),
        kind: scalar::enumeration(batch, node, "kind", &KIND_NAMES, &mut flags),
        start_ns: scalar::u64(batch, node, "startTimeUnixNano", &mut flags),
        end_ns: scalar::u64(batch, node, "endTimeUnixNano", &mut flags),
        attributes: common::attributes(batch, node, "attributes", &mut flags),
        dropped_attributes: scalar::u32(batch, node, "droppedAttributesCount", &mut flags),
        n_events: n_items(events),
        dropped_events: scalar::u32(batch, node, "droppedEventsCount", &mut flags),
        n_links: n_items(links),
        dropped_links: scalar::u32(batch, node, "droppedLinksCount", &mut flags),
        status_code: scalar::enumeration(batch, status, "code", &STATUS_NAMES, &mut flags),
        status_message: Some(scalar::name(batch, status, "message", &mut flags)),
        flags,
        fingerprint: None,
    };
    let Some(parent) = draft.push(batch, group) else { return };
    for node in events {
        read_span_event(batch, group, &parent, node);
    }
    for node in links {
        read_link(batch, group, &parent, node);
    }
}

/// Bounded by the cap on a request's nodes, far below 2^32.
fn n_items(items: &[Node<'_>]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

fn read_span_event(batch: &mut Batch, group: &Group, parent: &ParentSpan<'_>, node: &Node<'_>) {
    if !matches!(node, Node::Object(_)) {
        return batch.reject(1, 0, Problem::SpanEventDamaged);
    }
    let mut flags = EventFlags::default();
    let draft = SpanEventDraft {
        time_ns: scalar::u64(batch, node, "timeUnixNano", &mut flags),
        name: String::from(&*scalar::name(batch, node, "name", &mut flags)).into(),
        attributes: common::attributes(batch, node, "attributes", &mut flags),
        dropped_attributes: scalar::u32(batch, node, "droppedAttributesCount", &mut flags),
        flags,
    };
    draft.push(batch, group, parent);
}

fn read_link(batch: &mut Batch, group: &Group, parent: &ParentSpan<'_>, node: &Node<'_>) {
    if !matches!(node, Node::Object(_)) {
        return batch.reject(1, 0, Problem::LinkDamaged);
    }
    let mut flags = EventFlags::default();
    let draft = LinkDraft {
        trace_id: scalar::id(node, "traceId"),
        span_id: scalar::id(node, "spanId"),
        trace_state: Some(scalar::name(batch, node, "traceState", &mut flags)),
        trace_flags: scalar::u32(batch, node, "flags", &mut flags),
        attributes: common::attributes(batch, node, "attributes", &mut flags),
        dropped_attributes: scalar::u32(batch, node, "droppedAttributesCount", &mut flags),
        flags,
    };
    draft.push(batch, group, parent);
}
