use super::{open, span_ref};
use crate::error::{ApiError, ErrorCode};
use crate::wire::{TraceOtlpReply, TraceOtlpRequest};
use skep_engine::View;
use skep_engine::query::Cancel;

/// Spans of a trace that is given out as one text; larger ones are for files.
const SPANS_MAX: usize = 10_000;

/// A trace, or one of its spans, as OTLP JSON.
///
/// # Errors
/// When an id is none, the span is not there, or the trace is too large for a text.
pub fn trace_otlp(
    view: &View,
    request: &TraceOtlpRequest,
    cancel: &Cancel,
) -> Result<TraceOtlpReply, ApiError> {
    let trace = open(view, &request.trace_id, cancel)?;
    let row = match &request.span {
        None if trace.waterfall.len() > SPANS_MAX => {
            let message = format!(
                "of more than {SPANS_MAX} spans a file is better: skep export --where 'trace.trace_id = {}'",
                trace.trace_id
            );
            return Err(ApiError::new(ErrorCode::BadRequest, message));
        }
        None => None,
        Some(span) => Some(trace.row_of_ref(span_ref(span)?).ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, format!("there is no span {span} in this trace"))
        })?),
    };
    Ok(TraceOtlpReply { text: trace.otlp_json(row)? })
}
