//! A resolved query over segments: a partial answer for each, merged, then ordered and cut.

mod accumulate;
mod cell;
mod concurrency;
mod group;
mod label;
mod over_time;
mod partial;
mod percentile;
mod places;
mod series;
mod sketch;

pub(crate) use accumulate::AccumulatorKind;
pub use cell::Cell;
pub use over_time::{Buckets, Series, over_time, over_time_within};
pub(crate) use sketch::RELATIVE_ERROR;

use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::Query;
use crate::plan::select;
use crate::related::Relating;
use crate::resolved::{Every, Resolved};
use crate::{Scan, Segment, parallel};
use partial::{Partial, Total};
use serde::Serialize;
use std::cmp::Ordering;

/// A query's answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// `time` where the query says EVERY, the groups' fields, then the aggregates, such as `P99(duration_ms)`.
    pub columns: Vec<String>,
    /// By which share of it each column's numbers may be off, as long as `columns`; nothing where they are exact.
    pub approximate: Vec<Option<f64>>,
    /// One row a group, as long as `columns`; a time is where its bucket begins, in ISO 8601, UTC. Without GROUP BY and
    /// EVERY there is one row, if HAVING lets it through.
    pub rows: Vec<Vec<Cell>>,
    /// Rows of every segment that reaches into the time range.
    pub rows_examined: u64,
    /// Rows inside the time range that pass the filter.
    pub rows_matched: u64,
    /// Groups there are, after HAVING and before LIMIT.
    pub groups_total: u64,
    /// What lies below the rows, where it was asked for and there is a GROUP BY.
    pub foot: Option<Foot>,
}

/// The aggregates of more than one group, each worked out of the rows themselves; null where that means nothing, as for
/// growth from bucket to bucket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Foot {
    /// Of everything that passes the filter, as long as SELECT. HAVING and LIMIT change nothing.
    pub total: Vec<Cell>,
    /// Of the groups that are not among the rows, those that HAVING left out too: rows and others are the total. Nothing
    /// where every group is there.
    pub other: Option<Vec<Cell>>,
    /// How many groups these are.
    pub groups_other: u64,
}

/// Answers a query over a time range.
///
/// Groups come by the keys of ORDER BY, then by time and by their values, ascending; missing values last either way. Values of
/// different types make different groups.
///
/// # Errors
/// [`QueryError::Invalid`] when the query cannot be answered as a table, [`QueryError::Cancelled`],
/// [`QueryError::Unreadable`].
pub fn run(scan: &dyn Scan, query: &Query, range: TimeRange, cancel: &Cancel) -> Result<Table, QueryError> {
    run_within(scan, query, range, false, ExactMax::default(), cancel)
}

/// The same with what lies below the rows, which costs a second look at the figures.
///
/// # Errors
/// As [`run`].
pub fn run_with_foot(
    scan: &dyn Scan,
    query: &Query,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<Table, QueryError> {
    run_within(scan, query, range, true, ExactMax::default(), cancel)
}

/// Numbers of one question up to which percentiles are exact: of those rows that pass the filter, one for each field
/// that percentiles are asked of. They are all held at once, 8 bytes each, and beyond them percentiles are told within a
/// relative error, which [`Table::approximate`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExactMax(pub u64);

/// 128 MiB of numbers: three fields of five million events are exact.
const EXACT_NUMBERS_MAX: u64 = 16 << 20;

impl Default for ExactMax {
    fn default() -> Self {
        ExactMax(EXACT_NUMBERS_MAX)
    }
}

/// The same, with or without what lies below the rows, exact up to a limit of one's own.
///
/// # Errors
/// As [`run`].
pub fn run_within(
    scan: &dyn Scan,
    query: &Query,
    range: TimeRange,
    with_foot: bool,
    exact: ExactMax,
    cancel: &Cancel,
) -> Result<Table, QueryError> {
    // What cannot be answered is said before anything is looked up.
    Resolved::new(query)?;
    let mut relating = Relating::new(scan, range, cancel);
    let query = relating.query(query)?;
    match relating.finish() {
        Some(related) => run_plain(&related, &query, range, with_foot, exact, cancel),
        None => run_plain(scan, &query, range, with_foot, exact, cancel),
    }
}

/// Segments whose answers wait at once to be added up in order.
const SEGMENTS_PER_WAVE: usize = 128;

/// All groups over all segments. Percentiles become sketches in `resolved` where there are too many numbers: by how many
/// rows pass the filter, so that neither threads nor the order of segments have a say.
fn total(
    scan: &dyn Scan,
    resolved: &mut Resolved,
    range: TimeRange,
    exact: ExactMax,
    cancel: &Cancel,
) -> Result<Total, QueryError> {
    let segments: Vec<_> =
        scan.segments().iter().filter(|segment| reaches_into(&***segment, range)).collect();
    let is_exact = |n_rows: u64| n_rows.saturating_mul(resolved.n_values()) <= exact.0;
    let mut selected = None;
    // Which rows pass is only looked at beforehand where it decides something.
    if !is_exact(segments.iter().map(|segment| segment.n_rows() as u64).sum()) {
        let rows = parallel::in_parallel(segments.len(), cancel, |idx| {
            select(&**segments[idx], &resolved.predicate, range)
        })?;
        if !is_exact(rows.iter().map(|rows| rows.count() as u64).sum()) {
            resolved.sketch();
        }
        selected = Some(rows);
    }
    let resolved = &*resolved;
    let partial = |idx: usize| {
        let segment: &dyn Segment = &**segments[idx];
        match &selected {
            Some(rows) => Partial::of_segment(resolved, segment, &rows[idx]),
            None => Partial::of_segment(resolved, segment, &select(segment, &resolved.predicate, range)?),
        }
    };
    let mut total = Total::new(resolved);
    if resolved.accumulators.iter().all(AccumulatorKind::adds_up_in_any_order) {
        let start = || Total::new(resolved);
        let totals = parallel::fold(segments.len(), cancel, start, |total: &mut Total, idx| {
            total.add(partial(idx)?);
            Ok(())
        })?;
        total = totals.into_iter().reduce(Total::merged).unwrap_or(total);
    } else {
        for first in (0..segments.len()).step_by(SEGMENTS_PER_WAVE) {
            let n = SEGMENTS_PER_WAVE.min(segments.len() - first);
            let partials = parallel::in_parallel(n, cancel, |idx| partial(first + idx))?;
            partials.into_iter().for_each(|partial| total.add(partial));
        }
    }
    cancel.check()?;
    Ok(total)
}

/// The query without relatives, whose columns are in the scan already.
fn run_plain(
    scan: &dyn Scan,
    query: &Query,
    range: TimeRange,
    with_foot: bool,
    exact: ExactMax,
    cancel: &Cancel,
) -> Result<Table, QueryError> {
    let mut resolved = Resolved::new(query)?;
    let mut total = total(scan, &mut resolved, range, exact, cancel)?;
    let (rows_examined, rows_matched) = (total.rows_examined, total.rows_matched);
    let mut rows = total.finish(&resolved, cancel)?;
    for (idx, _) in resolved.outputs.iter().enumerate().filter(|(_, output)| output.is_rate) {
        series::to_growth(&mut rows, resolved.n_key_columns, resolved.n_key_columns + idx);
    }
    if let Some(Every { step_ns, .. }) = resolved.every {
        rows.iter_mut().for_each(|row| row[0] = series::time_cell(&row[0], step_ns));
    }
    let n_groups = rows.len();
    let mut rows: Vec<(usize, Vec<Cell>)> = rows.into_iter().enumerate().collect();
    let mut scratch = String::new();
    rows.retain(|(_, row)| {
        let mut tests = resolved.having.iter();
        tests.all(|having| having.test.holds(row[having.column_idx].seen(), &mut scratch) != having.negated)
    });
    let groups_total = rows.len() as u64;
    let order = |(_, a): &(usize, Vec<Cell>), (_, b): &(usize, Vec<Cell>)| {
        compare_rows(a, b, &resolved.order, resolved.n_key_columns)
    };
    if resolved.limit < rows.len() {
        rows.select_nth_unstable_by(resolved.limit, order);
        rows.truncate(resolved.limit);
    }
    rows.sort_unstable_by(order);
    let foot = if with_foot && resolved.n_key_columns > 0 {
        let mut is_shown = vec![false; n_groups];
        rows.iter().for_each(|(group, _)| is_shown[*group] = true);
        let [all, other] = total.together(&resolved, &is_shown, cancel)?;
        let groups_other = (n_groups - rows.len()) as u64;
        Some(Foot { total: all, other: (groups_other > 0).then_some(other), groups_other })
    } else {
        None
    };
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    let approximate =
        std::iter::repeat_n(None, resolved.n_key_columns).chain(resolved.approximate()).collect();
    Ok(Table { columns: query.columns(), approximate, rows, rows_examined, rows_matched, groups_total, foot })
}

/// Whether some row of the segment may lie inside the range.
pub(crate) fn reaches_into(segment: &dyn Segment, range: TimeRange) -> bool {
    let (first, last) = segment.time_bounds();
    segment.n_rows() > 0
        && range.start.is_none_or(|start| start <= last)
        && range.end.is_none_or(|end| first < end)
}

fn compare_rows(a: &[Cell], b: &[Cell], order: &[(usize, bool)], n_group_columns: usize) -> Ordering {
    let by_keys = order.iter().map(|(idx, descending)| a[*idx].compare(&b[*idx], *descending));
    let by_groups = (0..n_group_columns).map(|idx| a[idx].compare(&b[idx], false));
    by_keys.chain(by_groups).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
