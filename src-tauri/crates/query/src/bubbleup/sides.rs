//! Which rows are compared with which.

use super::reply::{Baseline, BubbleupRequest, Selection, SelectionBox};
use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::{CompareOp, Condition, Expr, Filter, Literal};
use crate::{Bitmap, Scan, matching, parallel};
use skep_model::{Nanos, fields};

/// Rows of each segment.
pub(super) struct Sides {
    /// Those of both sides.
    pub(super) base: Vec<Bitmap>,
    pub(super) selected: Vec<Bitmap>,
}

impl Sides {
    pub(super) fn of(
        scan: &dyn Scan,
        request: &BubbleupRequest,
        cancel: &Cancel,
    ) -> Result<Self, QueryError> {
        let rows = |filter: &Filter, range: TimeRange| matching(scan, filter, range, cancel);
        let all = rows(&request.base, request.range)?;
        let mut selected = match &request.selection {
            Selection::Filter(filter) => rows(filter, request.range)?,
            Selection::Boxes(boxes) => in_boxes(boxes, &rows, request.range)?,
        };
        each(&mut selected, &all, Bitmap::intersect);
        let mut base = match &request.baseline {
            Baseline::Rest => all,
            Baseline::SameTime => {
                let mut base = all;
                let at_the_time = match &request.selection {
                    Selection::Boxes(boxes) => in_boxes(
                        &boxes.iter().map(SelectionBox::at_any_value).collect::<Vec<_>>(),
                        &rows,
                        request.range,
                    )?,
                    Selection::Filter(_) => rows(&Filter::ALL, extent(scan, &selected, cancel)?)?,
                };
                each(&mut base, &at_the_time, Bitmap::intersect);
                base
            }
            Baseline::SameValues => {
                let mut base = all;
                let alike = match &request.selection {
                    Selection::Boxes(boxes) => in_boxes(
                        &boxes.iter().map(SelectionBox::at_any_time).collect::<Vec<_>>(),
                        &rows,
                        request.range,
                    )?,
                    Selection::Filter(filter) => rows(&at_any_time(filter), request.range)?,
                };
                each(&mut base, &alike, Bitmap::intersect);
                base
            }
            Baseline::Period(range) => rows(&request.base, *range)?,
            Baseline::Filter(filter, range) => rows(&filter.clone().and(request.base.clone()), *range)?,
        };
        each(&mut base, &selected, Bitmap::unite);
        Ok(Self { base, selected })
    }
}

fn each(rows: &mut [Bitmap], others: &[Bitmap], change: impl Fn(&mut Bitmap, &Bitmap)) {
    rows.iter_mut().zip(others).for_each(|(rows, others)| change(rows, others));
}

fn in_boxes(
    boxes: &[SelectionBox],
    rows: &impl Fn(&Filter, TimeRange) -> Result<Vec<Bitmap>, QueryError>,
    range: TimeRange,
) -> Result<Vec<Bitmap>, QueryError> {
    let mut found: Option<Vec<Bitmap>> = None;
    for one in boxes {
        let inside = rows(&one.filter(), range.intersect(one.range()))?;
        match &mut found {
            None => found = Some(inside),
            Some(found) => each(found, &inside, Bitmap::unite),
        }
    }
    found.ok_or_else(|| QueryError::Invalid("a selection of no box".to_owned()))
}

impl SelectionBox {
    fn filter(&self) -> Filter {
        let is =
            |op, bound: f64| Expr::is(self.field.clone(), Condition::Compare(op, Literal::Double(bound)));
        // An open box still holds only rows that have a number.
        let low = is(CompareOp::Ge, self.min.unwrap_or(f64::NEG_INFINITY));
        let high = is(CompareOp::Le, self.max.unwrap_or(f64::INFINITY));
        Expr::and(vec![low, high]).into()
    }

    fn range(&self) -> TimeRange {
        TimeRange { start: self.start, end: self.end }
    }

    fn at_any_value(&self) -> Self {
        Self { min: None, max: None, ..self.clone() }
    }

    fn at_any_time(&self) -> Self {
        Self { start: None, end: None, ..self.clone() }
    }
}

/// The filter without what it says of time.
fn at_any_time(filter: &Filter) -> Filter {
    let is_of_time = |part: &Expr| matches!(part, Expr::Is { field, .. } if **field == *fields::TIMESTAMP);
    let parts = match &filter.expr {
        Some(Expr::And(parts)) => parts.iter().filter(|part| !is_of_time(part)).cloned().collect(),
        Some(one) if !is_of_time(one) => vec![one.clone()],
        _ => Vec::new(),
    };
    if parts.is_empty() { Filter::ALL } else { Expr::and(parts).into() }
}

/// From the first of some rows to the last.
fn extent(scan: &dyn Scan, rows: &[Bitmap], cancel: &Cancel) -> Result<TimeRange, QueryError> {
    let segments = scan.segments();
    let extents = parallel::in_parallel(segments.len(), cancel, |idx| {
        if rows[idx].is_empty() {
            return Ok(None);
        }
        let times = segments[idx].times()?;
        let times = || rows[idx].rows().map(|row| times[row]);
        Ok(times().min().zip(times().max()))
    })?;
    let ends = || extents.iter().flatten();
    let (Some(first), Some(last)) =
        (ends().map(|(first, _)| *first).min(), ends().map(|(_, last)| *last).max())
    else {
        return Ok(TimeRange { start: Some(Nanos(0)), end: Some(Nanos(0)) });
    };
    Ok(TimeRange { start: Some(Nanos(first)), end: Some(Nanos(last.saturating_add(1))) })
}
