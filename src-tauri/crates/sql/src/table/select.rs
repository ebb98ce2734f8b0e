//! Which rows of a segment a plan lets through.

use super::plan::{Plan, Role, TimeOp};
use super::{Asked, Table};
use crate::cell::Cell;
use crate::read::{SegmentCells, date_time, id_bytes};
use skep_engine::AskError;
use skep_engine::query::TimeRange;
use skep_engine::store::Segment;
use skep_model::{Bitmap, Nanos, SpanId, TraceId};

/// Times from the first to the last, both inside, as SQLite sees them: signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    first: i64,
    last: i64,
}

impl Bounds {
    pub(super) const ALL: Bounds = Bounds { first: i64::MIN, last: i64::MAX };

    /// Keeps the times that may compare so with a value. What is no number is left to SQLite.
    pub(super) fn narrow(&mut self, op: TimeOp, value: &Cell) {
        let (floor, ceiling) = match value {
            Cell::Int(int) => (*int, *int),
            // Beyond 64 bits the cast gives the nearest number there is.
            Cell::Real(real) => (real.floor() as i64, real.ceil() as i64),
            Cell::Null | Cell::Text(_) | Cell::Blob(_) => return,
        };
        if matches!(op, TimeOp::Equal | TimeOp::Greater) {
            self.first = self.first.max(floor);
        }
        if matches!(op, TimeOp::Equal | TimeOp::Less) {
            self.last = self.last.min(ceiling);
        }
    }

    /// As [`Bounds::narrow`], for a value that is compared as text with [`date_time`]. Not for times beyond the signed.
    pub(super) fn narrow_to_date(&mut self, op: TimeOp, value: &Cell) {
        let Cell::Text(text) = value else { return };
        // The first moment that is not before the text, which may be any: part of a date, or none at all.
        let (mut first, mut past) = (0u64, i64::MAX.cast_unsigned());
        while first < past {
            let middle = first + (past - first) / 2;
            if *date_time(middle) < **text { first = middle + 1 } else { past = middle }
        }
        self.narrow(op, &Cell::Int(first.cast_signed()));
    }

    /// Whether a segment with these times may have such a row.
    pub(super) fn reach(&self, (first, last): (Nanos, Nanos)) -> bool {
        let is_open = self.first <= self.last;
        match i64::try_from(last.0) {
            Ok(last) => is_open && first.0.cast_signed() <= self.last && self.first <= last,
            // Some of its times are negative for SQLite.
            Err(_) => is_open,
        }
    }

    fn hold_all(&self, (first, last): (Nanos, Nanos)) -> bool {
        i64::try_from(last.0).is_ok_and(|last| self.first <= first.0.cast_signed() && last <= self.last)
    }

    fn contains(&self, time: u64) -> bool {
        (self.first..=self.last).contains(&time.cast_signed())
    }
}

/// What a cursor looks for: a plan with its values.
pub(super) struct Wanted {
    pub(super) bounds: Bounds,
    pub(super) lookup: Option<Lookup>,
    /// Columns with what they have to equal.
    equal: Vec<(usize, Cell)>,
}

/// Few rows that can be found without looking through segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// No row can be meant: what has to be an id is none.
    Nothing,
    Trace(TraceId),
    /// A column of ids, and the id.
    Id(usize, u64),
    IdOfTrace(TraceId, usize, u64),
}

impl Wanted {
    pub(super) fn new(plan: &Plan, values: impl Iterator<Item = Cell>) -> Self {
        let mut wanted = Wanted { bounds: Bounds::ALL, lookup: None, equal: Vec::new() };
        for (term, value) in plan.terms.iter().zip(values) {
            match term.role {
                Role::Time(op) => wanted.bounds.narrow(op, &value),
                Role::DateTime(op) => wanted.bounds.narrow_to_date(op, &value),
                Role::Trace => {
                    let id = id(value, TraceId::BYTES).and_then(|bytes| TraceId::from_bytes(&bytes).ok());
                    wanted.look_up(id.map_or(Lookup::Nothing, Lookup::Trace));
                }
                Role::Id => {
                    let id = id(value, SpanId::BYTES).and_then(|bytes| bytes.try_into().ok());
                    let id = id.map(u64::from_be_bytes);
                    wanted.look_up(id.map_or(Lookup::Nothing, |id| Lookup::Id(term.column, id)));
                }
                Role::Equal => wanted.equal.push((term.column, value)),
            }
        }
        wanted
    }

    /// Both have to hold.
    fn look_up(&mut self, other: Lookup) {
        self.lookup = Some(match (self.lookup, other) {
            (None, other) => other,
            (Some(Lookup::Trace(trace_id)), Lookup::Id(column, id))
            | (Some(Lookup::Id(column, id)), Lookup::Trace(trace_id)) => {
                Lookup::IdOfTrace(trace_id, column, id)
            }
            (Some(Lookup::Nothing), _) | (_, Lookup::Nothing) => Lookup::Nothing,
            // SQLite looks at what is left over.
            (Some(first), _) => first,
        });
    }
}

/// The id that a value names: a number is compared as the text it is written as.
fn id(value: Cell, width: usize) -> Option<Vec<u8>> {
    match value.into_text() {
        Cell::Text(text) => id_bytes(&text, width),
        _ => None,
    }
}

/// A segment by its position, with some of its rows.
pub(super) type Part = (usize, Vec<u32>);

/// Rows of one segment, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// All of them.
    All(u32),
    Rows(Vec<u32>),
}

impl Selection {
    pub(super) fn get(&self, idx: usize) -> Option<u32> {
        match self {
            Selection::All(n_rows) => u32::try_from(idx).ok().filter(|row| row < n_rows),
            Selection::Rows(rows) => rows.get(idx).copied(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Selection::All(n_rows) => *n_rows as usize,
            Selection::Rows(rows) => rows.len(),
        }
    }
}

impl Table {
    /// Whether a segment may have rows of this table at such times.
    pub(super) fn reaches(&self, segment: &Segment, bounds: &Bounds) -> bool {
        let (first, last) = segment.time_bounds();
        let Asked { range, .. } = &*self.asked;
        segment.census().kinds[self.info.kind as usize] > 0
            && bounds.reach((first, last))
            && range.start.is_none_or(|start| start <= last)
            && range.end.is_none_or(|end| first < end)
    }

    /// The rows that a segment has of this table; nothing when there are none.
    pub(super) fn select(
        &self,
        segment: &Segment,
        cells: &SegmentCells,
        wanted: &Wanted,
    ) -> Result<Option<Selection>, AskError> {
        if !self.reaches(segment, &wanted.bounds) {
            return Ok(None);
        }
        self.asked.cancel.check()?;
        self.asked.examine(segment.n_rows());
        let mut kept = Kept(None);
        if segment.census().kinds[self.info.kind as usize] as usize != segment.n_rows() {
            let kind = self.info.kind as u8;
            kept.keep(Bitmap::of_slice(&segment.kinds()?, |of_row| of_row == kind));
        }
        let times = segment.time_bounds();
        let range = self.asked.range;
        if !wanted.bounds.hold_all(times) || !contains_all(range, times) {
            let inside = |time| wanted.bounds.contains(time) && range.contains(Nanos(time));
            kept.keep(Bitmap::of_slice(&segment.times()?, inside));
        }
        for (column, value) in &wanted.equal {
            if kept.is_empty() {
                return Ok(None);
            }
            if let Some(equal) = cells.cells(&self.columns, *column)?.may_equal(value, segment.n_rows()) {
                kept.keep(equal);
            }
        }
        Ok(kept.selection(segment.n_rows()))
    }

    /// Those of some rows that are of this table.
    pub(super) fn only_own(&self, segment: &Segment, mut rows: Vec<u32>) -> Result<Vec<u32>, AskError> {
        let (kinds, times) = (segment.kinds()?, segment.times()?);
        rows.retain(|row| {
            let row = *row as usize;
            kinds[row] == self.info.kind as u8 && self.asked.range.contains(Nanos(times[row]))
        });
        Ok(rows)
    }
}

fn contains_all(range: TimeRange, (first, last): (Nanos, Nanos)) -> bool {
    range.contains(first) && range.contains(last)
}

/// The rows that are left; nothing means all of them.
struct Kept(Option<Bitmap>);

impl Kept {
    fn keep(&mut self, rows: Bitmap) {
        match &mut self.0 {
            Some(kept) => kept.intersect(&rows),
            None => self.0 = Some(rows),
        }
    }

    fn is_empty(&self) -> bool {
        self.0.as_ref().is_some_and(Bitmap::is_empty)
    }

    fn selection(self, n_rows: usize) -> Option<Selection> {
        let Some(kept) = self.0 else {
            // A segment has far fewer than 2^32 rows.
            return Some(Selection::All(n_rows as u32));
        };
        let mut rows = Vec::with_capacity(kept.count());
        kept.for_each_row(|row| rows.push(row as u32));
        (!rows.is_empty()).then_some(Selection::Rows(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_never_leave_out_what_may_compare_so() {
        let bounds = |terms: &[(TimeOp, Cell)]| {
            let mut bounds = Bounds::ALL;
            terms.iter().for_each(|(op, value)| bounds.narrow(*op, value));
            (bounds.first, bounds.last)
        };
        use TimeOp::{Equal, Greater, Less};
        assert_eq!(bounds(&[(Greater, Cell::Int(3)), (Less, Cell::Int(9))]), (3, 9));
        assert_eq!(bounds(&[(Equal, Cell::Real(3.5))]), (3, 4));
        assert_eq!(bounds(&[(Less, Cell::Real(1e300))]), (i64::MIN, i64::MAX));
        assert_eq!(bounds(&[(Greater, Cell::Real(f64::NEG_INFINITY))]), (i64::MIN, i64::MAX));
        assert_eq!(bounds(&[(Greater, Cell::Text("5".into())), (Less, Cell::Null)]), (i64::MIN, i64::MAX));
    }

    #[test]
    fn dates_are_compared_as_texts() {
        let bounds = |op, text: &str| {
            let mut bounds = Bounds::ALL;
            bounds.narrow_to_date(op, &Cell::Text(text.into()));
            (bounds.first, bounds.last)
        };
        use TimeOp::{Equal, Greater, Less};
        const NINE: i64 = 1_769_850_000_000_000_000;
        assert_eq!(bounds(Greater, "2026-01-31 09:00:00"), (NINE, i64::MAX));
        assert_eq!(bounds(Less, "2026-01-31 09:00:00.000000007"), (i64::MIN, NINE + 7));
        assert_eq!(bounds(Equal, "2026-01-31 09"), (NINE, NINE));
        assert_eq!(bounds(Greater, ""), (0, i64::MAX));
        assert_eq!(bounds(Less, "1969"), (i64::MIN, 0));
        assert_eq!(bounds(Greater, "tomorrow"), (i64::MAX, i64::MAX));
        assert_eq!(bounds(Less, "2026-01-31T09:00"), (i64::MIN, NINE + (15 * 3600) * 1_000_000_000));
    }

    #[test]
    fn times_beyond_the_signed_are_never_skipped() {
        let bounds = Bounds { first: -10, last: 10 };
        assert!(bounds.reach((Nanos(0), Nanos(u64::MAX))) && !bounds.hold_all((Nanos(0), Nanos(u64::MAX))));
        assert!(bounds.contains(u64::MAX) && bounds.contains(10) && !bounds.contains(11));
        assert!(!bounds.reach((Nanos(11), Nanos(12))) && bounds.reach((Nanos(10), Nanos(12))));
        assert!(bounds.hold_all((Nanos(0), Nanos(10))) && !bounds.hold_all((Nanos(0), Nanos(11))));
    }
}
