use crate::counters::Counters;
use crate::error::ReadError;
use crate::segment::{Segment, TraceRows};
use skep_model::{Nanos, TraceId};
use std::collections::HashSet;
use std::sync::Arc;

/// Everything that could be read at one moment. Holding it costs memory, never locks; what it shows stays in the file
/// for as long as it is held.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub(crate) segments: Vec<Segment>,
    pub(crate) generation: u64,
    pub(crate) counters: Counters,
    pub(crate) pins: Arc<HashSet<TraceId>>,
}

impl Snapshot {
    /// Oldest first; the last one may be the open one as it was.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Grows with every commit.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The totals at that moment.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Whether retention leaves a trace alone.
    #[must_use]
    pub fn is_pinned(&self, trace_id: TraceId) -> bool {
        self.pins.contains(&trace_id)
    }

    /// Events that can be read.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.segments.iter().map(Segment::n_rows).sum()
    }

    /// The earliest and the latest event time.
    #[must_use]
    pub fn time_bounds(&self) -> Option<(Nanos, Nanos)> {
        let bounds = || self.segments.iter().map(Segment::time_bounds);
        Some((bounds().map(|(first, _)| first).min()?, bounds().map(|(_, last)| last).max()?))
    }

    /// All events of one trace, in memory.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn trace(&self, trace_id: TraceId) -> Result<TraceRows, ReadError> {
        let mut parts = Vec::new();
        for segment in &self.segments {
            parts.extend(segment.trace(trace_id)?);
        }
        Ok(TraceRows { parts })
    }
}
