//! `--limit NAME=VALUE`: what a client may cost, by the names that the receiver gives it.

use crate::args::bytes;
use crate::failure::Failure;
use crate::when::length_ns;
use skep_engine::receive::{DecodedLimits, Limits, VALUE_LEVELS_MAX};
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

/// The defaults, with what was said on the command line; of a name given twice the later value holds.
pub(super) fn limits(settings: &[String]) -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    for setting in settings {
        set(&mut limits, setting).map_err(|why| {
            let names = slots(&mut limits).map(|(name, _)| name).join(", ");
            Failure::Usage(format!("--limit {setting}: {why}; the limits are {names}"))
        })?;
    }
    let Limits { body_bytes, in_flight_bytes, decoded, .. } = limits;
    if decoded.value_levels > VALUE_LEVELS_MAX {
        return Err(Failure::Usage(format!("--limit: value_levels may be {VALUE_LEVELS_MAX} at most")));
    }
    if body_bytes > in_flight_bytes / 2 {
        // It would be put off for ever, and its sender would try for ever.
        return Err(Failure::Usage(format!(
            "--limit: a body of body_bytes={body_bytes} and its events never fit into in_flight_bytes={in_flight_bytes}, \
             which has to be twice as large"
        )));
    }
    Ok(limits)
}

fn set(limits: &mut Limits, setting: &str) -> Result<(), String> {
    let (name, value) = setting.split_once('=').ok_or("it is written NAME=VALUE")?;
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

fn size<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let n_bytes = bytes(text)?;
    let fits = (1..=SIZE_BYTES_MAX).contains(&n_bytes).then(|| T::try_from(n_bytes).ok());
    fits.flatten().ok_or_else(|| format!("{text:?} is out of range"))
}

fn count<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let n: u64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    (n > 0).then(|| T::try_from(n).ok()).flatten().ok_or_else(|| format!("{text:?} is out of range"))
}

fn time(text: &str) -> Result<Duration, String> {
    let length = Duration::from_nanos(length_ns(text).map_err(|failure| failure.to_string())?);
    let is_in_range = !length.is_zero() && length <= TIMEOUT_MAX;
    is_in_range.then_some(length).ok_or_else(|| format!("{text:?} is out of range; a day is the most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(settings: &[&str]) -> Result<Limits, String> {
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        limits(&settings).map_err(|failure| {
            assert!(matches!(failure, Failure::Usage(_)), "exit code 2: {failure}");
            failure.to_string()
        })
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
    }

    #[test]
    fn what_is_no_limit_is_refused_with_the_names() {
        for (setting, why) in [
            ("", "NAME=VALUE"),
            ("body_bytes", "NAME=VALUE"),
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
            assert!(message.contains("body_bytes, in_flight_bytes, connections"), "{setting}: {message}");
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
