//! Rows themselves, the newest first, a page at a time.

use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::Filter;
use crate::matching::matching_plain;
use crate::related::Relating;
use crate::rows::Cell;
use crate::{Scan, Segment};
use skep_model::{Nanos, Text};
use std::cmp::Reverse;

/// Which rows, and what of them.
#[derive(Clone, Debug, Default)]
pub struct NewestRequest {
    /// Which rows.
    pub filter: Filter,
    /// Within which they happened.
    pub range: TimeRange,
    /// What is told of each.
    pub fields: Vec<Text>,
    /// How many newer ones are passed over.
    pub first: usize,
    /// At most this many are told.
    pub n_limit: usize,
}

/// A page of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Newest {
    /// Newest first; of one time those stored later first.
    pub rows: Vec<NewestRow>,
    /// All that match.
    pub rows_matched: u64,
    /// Rows of every segment.
    pub rows_examined: u64,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct NewestRow {
    /// When it happened.
    pub time: Nanos,
    /// As long as the fields that were asked for.
    pub cells: Vec<Cell>,
}

/// A row's time, its segment and its place there.
type Found = (u64, u32, u32);

/// Finds a page of the newest rows that pass a filter. What lies before and on the page is all that is put in order, and
/// segments that end before it are only counted.
///
/// # Errors
/// [`QueryError::Invalid`] for a field that is no value, [`QueryError::Cancelled`], [`QueryError::Unreadable`].
pub fn newest(scan: &dyn Scan, request: &NewestRequest, cancel: &Cancel) -> Result<Newest, QueryError> {
    let mut relating = Relating::new(scan, request.range, cancel);
    let filter = relating.filter(&request.filter)?;
    for field in &request.fields {
        relating.field(field)?;
    }
    match relating.finish() {
        Some(related) => page(&related, &filter, request, cancel),
        None => page(scan, &filter, request, cancel),
    }
}

fn page(
    scan: &dyn Scan,
    filter: &Filter,
    request: &NewestRequest,
    cancel: &Cancel,
) -> Result<Newest, QueryError> {
    let segments = scan.segments();
    let hits = matching_plain(scan, filter, request.range, cancel)?;
    let rows_matched = hits.iter().map(|rows| rows.count() as u64).sum();
    let n_wanted = request.first.saturating_add(request.n_limit);
    let mut order: Vec<usize> = (0..segments.len()).filter(|idx| !hits[*idx].is_empty()).collect();
    order.sort_unstable_by_key(|idx| Reverse(segments[*idx].time_bounds().1));
    let mut found: Vec<Found> = Vec::new();
    for idx in order {
        cancel.check()?;
        // The oldest of as many as are wanted: what is older cannot be among them.
        if let Some(oldest) = n_wanted.checked_sub(1).and_then(|last| found.get(last))
            && segments[idx].time_bounds().1.0 < oldest.0
        {
            break;
        }
        let times = segments[idx].times()?;
        // A snapshot has far fewer than 2^32 segments, and each fewer rows.
        hits[idx].for_each_row(|row| found.push((times[row], idx as u32, row as u32)));
        if n_wanted > 0 && found.len() >= n_wanted {
            found.select_nth_unstable_by_key(n_wanted - 1, |one| Reverse(*one));
            found.truncate(n_wanted);
        }
    }
    found.sort_unstable_by_key(|one| Reverse(*one));
    let page: Vec<Found> = found.into_iter().skip(request.first).take(request.n_limit).collect();
    let mut rows: Vec<NewestRow> =
        page.iter().map(|(time, ..)| NewestRow { time: Nanos(*time), cells: Vec::new() }).collect();
    let mut segments_of_page: Vec<u32> = page.iter().map(|(_, segment, _)| *segment).collect();
    segments_of_page.sort_unstable();
    segments_of_page.dedup();
    for idx in segments_of_page {
        cancel.check()?;
        let places: Vec<usize> = (0..page.len()).filter(|at| page[*at].1 == idx).collect();
        let wanted: Vec<u32> = places.iter().map(|at| page[*at].2).collect();
        for field in &request.fields {
            let cells = cells(&*segments[idx as usize], field, &wanted)?;
            places.iter().zip(cells).for_each(|(at, cell)| rows[*at].cells.push(cell));
        }
    }
    Ok(Newest { rows, rows_matched, rows_examined: segments.iter().map(|one| one.n_rows() as u64).sum() })
}

/// What rows have of a field. Values are read in the order of the rows.
fn cells(segment: &dyn Segment, field: &str, rows: &[u32]) -> Result<Vec<Cell>, QueryError> {
    let mut ascending = rows.to_vec();
    ascending.sort_unstable();
    let values = segment.values(field, &ascending)?;
    let cell = |row: &u32| {
        let value = ascending.binary_search(row).ok().and_then(|at| values[at].as_ref());
        value.map_or(Cell::Null, Cell::from)
    };
    Ok(rows.iter().map(cell).collect())
}
