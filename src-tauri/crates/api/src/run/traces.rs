use super::{range, timed};
use crate::error::ApiError;
use crate::wire::{ServiceShare, TraceRow, TraceSortBy, TracesReply, TracesRequest};
use skep_engine::query::Cancel;
use skep_engine::store::clock::Clock;
use skep_engine::{TraceFilter, TraceSort, TraceSummary, View};

/// Rows of a list at most, and when the request does not say.
const LIMIT_MAX: u32 = 1_000;
const LIMIT_DEFAULT: u32 = 200;

/// Lists the newest traces.
///
/// # Errors
/// When the filter cannot be read, or `cancel` was called.
pub fn traces(
    view: &View,
    clock: &dyn Clock,
    request: &TracesRequest,
    cancel: &Cancel,
) -> Result<TracesReply, ApiError> {
    let wanted = TraceFilter {
        text: request.filter.clone(),
        range: range(request.start_ns.as_deref(), request.end_ns.as_deref())?,
        errors_only: request.errors_only,
        sort: match request.sort {
            TraceSortBy::Start => TraceSort::Start,
            TraceSortBy::Duration => TraceSort::Duration,
            TraceSortBy::Spans => TraceSort::Spans,
            TraceSortBy::Errors => TraceSort::Errors,
            TraceSortBy::Services => TraceSort::Services,
        },
        is_ascending: request.ascending,
        n_limit: match request.limit {
            0 => LIMIT_DEFAULT,
            limit => limit.min(LIMIT_MAX),
        } as usize,
    };
    let (list, elapsed_ms) = timed(clock, || Ok(view.traces(&wanted, cancel)?))?;
    Ok(TracesReply {
        rows: list.traces.into_iter().map(|summary| row(view, summary)).collect(),
        matched: list.n_matched,
        matched_with_errors: list.n_matched_with_errors,
        rows_examined: list.rows_examined,
        elapsed_ms,
        generation: view.snapshot().generation(),
    })
}

fn row(view: &View, summary: TraceSummary) -> TraceRow {
    let TraceSummary {
        trace_id,
        start,
        duration,
        root_service,
        root_name,
        root_arrived,
        n_spans,
        n_errors,
        status,
        services,
    } = summary;
    TraceRow {
        trace_id: trace_id.to_string(),
        start_ns: start.to_string(),
        duration_ns: duration.to_string(),
        root_service,
        root_name,
        root_arrived,
        pinned: view.snapshot().is_pinned(trace_id),
        n_spans,
        n_errors,
        status,
        services: services
            .into_iter()
            .map(|(service, self_share)| ServiceShare { service, self_share })
            .collect(),
    }
}
