//! Whether one value passes one condition.

use crate::ast::{CompareOp, TextOp};
use rustc_hash::FxHashSet;
use skep_model::{Dictionary, Entry, Text, Value};
use std::cmp::Ordering;
use std::fmt::Write;

/// A positive condition; missing values pass none.
pub(crate) enum Test {
    OneOf {
        /// The canonical writings of all operands.
        texts: FxHashSet<Text>,
        /// Those that are numbers.
        numbers: Vec<Number>,
        /// Whether all are: spares writing numbers down where no text is looked for.
        only_numbers: bool,
    },
    /// `<`, `<=`, `>` or `>=`.
    Compare(CompareOp, Operand),
    Exists,
    Text(TextOp, Text),
    Truthy,
}

/// What a value is compared with.
pub(crate) enum Operand {
    Text(Text),
    Bool(bool),
    Int(i64),
    Double(f64),
}

/// A value looked at in place.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'a> {
    Missing,
    Text(&'a str),
    Bool(bool),
    Number(Number),
    /// Bytes, array or map.
    Other(&'a Value),
}

/// A number of either type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Double(f64),
}

impl Test {
    pub(crate) fn one_of(operands: impl Iterator<Item = Operand>) -> Test {
        let (mut texts, mut numbers, mut only_numbers) = (FxHashSet::default(), Vec::new(), true);
        for operand in operands {
            let text = match operand {
                Operand::Text(text) => {
                    only_numbers = false;
                    text
                }
                Operand::Bool(bool) => {
                    only_numbers = false;
                    bool.to_string().into()
                }
                Operand::Int(int) => {
                    numbers.push(Number::Int(int));
                    int.to_string().into()
                }
                Operand::Double(double) => {
                    numbers.push(Number::Double(double));
                    double.to_string().into()
                }
            };
            texts.insert(text);
        }
        Test::OneOf { texts, numbers, only_numbers }
    }

    /// Whether a value passes; `scratch` is overwritten.
    pub(crate) fn holds(&self, value: Seen<'_>, scratch: &mut String) -> bool {
        match (self, value) {
            (_, Seen::Missing) => false,
            (Test::Exists, _) => true,
            (Test::Truthy, value) => value.is_truthy(),
            (Test::OneOf { numbers, .. }, Seen::Number(number))
                if numbers.iter().any(|n| n.compare(number) == Some(Ordering::Equal)) =>
            {
                true
            }
            (Test::OneOf { texts, only_numbers, .. }, value) => {
                let is_number = matches!(value, Seen::Number(_));
                !(*only_numbers && is_number) && texts.contains(value.written(scratch))
            }
            (Test::Compare(op, operand), value) => {
                let order = match (value, operand) {
                    (Seen::Number(number), Operand::Int(int)) => number.compare(Number::Int(*int)),
                    (Seen::Number(number), Operand::Double(double)) => {
                        number.compare(Number::Double(*double))
                    }
                    (Seen::Text(text), Operand::Text(other)) => Some(text.cmp(other)),
                    _ => None,
                };
                order.is_some_and(|order| match op {
                    CompareOp::Eq => order.is_eq(),
                    CompareOp::Ne => order.is_ne(),
                    CompareOp::Lt => order.is_lt(),
                    CompareOp::Le => order.is_le(),
                    CompareOp::Gt => order.is_gt(),
                    CompareOp::Ge => order.is_ge(),
                })
            }
            (Test::Text(op, text), value) => {
                let written = value.written(scratch);
                match op {
                    TextOp::Contains => written.contains(&**text),
                    TextOp::StartsWith => written.starts_with(&**text),
                    TextOp::EndsWith => written.ends_with(&**text),
                }
            }
        }
    }
}

impl<'a> Seen<'a> {
    /// Shows an entry of a dictionary. One that says nothing counts as missing, as Honeycomb skips nulls.
    pub(crate) fn at<T>(dictionary: &Dictionary, idx: usize, see: impl FnOnce(Seen<'_>) -> T) -> T {
        let other;
        see(match dictionary.entry(idx) {
            Entry::Empty => Seen::Missing,
            Entry::Text(text) => Seen::Text(text),
            Entry::Bool(bool) => Seen::Bool(bool),
            Entry::Int(int) => Seen::Number(Number::Int(int)),
            Entry::Double(double) => Seen::Number(Number::Double(double)),
            Entry::Other => {
                other = dictionary.value(idx);
                Seen::Other(&other)
            }
        })
    }

    /// A plain double, NaN being missing.
    pub(crate) fn double(double: f64) -> Seen<'a> {
        if double.is_nan() { Seen::Missing } else { Seen::Number(Number::Double(double)) }
    }

    fn is_truthy(self) -> bool {
        match self {
            Seen::Missing | Seen::Text("" | "false") => false,
            Seen::Bool(bool) => bool,
            Seen::Number(number) => number.as_f64() != 0.0,
            Seen::Text(_) | Seen::Other(_) => true,
        }
    }

    /// The value as it is shown, written into `scratch` unless it is a text already.
    fn written<'s>(self, scratch: &'s mut String) -> &'s str
    where
        'a: 's,
    {
        let value: &dyn std::fmt::Display = match &self {
            Seen::Text(text) => return text,
            Seen::Missing => &"",
            Seen::Bool(bool) => bool,
            Seen::Number(Number::Int(int)) => int,
            Seen::Number(Number::Double(double)) => double,
            Seen::Other(value) => value,
        };
        scratch.clear();
        // A string takes everything; a value that cannot be written is no text.
        match write!(scratch, "{value}") {
            Ok(()) => scratch,
            Err(_) => "",
        }
    }
}

impl Number {
    pub(crate) fn of_entry(entry: Entry<'_>) -> Option<Number> {
        match entry {
            Entry::Int(int) => Some(Number::Int(int)),
            Entry::Double(double) => Some(Number::Double(double)),
            _ => None,
        }
    }

    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Number::Int(int) => int as f64,
            Number::Double(double) => double,
        }
    }

    /// Compares exactly, also an integer with a double; nothing for NaN.
    pub(crate) fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            (Number::Double(a), Number::Double(b)) => a.partial_cmp(&b),
            (Number::Int(a), Number::Double(b)) => compare_int_double(a, b),
            (Number::Double(a), Number::Int(b)) => compare_int_double(b, a).map(Ordering::reverse),
        }
    }
}

fn compare_int_double(int: i64, double: f64) -> Option<Ordering> {
    const INT_END: f64 = 9_223_372_036_854_775_808.0; // 2^63: the first double above every i64
    if double.is_nan() {
        None
    } else if double >= INT_END {
        Some(Ordering::Less)
    } else if double < -INT_END {
        Some(Ordering::Greater)
    } else {
        // In range, so the cast drops the fraction and nothing else.
        let whole = double.trunc();
        Some(int.cmp(&(whole as i64)).then(whole.total_cmp(&double)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_doubles_compare_as_the_real_numbers_they_are() {
        let cases = [
            (1, 1.0, Some(Ordering::Equal)),
            (1, 1.5, Some(Ordering::Less)),
            (-1, -1.5, Some(Ordering::Greater)),
            (0, -0.5, Some(Ordering::Greater)),
            (0, -0.0, Some(Ordering::Equal)),
            ((1 << 53) + 1, 9_007_199_254_740_992.0, Some(Ordering::Greater)),
            (i64::MAX, 9_223_372_036_854_775_808.0, Some(Ordering::Less)),
            (i64::MIN, -9_223_372_036_854_775_808.0, Some(Ordering::Equal)),
            (i64::MIN, f64::NEG_INFINITY, Some(Ordering::Greater)),
            (0, f64::NAN, None),
        ];
        for (int, double, expected) in cases {
            assert_eq!(Number::Int(int).compare(Number::Double(double)), expected, "{int} {double}");
            let back = Number::Double(double).compare(Number::Int(int));
            assert_eq!(back, expected.map(Ordering::reverse), "{double} {int}");
        }
    }
}
