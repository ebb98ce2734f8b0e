use rusqlite::types::ValueRef;
use serde::{Serialize, Serializer};
use skep_model::{Text, Value};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A value as SQLite has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Missing.
    Null,
    /// `INTEGER`: integers, and booleans as 0 and 1.
    Int(i64),
    /// `REAL`: never NaN, which SQLite has as NULL.
    Real(f64),
    /// `TEXT`; arrays and maps as JSON.
    Text(Text),
    /// `BLOB`.
    Blob(Arc<[u8]>),
}

impl Cell {
    pub(crate) fn as_sqlite(&self) -> ValueRef<'_> {
        match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(int) => ValueRef::Integer(*int),
            Cell::Real(real) => ValueRef::Real(*real),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Blob(blob) => ValueRef::Blob(blob),
        }
    }

    /// The value as text, for columns that promise it; nothing stays nothing.
    pub(crate) fn into_text(self) -> Cell {
        match self {
            Cell::Null | Cell::Text(_) => self,
            other => Cell::Text(other.to_string().into()),
        }
    }
}

/// The order that SQLite sorts by: NULL, numbers, texts, blobs; texts by their bytes.
impl Cell {
    pub(crate) fn compare(&self, other: &Cell) -> Ordering {
        match (self, other) {
            (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
            (Cell::Real(a), Cell::Real(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (Cell::Int(a), Cell::Real(b)) => compare_exactly(*a, *b),
            (Cell::Real(a), Cell::Int(b)) => compare_exactly(*b, *a).reverse(),
            (Cell::Text(a), Cell::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Cell::Blob(a), Cell::Blob(b)) => a.cmp(b),
            _ => self.class().cmp(&other.class()),
        }
    }

    fn class(&self) -> u8 {
        match self {
            Cell::Null => 0,
            Cell::Int(_) | Cell::Real(_) => 1,
            Cell::Text(_) => 2,
            Cell::Blob(_) => 3,
        }
    }
}

/// Without rounding the integer, which a real of 53 bits may not hold.
fn compare_exactly(int: i64, real: f64) -> Ordering {
    const OUTSIDE: f64 = 9_223_372_036_854_775_808.0;
    if real >= OUTSIDE {
        return Ordering::Less;
    }
    if real < -OUTSIDE {
        return Ordering::Greater;
    }
    // What is left of the real lies between its whole part and the next one.
    let whole = real.trunc();
    int.cmp(&(whole as i64)).then_with(|| whole.partial_cmp(&real).unwrap_or(Ordering::Equal))
}

impl From<ValueRef<'_>> for Cell {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(int) => Cell::Int(int),
            ValueRef::Real(real) => Cell::Real(real),
            // What a cast of bytes to text makes need not be UTF-8.
            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into()),
            ValueRef::Blob(blob) => Cell::Blob(blob.into()),
        }
    }
}

impl From<&Value> for Cell {
    fn from(value: &Value) -> Self {
        match value {
            Value::Empty => Cell::Null,
            Value::Text(text) => Cell::Text(text.clone()),
            Value::Bool(bool) => Cell::Int((*bool).into()),
            Value::Int(int) => Cell::Int(*int),
            Value::Double(double) if double.is_nan() => Cell::Null,
            Value::Double(double) => Cell::Real(*double),
            Value::Bytes(bytes) => Cell::Blob(bytes.clone()),
            Value::Array(_) | Value::Map(_) => Cell::Text(value.to_string().into()),
        }
    }
}

/// As people read it: NULL is empty, bytes are hexadecimal.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Null => Ok(()),
            Cell::Int(int) => int.fmt(f),
            Cell::Real(real) => write!(f, "{real:?}"),
            Cell::Text(text) => f.write_str(text),
            Cell::Blob(blob) => f.write_str(&const_hex::encode(blob)),
        }
    }
}

/// The greatest whole number up to which a JavaScript number tells every whole number from its neighbours: 2^53 - 1.
const JSON_INT_MAX: u64 = (1 << 53) - 1;

/// As JSON that any reader understands alike: an integer beyond 2^53 is a text, such as nanoseconds since the Unix
/// epoch, and so is an infinite real; bytes are hexadecimal.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Null => serializer.serialize_unit(),
            Cell::Int(int) if int.unsigned_abs() <= JSON_INT_MAX => serializer.serialize_i64(*int),
            Cell::Real(real) if real.is_finite() => serializer.serialize_f64(*real),
            Cell::Real(real) => serializer.serialize_str(if *real > 0.0 { "Infinity" } else { "-Infinity" }),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Int(_) | Cell::Blob(_) => serializer.collect_str(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_loses_no_digit() {
        let cells = [
            Cell::Null,
            Cell::Int(9_007_199_254_740_991),
            Cell::Int(9_007_199_254_740_992),
            Cell::Int(i64::MIN),
            Cell::Real(0.5),
            Cell::Real(2.0),
            Cell::Real(f64::NEG_INFINITY),
            Cell::Text("a".into()),
            Cell::Blob([0xfe, 1].as_slice().into()),
        ];
        expect_test::expect![[
            r#"[null,9007199254740991,"9007199254740992","-9223372036854775808",0.5,2.0,"-Infinity","a","fe01"]"#
        ]]
        .assert_eq(&serde_json::to_string(&cells).expect("cells are JSON"));
    }
}
