//! Rows counted over time and value.

mod axis;
mod count;
mod reply;

pub use reply::{Heatmap, HeatmapRequest, Scale};

use crate::ask::{Cancel, QueryError};
use crate::plan::select;
use crate::related::Relating;
use crate::resolved::Predicate;
use crate::rows::reaches_into;
use crate::test::Test;
use crate::{Scan, Segment, parallel};
use axis::ValueAxis;
use count::{Part, Reach};
use skep_model::{Nanos, fields};

/// Most columns, and most rows, of a grid.
pub const HEATMAP_SIDE_CELLS_MAX: usize = 2048;

/// Counts the rows that pass a filter over time and one numeric field.
///
/// # Errors
/// [`QueryError::Invalid`] for a grid without or with too many cells, or a value axis that does not ascend;
/// [`QueryError::Cancelled`], [`QueryError::Unreadable`].
pub fn heatmap(scan: &dyn Scan, request: &HeatmapRequest, cancel: &Cancel) -> Result<Heatmap, QueryError> {
    let mut relating = Relating::new(scan, request.range, cancel);
    let request = HeatmapRequest { filter: relating.filter(&request.filter)?, ..request.clone() };
    relating.field(&request.field)?;
    match relating.finish() {
        Some(related) => heatmap_plain(&related, &request, cancel),
        None => heatmap_plain(scan, &request, cancel),
    }
}

fn heatmap_plain(scan: &dyn Scan, request: &HeatmapRequest, cancel: &Cancel) -> Result<Heatmap, QueryError> {
    let HeatmapRequest { filter, field, range, n_x, n_y, y, scale } = request;
    let (n_x, n_y, range, scale) = (*n_x, *n_y, *range, *scale);
    if !(1..=HEATMAP_SIDE_CELLS_MAX).contains(&n_x) || !(1..=HEATMAP_SIDE_CELLS_MAX).contains(&n_y) {
        return Err(QueryError::Invalid(format!("a heatmap has 1 to {HEATMAP_SIDE_CELLS_MAX} cells a side")));
    }
    let predicate = Predicate::new(filter);
    let error_field = Predicate::Test { field: fields::ERROR.into(), test: Test::Truthy };
    let segments: Vec<&dyn Segment> = scan.segments().iter().map(|segment| &**segment).collect();
    let reached: Vec<_> = segments.into_iter().filter(|segment| reaches_into(*segment, range)).collect();
    let examined = reached.iter().map(|segment| segment.n_rows() as u64).sum();
    let needs_times = range.start.is_none() || range.end.is_none();
    let needs_values = y.is_none().then_some((&**field, scale));
    let parts = parallel::in_parallel(reached.len(), cancel, |idx| {
        let part = Part { segment: reached[idx], rows: select(reached[idx], &predicate, range)? };
        let reach =
            if part.rows.is_empty() { Reach::NOTHING } else { part.reach(needs_times, needs_values)? };
        Ok((part, reach))
    })?;
    let reach = parts.iter().fold(Reach::NOTHING, |sum, (_, reach)| sum.and(*reach));

    let (first, last) = match (range.start, range.end) {
        (Some(start), Some(end)) => (start.0, end.0.saturating_sub(1).max(start.0)),
        (start, end) => {
            let (first, last) = if reach.times.0 <= reach.times.1 { reach.times } else { (0, 0) };
            let first = start.map_or(first, |start| start.0);
            (first, end.map_or(last, |end| end.0.saturating_sub(1)).max(first))
        }
    };
    let step_ns = ((last - first) / n_x as u64).saturating_add(1);
    let axis = match y {
        Some((low, high)) => ValueAxis::exact(*low, *high, n_y, scale)?,
        None => ValueAxis::around(reach.values, n_y, scale),
    };

    let empty = Heatmap {
        start: Nanos(first),
        step_ns,
        n_x,
        n_y,
        scale,
        y_edges: axis.edges.clone(),
        counts: vec![0; n_x * n_y],
        errors: vec![0; n_x],
        under: vec![0; n_x],
        over: vec![0; n_x],
        max_count: 0,
        matched: 0,
        examined,
    };
    let parts: Vec<Part<'_>> =
        parts.into_iter().map(|(part, _)| part).filter(|part| !part.rows.is_empty()).collect();
    let grids = parallel::fold(
        parts.len(),
        cancel,
        || empty.clone(),
        |grid, idx| parts[idx].count(field, grid, &axis, &error_field),
    )?;
    let mut grid = grids.into_iter().fold(empty, |sum, grid| sum.and(&grid));
    grid.max_count = grid.counts.iter().copied().max().unwrap_or(0);
    Ok(grid)
}

impl Heatmap {
    /// The counts of both, which have the same axes.
    fn and(mut self, other: &Heatmap) -> Heatmap {
        let add = |mine: &mut [u32], theirs: &[u32]| {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        };
        add(&mut self.counts, &other.counts);
        add(&mut self.errors, &other.errors);
        add(&mut self.under, &other.under);
        add(&mut self.over, &other.over);
        self.matched += other.matched;
        self
    }
}
