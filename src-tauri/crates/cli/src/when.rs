//! Times as people write them.

use crate::args::Times;
use crate::failure::Failure;
use jiff::Timestamp;
use skep_engine::settings::parse_length;
use skep_engine::store::clock::Clock;

/// Start and end in nanoseconds since the Unix epoch, as the api takes them.
pub(crate) struct Range {
    pub(crate) start_ns: Option<String>,
    pub(crate) end_ns: Option<String>,
}

/// Reads `--since`, `--start` and `--end`; without any, everything.
pub(crate) fn range(times: &Times, clock: &dyn Clock) -> Result<Range, Failure> {
    let start_ns = match (&times.since, &times.start) {
        (Some(since), _) => Some(clock.now().0.saturating_sub(length_ns(since)?).to_string()),
        (None, Some(start)) => Some(moment_ns(start)?),
        (None, None) => None,
    };
    Ok(Range { start_ns, end_ns: times.end.as_deref().map(moment_ns).transpose()? })
}

/// Reads a length of time.
fn length_ns(text: &str) -> Result<u64, Failure> {
    let length = parse_length(text).map_err(Failure::Usage)?;
    Ok(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX))
}

fn moment_ns(text: &str) -> Result<String, Failure> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok() {
        return Ok(text.to_owned());
    }
    let moment = text.parse::<Timestamp>().ok();
    moment.and_then(|moment| u64::try_from(moment.as_nanosecond()).ok()).map(|ns| ns.to_string()).ok_or_else(
        || Failure::Usage(format!("{text:?} is not a moment; try 2026-01-31T09:00:00Z, or nanoseconds")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_moments_as_people_write_them() {
        assert_eq!(length_ns("1h 30m").ok(), Some(5_400_000_000_000));
        assert_eq!(moment_ns("2026-01-31T09:00:00Z").unwrap(), "1769850000000000000");
        assert_eq!(moment_ns("1769850000000000001").unwrap(), "1769850000000000001");
        for text in ["", "yesterday", "-5m", "99999999999999999999999"] {
            assert!(length_ns(text).is_err() && moment_ns(text).is_err(), "{text}");
        }
    }
}
