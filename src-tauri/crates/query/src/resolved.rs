//! A query made ready for any segment: literals in their field's unit, negations taken apart, columns by index.

use crate::QueryError;
use crate::ast::{
    Aggregate, AggregateOp, CompareOp, Condition, Duration, Expr, Filter, GRANULARITY_NS_MIN, Having,
    LIMIT_DEFAULT, LIMIT_MAX, Literal, OrderKey, Percentile, Query,
};
use crate::rows::{AccumulatorKind, Cell, RELATIVE_ERROR};
use crate::test::{Operand, Test};
use rustc_hash::FxHashSet;
use skep_model::Text;

/// A query whose every part can be computed.
pub(crate) struct Resolved {
    pub(crate) predicate: Predicate,
    pub(crate) group_by: Vec<Text>,
    /// Each distinct kind once, so that P50 and P99 of one field share their values.
    pub(crate) accumulators: Vec<AccumulatorKind>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) every: Option<Every>,
    /// Only groups of these values, buckets of time left aside.
    pub(crate) only: Option<FxHashSet<Vec<Cell>>>,
    pub(crate) n_key_columns: usize,
    pub(crate) having: Vec<ColumnTest>,
    /// Columns by index, and whether greatest comes first.
    pub(crate) order: Vec<(usize, bool)>,
    pub(crate) limit: usize,
}

/// Buckets of time: number `n` begins at `origin_ns + n * step_ns`. No time before the origin is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Every {
    pub(crate) origin_ns: u64,
    pub(crate) step_ns: u64,
}

/// How an aggregate's column is read from an accumulator.
pub(crate) struct Output {
    pub(crate) accumulator_idx: usize,
    pub(crate) figure: Figure,
    /// Whether what is told is its growth since the bucket of time before.
    pub(crate) is_rate: bool,
}

/// A condition on a column of the result.
pub(crate) struct ColumnTest {
    pub(crate) column_idx: usize,
    pub(crate) negated: bool,
    pub(crate) test: Test,
}

#[derive(Clone, Copy)]
pub(crate) enum Figure {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    Percentile(Percentile),
    Concurrency,
}

/// An expression of positive tests only.
pub(crate) enum Predicate {
    Constant(bool),
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    Not(Box<Predicate>),
    Test { field: Text, test: Test },
}

impl Resolved {
    /// Checks a query and fills in its defaults.
    pub(crate) fn new(query: &Query) -> Result<Self, QueryError> {
        let mut accumulators = Vec::new();
        let outputs = query.aggregates().iter().map(|aggregate| {
            let (kind, figure) = accumulator(aggregate)?;
            let known = accumulators.iter().position(|k| *k == kind);
            let accumulator_idx = known.unwrap_or_else(|| {
                accumulators.push(kind);
                accumulators.len() - 1
            });
            let is_rate = aggregate.op.is_rate();
            if is_rate && query.granularity_ns.is_none() {
                let message =
                    format!("{} compares buckets of time: say how long one is", aggregate.op.name());
                return Err(QueryError::Invalid(message));
            }
            Ok(Output { accumulator_idx, figure, is_rate })
        });
        let outputs = outputs.collect::<Result<Vec<_>, QueryError>>()?;
        let mut order = Vec::new();
        for key in &query.order_by {
            let idx = query.column_idx(&key.key).ok_or_else(|| {
                let columns = query.columns().join(", ");
                QueryError::Invalid(format!("ORDER BY needs one of the query's columns: {columns}"))
            })?;
            order.push((idx, key.descending));
        }
        let n_key_columns = query.n_key_columns();
        if order.is_empty() {
            order.extend(query.granularity_ns.map(|_| (0, false)));
            order.push((n_key_columns, true));
        }
        if query.granularity_ns.is_some_and(|ns| ns < GRANULARITY_NS_MIN) {
            return Err(QueryError::Invalid("a bucket of time is at least a millisecond long".to_owned()));
        }
        let limit_default = if query.granularity_ns.is_some() { LIMIT_MAX } else { LIMIT_DEFAULT };
        Ok(Resolved {
            predicate: Predicate::new(&query.filter),
            group_by: query.group_by.clone(),
            accumulators,
            outputs,
            order,
            limit: query.limit.unwrap_or(limit_default) as usize,
            every: query.granularity_ns.map(|step_ns| Every { origin_ns: 0, step_ns }),
            only: None,
            n_key_columns,
            having: query.having.iter().map(|having| column_test(query, having)).collect::<Result<_, _>>()?,
        })
    }
}

impl Resolved {
    /// How many numbers of each row percentiles ask for.
    pub(crate) fn n_values(&self) -> u64 {
        self.accumulators.iter().filter(|kind| matches!(kind, AccumulatorKind::Values(_))).count() as u64
    }

    /// Lets percentiles be told within an error, for there are too many numbers to keep.
    pub(crate) fn sketch(&mut self) {
        for kind in &mut self.accumulators {
            if let AccumulatorKind::Values(field) = kind {
                *kind = AccumulatorKind::Sketches(field.clone());
            }
        }
    }

    /// By which share of it each aggregate may be off; nothing where it is exact.
    pub(crate) fn approximate(&self) -> Vec<Option<f64>> {
        let is_sketch = |output: &Output| {
            matches!(self.accumulators[output.accumulator_idx], AccumulatorKind::Sketches(_))
        };
        self.outputs.iter().map(|output| is_sketch(output).then_some(RELATIVE_ERROR)).collect()
    }
}

impl Predicate {
    pub(crate) fn new(filter: &Filter) -> Self {
        filter.expr.as_ref().map_or(Predicate::Constant(true), predicate)
    }
}

fn column_test(query: &Query, having: &Having) -> Result<ColumnTest, QueryError> {
    let column_idx = query.column_idx(&having.key).ok_or_else(|| {
        let columns = query.columns().join(", ");
        QueryError::Invalid(format!("HAVING needs one of the query's columns: {columns}"))
    })?;
    let field = match &having.key {
        OrderKey::Field(field) => Some(field),
        OrderKey::Aggregate(aggregate) => aggregate.field.as_ref(),
    };
    let (negated, test) = comparison(field.map_or("", |field| field), having.op, &having.value);
    Ok(ColumnTest { column_idx, negated, test })
}

fn accumulator(aggregate: &Aggregate) -> Result<(AccumulatorKind, Figure), QueryError> {
    let Aggregate { op, field } = aggregate;
    let Some(field) = field.clone() else {
        return match op {
            AggregateOp::Count => Ok((AccumulatorKind::Rows, Figure::Count)),
            AggregateOp::Concurrency => Ok((AccumulatorKind::Intervals, Figure::Concurrency)),
            _ => Err(QueryError::Invalid(format!("{} needs a field", op.name()))),
        };
    };
    Ok(match *op {
        AggregateOp::Count => (AccumulatorKind::Present(field), Figure::Count),
        AggregateOp::CountDistinct => (AccumulatorKind::Distinct(field), Figure::Count),
        AggregateOp::Sum | AggregateOp::RateSum => (AccumulatorKind::Numbers(field), Figure::Sum),
        AggregateOp::Avg | AggregateOp::RateAvg => (AccumulatorKind::Numbers(field), Figure::Avg),
        AggregateOp::Min => (AccumulatorKind::Numbers(field), Figure::Min),
        AggregateOp::Max | AggregateOp::RateMax => (AccumulatorKind::Numbers(field), Figure::Max),
        AggregateOp::Concurrency => {
            return Err(QueryError::Invalid("CONCURRENCY has no field".to_owned()));
        }
        AggregateOp::Percentile(percentile) => {
            (AccumulatorKind::Values(field), Figure::Percentile(percentile))
        }
        AggregateOp::Heatmap => {
            let message = "HEATMAP is a picture, not a column: take it out of SELECT and ask for the heatmap";
            return Err(QueryError::Invalid(message.to_owned()));
        }
    })
}

fn predicate(expr: &Expr) -> Predicate {
    match expr {
        Expr::And(parts) => Predicate::And(parts.iter().map(predicate).collect()),
        Expr::Or(parts) => Predicate::Or(parts.iter().map(predicate).collect()),
        Expr::Not(inside) => Predicate::Not(Box::new(predicate(inside))),
        Expr::Is { field, condition } => {
            let one_of =
                |literals: &[Literal]| Test::one_of(literals.iter().map(|value| operand(field, value)));
            let (negated, test) = match condition {
                Condition::Compare(op, value) => comparison(field, *op, value),
                Condition::In(values) => (false, one_of(values)),
                Condition::NotIn(values) => (true, one_of(values)),
                Condition::Exists => (false, Test::Exists),
                Condition::DoesNotExist => (true, Test::Exists),
                Condition::Text(op, text) => (false, Test::Text(*op, text.clone())),
                Condition::NotText(op, text) => (true, Test::Text(*op, text.clone())),
                Condition::Truthy => (false, Test::Truthy),
            };
            let test = Predicate::Test { field: field.clone(), test };
            if negated { Predicate::Not(Box::new(test)) } else { test }
        }
    }
}

/// Whether it is negated, and the test itself.
fn comparison(field: &str, op: CompareOp, value: &Literal) -> (bool, Test) {
    match op {
        CompareOp::Eq => (false, Test::one_of([operand(field, value)].into_iter())),
        CompareOp::Ne => (true, Test::one_of([operand(field, value)].into_iter())),
        op => (false, Test::Compare(op, operand(field, value))),
    }
}

fn operand(field: &str, literal: &Literal) -> Operand {
    match literal {
        Literal::Text(text) => Operand::Text(text.clone()),
        Literal::Bool(bool) => Operand::Bool(*bool),
        Literal::Int(int) => Operand::Int(*int),
        Literal::Double(double) => Operand::Double(*double),
        Literal::Duration(duration) => Operand::Double(amount_in_unit_of(field, *duration)),
    }
}

/// What a literal is as a number, in the unit of the field it is compared with; nothing for a text.
#[must_use]
pub fn literal_number(field: &str, literal: &Literal) -> Option<f64> {
    match literal {
        Literal::Text(_) => None,
        Literal::Bool(bool) => Some(f64::from(u8::from(*bool))),
        Literal::Int(int) => Some(*int as f64),
        Literal::Double(double) => Some(*double),
        Literal::Duration(duration) => Some(amount_in_unit_of(field, *duration)),
    }
}

/// Multiplies or divides once, so that `3ns` is the very double that 3 nanoseconds are in milliseconds.
fn amount_in_unit_of(field: &str, duration: Duration) -> f64 {
    let suffixes = [("_ns", 1.0), ("_us", 1e3), ("_ms", 1e6), ("_s", 1e9), ("_seconds", 1e9)];
    let suffix = suffixes.into_iter().find(|(suffix, _)| field.ends_with(suffix));
    let field_unit_nanos = suffix.map_or(1e6, |(_, nanos)| nanos);
    let literal_unit_nanos = duration.unit.nanos();
    if literal_unit_nanos >= field_unit_nanos {
        duration.amount * (literal_unit_nanos / field_unit_nanos)
    } else {
        duration.amount / (field_unit_nanos / literal_unit_nanos)
    }
}
