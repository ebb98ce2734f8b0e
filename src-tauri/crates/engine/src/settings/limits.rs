//! What a client may cost, by the names that the receiver gives it: those of `[receiver.limits]` and of `--limit`.

use super::words::{format_bytes, format_length, parse_bytes, parse_length};
use skep_receive::{DecodedLimits, Limits, VALUE_LEVELS_MAX};
use std::time::Duration;

/// More is a slip of the pen. It keeps sums of sizes within an integer's range.
const SIZE_BYTES_MAX: u64 = 1 << 40;
/// More is never waited for. It keeps moments within the clock's range.
const TIMEOUT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A limit, by the kind of its value.
enum Slot<'a> {
    Size(&'a mut usize),
    Size32(&'a mut u32),
    Count(&'a mut usize),
    Count32(&'a mut u32),
    Time(&'a mut Duration),
}

/// Every limit by its name. Taken apart, so that a new one is a compile error here.
fn slots(limits: &mut Limits) -> [(&'static str, Slot<'_>); 15] {
    let Limits {
        body_bytes,
        in_flight_bytes,
        connections,
        streams,
        header_bytes,
        header_timeout,
        body_timeout,
        idle_timeout,
        decoded:
            DecodedLimits {
                value_bytes,
                key_bytes,
                name_bytes,
                attributes,
                value_items,
                value_levels,
                request_events,
            },
    } = limits;
    [
        ("body_bytes", Slot::Size(body_bytes)),
        ("in_flight_bytes", Slot::Size(in_flight_bytes)),
        ("connections", Slot::Count(connections)),
        ("streams", Slot::Count32(streams)),
        ("header_bytes", Slot::Size32(header_bytes)),
        ("header_timeout", Slot::Time(header_timeout)),
        ("body_timeout", Slot::Time(body_timeout)),
        ("idle_timeout", Slot::Time(idle_timeout)),
        ("value_bytes", Slot::Size(value_bytes)),
        ("key_bytes", Slot::Size(key_bytes)),
        ("name_bytes", Slot::Size(name_bytes)),
        ("attributes", Slot::Count(attributes)),
        ("value_items", Slot::Count(value_items)),
        ("value_levels", Slot::Count(value_levels)),
        ("request_events", Slot::Count(request_events)),
    ]
}

/// Sets one limit by its name.
///
/// # Errors
/// Why the value cannot be, in a sentence.
pub fn set_limit(limits: &mut Limits, name: &str, value: &str) -> Result<(), String> {
    let slot = slots(limits).into_iter().find(|(known, _)| *known == name);
    let (_, slot) = slot.ok_or_else(|| format!("there is no limit {name:?}"))?;
    match slot {
        Slot::Size(slot) => *slot = size(value)?,
        Slot::Size32(slot) => *slot = size(value)?,
        Slot::Count(slot) => *slot = count(value)?,
        Slot::Count32(slot) => *slot = count(value)?,
        Slot::Time(slot) => *slot = time(value)?,
    }
    Ok(())
}

/// One limit by its name, as [`set_limit`] reads it; empty for a name that is none.
pub(super) fn limit(limits: &Limits, name: &str) -> String {
    let mut limits = limits.clone();
    let slot = slots(&mut limits).into_iter().find(|(known, _)| *known == name);
    slot.map_or_else(String::new, |(_, slot)| match slot {
        Slot::Size(slot) => format_bytes(*slot as u64),
        Slot::Size32(slot) => format_bytes(u64::from(*slot)),
        Slot::Count(slot) => slot.to_string(),
        Slot::Count32(slot) => slot.to_string(),
        Slot::Time(slot) => format_length(*slot),
    })
}

/// The names of all limits.
#[must_use]
pub fn limit_names() -> Vec<&'static str> {
    slots(&mut Limits::default()).map(|(name, _)| name).to_vec()
}

/// Whether the limits can hold together.
///
/// # Errors
/// Why not, in a sentence.
pub fn check_limits(limits: &Limits) -> Result<(), String> {
    let Limits { body_bytes, in_flight_bytes, decoded, .. } = limits;
    if decoded.value_levels > VALUE_LEVELS_MAX {
        return Err(format!("value_levels may be {VALUE_LEVELS_MAX} at most"));
    }
    if *body_bytes > in_flight_bytes / 2 {
        // It would be put off for ever, and its sender would try for ever.
        return Err(format!(
            "a body of body_bytes={body_bytes} and its events never fit into in_flight_bytes={in_flight_bytes}, which \
             has to be twice as large"
        ));
    }
    Ok(())
}

fn size<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let n_bytes = parse_bytes(text)?;
    let fits = (1..=SIZE_BYTES_MAX).contains(&n_bytes).then(|| T::try_from(n_bytes).ok());
    fits.flatten().ok_or_else(|| format!("{text:?} is out of range"))
}

fn count<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let n: u64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    (n > 0).then(|| T::try_from(n).ok()).flatten().ok_or_else(|| format!("{text:?} is out of range"))
}

fn time(text: &str) -> Result<Duration, String> {
    let length = parse_length(text)?;
    let is_in_range = !length.is_zero() && length <= TIMEOUT_MAX;
    is_in_range.then_some(length).ok_or_else(|| format!("{text:?} is out of range; a day is the most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(settings: &[&str]) -> Result<Limits, String> {
        let mut limits = Limits::default();
        for setting in settings {
            let (name, value) = setting.split_once('=').unwrap();
            set_limit(&mut limits, name, value)?;
        }
        check_limits(&limits)?;
        Ok(limits)
    }

    #[test]
    fn every_limit_has_its_name_and_the_last_word_counts() {
        let limits = said(&[
            "body_bytes=1MiB",
            "in_flight_bytes=8MiB",
            "connections=7",
            "streams=5",
            "header_bytes=4KiB",
            "header_timeout=1s",
            "body_timeout=1m",
            "idle_timeout=1h 30m",
            "streams=6",
            "value_bytes=2MiB",
            "key_bytes=100",
            "name_bytes=1KiB",
            "attributes=9",
            "value_items=10",
            "value_levels=100",
            "request_events=12",
        ])
        .unwrap();
        let expected = Limits {
            body_bytes: 1 << 20,
            in_flight_bytes: 8 << 20,
            connections: 7,
            streams: 6,
            header_bytes: 4 << 10,
            header_timeout: Duration::from_secs(1),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(5_400),
            decoded: DecodedLimits {
                value_bytes: 2 << 20,
                key_bytes: 100,
                name_bytes: 1 << 10,
                attributes: 9,
                value_items: 10,
                value_levels: 100,
                request_events: 12,
            },
        };
        assert_eq!(format!("{limits:?}"), format!("{expected:?}"));
        assert_eq!(format!("{:?}", said(&[]).unwrap()), format!("{:?}", Limits::default()));
        for name in limit_names() {
            let mut other = Limits::default();
            set_limit(&mut other, name, &limit(&limits, name)).unwrap();
            assert_eq!(limit(&other, name), limit(&limits, name), "{name} is written as it is read");
        }
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for (setting, why) in [
            ("bodies=1", "no limit \"bodies\""),
            ("BODY_BYTES=1", "no limit"),
            ("body_bytes=", "not a size"),
            ("body_bytes=2GB", "not a size"),
            ("body_bytes=0", "out of range"),
            ("body_bytes=2TiB", "out of range"),
            ("header_bytes=4GiB", "out of range"),
            ("connections=-1", "not a number"),
            ("connections=1KiB", "not a number"),
            ("connections=0", "out of range"),
            ("streams=4294967296", "out of range"),
            ("idle_timeout=soon", "not a length of time"),
            ("idle_timeout=0s", "out of range"),
            ("idle_timeout=2d", "out of range"),
        ] {
            let message = said(&[setting]).unwrap_err();
            assert!(message.contains(why), "{setting}: {message}");
        }
    }

    #[test]
    fn what_cannot_hold_is_refused() {
        let message = said(&["body_bytes=2MiB", "in_flight_bytes=1MiB"]).unwrap_err();
        assert!(message.contains("twice as large"), "{message}");
        said(&["body_bytes=1MiB", "in_flight_bytes=2MiB"]).unwrap();
        let message = said(&["value_levels=101"]).unwrap_err();
        assert!(message.contains("100 at most"), "{message}");
    }
}
