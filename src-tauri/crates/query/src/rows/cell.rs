use crate::test::{Number, Seen};
use serde::{Serialize, Serializer};
use skep_model::{Text, Value};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// One value of a result. As JSON: null, a boolean, a number or a text; doubles JSON cannot say are texts.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Missing, or nothing to compute from.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// A text; arrays and maps as JSON, bytes in hexadecimal.
    Text(Text),
}

impl Cell {
    /// Numbers, texts, booleans, each ascending or descending; missing last either way.
    pub(crate) fn compare(&self, other: &Cell, descending: bool) -> Ordering {
        let by_kind = self.rank().cmp(&other.rank());
        let by_value = match (self, other) {
            (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
            (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
            _ => self.compare_numbers(other),
        };
        by_kind.then(if descending { by_value.reverse() } else { by_value })
    }

    fn compare_numbers(&self, other: &Cell) -> Ordering {
        let order = match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.compare(b).unwrap_or_else(|| a.as_f64().total_cmp(&b.as_f64())),
            _ => return Ordering::Equal,
        };
        // 1 and 1.0 are different groups, so their order must not depend on chance.
        order.then_with(|| matches!(self, Cell::Double(_)).cmp(&matches!(other, Cell::Double(_))))
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        self.number().map(Number::as_f64)
    }

    fn number(&self) -> Option<Number> {
        match self {
            Cell::Int(int) => Some(Number::Int(*int)),
            Cell::Double(double) => Some(Number::Double(*double)),
            _ => None,
        }
    }

    /// As conditions look at it.
    pub(crate) fn seen(&self) -> Seen<'_> {
        match self {
            Cell::Null => Seen::Missing,
            Cell::Bool(bool) => Seen::Bool(*bool),
            Cell::Int(int) => Seen::Number(Number::Int(*int)),
            Cell::Double(double) => Seen::double(*double),
            Cell::Text(text) => Seen::Text(text),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Cell::Int(_) | Cell::Double(_) => 0,
            Cell::Text(_) => 1,
            Cell::Bool(_) => 2,
            Cell::Null => 3,
        }
    }
}

impl From<&Value> for Cell {
    fn from(value: &Value) -> Self {
        match value {
            Value::Empty => Cell::Null,
            Value::Bool(bool) => Cell::Bool(*bool),
            Value::Int(int) => Cell::Int(*int),
            Value::Double(double) => Cell::Double(*double),
            Value::Text(text) => Cell::Text(text.clone()),
            Value::Bytes(_) | Value::Array(_) | Value::Map(_) => Cell::Text(value.to_string().into()),
        }
    }
}

impl From<Number> for Cell {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(int) => Cell::Int(int),
            Number::Double(double) => Cell::Double(double),
        }
    }
}

/// By type and bits, so that a cell can be the key of a group.
impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Cell::Null, Cell::Null) => true,
            (Cell::Bool(a), Cell::Bool(b)) => a == b,
            (Cell::Int(a), Cell::Int(b)) => a == b,
            (Cell::Double(a), Cell::Double(b)) => a.to_bits() == b.to_bits(),
            (Cell::Text(a), Cell::Text(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Cell {}

impl Hash for Cell {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Cell::Null => {}
            Cell::Bool(bool) => bool.hash(state),
            Cell::Int(int) => int.hash(state),
            Cell::Double(double) => double.to_bits().hash(state),
            Cell::Text(text) => text.hash(state),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Null => serializer.serialize_unit(),
            Cell::Bool(bool) => serializer.serialize_bool(*bool),
            Cell::Int(int) => serializer.serialize_i64(*int),
            // The event's own rule for what JSON cannot say.
            Cell::Double(double) => Value::Double(*double).serialize(serializer),
            Cell::Text(text) => serializer.serialize_str(text),
        }
    }
}
