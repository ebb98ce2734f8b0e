use super::IdField;
use crate::batch::{Batch, Group};
use crate::problem::Problem;
use skep_model::columns::{Head, ValueRef};
use skep_model::{
    Attributes, EventFlags, EventKind, Nanos, SpanId, Text, TraceId,
    fields::{
        DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS, ERROR, FLAGS, LINK_SPAN_ID, LINK_TRACE_ID,
        PARENT_NAME, SPAN_KIND, SPAN_KIND_NUMBER, SPAN_NUM_EVENTS, SPAN_NUM_LINKS, STATUS_CODE,
        STATUS_MESSAGE, TIME_SINCE_SPAN_START_MS, TRACE_STATE,
    },
};
use std::borrow::Cow;

/// `Status.StatusCode.STATUS_CODE_ERROR`.
const STATUS_ERROR: i32 = 2;

/// `Span.SpanKind.SPAN_KIND_CONSUMER`, the last there is.
const KIND_MAX: i32 = 5;

/// `Span` without its events and links. A text that is not there is nothing: an empty one is shared by all threads, and
/// each count of its users would be, too.
#[derive(Default)]
pub(crate) struct SpanDraft<'a> {
    pub(crate) trace_id: IdField<TraceId>,
    pub(crate) span_id: IdField<SpanId>,
    pub(crate) parent_id: IdField<SpanId>,
    pub(crate) trace_state: Option<Text>,
    pub(crate) trace_flags: u32,
    pub(crate) name: Cow<'a, str>,
    pub(crate) kind: i32,
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    /// Those not yet set.
    pub(crate) attributes: Attributes,
    pub(crate) dropped_attributes: u32,
    pub(crate) n_events: u32,
    pub(crate) dropped_events: u32,
    pub(crate) n_links: u32,
    pub(crate) dropped_links: u32,
    pub(crate) status_code: i32,
    pub(crate) status_message: Option<Text>,
    pub(crate) flags: EventFlags,
    /// A hash of the bytes it came in, where it is known.
    pub(crate) fingerprint: Option<u64>,
}

/// What a span's events and links repeat of it.
pub(crate) struct ParentSpan<'a> {
    trace_id: TraceId,
    span_id: SpanId,
    start: Nanos,
    name: Cow<'a, str>,
    failed: bool,
}

impl<'a> SpanDraft<'a> {
    /// Events and links, which stand or fall with the span.
    pub(crate) fn n_children(&self) -> u64 {
        u64::from(self.n_events) + u64::from(self.n_links)
    }

    /// Keeps the span, or rejects it with its events and links where its ids are invalid.
    pub(crate) fn push(mut self, batch: &mut Batch, group: &Group) -> Option<ParentSpan<'a>> {
        batch.put_attributes(&self.attributes);
        let (trace_id, span_id) = match (self.trace_id.valid(), self.span_id.valid()) {
            (Some(trace_id), Some(span_id)) => (trace_id, span_id),
            (None, _) => {
                batch.reject(1 + self.n_children(), 1, Problem::SpanTraceId);
                return None;
            }
            (_, None) => {
                batch.reject(1 + self.n_children(), 1, Problem::SpanId);
                return None;
            }
        };
        if self.parent_id == IdField::Invalid {
            batch.repair(Problem::ParentId, &mut self.flags);
        }
        self.flags.insert(group.flags);
        let failed = self.status_code == STATUS_ERROR;
        batch.put(SPAN_KIND, ValueRef::Text(kind_word(self.kind)));
        if !(0..=KIND_MAX).contains(&self.kind) {
            batch.put(SPAN_KIND_NUMBER, ValueRef::Int(self.kind.into()));
        }
        batch.put(STATUS_CODE, ValueRef::Int(self.status_code.into()));
        batch.put_text(STATUS_MESSAGE, self.status_message.as_deref());
        put_failed(batch, failed);
        batch.put_text(TRACE_STATE, self.trace_state.as_deref());
        batch.put_count(FLAGS, self.trace_flags);
        batch.put_count(SPAN_NUM_EVENTS, self.n_events);
        batch.put_count(SPAN_NUM_LINKS, self.n_links);
        batch.put_count(DROPPED_ATTRIBUTES, self.dropped_attributes);
        batch.put_count(DROPPED_EVENTS, self.dropped_events);
        batch.put_count(DROPPED_LINKS, self.dropped_links);
        batch.keep(Head {
            kind: EventKind::Span,
            time: Nanos(self.start_ns),
            end: Nanos(self.end_ns),
            trace_id: Some(trace_id),
            span_id: Some(span_id),
            parent_id: self.parent_id.valid(),
            name: &self.name,
            resource: &group.resource,
            scope: &group.scope,
            flags: self.flags,
            fingerprint: self.fingerprint,
        });
        Some(ParentSpan { trace_id, span_id, start: Nanos(self.start_ns), name: self.name, failed })
    }
}

/// `Span.Event`.
#[derive(Default)]
pub(crate) struct SpanEventDraft<'a> {
    pub(crate) time_ns: u64,
    pub(crate) name: Cow<'a, str>,
    /// Those not yet set.
    pub(crate) attributes: Attributes,
    pub(crate) dropped_attributes: u32,
    pub(crate) flags: EventFlags,
}

impl SpanEventDraft<'_> {
    pub(crate) fn push(mut self, batch: &mut Batch, group: &Group, parent: &ParentSpan<'_>) {
        batch.put_attributes(&self.attributes);
        self.flags.insert(group.flags);
        let time = Nanos(self.time_ns);
        batch.put_text(PARENT_NAME, Some(&parent.name));
        batch.put(TIME_SINCE_SPAN_START_MS, ValueRef::Double(time.since(parent.start).as_millis_f64()));
        put_failed(batch, parent.failed);
        batch.put_count(DROPPED_ATTRIBUTES, self.dropped_attributes);
        batch.keep(Head {
            kind: EventKind::SpanEvent,
            time,
            end: time,
            trace_id: Some(parent.trace_id),
            span_id: None,
            parent_id: Some(parent.span_id),
            name: &self.name,
            resource: &group.resource,
            scope: &group.scope,
            flags: self.flags,
            fingerprint: None,
        });
    }
}

/// `Span.Link`.
#[derive(Default)]
pub(crate) struct LinkDraft {
    pub(crate) trace_id: IdField<TraceId>,
    pub(crate) span_id: IdField<SpanId>,
    pub(crate) trace_state: Option<Text>,
    pub(crate) trace_flags: u32,
    /// Those not yet set.
    pub(crate) attributes: Attributes,
    pub(crate) dropped_attributes: u32,
    pub(crate) flags: EventFlags,
}

impl LinkDraft {
    /// Keeps the link, or rejects it alone where it points nowhere.
    pub(crate) fn push(mut self, batch: &mut Batch, group: &Group, parent: &ParentSpan<'_>) {
        batch.put_attributes(&self.attributes);
        let (Some(trace_id), Some(span_id)) = (self.trace_id.valid(), self.span_id.valid()) else {
            return batch.reject(1, 0, Problem::LinkId);
        };
        self.flags.insert(group.flags);
        batch.put(LINK_TRACE_ID, ValueRef::Text(&trace_id.to_string()));
        batch.put(LINK_SPAN_ID, ValueRef::Text(&span_id.to_string()));
        batch.put_text(PARENT_NAME, Some(&parent.name));
        put_failed(batch, parent.failed);
        batch.put_text(TRACE_STATE, self.trace_state.as_deref());
        batch.put_count(FLAGS, self.trace_flags);
        batch.put_count(DROPPED_ATTRIBUTES, self.dropped_attributes);
        batch.keep(Head {
            kind: EventKind::Link,
            time: parent.start,
            end: parent.start,
            trace_id: Some(parent.trace_id),
            span_id: None,
            parent_id: Some(parent.span_id),
            name: "",
            resource: &group.resource,
            scope: &group.scope,
            flags: self.flags,
            fingerprint: None,
        });
    }
}

fn put_failed(batch: &mut Batch, failed: bool) {
    if failed {
        batch.put(ERROR, ValueRef::Bool(true));
    }
}

/// `Span.SpanKind` as Honeycomb words it; numbers to come are `unspecified`.
fn kind_word(kind: i32) -> &'static str {
    match kind {
        1 => "internal",
        2 => "server",
        3 => "client",
        4 => "producer",
        5 => "consumer",
        _ => "unspecified",
    }
}
