use super::trace::{log_row, trace_id};
use super::{count32, range, timed};
use crate::error::{ApiError, ErrorCode};
use crate::wire::{LogLine, LogsReply, LogsRequest};
use skep_engine::model::fields;
use skep_engine::query::Cancel;
use skep_engine::store::clock::Clock;
use skep_engine::{LogFilter, View};

/// Rows of a page at most, and when the request does not say.
const LIMIT_MAX: u32 = 500;
const LIMIT_DEFAULT: u32 = 200;

/// Lists log records.
///
/// # Errors
/// When the filter or an id cannot be read, or `cancel` was called.
pub fn logs(
    view: &View,
    clock: &dyn Clock,
    request: &LogsRequest,
    cancel: &Cancel,
) -> Result<LogsReply, ApiError> {
    let of_trace = request.trace_id.as_deref().map(trace_id).transpose()?;
    let wanted = LogFilter {
        text: request.filter.clone(),
        range: range(request.start_ns.as_deref(), request.end_ns.as_deref())?,
        trace_id: of_trace,
        severity_min: severity_min(&request.level)?,
        is_ascending: request.ascending,
        first: request.first as usize,
        n_limit: match request.limit {
            0 => LIMIT_DEFAULT,
            limit => limit.min(LIMIT_MAX),
        } as usize,
    };
    let (list, elapsed_ms) = timed(clock, || Ok(view.logs(&wanted, cancel)?))?;
    let start = match of_trace {
        Some(trace_id) => view.trace(trace_id, cancel)?.map(|trace| trace.waterfall.start),
        None => None,
    };
    let line = |log: &skep_engine::model::Event| LogLine {
        log: log_row(log, start.unwrap_or(log.time)),
        service: log.resource.service_name().unwrap_or(fields::UNKNOWN_SERVICE).to_owned(),
        trace_id: log.trace_id.map(|id| id.to_string()),
    };
    Ok(LogsReply {
        first: count32(wanted.first),
        rows: list.logs.iter().map(line).collect(),
        matched: list.n_matched,
        by_level: list.by_severity.to_vec(),
        rows_examined: list.rows_examined,
        elapsed_ms,
        generation: view.snapshot().generation(),
    })
}

/// OTLP gives each level four numbers.
fn severity_min(level: &str) -> Result<i64, ApiError> {
    Ok(match level {
        "" => 0,
        "trace" => 1,
        "debug" => 5,
        "info" => 9,
        "warn" => 13,
        "error" => 17,
        "fatal" => 21,
        other => {
            let message = format!("there is no level {other:?}: trace, debug, info, warn, error or fatal");
            return Err(ApiError::new(ErrorCode::BadRequest, message));
        }
    })
}
