//! Which event of Skep's one of Honeycomb's is, and where its fields go.

use super::ids::{self, Read};
use super::{Item, Target, TimeField};
use crate::batch::Batch;
use crate::problem::Problem;
use skep_model::columns::{Head, ValueRef};
use skep_model::{Attributes, EventFlags, EventKind, Nanos, SpanId, Text, TraceId, Value, fields};
use std::borrow::Cow;

/// What older beelines call `service.name`.
const SERVICE_NAME_BEFORE: &str = "service_name";

/// The fields by which an event is told, as they were sent.
#[derive(Default)]
struct Told<'a> {
    trace_id: Option<&'a Value>,
    span_id: Option<&'a Value>,
    parent_id: Option<&'a Value>,
    name: Option<&'a Value>,
    duration_ms: Option<&'a Value>,
    service: Option<&'a Value>,
    service_before: Option<&'a Value>,
    signal_type: Option<&'a str>,
    annotation_type: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn of(data: &'a Attributes) -> Self {
        let mut told = Told::default();
        for (key, value) in data {
            let field = match &**key {
                fields::TRACE_ID => &mut told.trace_id,
                fields::SPAN_ID => &mut told.span_id,
                fields::PARENT_ID => &mut told.parent_id,
                fields::NAME => &mut told.name,
                fields::DURATION_MS => &mut told.duration_ms,
                fields::SERVICE_NAME => &mut told.service,
                SERVICE_NAME_BEFORE => &mut told.service_before,
                fields::SIGNAL_TYPE => {
                    told.signal_type = told.signal_type.or(value.as_str());
                    continue;
                }
                fields::ANNOTATION_TYPE => {
                    told.annotation_type = told.annotation_type.or(value.as_str());
                    continue;
                }
                _ => continue,
            };
            *field = field.or(Some(value));
        }
        told
    }

    /// A span has an id in a trace; an annotation says which span of a trace it belongs to.
    fn kind(&self) -> EventKind {
        let is_in_trace = text(self.trace_id).is_some();
        let has_owner = text(self.parent_id).is_some() || text(self.span_id).is_some();
        match self.annotation_type {
            _ if !is_in_trace || self.signal_type == Some("log") => EventKind::Log,
            Some("span_event") if has_owner => EventKind::SpanEvent,
            Some("link") if has_owner => EventKind::Link,
            _ if text(self.span_id).is_some() => EventKind::Span,
            _ => EventKind::Log,
        }
    }

    fn service(&self) -> Option<&'a Text> {
        [self.service, self.service_before].into_iter().flatten().find_map(|value| match value {
            Value::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        })
    }
}

/// A value as the text that Honeycomb would show; nothing for an empty one, or what is no scalar.
fn text(value: Option<&Value>) -> Option<Cow<'_, str>> {
    match value? {
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) => Some(Cow::Borrowed(text)),
        value @ (Value::Bool(_) | Value::Int(_) | Value::Double(_)) => Some(Cow::Owned(value.to_string())),
        Value::Empty | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => None,
    }
}

/// Keeps one event.
pub(super) fn push(batch: &mut Batch, target: &mut Target<'_>, item: Item) {
    let Item { time, sample_rate, data, mut flags } = item;
    let time = match time {
        TimeField::Read(time) => time,
        TimeField::Absent => target.received,
        TimeField::Unreadable => {
            batch.repair(Problem::EventTime, &mut flags);
            target.received
        }
    };
    let told = Told::of(&data);
    let kind = told.kind();
    // What belongs to a span names it as its parent; some senders only as the span.
    let is_owned_by_span_id =
        matches!(kind, EventKind::SpanEvent | EventKind::Link) && text(told.parent_id).is_none();
    let (span_id, parent_id) = match kind {
        EventKind::Span => (told.span_id, told.parent_id),
        _ if is_owned_by_span_id => (None, told.span_id),
        _ => (None, told.parent_id),
    };
    if let Some(rate) = sample_rate.as_ref().and_then(sample_rate_of) {
        batch.put_attribute(&Text::from(fields::SAMPLE_RATE), &Value::Int(rate));
    }
    let trace_id = id(batch, told.trace_id, fields::SENT_TRACE_ID, ids::trace_id, &mut flags);
    let span_id = id(batch, span_id, fields::SENT_SPAN_ID, ids::span_id, &mut flags);
    let parent_id = id(batch, parent_id, fields::SENT_PARENT_ID, ids::span_id, &mut flags);
    let duration = (kind == EventKind::Span).then(|| length(batch, told.duration_ms, &mut flags)).flatten();
    let is_duration_told = kind == EventKind::Span && (duration.is_some() || told.duration_ms.is_none());
    let name = text(told.name).unwrap_or_default();

    let mut row = Row { batch, kind, flags };
    for (key, value) in &data {
        let is_told = match &**key {
            fields::TRACE_ID => trace_id.is_some(),
            fields::SPAN_ID => kind == EventKind::Span || is_owned_by_span_id,
            fields::PARENT_ID => parent_id.is_some() && !is_owned_by_span_id,
            fields::NAME => !name.is_empty(),
            fields::DURATION_MS => is_duration_told,
            fields::SERVICE_NAME => told.service().is_some_and(|service| value.as_str() == Some(service)),
            fields::SIGNAL_TYPE => value.as_str() == Some(kind.signal_type()),
            fields::ANNOTATION_TYPE => value.as_str() == kind.annotation_type(),
            _ => false,
        };
        if !is_told {
            row.put(key, value);
        }
    }
    let flags = row.flags;
    let group = target.group(told.service());
    batch.keep(Head {
        kind,
        time,
        end: Nanos(time.0.saturating_add(duration.unwrap_or(0))),
        trace_id,
        span_id,
        parent_id,
        name: &name,
        resource: &group.resource,
        scope: &group.scope,
        flags,
        fingerprint: None,
    });
}

/// The id of a field; where it does not say all that the text does, that is kept under `sent` and flagged.
fn id<T>(
    batch: &mut Batch,
    value: Option<&Value>,
    sent: &'static str,
    read: fn(&str) -> Read<T>,
    flags: &mut EventFlags,
) -> Option<T> {
    let text = text(value)?;
    let Read { id, is_exact } = read(&text);
    if !is_exact {
        batch.repair(Problem::ForeignId, flags);
        batch.put_attribute(&Text::from(sent), &Value::text(&*text));
    }
    Some(id)
}

/// How many events one stands for, as Honeycomb reads it: rounded, and one where it says nothing.
fn sample_rate_of(value: &Value) -> Option<i64> {
    let rate = match value {
        Value::Text(text) => text.trim().parse().ok()?,
        value => value.as_f64()?,
    };
    Some(rate.round().clamp(1.0, f64::from(i32::MAX)) as i64).filter(|rate| *rate > 1)
}

/// Milliseconds as nanoseconds; nothing where there is no such length of time.
fn length(batch: &mut Batch, value: Option<&Value>, flags: &mut EventFlags) -> Option<u64> {
    let value = value?;
    let millis = match value {
        Value::Text(text) => text.trim().parse().ok(),
        value => value.as_f64(),
    };
    match millis.filter(|millis: &f64| *millis >= 0.0 && millis.is_finite()) {
        #[allow(
            clippy::cast_sign_loss,
            reason = "it is not negative, and above 2^64 a cast gives the greatest"
        )]
        Some(millis) => Some((millis * 1e6).round() as u64),
        None => {
            batch.repair(Problem::EventDuration, flags);
            None
        }
    }
}

/// An event whose fields are being set.
struct Row<'a> {
    batch: &'a mut Batch,
    kind: EventKind,
    flags: EventFlags,
}

impl Row<'_> {
    /// What Honeycomb's translator makes of OTLP goes back to where it came from, if it has the type it has there; any
    /// other field is the event's own.
    fn put(&mut self, key: &Text, value: &Value) {
        let is_span = self.kind == EventKind::Span;
        match (&**key, value) {
            (fields::LINK_TRACE_ID, Value::Text(_)) => {
                let id =
                    id(self.batch, Some(value), fields::SENT_LINK_TRACE_ID, ids::trace_id, &mut self.flags);
                self.put_id(fields::LINK_TRACE_ID, id.map(|id: TraceId| id.to_string()));
            }
            (fields::LINK_SPAN_ID, Value::Text(_)) => {
                let id =
                    id(self.batch, Some(value), fields::SENT_LINK_SPAN_ID, ids::span_id, &mut self.flags);
                self.put_id(fields::LINK_SPAN_ID, id.map(|id: SpanId| id.to_string()));
            }
            (fields::ERROR, Value::Bool(true)) => self.batch.put(fields::ERROR, ValueRef::Bool(true)),
            (fields::ERROR, _) => {
                // In a waterfall an error of any form marks the span; a query finds it as it was sent.
                if is_true(value) {
                    self.batch.put(fields::ERROR, ValueRef::Bool(true));
                }
                self.batch.put_attribute(key, value);
            }
            (fields::STATUS_CODE, Value::Int(0..=2)) if is_span => {
                self.batch.put(fields::STATUS_CODE, ValueRef::Any(value));
            }
            _ => match record_field(key, value) {
                Some(field) => self.batch.put(field, ValueRef::Any(value)),
                None => self.batch.put_attribute(key, value),
            },
        }
    }

    fn put_id(&mut self, field: &'static str, id: Option<String>) {
        if let Some(id) = id {
            self.batch.put(field, ValueRef::Text(&id));
        }
    }
}

/// As Honeycomb's queries judge it.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(bool) => *bool,
        Value::Text(text) => !matches!(text.trim(), "" | "false" | "0"),
        Value::Empty => false,
        value => value.as_f64().is_none_or(|number| number != 0.0),
    }
}

/// The record's field of this name, if a value of this type belongs there.
fn record_field(key: &str, value: &Value) -> Option<&'static str> {
    const TEXTS: [&str; 6] = [
        fields::SPAN_KIND,
        fields::STATUS_MESSAGE,
        fields::TRACE_STATE,
        fields::PARENT_NAME,
        fields::SEVERITY,
        fields::SEVERITY_TEXT,
    ];
    const INTS: [&str; 3] = [fields::SPAN_NUM_EVENTS, fields::SPAN_NUM_LINKS, fields::SEVERITY_CODE];
    const DOUBLES: [&str; 1] = [fields::TIME_SINCE_SPAN_START_MS];
    let known: &[&str] = match value {
        Value::Text(_) => &TEXTS,
        Value::Int(_) => &INTS,
        Value::Double(_) => &DOUBLES,
        _ => &[],
    };
    known.iter().find(|field| **field == key).copied()
}
