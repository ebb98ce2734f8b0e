use crate::json::number;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use skep_model::Nanos;

/// Bytes of the longest time that is read: RFC 3339 with nanoseconds and an offset takes 35.
const TEXT_BYTES_MAX: usize = 64;

const NANOS_PER_MICRO: i128 = 1_000;
const NANOS_PER_MILLI: i128 = 1_000_000;
const NANOS_PER_SEC: i128 = 1_000_000_000;

/// A time as Honeycomb takes it: RFC 3339, or a number since the Unix epoch, whose unit its magnitude tells. Nothing
/// for what is neither, or lies before 1970 or after 2554.
pub(super) fn from_text(text: &str) -> Option<Nanos> {
    let text = text.trim();
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    if text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+'))
    {
        return from_digits(text);
    }
    let timestamp = text.parse::<Timestamp>().or_else(|_| utc(text));
    from_i128(timestamp.ok()?.as_nanosecond())
}

/// A time as Honeycomb writes it.
#[must_use]
pub fn rfc3339(time: Nanos) -> String {
    // Every number of nanoseconds in 64 bits is a time of jiff's.
    Timestamp::from_nanosecond(time.0.into()).unwrap_or_default().to_string()
}

/// Without an offset it is UTC.
fn utc(text: &str) -> Result<Timestamp, jiff::Error> {
    Ok(text.parse::<DateTime>()?.to_zoned(TimeZone::UTC)?.timestamp())
}

/// A whole number in the unit that its magnitude tells; with a fraction, seconds.
fn from_digits(text: &str) -> Option<Nanos> {
    match text.parse::<i128>() {
        Ok(integer) => from_integer(integer),
        Err(_) => from_seconds(text),
    }
}

/// Today's seconds have ten digits, milliseconds thirteen, microseconds sixteen, nanoseconds nineteen: up to eleven are
/// seconds, and so on, so that times from 1973 to 5138 are told apart.
pub(super) fn from_integer(integer: i128) -> Option<Nanos> {
    let unit = match integer.unsigned_abs().checked_ilog10().unwrap_or(0) {
        ..11 => NANOS_PER_SEC,
        11..14 => NANOS_PER_MILLI,
        14..17 => NANOS_PER_MICRO,
        17.. => 1,
    };
    from_i128(integer.checked_mul(unit)?)
}

/// Exact where a double would not be: with up to nine digits after the point.
fn from_seconds(text: &str) -> Option<Nanos> {
    if let Some(integer) = number::integer(text) {
        return from_integer(integer);
    }
    match number::integer(&format!("{text}e9")) {
        Some(nanos) => from_i128(nanos),
        None => from_double(text.parse().ok()?),
    }
}

/// As its shortest text is read, so that a number is the same time in JSON and in msgpack.
pub(super) fn from_double(seconds: f64) -> Option<Nanos> {
    if seconds.fract() == 0.0 && seconds.abs() < 1e19 {
        return from_integer(seconds as i128);
    }
    match number::integer(&format!("{seconds}e9")) {
        Some(nanos) => from_i128(nanos),
        None => from_i128((seconds * 1e9) as i128),
    }
}

pub(super) fn from_i128(nanos: i128) -> Option<Nanos> {
    u64::try_from(nanos).ok().filter(|nanos| *nanos > 0).map(Nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_of_a_time_is_read() {
        let cases = [
            ("2023-11-14T22:13:20Z", Some(1_700_000_000_000_000_000)),
            ("2023-11-14T22:13:20.123456789Z", Some(1_700_000_000_123_456_789)),
            ("2023-11-14T23:13:20.5+01:00", Some(1_700_000_000_500_000_000)),
            ("2023-11-14T22:13:20.123456", Some(1_700_000_000_123_456_000)),
            ("2023-11-14 22:13:20Z", Some(1_700_000_000_000_000_000)),
            ("1700000000", Some(1_700_000_000_000_000_000)),
            ("1700000000123", Some(1_700_000_000_123_000_000)),
            ("1700000000123456", Some(1_700_000_000_123_456_000)),
            ("1700000000123456789", Some(1_700_000_000_123_456_789)),
            ("1700000000.123456789", Some(1_700_000_000_123_456_789)),
            (" 1700000000.5 ", Some(1_700_000_000_500_000_000)),
            ("1.7e9", Some(1_700_000_000_000_000_000)),
            ("", None),
            ("yesterday", None),
            ("0", None),
            ("-5", None),
            ("1969-12-31T23:59:59Z", None),
            ("9999-12-31T23:59:59Z", None),
            ("99999999999999999999999999", None),
            ("1e400", None),
            ("1.2.3", None),
        ];
        for (text, expected) in cases {
            assert_eq!(from_text(text), expected.map(Nanos), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_read_like_their_texts() {
        for (double, expected) in [
            (1.7e9, Some(1_700_000_000_000_000_000)),
            (1_700_000_000_123.0, Some(1_700_000_000_123_000_000)),
            (1_700_000_000.5, Some(1_700_000_000_500_000_000)),
            (87_023_637.064_328_28, Some(87_023_637_064_328_280)),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (-1.0, None),
        ] {
            assert_eq!(from_double(double), expected.map(Nanos), "{double}");
            if double >= 0.0 {
                assert_eq!(from_text(&format!("{double:?}")), expected.map(Nanos), "{double:?}");
            }
        }
    }
}
