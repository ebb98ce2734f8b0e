//! A query as it was written: what [`crate::parse`] reads and what `Display` writes back.

use crate::text::column_name;
use skep_model::Text;

/// A whole query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// What to compute for each group. Empty means `COUNT`.
    pub select: Vec<Aggregate>,
    /// Which rows.
    pub filter: Filter,
    /// Fields whose values make the groups; none makes one group of all rows.
    pub group_by: Vec<Text>,
    /// Which groups, by what was computed: all of these must hold.
    pub having: Vec<Having>,
    /// How to sort the groups; the first key counts most. Empty means: time, then the first aggregate, descending.
    pub order_by: Vec<Order>,
    /// How many groups to return. When unsaid [`LIMIT_DEFAULT`], but [`LIMIT_MAX`] with a granularity: half a series
    /// is no answer.
    pub limit: Option<u32>,
    /// Cuts every group into buckets of time so long, a whole number of milliseconds counted from 1970; buckets
    /// without rows are left out.
    pub granularity_ns: Option<u64>,
}

impl Query {
    /// What to compute: SELECT, or `COUNT` when it is empty.
    #[must_use]
    pub fn aggregates(&self) -> &[Aggregate] {
        if self.select.is_empty() { &[Aggregate::COUNT] } else { &self.select }
    }

    /// The names of the result's columns: [`TIME_COLUMN`] where there is a granularity, the groups' fields, then the
    /// aggregates.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let time = self.granularity_ns.map(|_| TIME_COLUMN.to_owned());
        let fields = self.group_by.iter().map(|field| field.to_string());
        time.into_iter().chain(fields).chain(self.aggregates().iter().map(column_name)).collect()
    }

    /// Which column a key of ORDER BY or HAVING means; nothing when the query does not return it. A field of GROUP BY
    /// named `time` is meant before the time itself.
    #[must_use]
    pub fn column_idx(&self, key: &OrderKey) -> Option<usize> {
        let n_times = usize::from(self.granularity_ns.is_some());
        match key {
            OrderKey::Field(field) => {
                let is_time = n_times == 1 && **field == *TIME_COLUMN;
                let idx = self.group_by.iter().position(|f| f == field);
                idx.map(|idx| n_times + idx).or(is_time.then_some(0))
            }
            OrderKey::Aggregate(aggregate) => {
                let idx = self.aggregates().iter().position(|a| a == aggregate)?;
                Some(self.n_key_columns() + idx)
            }
        }
    }

    /// Columns that tell groups apart: time and fields.
    pub(crate) fn n_key_columns(&self) -> usize {
        usize::from(self.granularity_ns.is_some()) + self.group_by.len()
    }
}

/// The name of the column that tells where each bucket of time begins.
pub const TIME_COLUMN: &str = "time";

/// The shortest bucket of time: what [`TIME_COLUMN`] can tell.
pub const GRANULARITY_NS_MIN: u64 = 1_000_000;

/// The longest bucket of time: a year.
pub const GRANULARITY_NS_MAX: u64 = 365 * 24 * 3600 * 1_000_000_000;

/// Groups returned when a query does not say, as in Honeycomb.
pub const LIMIT_DEFAULT: u32 = 100;

/// The largest LIMIT, in groups: what Honeycomb's API returns at most.
pub const LIMIT_MAX: u32 = 10_000;

/// One result column, such as `P99(duration_ms)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aggregate {
    /// What to compute.
    pub op: AggregateOp,
    /// Over which field; [`AggregateOp::Count`] can do without, [`AggregateOp::Concurrency`] has none.
    pub field: Option<Text>,
}

impl Aggregate {
    /// `COUNT`: the rows.
    pub const COUNT: Aggregate = Aggregate { op: AggregateOp::Count, field: None };
}

/// What an aggregate computes. Missing values never take part, nor do values that are no numbers where numbers are
/// needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateOp {
    /// Rows; with a field, rows that have it.
    Count,
    /// Distinct values, exactly.
    CountDistinct,
    /// Sum of numbers; exact for integers.
    Sum,
    /// Arithmetic mean of numbers.
    Avg,
    /// Least number.
    Min,
    /// Greatest number.
    Max,
    /// The nearest-rank percentile of numbers, exact: of `n` sorted values the one at position `ceil(p * n)`,
    /// counted from 1. Always one of the values.
    Percentile(Percentile),
    /// The most rows under way at one moment: of those with a duration, from their time on until it has passed. In a
    /// bucket of time also those of the same group that began before.
    Concurrency,
    /// By how much the sum grew since the bucket of time before; nothing where that bucket has no rows.
    RateSum,
    /// By how much the mean grew.
    RateAvg,
    /// By how much the greatest number grew.
    RateMax,
    /// Counts over time and value; answered by [`crate::heatmap()`], never by [`crate::run`].
    Heatmap,
}

impl AggregateOp {
    pub(crate) const ALL_BUT_PERCENTILES: [AggregateOp; 11] = [
        AggregateOp::Count,
        AggregateOp::CountDistinct,
        AggregateOp::Sum,
        AggregateOp::Avg,
        AggregateOp::Min,
        AggregateOp::Max,
        AggregateOp::Concurrency,
        AggregateOp::RateSum,
        AggregateOp::RateAvg,
        AggregateOp::RateMax,
        AggregateOp::Heatmap,
    ];

    /// As written in a query.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AggregateOp::Count => "COUNT",
            AggregateOp::CountDistinct => "COUNT_DISTINCT",
            AggregateOp::Sum => "SUM",
            AggregateOp::Avg => "AVG",
            AggregateOp::Min => "MIN",
            AggregateOp::Max => "MAX",
            AggregateOp::Percentile(percentile) => percentile.name,
            AggregateOp::Concurrency => "CONCURRENCY",
            AggregateOp::RateSum => "RATE_SUM",
            AggregateOp::RateAvg => "RATE_AVG",
            AggregateOp::RateMax => "RATE_MAX",
            AggregateOp::Heatmap => "HEATMAP",
        }
    }

    /// Whether it compares a bucket of time with the one before, and so needs a granularity.
    #[must_use]
    pub fn is_rate(self) -> bool {
        matches!(self, AggregateOp::RateSum | AggregateOp::RateAvg | AggregateOp::RateMax)
    }
}

/// One of Honeycomb's percentiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Percentile {
    name: &'static str,
    per_mille: u32,
}

impl Percentile {
    /// Every percentile there is, ascending.
    pub const ALL: [Percentile; 13] = [
        Percentile { name: "P001", per_mille: 1 },
        Percentile { name: "P01", per_mille: 10 },
        Percentile { name: "P05", per_mille: 50 },
        Percentile { name: "P10", per_mille: 100 },
        Percentile { name: "P20", per_mille: 200 },
        Percentile { name: "P25", per_mille: 250 },
        Percentile { name: "P50", per_mille: 500 },
        Percentile { name: "P75", per_mille: 750 },
        Percentile { name: "P80", per_mille: 800 },
        Percentile { name: "P90", per_mille: 900 },
        Percentile { name: "P95", per_mille: 950 },
        Percentile { name: "P99", per_mille: 990 },
        Percentile { name: "P999", per_mille: 999 },
    ];

    /// How many of a thousand values are no greater.
    pub(crate) fn per_mille(self) -> u32 {
        self.per_mille
    }

    /// The position of the percentile among `n` sorted values, from 0; nothing when there are none.
    pub(crate) fn rank_idx(self, n: usize) -> Option<usize> {
        let rank = (n as u128 * u128::from(self.per_mille)).div_ceil(1000);
        usize::try_from(rank).ok()?.max(1).checked_sub(1).filter(|idx| *idx < n)
    }
}

/// One key of ORDER BY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// A column of the result.
    pub key: OrderKey,
    /// Greatest first.
    pub descending: bool,
}

/// One condition of HAVING: a column of the result compared with a value, by the rules of [`Condition`].
#[derive(Clone, Debug, PartialEq)]
pub struct Having {
    /// A column of the result.
    pub key: OrderKey,
    /// How.
    pub op: CompareOp,
    /// With what.
    pub value: Literal,
}

/// What ORDER BY may name: a column the query returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderKey {
    /// One of SELECT.
    Aggregate(Aggregate),
    /// One of GROUP BY, or `time`.
    Field(Text),
}

/// Which rows: an expression, or every row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// What must be true; nothing lets every row through.
    pub expr: Option<Expr>,
}

impl Filter {
    /// Lets every row through.
    pub const ALL: Filter = Filter { expr: None };

    /// What passes both.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        match (self.expr, other.expr) {
            (Some(a), Some(b)) => Filter { expr: Some(Expr::and(vec![a, b])) },
            (a, b) => Filter { expr: a.or(b) },
        }
    }

    /// Every field it looks at, each once, in order of first appearance.
    #[must_use]
    pub fn fields(&self) -> Vec<Text> {
        let mut fields = Vec::new();
        if let Some(expr) = &self.expr {
            expr.collect_fields(&mut fields);
        }
        fields
    }
}

impl From<Expr> for Filter {
    fn from(expr: Expr) -> Self {
        Filter { expr: Some(expr) }
    }
}

/// A boolean expression over one row. Two-valued: a condition is true or false, so `NOT` lets through exactly what
/// its inside does not, missing fields included.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// True when all are. At least two, none of them an `And`.
    And(Vec<Expr>),
    /// True when one is. At least two, none of them an `Or`.
    Or(Vec<Expr>),
    /// True when the inside is false.
    Not(Box<Expr>),
    /// A condition on one field.
    Is {
        /// The field.
        field: Text,
        /// What must hold of its value.
        condition: Condition,
    },
}

impl Expr {
    /// All of them, with nested conjunctions laid flat. Of one part, the part itself.
    ///
    /// # Panics
    /// When there is no part.
    #[must_use]
    pub fn and(parts: Vec<Expr>) -> Expr {
        let parts = parts.into_iter().flat_map(|part| match part {
            Expr::And(inner) => inner,
            other => vec![other],
        });
        Expr::single_or(parts.collect(), Expr::And)
    }

    /// Any of them, with nested disjunctions laid flat. Of one part, the part itself.
    ///
    /// # Panics
    /// When there is no part.
    #[must_use]
    pub fn or(parts: Vec<Expr>) -> Expr {
        let parts = parts.into_iter().flat_map(|part| match part {
            Expr::Or(inner) => inner,
            other => vec![other],
        });
        Expr::single_or(parts.collect(), Expr::Or)
    }

    /// A condition on one field.
    #[must_use]
    pub fn is(field: impl Into<Text>, condition: Condition) -> Expr {
        Expr::Is { field: field.into(), condition }
    }

    fn single_or(mut parts: Vec<Expr>, join: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
        assert!(!parts.is_empty(), "a conjunction or disjunction of nothing");
        if parts.len() == 1 { parts.remove(0) } else { join(parts) }
    }

    fn collect_fields(&self, fields: &mut Vec<Text>) {
        match self {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| part.collect_fields(fields)),
            Expr::Not(inside) => inside.collect_fields(fields),
            Expr::Is { field, .. } => {
                if !fields.contains(field) {
                    fields.push(field.clone());
                }
            }
        }
    }
}

/// What must hold of a field's value.
///
/// **Missing** values (a field that is not there, a NaN duration, an empty `AnyValue`) pass the negative operators
/// `!=`, `not-in`, `does-not-exist`, `does-not-contain`, `does-not-start-with`, `does-not-end-with`, as in
/// Honeycomb, and no other.
///
/// **Types.** Numbers compare with numbers, exactly, also integers with doubles; texts compare with texts, byte by
/// byte; anything else is neither less nor greater. Text is never parsed: a text and a number (or a boolean) are
/// equal when the text is the other's canonical writing, so `http.response.status_code = "200"` finds the integer
/// 200, and `"0200"` does not. Text operators look at the value as it is shown: arrays and maps as JSON, numbers
/// canonically, bytes in hexadecimal.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `= != < <= > >=`.
    Compare(CompareOp, Literal),
    /// `in (...)`: equal to one of them.
    In(Vec<Literal>),
    /// `not-in (...)`: equal to none of them.
    NotIn(Vec<Literal>),
    /// `exists`.
    Exists,
    /// `does-not-exist`.
    DoesNotExist,
    /// `contains`, `starts-with`, `ends-with`.
    Text(TextOp, Text),
    /// `does-not-contain`, `does-not-start-with`, `does-not-end-with`.
    NotText(TextOp, Text),
    /// The field alone: there, and not false, zero, empty or the text `false`.
    Truthy,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CompareOp {
    /// As written in a query.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            CompareOp::Eq => "=",
            CompareOp::Ne => "!=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
        }
    }
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOp {
    /// Anywhere.
    Contains,
    /// At the start.
    StartsWith,
    /// At the end.
    EndsWith,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `"text"`, `'text'`, or a bare word.
    Text(Text),
    /// `true` or `false`.
    Bool(bool),
    /// A number without point and exponent that fits.
    Int(i64),
    /// Any other number; finite.
    Double(f64),
    /// `5ms`: a number in the unit of the field it is compared with.
    Duration(Duration),
}

/// A length of time as written, such as `1.5m`.
///
/// It becomes a number in the field's unit: the one its name ends in (`_ns`, `_us`, `_ms`, `_s`, `_seconds`), and
/// milliseconds for every other field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duration {
    /// How many units; finite.
    pub amount: f64,
    /// Of what.
    pub unit: TimeUnit,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// `ns`
    Nanosecond,
    /// `us` or `µs`
    Microsecond,
    /// `ms`
    Millisecond,
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
}

impl TimeUnit {
    /// Every unit, ascending, by its symbol.
    pub const ALL: [(&'static str, TimeUnit); 6] = [
        ("ns", TimeUnit::Nanosecond),
        ("us", TimeUnit::Microsecond),
        ("ms", TimeUnit::Millisecond),
        ("s", TimeUnit::Second),
        ("m", TimeUnit::Minute),
        ("h", TimeUnit::Hour),
    ];

    /// As written in a query.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        TimeUnit::ALL[self as usize].0
    }

    pub(crate) fn whole_nanos(self) -> u64 {
        const SECOND: u64 = 1_000_000_000;
        [1, 1_000, 1_000_000, SECOND, 60 * SECOND, 3_600 * SECOND][self as usize]
    }

    pub(crate) fn nanos(self) -> f64 {
        self.whole_nanos() as f64
    }
}
