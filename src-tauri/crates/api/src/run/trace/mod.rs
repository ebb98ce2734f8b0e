//! Traces: as a whole, by lines, by span, and as a document.

mod document;
mod findings;
mod head;
mod otlp;
mod rows;
mod shape;
mod span;

pub use document::trace_document;
pub use head::trace;
pub use otlp::trace_otlp;
pub use rows::{trace_rows, trace_step};
pub use shape::trace_shape;
pub use span::span;

use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::model::{Event, Nanos, SpanId, TraceId, Value, fields};
use skep_engine::query::Cancel;
use skep_engine::{SpanRef, TraceView, View};
pub(super) use span::log_row;
use span::own_fields;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    TraceId::from_hex(text).map_err(|_| {
        ApiError::new(ErrorCode::BadRequest, "a trace id is 32 hexadecimal digits, not all zero")
    })
}

fn open(view: &View, id: &str, cancel: &Cancel) -> Result<Arc<TraceView>, ApiError> {
    let id = trace_id(id)?;
    view.trace(id, cancel)?
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("there is no trace {id} in the store")))
}

/// `id`, or `id.nth`.
fn span_ref(text: &str) -> Result<SpanRef, ApiError> {
    let (id, nth) = text.split_once('.').unwrap_or((text, "0"));
    match (SpanId::from_hex(id), nth.parse()) {
        (Ok(id), Ok(nth)) => Ok(SpanRef { id, nth }),
        _ => Err(ApiError::new(
            ErrorCode::BadRequest,
            "a span is named by 16 hexadecimal digits, not all zero, and .nth where several share them",
        )),
    }
}

/// How a row is named; nothing where the span has no id.
fn name_of_row(trace: &TraceView, row: usize) -> Option<String> {
    let id = trace.span_id(row)?;
    Some(match trace.nth_of(row) {
        0 => id.to_string(),
        nth => format!("{id}.{nth}"),
    })
}

fn span_name(trace: &TraceView, row: usize) -> SpanName {
    SpanName {
        span: name_of_row(trace, row).unwrap_or_default(),
        service: trace.service(row).to_owned(),
        name: trace.name(row).to_owned(),
    }
}

/// Distinct texts in order of first appearance.
#[derive(Default)]
struct Names {
    idx_of: HashMap<String, u32>,
    in_order: Vec<String>,
}

impl Names {
    fn idx(&mut self, name: &str) -> u32 {
        if let Some(idx) = self.idx_of.get(name) {
            return *idx;
        }
        let idx = super::count32(self.in_order.len());
        self.in_order.push(name.to_owned());
        self.idx_of.insert(name.to_owned(), idx);
        idx
    }
}

/// The colours of rows: their values of a field, and each one's index from 1.
fn colors(trace: &TraceView, rows: &[u32], field: &str) -> Result<(Vec<String>, Vec<u32>), ApiError> {
    let mut values = Names::default();
    let of_row = match field {
        "" | fields::SERVICE_NAME => {
            rows.iter().map(|row| values.idx(trace.service(*row as usize)) + 1).collect()
        }
        fields::NAME => rows.iter().map(|row| values.idx(trace.name(*row as usize)) + 1).collect(),
        field => {
            let of_rows = trace.values(field, rows)?;
            of_rows
                .iter()
                .map(|value| value.as_ref().map_or(0, |value| values.idx(&value.to_string()) + 1))
                .collect()
        }
    };
    Ok((values.in_order, of_row))
}

/// What a row is, in bits of [`SPAN_FLAGS`]; what the picture makes of it is not among them.
fn flags(trace: &TraceView, row: usize) -> u32 {
    let oddity = trace.waterfall.oddity[row];
    let labels = &trace.labels;
    let is_root = trace.waterfall.depth[row] == 0 && !oddity.orphan && !oddity.cyclic;
    let is_origin = labels.is_error[row] && trace.analysis().errors.n_below[row] == 0;
    [
        (labels.is_error[row], SPAN_FLAGS.error),
        (is_root, SPAN_FLAGS.root),
        (oddity.orphan, SPAN_FLAGS.orphan),
        (oddity.running, SPAN_FLAGS.running),
        (oddity.backwards, SPAN_FLAGS.backwards),
        (oddity.cyclic, SPAN_FLAGS.cyclic),
        (oddity.shared_id, SPAN_FLAGS.shared_id),
        (trace.is_mended(row), SPAN_FLAGS.mended),
        (labels.is_call[row] || labels.is_handover[row], SPAN_FLAGS.outgoing),
        (is_origin, SPAN_FLAGS.origin),
        (trace.waterfall.subtree_end[row] as usize > row + 1, SPAN_FLAGS.parent),
    ]
    .iter()
    .filter_map(|(is_set, flag)| is_set.then_some(*flag))
    .sum()
}

fn link(link: &Event) -> SpanLink {
    SpanLink {
        trace_id: record_text(link, fields::LINK_TRACE_ID).unwrap_or_default(),
        span_id: record_text(link, fields::LINK_SPAN_ID).unwrap_or_default(),
        attributes: own_fields(link),
    }
}

fn signed_since(time: Nanos, start: Nanos) -> i128 {
    i128::from(time.0) - i128::from(start.0)
}

fn record_text(event: &Event, field: &str) -> Option<String> {
    event.record_field(field).map(ToString::to_string)
}

fn status(span: &Event) -> String {
    match span.record_field(fields::STATUS_CODE) {
        None | Some(Value::Int(0)) => "unset".to_owned(),
        Some(Value::Int(1)) => "ok".to_owned(),
        Some(Value::Int(2)) => "error".to_owned(),
        Some(other) => other.to_string(),
    }
}

pub(super) fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
