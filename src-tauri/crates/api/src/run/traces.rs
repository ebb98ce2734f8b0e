use super::{range, timed};
use crate::error::ApiError;
use crate::wire::{
    PlacedTraceRow, ServiceShare, TraceRow, TraceSortBy, TracesPageReply, TracesPageRequest, TracesReply,
    TracesRequest,
};
use skep_engine::query::Cancel;
use skep_engine::store::clock::Clock;
use skep_engine::{OrderId, PlacedTrace, TraceFilter, TraceSort, TraceSummary, View};

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
        n_limit: n_rows(request.limit),
        held: request.held.map(OrderId),
    };
    let (list, elapsed_ms) = timed(clock, || Ok(view.traces(&wanted, cancel)?))?;
    Ok(TracesReply {
        rows: list.traces.into_iter().map(|summary| row(view, summary)).collect(),
        order: list.order.0,
        matched: list.n_matched,
        matched_with_errors: list.n_matched_with_errors,
        rows_examined: list.rows_examined,
        elapsed_ms,
        generation: view.snapshot().generation(),
    })
}

/// Rows further down a list.
///
/// # Errors
/// When the store cannot be read, or `cancel` was called.
pub fn traces_page(
    view: &View,
    request: &TracesPageRequest,
    cancel: &Cancel,
) -> Result<TracesPageReply, ApiError> {
    let (order, offset) = (OrderId(request.order), request.offset as usize);
    let placed = view.traces_at(order, offset, n_rows(request.limit), cancel)?;
    let row = |PlacedTrace { place, trace }| PlacedTraceRow { place: place as u32, row: row(view, trace) };
    Ok(TracesPageReply { rows: placed.map(|placed| placed.into_iter().map(row).collect()) })
}

fn n_rows(limit: u32) -> usize {
    match limit {
        0 => LIMIT_DEFAULT as usize,
        limit => limit.min(LIMIT_MAX) as usize,
    }
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
