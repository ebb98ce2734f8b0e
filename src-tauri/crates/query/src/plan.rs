//! A predicate bound to one segment: what can be known from its dictionaries is settled before any row is looked at.

use crate::ask::TimeRange;
use crate::resolved::Predicate;
use crate::test::{Seen, Test};
use crate::{Bitmap, Column, Segment};
use skep_model::{Nanos, SpanId, TraceId};
use std::fmt::Write;
use std::sync::Arc;

/// How the rows of one segment are found.
pub(crate) enum Plan<'a> {
    /// Every row, or none.
    Constant(bool),
    /// By code: `passes[code]`.
    Codes {
        codes: Arc<[u32]>,
        passes: Vec<bool>,
    },
    Doubles(Arc<[f64]>, &'a Test),
    Ints(Arc<[i64]>, &'a Test),
    Ids {
        bytes: Arc<[u8]>,
        width: usize,
        test: &'a Test,
    },
    And(Vec<Plan<'a>>),
    Or(Vec<Plan<'a>>),
    Not(Box<Plan<'a>>),
}

impl<'a> Plan<'a> {
    /// Binds a predicate: looks its fields up, tests each dictionary entry once, folds what became constant.
    pub(crate) fn new(predicate: &'a Predicate, segment: &dyn Segment) -> Plan<'a> {
        match predicate {
            Predicate::Constant(passes) => Plan::Constant(*passes),
            Predicate::And(parts) => Plan::join(parts, segment, false, Plan::And),
            Predicate::Or(parts) => Plan::join(parts, segment, true, Plan::Or),
            Predicate::Not(inside) => match Plan::new(inside, segment) {
                Plan::Constant(passes) => Plan::Constant(!passes),
                plan => Plan::Not(Box::new(plan)),
            },
            Predicate::Test { field, test } => match segment.column(field) {
                None => Plan::Constant(false),
                Some(Column::Codes { codes, dictionary }) => {
                    let mut scratch = String::new();
                    let entries = dictionary.iter().map(|entry| test.holds(Seen::entry(entry), &mut scratch));
                    let passes: Vec<bool> = std::iter::once(false).chain(entries).collect();
                    if passes.contains(&true) { Plan::Codes { codes, passes } } else { Plan::Constant(false) }
                }
                Some(Column::Doubles(doubles)) => Plan::Doubles(doubles, test),
                Some(Column::Ints(ints)) => Plan::Ints(ints, test),
                Some(Column::Ids { bytes, width }) => Plan::Ids { bytes, width, test },
            },
        }
    }

    /// `decisive` is what settles the whole when one part is constantly so: false for AND, true for OR.
    fn join(
        parts: &'a [Predicate],
        segment: &dyn Segment,
        decisive: bool,
        join: fn(Vec<Plan<'a>>) -> Plan<'a>,
    ) -> Plan<'a> {
        let mut plans = Vec::with_capacity(parts.len());
        for part in parts {
            match Plan::new(part, segment) {
                Plan::Constant(passes) if passes == decisive => return Plan::Constant(decisive),
                Plan::Constant(_) => {}
                plan => plans.push(plan),
            }
        }
        if plans.is_empty() { Plan::Constant(!decisive) } else { join(plans) }
    }

    /// The rows that pass.
    pub(crate) fn rows(&self, n_rows: usize) -> Bitmap {
        let mut scratch = String::new();
        match self {
            Plan::Constant(true) => Bitmap::all(n_rows),
            Plan::Constant(false) => Bitmap::none(n_rows),
            Plan::Codes { codes, passes } => Bitmap::from_fn(n_rows, |row| passes[codes[row] as usize]),
            Plan::Doubles(doubles, test) => {
                Bitmap::from_fn(n_rows, |row| test.holds(Seen::double(doubles[row]), &mut scratch))
            }
            Plan::Ints(ints, test) => Bitmap::from_fn(n_rows, |row| {
                test.holds(Seen::Number(crate::test::Number::Int(ints[row])), &mut scratch)
            }),
            Plan::Ids { bytes, width, test } => {
                let mut text = String::new();
                Bitmap::from_fn(n_rows, |row| {
                    text.clear();
                    let id = &bytes[row * width..(row + 1) * width];
                    let seen = if write_id(&mut text, id) { Seen::Text(&text) } else { Seen::Missing };
                    test.holds(seen, &mut scratch)
                })
            }
            Plan::And(parts) => {
                let mut rows = Bitmap::all(n_rows);
                for part in parts {
                    rows.intersect(&part.rows(n_rows));
                    if rows.is_empty() {
                        break;
                    }
                }
                rows
            }
            Plan::Or(parts) => {
                let mut rows = Bitmap::none(n_rows);
                for part in parts {
                    rows.unite(&part.rows(n_rows));
                }
                rows
            }
            Plan::Not(inside) => {
                let mut rows = inside.rows(n_rows);
                rows.invert();
                rows
            }
        }
    }
}

/// Appends an id in hexadecimal; false, and nothing appended, for the zero id, which is missing.
pub(crate) fn write_id(text: &mut String, id: &[u8]) -> bool {
    let written = match id.len() {
        16 => TraceId::from_bytes(id).map(|id| write!(text, "{id}")),
        _ => SpanId::from_bytes(id).map(|id| write!(text, "{id}")),
    };
    matches!(written, Ok(Ok(())))
}

/// The rows of a segment inside a time range that pass a predicate.
pub(crate) fn select(segment: &dyn Segment, predicate: &Predicate, range: TimeRange) -> Bitmap {
    let n_rows = segment.n_rows();
    let (first, last) = segment.time_bounds();
    let after_all = range.start.is_some_and(|start| last < start);
    let before_all = range.end.is_some_and(|end| end <= first);
    if n_rows == 0 || after_all || before_all {
        return Bitmap::none(n_rows);
    }
    let mut rows = Plan::new(predicate, segment).rows(n_rows);
    if !(range.contains(first) && range.contains(last)) {
        let times = segment.times();
        rows.intersect(&Bitmap::from_fn(n_rows, |row| range.contains(Nanos(times[row]))));
    }
    rows
}
