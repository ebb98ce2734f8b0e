use crate::counters::Counters;
use crate::segment::{Segment, TraceRows};
use skep_model::{Nanos, TraceId};
use std::sync::Arc;

/// Everything that could be read at one moment. Holding it costs memory, never locks.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) generation: u64,
    pub(crate) counters: Counters,
}

impl Snapshot {
    /// Oldest first; the last one may be the open one as it was.
    #[must_use]
    pub fn segments(&self) -> &[Arc<Segment>] {
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

    /// Events that can be read.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.segments.iter().map(|segment| segment.n_rows()).sum()
    }

    /// The earliest and the latest event time.
    #[must_use]
    pub fn time_bounds(&self) -> Option<(Nanos, Nanos)> {
        let bounds = || self.segments.iter().map(|segment| segment.time_bounds());
        Some((bounds().map(|(first, _)| first).min()?, bounds().map(|(_, last)| last).max()?))
    }

    /// All events of one trace.
    #[must_use]
    pub fn trace(&self, trace_id: TraceId) -> TraceRows {
        let parts = self.segments.iter().filter_map(|segment| {
            let rows = segment.rows_of_trace(trace_id);
            (!rows.is_empty()).then(|| (Arc::clone(segment), rows.to_vec()))
        });
        TraceRows { parts: parts.collect() }
    }
}
