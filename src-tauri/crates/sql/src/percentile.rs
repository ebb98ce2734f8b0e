//! `percentile(duration_ms, 99)`: SQLite has no such thing, and it is what one asks of durations first.

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

/// Makes the function known to a connection.
pub(crate) fn register(db: &Connection) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    db.create_aggregate_function(c"percentile", 2, flags, Percentile)
}

/// The least value that is not below so many percent of the values, as P99 and its like in `skep query`: always one
/// that occurs. What is no number is left out.
struct Percentile;

/// Parts of one percent that are told apart.
const PARTS_OF_PERCENT: f64 = 10_000.0;
const PARTS: u128 = 1_000_000;

#[derive(Default)]
struct Values {
    values: Vec<f64>,
    parts: u128,
}

impl Aggregate<Values, Option<f64>> for Percentile {
    fn init(&self, _: &mut Context<'_>) -> Result<Values> {
        Ok(Values::default())
    }

    fn step(&self, context: &mut Context<'_>, seen: &mut Values) -> Result<()> {
        let percent = number(context.get_raw(1)).filter(|percent| (0.0..=100.0).contains(percent));
        let Some(percent) = percent else {
            return Err(Error::UserFunctionError("percentile takes a percentage from 0 to 100".into()));
        };
        // Not negative, and at most a million.
        #[allow(clippy::cast_sign_loss, reason = "as above")]
        let parts = (percent * PARTS_OF_PERCENT).round() as u128;
        seen.parts = parts;
        seen.values.extend(number(context.get_raw(0)));
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<Values>) -> Result<Option<f64>> {
        let Some(Values { mut values, parts }) = seen else { return Ok(None) };
        let rank = (values.len() as u128 * parts).div_ceil(PARTS).max(1) - 1;
        let rank = usize::try_from(rank).ok().filter(|rank| *rank < values.len());
        Ok(rank.map(|rank| *values.select_nth_unstable_by(rank, f64::total_cmp).1))
    }
}

fn number(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Integer(int) => Some(int as f64),
        ValueRef::Real(real) => Some(real),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => None,
    }
}
