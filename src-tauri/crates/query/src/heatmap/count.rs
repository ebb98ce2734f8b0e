//! One segment's part of a heatmap: first how far its rows reach, then where they fall.

use super::Heatmap;
use super::axis::{Place, ValueAxis};
use crate::ask::QueryError;
use crate::plan::Plan;
use crate::resolved::Predicate;
use crate::scan::by_width;
use crate::weight::weights;
use crate::{Bitmap, Column, Scale, Segment};

/// A segment with matched rows. Its columns are read again for each pass: held for all segments they would be as
/// large as the store.
pub(super) struct Part<'a> {
    pub(super) segment: &'a dyn Segment,
    pub(super) rows: Bitmap,
}

/// How far rows reach.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    /// The first and the last time.
    pub(super) times: (u64, u64),
    /// The least and the greatest value that has a place on the scale.
    pub(super) values: Option<(f64, f64)>,
}

impl Reach {
    pub(super) const NOTHING: Reach = Reach { times: (u64::MAX, 0), values: None };

    pub(super) fn and(self, other: Reach) -> Reach {
        let (first, last) = self.times;
        let values = match (self.values, other.values) {
            (Some((a_low, a_high)), Some((b_low, b_high))) => Some((a_low.min(b_low), a_high.max(b_high))),
            (a, b) => a.or(b),
        };
        Reach { times: (first.min(other.times.0), last.max(other.times.1)), values }
    }
}

impl Part<'_> {
    /// Reads only what is wanted, and where all rows are matched not even that: the segment knows its bounds.
    pub(super) fn reach(&self, times: bool, values: Option<(&str, Scale)>) -> Result<Reach, QueryError> {
        let mut reach = Reach::NOTHING;
        let is_all = self.rows.count() == self.segment.n_rows();
        if times && is_all {
            let (first, last) = self.segment.time_bounds();
            reach.times = (first.0, last.0);
        } else if times {
            let times = self.segment.times()?;
            self.rows.for_each_row(|row| {
                reach.times = (reach.times.0.min(times[row]), reach.times.1.max(times[row]));
            });
        }
        let bounds = values.filter(|_| is_all).and_then(|(field, scale)| {
            self.segment.bounds(field).filter(|(low, high)| scale.places(*low) && scale.places(*high))
        });
        if bounds.is_some() {
            reach.values = bounds;
        } else if let Some((field, scale)) = values {
            let column = self.segment.column(field)?;
            let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
            self.each_number(
                column.as_ref(),
                // Not finite, or not on the scale: a number that changes neither end.
                |number| if scale.places(number) { number } else { f64::NAN },
                |_, number| (low, high) = (low.min(number), high.max(number)),
            );
            reach.values = (low <= high).then_some((low, high));
        }
        Ok(reach)
    }

    /// Counts the rows into the grid.
    pub(super) fn count(
        &self,
        field: &str,
        grid: &mut Heatmap,
        axis: &ValueAxis,
        error_field: &Predicate,
    ) -> Result<(), QueryError> {
        let mut errors = Plan::new(error_field, self.segment)?.rows(self.segment.n_rows());
        errors.intersect(&self.rows);
        let times = self.segment.times()?;
        let column = self.segment.column(field)?;
        let weights = weights(self.segment, &self.rows)?;
        let weight = |row: usize| weights.as_ref().map_or(1, |weights| weights[row]);
        let n_x = grid.n_x;
        let mut clock = Clock { start: grid.start.0, step_ns: grid.step_ns, n_x, x: 0, inside: 0..0 };
        grid.matched += self.rows.count() as u64;
        let Heatmap { counts, errors: errors_of_x, under, over, .. } = grid;
        self.each_number(
            column.as_ref(),
            |number| axis.place(number),
            |row, place| {
                let x = clock.x(times[row]);
                let count = match place {
                    Place::Cell(y) => &mut counts[y * n_x + x],
                    Place::Under => &mut under[x],
                    Place::Over => &mut over[x],
                };
                *count = count.saturating_add(weight(row));
            },
        );
        errors.for_each_row(|row| {
            let errors = &mut errors_of_x[clock.x(times[row])];
            *errors = errors.saturating_add(weight(row));
        });
        Ok(())
    }

    /// Calls `take` with what `map` makes of each matched row's number; a dictionary's entry is mapped once.
    fn each_number<T: Copy>(
        &self,
        column: Option<&Column>,
        map: impl Fn(f64) -> T,
        mut take: impl FnMut(usize, T),
    ) {
        match column {
            Some(Column::Codes { codes, dictionary }) => {
                let entries = dictionary
                    .entries()
                    .map(|entry| entry.as_f64().filter(|number| !number.is_nan()).map(&map));
                let of_code: Vec<Option<T>> = std::iter::once(None).chain(entries).collect();
                by_width!(codes, codes => self.rows.for_each_row(|row| {
                    if let Some(mapped) = of_code[codes[row] as usize] {
                        take(row, mapped);
                    }
                }));
            }
            Some(Column::Doubles(doubles)) => self.rows.for_each_row(|row| {
                if !doubles[row].is_nan() {
                    take(row, map(doubles[row]));
                }
            }),
            Some(Column::Ints { ints, present }) => self.rows.for_each_row(|row| {
                if present.as_ref().is_none_or(|present| present.contains(row)) {
                    take(row, map(ints[row] as f64));
                }
            }),
            Some(Column::Ids { .. } | Column::Texts(_)) | None => {}
        }
    }
}

/// Columns of the grid by time. Most rows are in the column of the row before, which spares them a division.
struct Clock {
    start: u64,
    step_ns: u64,
    n_x: usize,
    x: usize,
    /// The times in column `x`.
    inside: std::ops::Range<u64>,
}

impl Clock {
    /// For a time inside the range, so inside the grid.
    fn x(&mut self, time: u64) -> usize {
        if !self.inside.contains(&time) {
            let x = (time - self.start) / self.step_ns;
            let from = self.start + x * self.step_ns;
            self.inside = from..from.saturating_add(self.step_ns);
            self.x = usize::try_from(x).map_or(self.n_x - 1, |x| x.min(self.n_x - 1));
        }
        self.x
    }
}
