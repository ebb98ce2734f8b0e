//! A predicate bound to one segment: what can be known from its dictionaries is settled before any row is looked at.

mod numbers;
mod texts;

use crate::ask::{QueryError, TimeRange};
use crate::resolved::Predicate;
use crate::scan::by_width;
use crate::test::{Seen, Test};
use crate::{Bitmap, Codes, Column, Segment, Texts};
use skep_model::{Dictionary, Nanos, SpanId, TraceId};
use std::fmt::Write;
use std::sync::Arc;

/// How the rows of one segment are found.
pub(crate) enum Plan<'a> {
    /// Every row, or none.
    Constant(bool),
    /// By code: `passes[code]`.
    Codes {
        codes: Codes,
        passes: Vec<bool>,
    },
    Texts(Texts, &'a Test),
    Doubles(Arc<[f64]>, &'a Test),
    Ints {
        ints: Arc<[i64]>,
        present: Option<Arc<Bitmap>>,
        test: &'a Test,
    },
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
    pub(crate) fn new(predicate: &'a Predicate, segment: &dyn Segment) -> Result<Plan<'a>, QueryError> {
        Ok(match predicate {
            Predicate::Constant(passes) => Plan::Constant(*passes),
            Predicate::And(parts) => Plan::join(parts, segment, false, Plan::And)?,
            Predicate::Or(parts) => Plan::join(parts, segment, true, Plan::Or)?,
            Predicate::Not(inside) => match Plan::new(inside, segment)? {
                Plan::Constant(passes) => Plan::Constant(!passes),
                plan => Plan::Not(Box::new(plan)),
            },
            Predicate::Test { field, test } if cannot_pass(segment, field, test) => Plan::Constant(false),
            Predicate::Test { field, test } => match segment.column(field)? {
                None => Plan::Constant(false),
                Some(Column::Codes { codes, dictionary }) => Plan::coded(codes, &dictionary, test),
                Some(Column::Texts(texts)) => Plan::Texts(texts, test),
                Some(Column::Doubles(doubles)) => Plan::Doubles(doubles, test),
                Some(Column::Ints { ints, present }) => Plan::Ints { ints, present, test },
                Some(Column::Ids { bytes, width }) => Plan::Ids { bytes, width, test },
            },
        })
    }

    fn coded(codes: Codes, dictionary: &Dictionary, test: &Test) -> Plan<'a> {
        let mut scratch = String::new();
        let mut passes = |idx| Seen::at(dictionary, idx, |seen| test.holds(seen, &mut scratch));
        let entries = (0..dictionary.len()).map(&mut passes);
        let passes: Vec<bool> = std::iter::once(false).chain(entries).collect();
        if passes.contains(&true) { Plan::Codes { codes, passes } } else { Plan::Constant(false) }
    }

    /// `decisive` is what settles the whole when one part is constantly so: false for AND, true for OR.
    fn join(
        parts: &'a [Predicate],
        segment: &dyn Segment,
        decisive: bool,
        join: fn(Vec<Plan<'a>>) -> Plan<'a>,
    ) -> Result<Plan<'a>, QueryError> {
        let is_settled = |part: &Predicate| match part {
            Predicate::Test { field, test } => !decisive && cannot_pass(segment, field, test),
            _ => false,
        };
        // Before the first column is read: bounds cost nothing.
        if parts.iter().any(is_settled) {
            return Ok(Plan::Constant(decisive));
        }
        let mut plans = Vec::with_capacity(parts.len());
        for part in parts {
            match Plan::new(part, segment)? {
                Plan::Constant(passes) if passes == decisive => return Ok(Plan::Constant(decisive)),
                Plan::Constant(_) => {}
                plan => plans.push(plan),
            }
        }
        Ok(if plans.is_empty() { Plan::Constant(!decisive) } else { join(plans) })
    }

    /// The rows that pass.
    pub(crate) fn rows(&self, n_rows: usize) -> Bitmap {
        match self {
            Plan::Constant(true) => Bitmap::all(n_rows),
            Plan::Constant(false) => Bitmap::none(n_rows),
            Plan::Codes { codes, passes } => by_width!(codes, codes => rows_of_codes(codes, passes)),
            Plan::Texts(texts, test) => texts::rows(texts, test),
            Plan::Doubles(doubles, test) => numbers::doubles(doubles, test),
            Plan::Ints { ints, present, test } => numbers::ints(ints, present.as_deref(), test),
            Plan::Ids { bytes, width, test } => {
                let (mut text, mut scratch) = (String::new(), String::new());
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

/// Whether a field's bounds alone say that no row passes.
fn cannot_pass(segment: &dyn Segment, field: &str, test: &Test) -> bool {
    segment.bounds(field).is_some_and(|(low, high)| !numbers::may_pass(test, low, high))
}

fn rows_of_codes<T: Copy + Into<u32>>(codes: &[T], passes: &[bool]) -> Bitmap {
    // An equality is the common case, and one comparison is quicker than a look-up.
    let mut passing = passes.iter().zip(0_u32..).filter(|(passes, _)| **passes).map(|(_, code)| code);
    if let (Some(only), None) = (passing.next(), passing.next()) {
        return Bitmap::of_slice(codes, |code| code.into() == only);
    }
    Bitmap::of_slice(codes, |code| passes[code.into() as usize])
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
pub(crate) fn select(
    segment: &dyn Segment,
    predicate: &Predicate,
    range: TimeRange,
) -> Result<Bitmap, QueryError> {
    let n_rows = segment.n_rows();
    let (first, last) = segment.time_bounds();
    let after_all = range.start.is_some_and(|start| last < start);
    let before_all = range.end.is_some_and(|end| end <= first);
    if n_rows == 0 || after_all || before_all {
        return Ok(Bitmap::none(n_rows));
    }
    let mut rows = Plan::new(predicate, segment)?.rows(n_rows);
    let is_inside = range.contains(first) && range.contains(last);
    if !is_inside && !rows.is_empty() {
        let times = segment.times()?;
        rows.intersect(&Bitmap::of_slice(&times, |time| range.contains(Nanos(time))));
    }
    Ok(rows)
}
