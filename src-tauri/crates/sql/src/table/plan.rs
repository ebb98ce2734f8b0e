//! What SQLite may leave to the table: which rows, and at what cost.

use super::Table;
use super::order::Order;
use super::select::Bounds;
use crate::cell::Cell;
use crate::read::{ReadColumn, ReadSource};
use crate::schema::{ColumnType, Source};
use rusqlite::vtab::{IndexConstraintOp, IndexInfo};
use std::ffi::c_int;

/// How one use of a table in a statement reads it. Everything is looked at again by SQLite, so a plan may let through
/// too much, never too little.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// One for each value that the cursor is given, in that order.
    pub(super) terms: Vec<Term>,
    pub(super) order: Order,
}

/// A comparison of a column with a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) column: usize,
    pub(super) role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The event's time compares like this with a number.
    Time(TimeOp),
    /// The event's time compares like this with a date.
    DateTime(TimeOp),
    /// The trace is this one.
    Trace,
    /// A span's id is this one.
    Id,
    /// The values are equal.
    Equal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeOp {
    Equal,
    Less,
    Greater,
}

/// Rows of a trace, and rows with the same span id, as a guess.
const ROWS_OF_TRACE: f64 = 50.0;
const ROWS_OF_ID: f64 = 2.0;
/// What finding them costs, in rows read; and finding out that a segment has none.
const LOOKUP_COST: f64 = 20.0;
const LOOKUP_COST_OF_SEGMENT: f64 = 0.05;
/// Parts of the rows that a condition leaves, as a guess.
const PART_EQUAL: f64 = 0.1;
const PART_IN_TIME: f64 = 0.25;
/// What it costs to leave out a row, in rows read; and to bring one into order.
const SKIP_COST: f64 = 0.1;
const ORDER_COST: f64 = 0.5;

/// Chooses what to do with the conditions, tells SQLite, and keeps the plan.
pub(super) fn plan(table: &Table, info: &mut IndexInfo) -> rusqlite::Result<()> {
    let found = roles(table, info)?;
    // What can be looked up needs no other condition: a trace, an id, an id within a trace.
    let first = |role| found.iter().copied().find(|(_, term): &(usize, Term)| term.role == role);
    let lookups: Vec<(usize, Term)> = [first(Role::Trace), first(Role::Id)].into_iter().flatten().collect();
    let chosen = if lookups.is_empty() { found } else { lookups };
    for (argument, (constraint, _)) in chosen.iter().enumerate() {
        info.constraint_usage(*constraint).set_argv_index(number(argument + 1));
    }
    let Estimate { n_reached, n_rows, mut cost } = estimate(table, info, &chosen)?;
    let terms: Vec<Term> = chosen.into_iter().map(|(_, term)| term).collect();
    let order = Order::of(table, info, &terms, n_reached)?;
    if order != Order::AsStored {
        info.set_order_by_consumed(true);
        cost += n_rows * ORDER_COST;
    }
    info.set_estimated_rows(n_rows.ceil().max(1.0) as i64);
    info.set_estimated_cost(cost.max(1.0));
    let plan = Plan { terms, order };
    info.set_idx_str(&plan.described(table));
    let mut plans = table.plans.borrow_mut();
    info.set_idx_num(number(plans.len()));
    plans.push(plan);
    Ok(())
}

impl Plan {
    /// For who asks SQLite for its plan.
    fn described(&self, table: &Table) -> String {
        let names = |columns: &mut dyn Iterator<Item = usize>| {
            columns.map(|column| table.column_name(column)).collect::<Vec<_>>().join(", ")
        };
        let terms = names(&mut self.terms.iter().map(|term| term.column));
        let is_lookup = self.terms.iter().any(|term| matches!(term.role, Role::Trace | Role::Id));
        let how = match self.terms.is_empty() {
            true => "all".to_owned(),
            false if is_lookup => format!("look up {terms}"),
            false => format!("skip by {terms}"),
        };
        match &self.order {
            Order::AsStored => how,
            Order::ByTime { descending: true } => format!("{how}, newest first"),
            Order::ByTime { descending: false } => format!("{how}, oldest first"),
            Order::ByValue { columns, .. } => {
                format!("{how}, by {}", names(&mut columns.iter().map(|by| by.column)))
            }
        }
    }
}

/// Every condition that a table can do something with, by its position.
fn roles(table: &Table, info: &IndexInfo) -> rusqlite::Result<Vec<(usize, Term)>> {
    let mut roles = Vec::new();
    for (idx, constraint) in info.constraints().enumerate() {
        let Ok(column) = usize::try_from(constraint.column()) else { continue };
        if !constraint.is_usable() {
            continue;
        }
        let Some(role) = role(table, column, &constraint.operator()) else { continue };
        if matches!(role, Role::Time(_)) || info.collation(idx)?.eq_ignore_ascii_case("BINARY") {
            roles.push((idx, Term { column, role }));
        }
    }
    Ok(roles)
}

fn role(table: &Table, column: usize, op: &IndexConstraintOp) -> Option<Role> {
    use IndexConstraintOp::*;
    let ReadColumn { source, ty } = table.columns.get(column)?;
    if let Some(by) = by_time(table, source) {
        return Some(by(match op {
            SQLITE_INDEX_CONSTRAINT_EQ => TimeOp::Equal,
            SQLITE_INDEX_CONSTRAINT_LT | SQLITE_INDEX_CONSTRAINT_LE => TimeOp::Less,
            SQLITE_INDEX_CONSTRAINT_GT | SQLITE_INDEX_CONSTRAINT_GE => TimeOp::Greater,
            _ => return None,
        }));
    }
    match source {
        _ if *op != SQLITE_INDEX_CONSTRAINT_EQ => None,
        ReadSource::Own(Source::TraceId) => Some(Role::Trace),
        ReadSource::Own(Source::SpanId | Source::ParentId) => Some(Role::Id),
        ReadSource::Own(Source::DateTime | Source::Attributes | Source::Resource) => None,
        // Columns of numbers convert texts on both sides, and are no dictionaries.
        ReadSource::Own(_) | ReadSource::Attribute(_) => {
            matches!(ty, ColumnType::Text | ColumnType::Any).then_some(Role::Equal)
        }
    }
}

/// For columns that say the time, and rise with it.
pub(super) fn by_time(table: &Table, source: &ReadSource) -> Option<fn(TimeOp) -> Role> {
    match source {
        ReadSource::Own(Source::Time) => Some(Role::Time),
        ReadSource::Own(Source::DateTime) if table.has_signed_times => Some(Role::DateTime),
        ReadSource::Own(_) | ReadSource::Attribute(_) => None,
    }
}

struct Estimate {
    /// No more than this.
    n_reached: f64,
    n_rows: f64,
    /// In rows read.
    cost: f64,
}

fn estimate(table: &Table, info: &IndexInfo, chosen: &[(usize, Term)]) -> rusqlite::Result<Estimate> {
    let has = |role| chosen.iter().any(|(_, term)| term.role == role);
    if has(Role::Trace) || has(Role::Id) {
        let n_rows_max = if has(Role::Id) { ROWS_OF_ID } else { ROWS_OF_TRACE };
        let n_segments = if has(Role::Trace) { table.asked.segments().len() } else { 0 };
        let n_reached = n_rows(table, &Bounds::ALL);
        let n_rows = n_reached.min(n_rows_max);
        let cost = n_rows + LOOKUP_COST + n_segments as f64 * LOOKUP_COST_OF_SEGMENT;
        return Ok(Estimate { n_reached, n_rows, cost });
    }
    let (mut bounds, mut n_unknown, mut n_equal) = (Bounds::ALL, 0, 0);
    for (idx, term) in chosen {
        match term.role {
            Role::Trace | Role::Id => {}
            Role::Equal => n_equal += 1,
            Role::Time(op) | Role::DateTime(op) => match info.rhs_value(*idx)?.map(Cell::from) {
                Some(value) if term.role == Role::Time(op) => bounds.narrow(op, &value),
                Some(value) => bounds.narrow_to_date(op, &value),
                None => n_unknown += 1,
            },
        }
    }
    let n_reached = n_rows(table, &bounds);
    let n_left = n_reached * PART_IN_TIME.powi(n_unknown) * PART_EQUAL.powi(n_equal);
    let skip_cost = if n_left < n_reached { n_reached * SKIP_COST } else { 0.0 };
    Ok(Estimate { n_reached, n_rows: n_left, cost: n_left + skip_cost })
}

/// Rows of the segments that can be reached.
fn n_rows(table: &Table, bounds: &Bounds) -> f64 {
    let reached = table.asked.segments().iter().filter(|segment| bounds.reach(segment.time_bounds()));
    let n_rows: u64 =
        reached.map(|segment| u64::from(segment.census().kinds[table.info.kind as usize])).sum();
    n_rows as f64
}

/// SQLite's numbers are small: a statement has no more plans or conditions than bytes.
fn number(n: usize) -> c_int {
    c_int::try_from(n).unwrap_or(c_int::MAX)
}
