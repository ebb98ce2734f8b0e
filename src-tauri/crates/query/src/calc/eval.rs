use super::Node;
use super::function::Function;
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use skep_model::Value;
use std::cmp::Ordering;
use std::fmt::Write;

/// What an expression is for one row, whose fields `get` tells; [`Value::Empty`] is missing.
pub(super) fn eval(node: &Node, get: &dyn Fn(&str) -> Value) -> Value {
    match node {
        Node::Literal(value) => value.clone(),
        Node::Field(field) => get(field),
        Node::Call(function, arguments) => call(*function, arguments, get),
        Node::Match(function, subject, pattern) => {
            let subject = eval(subject, get);
            let Some(text) = subject.as_str() else {
                return if *function == Function::RegValue { Value::Empty } else { nothing_of(*function) };
            };
            match function {
                Function::RegMatch => pattern.is_match(text).into(),
                Function::RegCount => count(pattern.find_iter(text).count()),
                // The first group, or all of it where there is none.
                _ => {
                    let groups = pattern.captures(text);
                    let found = groups.and_then(|groups| groups.get(usize::from(groups.len() > 1)));
                    found.map_or(Value::Empty, |found| found.as_str().into())
                }
            }
        }
    }
}

fn nothing_of(function: Function) -> Value {
    if function == Function::RegMatch { false.into() } else { Value::Int(0) }
}

fn call(function: Function, arguments: &[Node], get: &dyn Fn(&str) -> Value) -> Value {
    let of = |idx: usize| arguments.get(idx).map_or(Value::Empty, |node| eval(node, get));
    let all = || arguments.iter().map(|node| eval(node, get));
    let numbers = || all().filter_map(|value| number(&value));
    match function {
        // Those that do not look at everything.
        Function::If => {
            let (pairs, otherwise) = arguments.as_chunks::<2>();
            let chosen = pairs.iter().find(|[condition, _]| is_true(&eval(condition, get)));
            chosen.map(|[_, value]| value).or(otherwise.first()).map_or(Value::Empty, |node| eval(node, get))
        }
        Function::Switch => {
            let subject = of(0);
            let (pairs, otherwise) = arguments[1..].as_chunks::<2>();
            let chosen = pairs.iter().find(|[case, _]| equals(&subject, &eval(case, get)));
            chosen.map(|[_, value]| value).or(otherwise.first()).map_or(Value::Empty, |node| eval(node, get))
        }
        Function::Coalesce => all().find(|value| *value != Value::Empty).unwrap_or(Value::Empty),
        Function::And => all().all(|value| is_true(&value)).into(),
        Function::Or => all().any(|value| is_true(&value)).into(),
        Function::Not => (!is_true(&of(0))).into(),
        Function::Exists => (of(0) != Value::Empty).into(),
        Function::In => {
            let subject = of(0);
            all().skip(1).any(|value| equals(&subject, &value)).into()
        }
        Function::Equals => equals(&of(0), &of(1)).into(),
        Function::Lt => ordered(&of(0), &of(1), Ordering::is_lt),
        Function::Lte => ordered(&of(0), &of(1), Ordering::is_le),
        Function::Gt => ordered(&of(0), &of(1), Ordering::is_gt),
        Function::Gte => ordered(&of(0), &of(1), Ordering::is_ge),
        Function::Min => of_number(numbers().reduce(|a, b| if compare(a, b).is_gt() { b } else { a })),
        Function::Max => of_number(numbers().reduce(|a, b| if compare(a, b).is_lt() { b } else { a })),
        Function::Sum => of_number(numbers().reduce(|a, b| a.with(b, i64::checked_add, |a, b| a + b))),
        Function::Mul => of_number(numbers().reduce(|a, b| a.with(b, i64::checked_mul, |a, b| a * b))),
        Function::Sub => both(&of(0), &of(1), |a, b| Some(a.with(b, i64::checked_sub, |a, b| a - b))),
        Function::Div => both(&of(0), &of(1), |a, b| {
            let quotient = a.as_f64() / b.as_f64();
            (b.as_f64() != 0.0).then_some(Number::Double(quotient))
        }),
        Function::Mod => both(&of(0), &of(1), |a, b| {
            (b.as_f64() != 0.0).then(|| a.with(b, i64::checked_rem, |a, b| a % b))
        }),
        Function::Log10 => {
            let logarithm = number(&of(0)).map(|number| number.as_f64().log10());
            logarithm.filter(|log| log.is_finite()).map_or(Value::Empty, Value::from)
        }
        Function::Bucket => bucket(&of(0), &of(1), number(&of(2)), number(&of(3))),
        Function::Int => number(&of(0)).map_or(Value::Empty, |number| match number {
            Number::Int(int) => int.into(),
            Number::Double(double) => Value::Int(double as i64),
        }),
        Function::Float => number(&of(0)).map_or(Value::Empty, |number| number.as_f64().into()),
        Function::Bool => is_true(&of(0)).into(),
        Function::String => match of(0) {
            Value::Empty => Value::Empty,
            value => Value::text(value.to_string()),
        },
        Function::Concat => {
            let mut text = String::new();
            all().for_each(|value| write!(text, "{value}").expect("a string takes every write"));
            Value::text(text)
        }
        Function::StartsWith => texts(&of(0), &of(1), |text, part| text.starts_with(part)),
        Function::EndsWith => texts(&of(0), &of(1), |text, part| text.ends_with(part)),
        Function::Contains => texts(&of(0), &of(1), |text, part| text.contains(part)),
        Function::ToLower => of(0).as_str().map_or(Value::Empty, |text| Value::text(text.to_lowercase())),
        Function::Length => {
            let in_bytes = of(1).as_str() == Some("bytes");
            let length = |text: &str| if in_bytes { text.len() } else { text.chars().count() };
            of(0).as_str().map_or(Value::Empty, |text| count(length(text)))
        }
        Function::UnixTimestamp => {
            let moment = of(0).as_str().and_then(|text| text.parse::<Timestamp>().ok());
            moment.map_or(Value::Empty, |moment| Value::Double(moment.as_nanosecond() as f64 / 1e9))
        }
        Function::EventTimestamp => match of(0) {
            Value::Int(nanos) => Value::Double(nanos as f64 / 1e9),
            _ => Value::Empty,
        },
        Function::FormatTime => format_time(&of(0), &of(1)).map_or(Value::Empty, Value::text),
        // Read as what they are when the pattern was made ready.
        Function::RegMatch | Function::RegValue | Function::RegCount => Value::Empty,
    }
}

fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Double(f64),
}

impl Number {
    fn as_f64(self) -> f64 {
        match self {
            Number::Int(int) => int as f64,
            Number::Double(double) => double,
        }
    }

    /// Integers stay integers while they fit.
    fn with(self, other: Self, ints: fn(i64, i64) -> Option<i64>, doubles: fn(f64, f64) -> f64) -> Self {
        if let (Number::Int(a), Number::Int(b)) = (self, other)
            && let Some(int) = ints(a, b)
        {
            return Number::Int(int);
        }
        Number::Double(doubles(self.as_f64(), other.as_f64()))
    }
}

fn of_number(number: Option<Number>) -> Value {
    match number {
        Some(Number::Int(int)) => int.into(),
        // Of numbers too large to be one.
        Some(Number::Double(double)) if double.is_nan() => Value::Empty,
        Some(Number::Double(double)) => double.into(),
        None => Value::Empty,
    }
}

/// Nothing where the value is missing.
fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Empty => None,
        Value::Int(int) => Some(Number::Int(*int)),
        Value::Double(double) => Some(Number::Double(*double)),
        Value::Bool(bool) => Some(Number::Int(i64::from(*bool))),
        Value::Text(text) => {
            let double = || text.parse().ok().filter(|double: &f64| double.is_finite()).map(Number::Double);
            Some(text.parse().map(Number::Int).ok().or_else(double).unwrap_or(Number::Int(0)))
        }
        Value::Bytes(_) | Value::Array(_) | Value::Map(_) => Some(Number::Int(0)),
    }
}

fn compare(a: Number, b: Number) -> Ordering {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a.cmp(&b),
        (a, b) => a.as_f64().total_cmp(&b.as_f64()),
    }
}

fn both(a: &Value, b: &Value, of: impl Fn(Number, Number) -> Option<Number>) -> Value {
    of_number(number(a).zip(number(b)).and_then(|(a, b)| of(a, b)))
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(bool) => *bool,
        Value::Int(int) => *int != 0,
        Value::Double(double) => *double != 0.0 && !double.is_nan(),
        Value::Text(text) => &**text == "true",
        Value::Empty | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => false,
    }
}

fn equals(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(_) | Value::Double(_), Value::Int(_) | Value::Double(_)) => {
            number(a).zip(number(b)).is_some_and(|(a, b)| match (a, b) {
                (Number::Int(a), Number::Int(b)) => a == b,
                (a, b) => a.as_f64() == b.as_f64(),
            })
        }
        (a, b) => a == b,
    }
}

fn ordered(a: &Value, b: &Value, is: fn(Ordering) -> bool) -> Value {
    let order = match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Int(_) | Value::Double(_), Value::Int(_) | Value::Double(_)) => {
            number(a).zip(number(b)).and_then(|(a, b)| match (a, b) {
                (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
                (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
            })
        }
        _ => None,
    };
    order.is_some_and(is).into()
}

fn texts(text: &Value, part: &Value, is: fn(&str, &str) -> bool) -> Value {
    text.as_str().zip(part.as_str()).is_some_and(|(text, part)| is(text, part)).into()
}

/// `10 - 20`, or `< 0` and `> 30` beyond the bounds.
fn bucket(value: &Value, size: &Value, least: Option<Number>, most: Option<Number>) -> Value {
    let (Some(value), Some(size)) = (number(value), number(size)) else { return Value::Empty };
    let (value, size) = (value.as_f64(), size.as_f64());
    if size.is_nan() || size <= 0.0 || !value.is_finite() {
        return Value::Empty;
    }
    let least = least.map(Number::as_f64);
    if let Some(least) = least.filter(|least| value < *least) {
        return Value::text(format!("< {least}"));
    }
    if let Some(most) = most.map(Number::as_f64).filter(|most| value > *most) {
        return Value::text(format!("> {most}"));
    }
    let first = least.unwrap_or(0.0);
    let start = first + ((value - first) / size).floor() * size;
    Value::text(format!("{start} - {}", start + size))
}

/// The moment so many seconds after 1970, in UTC, as `strftime` writes it.
fn format_time(format: &Value, seconds: &Value) -> Option<String> {
    let nanos = number(seconds)?.as_f64() * 1e9;
    let moment = Timestamp::from_nanosecond(nanos as i128).ok()?;
    strtime::format(format.as_str()?, &moment.to_zoned(TimeZone::UTC)).ok()
}
