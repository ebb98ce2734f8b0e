//! The only place of the tests that reads a clock: to stamp spans and to report how long something took.
//! No test asserts a time.
#![allow(clippy::disallowed_methods, reason = "this is the tests' clock")]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds since the Unix epoch.
#[must_use]
pub fn unix_nanos() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    u64::try_from(since_epoch.as_nanos()).expect("nanoseconds fit 64 bits until 2554")
}

/// A point to measure from.
#[must_use]
pub fn start() -> Instant {
    Instant::now()
}
