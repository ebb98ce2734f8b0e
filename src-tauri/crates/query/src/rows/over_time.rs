//! The groups of a table over buckets of time, as a chart draws them.

use super::series::to_growth;
use super::{Cell, ExactMax, run_plain, total};
use crate::Scan;
use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::{AggregateOp, GRANULARITY_NS_MIN, OrderKey, Query};
use crate::related::Relating;
use crate::resolved::{Every, Resolved};
use crate::text::column_name;
use rustc_hash::FxHashMap;
use skep_model::Nanos;

/// `n` buckets of time, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Where the first one begins.
    pub start: Nanos,
    /// How long each is, in nanoseconds; not 0.
    pub step_ns: u64,
    /// How many; not 0.
    pub n: usize,
}

/// Most buckets, and most groups, of one answer.
const BUCKETS_MAX: usize = 2048;

/// The aggregates of some groups over time.
///
/// ```text
///                        bucket 0   1   2
///  aggregate 0, group 0         4   0   2    <- values[(aggregate * groups.len() + group) * n + bucket]
///  aggregate 0, group 1         1   1   .    NaN: nothing to compute from
///  aggregate 1, group 0         ...
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The values of each group's fields, in the order of the table: its first ones.
    pub groups: Vec<Vec<Cell>>,
    /// How each aggregate's column is called.
    pub aggregates: Vec<String>,
    /// By which share of it each aggregate's values may be off; nothing where they are exact.
    pub approximate: Vec<Option<f64>>,
    /// See above. Counts of nothing are 0.
    pub values: Vec<f64>,
    /// Groups of the table, those included that are not drawn.
    pub groups_total: u64,
    /// Rows that were looked at, for the table and for the buckets.
    pub rows_examined: u64,
}

/// Tells the first `n_groups_max` groups of a query's table over time. The table is that of all buckets together, and so
/// without rates, which are told of its groups from bucket to bucket; how long a bucket is in the query is not looked at.
///
/// # Errors
/// [`QueryError::Invalid`] for no or too many buckets, or what [`super::run`] cannot answer;
/// [`QueryError::Cancelled`], [`QueryError::Unreadable`].
pub fn over_time(
    scan: &dyn Scan,
    query: &Query,
    buckets: Buckets,
    n_groups_max: usize,
    cancel: &Cancel,
) -> Result<Series, QueryError> {
    over_time_within(scan, query, buckets, n_groups_max, ExactMax::default(), cancel)
}

/// The same, exact up to a limit of one's own.
///
/// # Errors
/// As [`over_time`].
pub fn over_time_within(
    scan: &dyn Scan,
    query: &Query,
    buckets: Buckets,
    n_groups_max: usize,
    exact: ExactMax,
    cancel: &Cancel,
) -> Result<Series, QueryError> {
    let Buckets { start, step_ns, n } = buckets;
    if !(1..=BUCKETS_MAX).contains(&n) || step_ns == 0 || n_groups_max > BUCKETS_MAX {
        return Err(QueryError::Invalid(format!("a series has 1 to {BUCKETS_MAX} buckets of time")));
    }
    let end = start.0.saturating_add(step_ns.saturating_mul(n as u64));
    let range = TimeRange { start: Some(start), end: Some(Nanos(end)) };
    let query = Query { granularity_ns: Some(GRANULARITY_NS_MIN), ..query.clone() };
    // What cannot be answered is said before anything is looked up.
    Resolved::new(&query)?;
    Resolved::new(&without_rates(&query))?;
    let mut relating = Relating::new(scan, range, cancel);
    let query = relating.query(&query)?;
    match relating.finish() {
        Some(related) => series(&related, &query, range, buckets, n_groups_max, exact, cancel),
        None => series(scan, &query, range, buckets, n_groups_max, exact, cancel),
    }
}

fn series(
    scan: &dyn Scan,
    query: &Query,
    range: TimeRange,
    Buckets { start, step_ns, n }: Buckets,
    n_groups_max: usize,
    exact: ExactMax,
    cancel: &Cancel,
) -> Result<Series, QueryError> {
    let table = run_plain(scan, &without_rates(query), range, false, exact, cancel)?;
    let n_fields = query.group_by.len();
    let keys = table.rows.into_iter().take(n_groups_max).map(|mut row| {
        row.truncate(n_fields);
        row
    });
    let groups: Vec<Vec<Cell>> = keys.collect();
    let in_time = Query { having: Vec::new(), order_by: Vec::new(), ..query.clone() };
    let mut resolved = Resolved::new(&in_time)?;
    resolved.every = Some(Every { origin_ns: start.0, step_ns });
    resolved.only = Some(groups.iter().cloned().collect());
    let mut cut = total(scan, &mut resolved, range, exact, cancel)?;
    let rows_examined = table.rows_examined + cut.rows_examined;
    let place: FxHashMap<&[Cell], usize> =
        groups.iter().enumerate().map(|(at, key)| (key.as_slice(), at)).collect();
    let aggregates = query.aggregates();
    let of_nothing = |op: AggregateOp| match op {
        AggregateOp::Count | AggregateOp::CountDistinct => 0.0,
        _ => f64::NAN,
    };
    let n_points = groups.len() * n;
    let mut values: Vec<f64> =
        aggregates.iter().flat_map(|one| std::iter::repeat_n(of_nothing(one.op), n_points)).collect();
    let mut rows = cut.finish(&resolved, cancel)?;
    for (at, _) in aggregates.iter().enumerate().filter(|(_, one)| one.op.is_rate()) {
        to_growth(&mut rows, 1 + n_fields, 1 + n_fields + at);
    }
    for row in rows {
        let (key, figures) = row.split_at(1 + n_fields);
        let (Cell::Int(bucket), Some(group)) = (&key[0], place.get(&key[1..])) else { continue };
        let bucket = usize::try_from(*bucket).unwrap_or(n).min(n - 1);
        for (at, figure) in figures.iter().enumerate() {
            values[(at * groups.len() + group) * n + bucket] =
                figure.as_f64().unwrap_or(of_nothing(aggregates[at].op));
        }
    }
    let aggregates = aggregates.iter().map(column_name).collect();
    let (approximate, groups_total) = (resolved.approximate(), table.groups_total);
    Ok(Series { groups, aggregates, approximate, values, groups_total, rows_examined })
}

/// What is asked of all buckets together: nothing that compares one with the one before.
fn without_rates(query: &Query) -> Query {
    let is_rate = |key: &OrderKey| matches!(key, OrderKey::Aggregate(one) if one.op.is_rate());
    let mut query = Query { granularity_ns: None, ..query.clone() };
    query.select.retain(|one| !one.op.is_rate());
    query.order_by.retain(|order| !is_rate(&order.key));
    query.having.retain(|having| !is_rate(&having.key));
    query
}
