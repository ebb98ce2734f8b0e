//! What every question carries beside its text: a time range, a way to stop it, and how it may fail.

use crate::Unreadable;
use skep_model::Nanos;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Event times a question covers: `start <= time < end`. An open end has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// The first time inside.
    pub start: Option<Nanos>,
    /// The first time no longer inside.
    pub end: Option<Nanos>,
}

impl TimeRange {
    /// All of time.
    pub const ALL: TimeRange = TimeRange { start: None, end: None };

    /// Whether a time lies inside.
    #[must_use]
    pub fn contains(self, time: Nanos) -> bool {
        self.start.is_none_or(|start| start <= time) && self.end.is_none_or(|end| time < end)
    }

    /// The times inside both.
    #[must_use]
    pub fn intersect(self, other: TimeRange) -> TimeRange {
        TimeRange {
            start: self.start.max(other.start),
            end: match (self.end, other.end) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        }
    }
}

/// Stops a running question from another thread. Clones share one flag; it never goes back.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the question to stop; it does so before its next segment.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Goes on or stops.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`] once a stop was asked for.
    pub fn check(&self) -> Result<(), QueryError> {
        if self.is_cancelled() { Err(QueryError::Cancelled) } else { Ok(()) }
    }
}

/// Why a question has no answer. Telemetry is no reason: a missing field is missing in every row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// [`Cancel::cancel`] was called.
    #[error("cancelled")]
    Cancelled,
    /// The question is well formed but cannot be answered; the text says why and what to do.
    #[error("{0}")]
    Invalid(String),
    /// The store could not read a column; the text is what it said.
    #[error("a column cannot be read: {0}")]
    Unreadable(String),
}

impl From<Unreadable> for QueryError {
    fn from(Unreadable(reason): Unreadable) -> Self {
        QueryError::Unreadable(reason)
    }
}
