//! A resolved query over segments: a partial answer for each, merged, then ordered and cut.

mod accumulate;
mod cell;
mod concurrency;
mod group;
mod label;
mod partial;
mod percentile;
mod series;

pub(crate) use accumulate::AccumulatorKind;
pub use cell::Cell;

use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::Query;
use crate::plan::select;
use crate::related::Relating;
use crate::resolved::Resolved;
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
    // What cannot be answered is said before anything is looked up.
    Resolved::new(query)?;
    let mut relating = Relating::new(scan, range, cancel);
    let query = relating.query(query)?;
    match relating.finish() {
        Some(related) => run_plain(&related, &query, range, cancel),
        None => run_plain(scan, &query, range, cancel),
    }
}

fn run_plain(scan: &dyn Scan, query: &Query, range: TimeRange, cancel: &Cancel) -> Result<Table, QueryError> {
    let resolved = Resolved::new(query)?;
    let segments: Vec<_> =
        scan.segments().iter().filter(|segment| reaches_into(&***segment, range)).collect();
    let partials = parallel::in_parallel(segments.len(), cancel, |idx| {
        let rows = select(&**segments[idx], &resolved.predicate, range)?;
        Partial::of_segment(&resolved, &**segments[idx], &rows)
    })?;
    let mut total = Total::new(&resolved);
    partials.into_iter().for_each(|partial| total.add(partial));
    cancel.check()?;
    let (rows_examined, rows_matched) = (total.rows_examined, total.rows_matched);
    let mut rows = total.finish(&resolved, cancel)?;
    for (idx, _) in resolved.outputs.iter().enumerate().filter(|(_, output)| output.is_rate) {
        series::to_growth(&mut rows, resolved.n_key_columns, resolved.n_key_columns + idx);
    }
    if let Some(granularity_ns) = resolved.granularity_ns {
        rows.iter_mut().for_each(|row| row[0] = series::time_cell(&row[0], granularity_ns));
    }
    let mut scratch = String::new();
    rows.retain(|row| {
        let mut tests = resolved.having.iter();
        tests.all(|having| having.test.holds(row[having.column_idx].seen(), &mut scratch) != having.negated)
    });
    let groups_total = rows.len() as u64;
    let order = |a: &Vec<Cell>, b: &Vec<Cell>| compare_rows(a, b, &resolved.order, resolved.n_key_columns);
    if resolved.limit < rows.len() {
        rows.select_nth_unstable_by(resolved.limit, order);
        rows.truncate(resolved.limit);
    }
    rows.sort_unstable_by(order);
    Ok(Table { columns: query.columns(), rows, rows_examined, rows_matched, groups_total })
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
