//! A resolved query over segments: a partial answer for each, merged, then ordered and cut.

mod accumulate;
mod cell;
mod concurrency;
mod group;
mod label;
mod over_time;
mod partial;
mod percentile;
mod series;

pub(crate) use accumulate::AccumulatorKind;
pub use cell::Cell;
pub use over_time::{Buckets, Series, over_time};

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
    answer(scan, query, range, false, cancel)
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
    answer(scan, query, range, true, cancel)
}

fn answer(
    scan: &dyn Scan,
    query: &Query,
    range: TimeRange,
    with_foot: bool,
    cancel: &Cancel,
) -> Result<Table, QueryError> {
    // What cannot be answered is said before anything is looked up.
    Resolved::new(query)?;
    let mut relating = Relating::new(scan, range, cancel);
    let query = relating.query(query)?;
    match relating.finish() {
        Some(related) => run_plain(&related, &query, range, with_foot, cancel),
        None => run_plain(scan, &query, range, with_foot, cancel),
    }
}

/// All groups over all segments.
fn total(
    scan: &dyn Scan,
    resolved: &Resolved,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<Total, QueryError> {
    let segments: Vec<_> =
        scan.segments().iter().filter(|segment| reaches_into(&***segment, range)).collect();
    let partials = parallel::in_parallel(segments.len(), cancel, |idx| {
        let rows = select(&**segments[idx], &resolved.predicate, range)?;
        Partial::of_segment(resolved, &**segments[idx], &rows)
    })?;
    let mut total = Total::new(resolved);
    partials.into_iter().for_each(|partial| total.add(partial));
    cancel.check()?;
    Ok(total)
}

/// The query without relatives, whose columns are in the scan already.
fn run_plain(
    scan: &dyn Scan,
    query: &Query,
    range: TimeRange,
    with_foot: bool,
    cancel: &Cancel,
) -> Result<Table, QueryError> {
    let resolved = Resolved::new(query)?;
    let mut total = total(scan, &resolved, range, cancel)?;
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
    Ok(Table { columns: query.columns(), rows, rows_examined, rows_matched, groups_total, foot })
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
