use rustc_hash::FxHasher;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Text that many events share: service names, keys, routes.
pub type Text = Arc<str>;

/// A typed value as OTLP's `AnyValue` carries it. Equality and hashing go by type and bits, so that `NaN` equals
/// itself, `1` differs from `1.0`, and any value can be an entry of a dictionary.
#[derive(Clone, Debug)]
pub enum Value {
    /// Present but empty: an `AnyValue` with nothing set.
    Empty,
    /// `stringValue`.
    Text(Text),
    /// `boolValue`.
    Bool(bool),
    /// `intValue`.
    Int(i64),
    /// `doubleValue`, NaN and infinities included.
    Double(f64),
    /// `bytesValue`.
    Bytes(Arc<[u8]>),
    /// `arrayValue`.
    Array(Arc<[Value]>),
    /// `kvlistValue`, in the order of the wire, duplicates kept.
    Map(Arc<[(Text, Value)]>),
}

impl Value {
    /// A text value from anything that can become shared text.
    pub fn text(text: impl Into<Text>) -> Self {
        Value::Text(text.into())
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As a number, for comparison and aggregation: integers and doubles only. Never parses text.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(int) => Some(*int as f64),
            Value::Double(double) => Some(*double),
            _ => None,
        }
    }

    /// Bytes it keeps in memory, about; shared texts are counted by each who shares them.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        // An `Arc`'s two counts stand before what it points to.
        const SHARED: usize = 16;
        size_of::<Value>()
            + match self {
                Value::Empty | Value::Bool(_) | Value::Int(_) | Value::Double(_) => 0,
                Value::Text(text) => SHARED + text.len(),
                Value::Bytes(bytes) => SHARED + bytes.len(),
                Value::Array(items) => SHARED + items.iter().map(Value::memory_bytes).sum::<usize>(),
                Value::Map(entries) => {
                    let entry_bytes =
                        |(key, value): &(Text, Value)| size_of::<Text>() + key.len() + value.memory_bytes();
                    SHARED + entries.iter().map(entry_bytes).sum::<usize>()
                }
            }
    }

    /// A hash that is never 0 but of an empty value, and the same in every process: equal hashes are taken for equal
    /// values where values are counted by the million. Of five million distinct ones, two have the same hash once in
    /// a million times.
    #[must_use]
    pub fn hash64(&self) -> u64 {
        match self {
            Value::Empty => 0,
            Value::Text(text) => text_hash64(text.as_bytes()),
            Value::Int(int) => hash_word(int.cast_unsigned(), INT_SEED),
            Value::Double(double) => hash_word(double.to_bits(), DOUBLE_SEED),
            _ => hash_with(OTHER_SEED, |hasher| self.hash(hasher)),
        }
    }

    /// The OTLP name of its type, for display: `string`, `bool`, `int`, `double`, `bytes`, `array`, `map`, `empty`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Empty => "empty",
            Value::Text(_) => "string",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Double(_) => "double",
            Value::Bytes(_) => "bytes",
            Value::Array(_) => "array",
            Value::Map(_) => "map",
        }
    }
}

// Seeds keep equal bytes of different types apart.
const TEXT_SEED: u64 = 0;
const ID_SEED: u64 = 1;
const INT_SEED: u64 = 2;
const DOUBLE_SEED: u64 = 3;
const OTHER_SEED: u64 = 4;

/// What [`Value::hash64`] makes of a text.
#[must_use]
#[inline]
pub fn text_hash64(text: &[u8]) -> u64 {
    hash_with(TEXT_SEED, |hasher| hasher.write(text))
}

pub(crate) fn hash_id(id: &[u8]) -> u64 {
    hash_with(ID_SEED, |hasher| hasher.write(id))
}

fn hash_word(word: u64, seed: u64) -> u64 {
    hash_with(seed, |hasher| hasher.write_u64(word))
}

#[inline]
fn hash_with(seed: u64, write: impl FnOnce(&mut FxHasher)) -> u64 {
    let mut hasher = FxHasher::with_seed(seed as usize);
    write(&mut hasher);
    // Any part of the bits is used by itself, and the hasher mixes into some of them only.
    let hash = hasher.finish();
    let hash = (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash ^ hash >> 29).max(1)
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Value::Bool(bool)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Value::Int(int)
    }
}

impl From<f64> for Value {
    fn from(double: f64) -> Self {
        Value::Double(double)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Empty, Value::Empty) => true,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Value::Empty => {}
            Value::Text(text) => text.hash(state),
            Value::Bool(bool) => bool.hash(state),
            Value::Int(int) => int.hash(state),
            Value::Double(double) => double.to_bits().hash(state),
            Value::Bytes(bytes) => bytes.hash(state),
            Value::Array(items) => items.hash(state),
            Value::Map(entries) => entries.hash(state),
        }
    }
}

/// As people read it: text bare, nested values as JSON, bytes as hexadecimal.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Empty => Ok(()),
            Value::Text(text) => f.write_str(text),
            Value::Bool(bool) => bool.fmt(f),
            Value::Int(int) => int.fmt(f),
            Value::Double(double) => double.fmt(f),
            Value::Bytes(bytes) => f.write_str(&const_hex::encode(bytes)),
            Value::Array(_) | Value::Map(_) => {
                f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
            }
        }
    }
}

/// As JSON: what JSON can say natively, and text for the rest (non-finite doubles by name, bytes in hexadecimal).
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Empty => serializer.serialize_unit(),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Bool(bool) => serializer.serialize_bool(*bool),
            Value::Int(int) => serializer.serialize_i64(*int),
            Value::Double(double) if double.is_finite() => serializer.serialize_f64(*double),
            Value::Double(double) if double.is_nan() => serializer.serialize_str("NaN"),
            Value::Double(double) => {
                serializer.serialize_str(if *double > 0.0 { "Infinity" } else { "-Infinity" })
            }
            Value::Bytes(bytes) => serializer.serialize_str(&const_hex::encode(bytes)),
            Value::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries.iter() {
                    map.serialize_entry(&**key, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn equality_goes_by_type_and_bits() {
        assert_eq!(Value::Double(f64::NAN), Value::Double(f64::NAN));
        assert_ne!(Value::Int(1), Value::Double(1.0));
        assert_ne!(Value::Double(0.0), Value::Double(-0.0));
        let distinct: HashSet<Value> = [Value::Int(1), Value::Int(1), "1".into(), true.into()].into();
        assert_eq!(distinct.len(), 3);
    }

    #[test]
    fn json_keeps_what_json_can_say() {
        let value = Value::Array(Arc::from([
            Value::Int(i64::MIN),
            Value::Double(f64::INFINITY),
            Value::Bytes(Arc::from([0xfeu8, 1])),
            Value::Map(Arc::from([(Text::from("a.b"), Value::Empty)])),
        ]));
        assert_eq!(value.to_string(), r#"[-9223372036854775808,"Infinity","fe01",{"a.b":null}]"#);
    }
}
