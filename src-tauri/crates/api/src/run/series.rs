use super::explore::cells;
use super::{nanos, range, timed};
use crate::columns::Columns;
use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::View;
use skep_engine::model::{Text, fields as names};
use skep_engine::query::{Buckets, Cancel, Cell, NewestRequest};
use skep_engine::store::clock::Clock;

/// Buckets of time at most.
const N_X_MAX: u32 = 1_000;

/// Groups at most, and when the request does not say.
const GROUPS_MAX: u32 = 50;
const GROUPS_DEFAULT: u32 = 20;

/// Events of a page at most, and when the request does not say.
const LIMIT_MAX: u32 = 500;
const LIMIT_DEFAULT: u32 = 100;

/// Fields of an event that are told at most.
const FIELDS_MAX: usize = 50;

/// Tells the first groups of a query's table over time: [`SeriesHead`] and its column.
///
/// # Errors
/// When the text or a time cannot be read, or `cancel` was called.
pub(super) fn series(
    view: &View,
    clock: &dyn Clock,
    request: &SeriesRequest,
    cancel: &Cancel,
) -> Result<Vec<u8>, ApiError> {
    if !(1..=N_X_MAX).contains(&request.n_x) {
        return Err(ApiError::new(ErrorCode::BadRequest, format!("n_x is 1 to {N_X_MAX}")));
    }
    let step = nanos(&request.step_ns)?;
    let buckets = Buckets { start: nanos(&request.start_ns)?, step_ns: step.0, n: request.n_x as usize };
    let n_groups = match request.groups {
        0 => GROUPS_DEFAULT,
        groups => groups.min(GROUPS_MAX),
    } as usize;
    let (found, elapsed_ms) = timed(clock, || Ok(view.series(&request.text, buckets, n_groups, cancel)?))?;
    let head = SeriesHead {
        groups: found.groups.iter().map(|group| cells(group)).collect(),
        aggregates: found.aggregates,
        approximate: found.approximate,
        start_ns: buckets.start.to_string(),
        step_ns: step.to_string(),
        n_x: request.n_x,
        groups_total: found.groups_total,
        elapsed_ms,
    };
    let mut columns = Columns::new();
    columns.f64s("values", found.values.into_iter());
    Ok(columns.finish(&head))
}

/// The moments of a time that were given a name.
///
/// # Errors
/// When a time cannot be read, or `cancel` was called.
pub(super) fn markers(
    view: &View,
    request: &MarkersRequest,
    cancel: &Cancel,
) -> Result<MarkersReply, ApiError> {
    let range = range(request.start_ns.as_deref(), request.end_ns.as_deref())?;
    let marker = |found: skep_engine::Marker| Marker {
        start_ns: found.start.to_string(),
        end_ns: found.end.map(|end| end.to_string()),
        message: found.message,
        kind: found.kind,
    };
    Ok(MarkersReply { markers: view.markers(range, cancel)?.into_iter().map(marker).collect() })
}

/// A page of events, newest first.
///
/// # Errors
/// When the filter cannot be read, a field is no value, or `cancel` was called.
pub(super) fn events(
    view: &View,
    clock: &dyn Clock,
    request: &EventsRequest,
    cancel: &Cancel,
) -> Result<EventsReply, ApiError> {
    if request.fields.len() > FIELDS_MAX {
        return Err(ApiError::new(ErrorCode::BadRequest, format!("more than {FIELDS_MAX} fields")));
    }
    let ids = [names::TRACE_ID, names::SPAN_ID];
    let fields = ids.into_iter().chain(request.fields.iter().map(String::as_str));
    let wanted = NewestRequest {
        filter: View::parse_filter(&request.filter)?,
        range: range(request.start_ns.as_deref(), request.end_ns.as_deref())?,
        fields: fields.map(Text::from).collect(),
        first: usize::try_from(request.first).unwrap_or(usize::MAX),
        n_limit: match request.limit {
            0 => LIMIT_DEFAULT,
            limit => limit.min(LIMIT_MAX),
        } as usize,
    };
    let (found, elapsed_ms) = timed(clock, || Ok(view.newest(&wanted, cancel)?))?;
    let id = |cell: &Cell| match cell {
        Cell::Text(text) => Some(text.to_string()),
        _ => None,
    };
    let row = |row: skep_engine::query::NewestRow| {
        let (ids, values) = row.cells.split_at(ids.len().min(row.cells.len()));
        EventRow {
            time_ns: row.time.to_string(),
            trace_id: ids.first().and_then(id),
            span_id: ids.get(1).and_then(id),
            values: cells(values),
        }
    };
    Ok(EventsReply {
        rows: found.rows.into_iter().map(row).collect(),
        matched: found.rows_matched,
        elapsed_ms,
        generation: view.snapshot().generation(),
    })
}
