use super::{IdField, unsigned};
use crate::batch::{Batch, Group};
use crate::problem::Problem;
use skep_model::columns::{Head, ValueRef};
use skep_model::{
    Attributes, EventFlags, EventKind, Nanos, SpanId, Text, TraceId, Value,
    fields::{
        BODY, DROPPED_ATTRIBUTES, FLAGS, OBSERVED_TIME, SEVERITY, SEVERITY_CODE, SEVERITY_TEXT, TIME_UNSET,
    },
};

/// `LogRecord`.
#[derive(Default)]
pub(crate) struct LogDraft {
    pub(crate) time_ns: u64,
    pub(crate) observed_time_ns: u64,
    pub(crate) severity_number: i32,
    pub(crate) severity_text: Option<Text>,
    pub(crate) event_name: Option<Text>,
    pub(crate) body: Option<Value>,
    /// Those not yet set.
    pub(crate) attributes: Attributes,
    pub(crate) dropped_attributes: u32,
    pub(crate) trace_flags: u32,
    pub(crate) trace_id: IdField<TraceId>,
    pub(crate) span_id: IdField<SpanId>,
    pub(crate) flags: EventFlags,
}

impl LogDraft {
    /// Keeps the record; an invalid id is left out, since a log says something without it.
    pub(crate) fn push(mut self, batch: &mut Batch, group: &Group) {
        if self.trace_id == IdField::Invalid {
            batch.repair(Problem::LogId, &mut self.flags);
        }
        if self.span_id == IdField::Invalid {
            batch.repair(Problem::LogId, &mut self.flags);
        }
        if let Some(body) = &self.body {
            batch.put(BODY, ValueRef::Any(body));
        }
        batch.put(SEVERITY, ValueRef::Text(severity_word(self.severity_number)));
        batch.put(SEVERITY_CODE, ValueRef::Int(self.severity_number.into()));
        batch.put_text(SEVERITY_TEXT, self.severity_text.as_deref());
        if self.observed_time_ns != 0 {
            batch.put(OBSERVED_TIME, ValueRef::Any(&unsigned(self.observed_time_ns)));
        }
        if self.time_ns == 0 && self.observed_time_ns != 0 {
            batch.put(TIME_UNSET, ValueRef::Bool(true));
        }
        batch.put_count(FLAGS, self.trace_flags);
        batch.put_count(DROPPED_ATTRIBUTES, self.dropped_attributes);
        batch.put_attributes(&self.attributes);
        self.flags.insert(group.flags);
        let time = Nanos(if self.time_ns == 0 { self.observed_time_ns } else { self.time_ns });
        batch.keep(Head {
            kind: EventKind::Log,
            time,
            end: time,
            trace_id: self.trace_id.valid(),
            span_id: None,
            parent_id: self.span_id.valid(),
            name: self.event_name.as_deref().unwrap_or_default(),
            resource: &group.resource,
            scope: &group.scope,
            flags: self.flags,
            fingerprint: None,
        });
    }
}

/// The range of `SeverityNumber` that `number` lies in, as Honeycomb words it.
fn severity_word(number: i32) -> &'static str {
    match number {
        1..=4 => "trace",
        5..=8 => "debug",
        9..=12 => "info",
        13..=16 => "warn",
        17..=20 => "error",
        21..=24 => "fatal",
        _ => "unspecified",
    }
}
