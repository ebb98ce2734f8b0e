use crate::export::flat::{Flat, place};
use ::parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::errors::Result;
use ::parquet::schema::types::Type;
use rustc_hash::FxHashMap;
use skep_model::{Text, Value, fields};
use std::cmp::Reverse;
use std::sync::Arc;

/// Columns at most: a file's last part describes each of them for each row group, so that a store of a million keys would
/// make one that nothing can open. Those that fewest events have stand together in [`REST`].
const COLUMNS_MAX: usize = 1_000;

/// JSON: the fields of a row that have no column.
const REST: &str = "otlp.other_fields";

/// Columns that are there whatever is exported, so that one file can be read like another.
const ALWAYS: [&str; 8] = [
    fields::TIMESTAMP,
    fields::SIGNAL_TYPE,
    fields::TRACE_ID,
    fields::SPAN_ID,
    fields::PARENT_ID,
    fields::SERVICE_NAME,
    fields::NAME,
    fields::DURATION_MS,
];

/// Integers that are moments, in nanoseconds since the Unix epoch.
const TIMES: [&str; 3] = [fields::TIMESTAMP, fields::OBSERVED_TIME, fields::METRIC_START];

/// What all values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) enum Kind {
    Bool,
    Int,
    /// Nanoseconds since the Unix epoch.
    Time,
    /// Doubles, and integers that one says exactly.
    Double,
    /// Text; or values of several types, as people read them.
    Text,
    /// Arrays and maps.
    Json,
    Bytes,
}

/// A column of the file.
pub(in crate::export) struct Column {
    pub(super) name: Text,
    pub(super) kind: Kind,
    /// It holds what has no column of its own.
    pub(super) is_rest: bool,
}

/// What was seen of each field.
pub(super) struct Census(FxHashMap<Text, Seen>);

#[derive(Default)]
struct Seen {
    n_events: u64,
    has_bool: bool,
    has_int: bool,
    /// Some integer is none that a double says exactly.
    has_wide_int: bool,
    has_double: bool,
    has_text: bool,
    has_nested: bool,
    has_bytes: bool,
}

impl Census {
    pub(super) fn new() -> Self {
        let always = ALWAYS.iter().map(|name| (Text::from(*name), Seen::default()));
        Self(always.collect())
    }

    pub(super) fn note(&mut self, event: &Flat<'_>) {
        for (name, value) in event {
            if let Some(seen) = self.0.get_mut(*name) {
                seen.note(value);
            } else {
                self.0.entry(Text::from(*name)).or_default().note(value);
            }
        }
    }

    /// The columns in the order of the file.
    pub(super) fn columns(self) -> Vec<Column> {
        let mut fields: Vec<(Text, Seen)> = self.0.into_iter().filter(|(name, _)| &**name != REST).collect();
        let is_always = |name: &Text| ALWAYS.contains(&&**name);
        fields.sort_unstable_by(|(a, a_seen), (b, b_seen)| {
            let rank = |name, seen: &Seen| (Reverse(is_always(name)), Reverse(seen.n_events));
            (rank(a, a_seen), a).cmp(&(rank(b, b_seen), b))
        });
        let has_rest = fields.len() > COLUMNS_MAX;
        fields.truncate(COLUMNS_MAX);
        fields.sort_unstable_by(|(a, _), (b, _)| (place(a), a).cmp(&(place(b), b)));
        let column = |(name, seen): (Text, Seen)| Column { kind: seen.kind(&name), name, is_rest: false };
        let rest = has_rest.then(|| Column { name: Text::from(REST), kind: Kind::Json, is_rest: true });
        fields.into_iter().map(column).chain(rest).collect()
    }
}

impl Seen {
    fn note(&mut self, value: &Value) {
        self.n_events += 1;
        match value {
            Value::Empty => {}
            Value::Bool(_) => self.has_bool = true,
            Value::Int(int) => {
                self.has_int = true;
                self.has_wide_int |= int.unsigned_abs() > 1 << f64::MANTISSA_DIGITS;
            }
            Value::Double(_) => self.has_double = true,
            Value::Text(_) => self.has_text = true,
            Value::Bytes(_) => self.has_bytes = true,
            Value::Array(_) | Value::Map(_) => self.has_nested = true,
        }
    }

    fn kind(&self, name: &str) -> Kind {
        let Seen { has_bool, has_int, has_wide_int, has_double, has_text, has_nested, has_bytes, .. } = *self;
        match (has_bool, has_int || has_double, has_text, has_nested, has_bytes) {
            (true, false, false, false, false) => Kind::Bool,
            (false, true, false, false, false) if !has_double && TIMES.contains(&name) => Kind::Time,
            (false, true, false, false, false) if !has_double => Kind::Int,
            (false, true, false, false, false) if !has_wide_int => Kind::Double,
            (false, false, false, true, false) => Kind::Json,
            (false, false, false, false, true) => Kind::Bytes,
            (false, false, false, false, false) => Kind::of_nothing(name),
            _ => Kind::Text,
        }
    }
}

impl Kind {
    /// Of a column without a value.
    fn of_nothing(name: &str) -> Self {
        match name {
            fields::TIMESTAMP => Kind::Time,
            fields::DURATION_MS => Kind::Double,
            _ => Kind::Text,
        }
    }

    fn types(self) -> (Physical, Option<LogicalType>) {
        match self {
            Kind::Bool => (Physical::BOOLEAN, None),
            Kind::Int => (Physical::INT64, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::NANOS))),
            Kind::Double => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
            Kind::Bytes => (Physical::BYTE_ARRAY, None),
        }
    }
}

/// The schema of a file with these columns.
pub(super) fn of(columns: &[Column]) -> Result<Type> {
    let column = |column: &Column| {
        let (physical, logical) = column.kind.types();
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    };
    let fields: Result<Vec<_>> = columns.iter().map(column).collect();
    Type::group_type_builder("event").with_fields(fields?).build()
}
