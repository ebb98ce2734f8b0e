//! Rows counted over time and value.

mod axis;
mod reply;

pub use reply::{Heatmap, HeatmapRequest, Scale};

use crate::ask::{Cancel, QueryError};
use crate::plan::{Plan, select};
use crate::resolved::Predicate;
use crate::rows::reaches_into;
use crate::test::{Seen, Test};
use crate::{Bitmap, Column, Scan, Segment};
use axis::{Place, ValueAxis};
use skep_model::{Nanos, fields};
use std::sync::Arc;

/// Most columns, and most rows, of a grid.
pub const HEATMAP_SIDE_CELLS_MAX: usize = 2048;

/// Counts the rows that pass a filter over time and one numeric field.
///
/// # Errors
/// [`QueryError::Invalid`] for a grid without or with too many cells, or a value axis that does not ascend;
/// [`QueryError::Cancelled`], [`QueryError::Unreadable`].
pub fn heatmap(scan: &dyn Scan, request: &HeatmapRequest, cancel: &Cancel) -> Result<Heatmap, QueryError> {
    let HeatmapRequest { filter, field, range, n_x, n_y, y, scale } = request;
    let (n_x, n_y, range, scale) = (*n_x, *n_y, *range, *scale);
    if !(1..=HEATMAP_SIDE_CELLS_MAX).contains(&n_x) || !(1..=HEATMAP_SIDE_CELLS_MAX).contains(&n_y) {
        return Err(QueryError::Invalid(format!("a heatmap has 1 to {HEATMAP_SIDE_CELLS_MAX} cells a side")));
    }
    let predicate = Predicate::new(filter);
    let error_field = Predicate::Test { field: fields::ERROR.into(), test: Test::Truthy };
    let mut parts = Vec::new();
    let mut examined = 0;
    for segment in scan.segments().iter().filter(|segment| reaches_into(&***segment, range)) {
        cancel.check()?;
        examined += segment.n_rows() as u64;
        let rows = select(&**segment, &predicate, range)?;
        if !rows.is_empty() {
            parts.push(Part {
                segment: &**segment,
                rows,
                times: segment.times()?,
                column: segment.column(field)?,
            });
        }
    }

    let times = parts.iter().flat_map(Part::times);
    let (first, last) = match (range.start, range.end) {
        (Some(start), Some(end)) => (start.0, end.0.saturating_sub(1).max(start.0)),
        (start, end) => {
            let (first, last) = times.fold((u64::MAX, 0), |(min, max), time| (min.min(time), max.max(time)));
            let (first, last) = if first <= last { (first, last) } else { (0, 0) };
            let first = start.map_or(first, |start| start.0);
            (first, end.map_or(last, |end| end.0.saturating_sub(1)).max(first))
        }
    };
    let step_ns = ((last - first) / n_x as u64).saturating_add(1);
    let axis = match y {
        Some((low, high)) => ValueAxis::exact(*low, *high, n_y, scale)?,
        None => {
            let values = parts.iter().flat_map(Part::values);
            ValueAxis::around(values, n_y, scale)
        }
    };

    let mut grid = Heatmap {
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
    for part in &parts {
        cancel.check()?;
        part.count(&mut grid, &axis, &error_field)?;
    }
    grid.max_count = grid.counts.iter().copied().max().unwrap_or(0);
    Ok(grid)
}

/// A segment with matched rows.
struct Part<'a> {
    segment: &'a dyn Segment,
    rows: Bitmap,
    times: Arc<[u64]>,
    column: Option<Column>,
}

impl Part<'_> {
    fn times(&self) -> impl Iterator<Item = u64> {
        self.rows.rows().map(|row| self.times[row])
    }

    /// The matched rows' numbers.
    fn values(&self) -> impl Iterator<Item = f64> {
        let number = numbers(self.column.as_ref(), |number| number);
        self.rows.rows().filter_map(number)
    }

    fn count(&self, grid: &mut Heatmap, axis: &ValueAxis, error_field: &Predicate) -> Result<(), QueryError> {
        let mut errors = Plan::new(error_field, self.segment)?.rows(self.segment.n_rows());
        errors.intersect(&self.rows);
        let place = numbers(self.column.as_ref(), |number| axis.place(number));
        let times = &self.times;
        let (start, step_ns, n_x) = (grid.start.0, grid.step_ns, grid.n_x);
        // Inside the range by selection, so inside the grid.
        let x_of =
            |row: usize| usize::try_from((times[row] - start) / step_ns).map_or(n_x - 1, |x| x.min(n_x - 1));
        for row in self.rows.rows() {
            grid.matched += 1;
            match place(row) {
                Some(Place::Cell(y)) => grid.counts[y * n_x + x_of(row)] += 1,
                Some(Place::Under) => grid.under[x_of(row)] += 1,
                Some(Place::Over) => grid.over[x_of(row)] += 1,
                None => {}
            }
        }
        for row in errors.rows() {
            grid.errors[x_of(row)] += 1;
        }
        Ok(())
    }
}

/// What `map` makes of each row's number; a dictionary's entry is mapped once.
fn numbers<T: Copy>(column: Option<&Column>, map: impl Fn(f64) -> T) -> impl Fn(usize) -> Option<T> {
    let of_code: Vec<Option<T>> = match column {
        Some(Column::Codes { dictionary, .. }) => {
            let entries = dictionary.iter().map(|value| match Seen::entry(value) {
                Seen::Number(number) => Some(number.as_f64()).filter(|n| !n.is_nan()).map(&map),
                _ => None,
            });
            std::iter::once(None).chain(entries).collect()
        }
        _ => Vec::new(),
    };
    move |row| match column {
        Some(Column::Codes { codes, .. }) => of_code[codes.at(row) as usize],
        Some(Column::Doubles(doubles)) => Some(doubles[row]).filter(|n| !n.is_nan()).map(&map),
        Some(Column::Ints { ints, present }) => {
            let is_present = present.as_ref().is_none_or(|present| present.contains(row));
            is_present.then(|| map(ints[row] as f64))
        }
        Some(Column::Ids { .. } | Column::Texts(_)) | None => None,
    }
}
