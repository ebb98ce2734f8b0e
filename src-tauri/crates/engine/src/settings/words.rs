//! Sizes and lengths of time as people write them, both ways.

use jiff::SignedDuration;
use std::time::Duration;

const SIZE_UNITS: [(&str, u32); 5] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10), ("", 0)];
const LENGTH_UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads a size in bytes, with or without a unit.
///
/// # Errors
/// A sentence that shows how one is written.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let read = SIZE_UNITS.iter().find_map(|(unit, shift)| {
        let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(1 << shift)
    });
    read.ok_or_else(|| format!("{text:?} is not a size; try 500MiB or 2GiB"))
}

/// Writes a size so that reading it gives the same.
#[must_use]
pub fn format_bytes(n_bytes: u64) -> String {
    let fits = |(_, shift): &&(&str, u32)| n_bytes > 0 && n_bytes.is_multiple_of(1 << shift);
    let (unit, shift) = SIZE_UNITS.iter().find(fits).unwrap_or(&("", 0));
    format!("{}{unit}", n_bytes >> shift)
}

/// Reads a length of time.
///
/// # Errors
/// A sentence that shows how one is written.
pub fn parse_length(text: &str) -> Result<Duration, String> {
    let length = with_days(text).parse::<SignedDuration>().ok();
    let length = length.and_then(|length| Duration::try_from(length).ok());
    // Beyond, nanoseconds no longer fit into 64 bits.
    let in_range = length.filter(|length| u64::try_from(length.as_nanos()).is_ok());
    in_range.ok_or_else(|| format!("{text:?} is not a length of time; try 15m, 1h or 2d"))
}

/// Whole days in hours: a length of time here has no calendar, so a day is 24 hours.
fn with_days(text: &str) -> String {
    match text.trim().strip_suffix('d').and_then(|days| days.trim().parse::<u32>().ok()) {
        Some(days) => format!("{}h", u64::from(days) * 24),
        None => text.to_owned(),
    }
}

/// Writes a length of time in the largest unit that says it exactly; what is less than a second is left out.
#[must_use]
pub fn format_length(length: Duration) -> String {
    let secs = length.as_secs();
    let fits = |(_, unit_secs): &&(&str, u64)| secs > 0 && secs.is_multiple_of(*unit_secs);
    let (unit, unit_secs) = LENGTH_UNITS.iter().find(fits).unwrap_or(&("s", 1));
    format!("{}{unit}", secs / unit_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        assert_eq!(parse_bytes("2GiB"), Ok(2 << 30));
        assert_eq!(parse_bytes("500 MiB"), Ok(500 << 20));
        assert_eq!(parse_bytes("4096"), Ok(4096));
        for text in ["", "GiB", "2GB", "-1", "99999999999TiB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for (n_bytes, text) in [(0, "0"), (1, "1"), (1536, "1536"), (3 << 20, "3MiB"), (2 << 30, "2GiB")] {
            assert_eq!(format_bytes(n_bytes), text);
            assert_eq!(parse_bytes(text), Ok(n_bytes));
        }
        for (secs, text) in [(0, "0s"), (90, "90s"), (900, "15m"), (7_200, "2h"), (30 * 86_400, "30d")] {
            assert_eq!(format_length(Duration::from_secs(secs)), text);
            assert_eq!(parse_length(text), Ok(Duration::from_secs(secs)));
        }
    }

    #[test]
    fn lengths_as_people_write_them() {
        for (text, secs) in [("90s", 90), ("1h 30m", 5_400), ("2d", 172_800)] {
            assert_eq!(parse_length(text), Ok(Duration::from_secs(secs)), "{text}");
        }
        for text in ["", "yesterday", "-5m", "99999999999999999999999", "99999999999s", "4000000000d"] {
            assert!(parse_length(text).is_err(), "{text}");
        }
    }
}
