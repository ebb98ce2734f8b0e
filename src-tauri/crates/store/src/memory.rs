use crate::counters::Counters;
use crate::segment::{Segment, SegmentBuilder};
use crate::snapshot::Snapshot;
use skep_model::Event;
use std::sync::Arc;

/// What can be read, as it grows. The writer pushes under a lock that is held only for that; readers take a
/// [`Snapshot`], which copies the open segment at most once a generation.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    frozen: Vec<Arc<Segment>>,
    open: SegmentBuilder,
    generation: u64,
    counters: Counters,
    last_snapshot: Option<Arc<Snapshot>>,
}

impl Memory {
    /// Adds the events of log entry `seq`.
    pub(crate) fn push(&mut self, seq: u64, events: Vec<Event>) {
        for event in events {
            self.open.push(seq, event);
        }
        // Only here, between two entries: an entry's rows never lie in two segments, so a segment can leave together
        // with its entries.
        if self.open.is_full() {
            self.frozen.push(Arc::new(self.open.freeze()));
            self.open = SegmentBuilder::default();
        }
    }

    /// Makes what was pushed visible, with the totals it belongs to.
    pub(crate) fn publish(&mut self, counters: Counters) -> u64 {
        self.counters = counters;
        self.generation += 1;
        self.generation
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    pub(crate) fn snapshot(&mut self) -> Arc<Snapshot> {
        if let Some(last) = &self.last_snapshot
            && last.generation == self.generation
        {
            return Arc::clone(last);
        }
        let mut segments = self.frozen.clone();
        if self.open.n_rows() > 0 {
            segments.push(Arc::new(self.open.freeze()));
        }
        let snapshot = Arc::new(Snapshot { segments, generation: self.generation, counters: self.counters });
        self.last_snapshot = Some(Arc::clone(&snapshot));
        snapshot
    }

    /// The oldest segments that have to leave for at most `rows_limit` rows to stay.
    pub(crate) fn surplus(&self, rows_limit: usize) -> Option<Surplus> {
        let mut n_rows =
            self.open.n_rows() + self.frozen.iter().map(|segment| segment.n_rows()).sum::<usize>();
        let mut surplus = Surplus { n_segments: 0, n_rows: 0, last_seq: 0 };
        for segment in &self.frozen {
            if n_rows <= rows_limit {
                break;
            }
            n_rows -= segment.n_rows();
            surplus.n_segments += 1;
            surplus.n_rows += segment.n_rows() as u64;
            surplus.last_seq = segment.last_seq();
        }
        (surplus.n_segments > 0).then_some(surplus)
    }

    /// The oldest segment alone: what leaves for space, one commit at a time, so that no more goes than must.
    pub(crate) fn oldest(&self) -> Option<Surplus> {
        let segment = self.frozen.first()?;
        Some(Surplus { n_segments: 1, n_rows: segment.n_rows() as u64, last_seq: segment.last_seq() })
    }

    pub(crate) fn evict(&mut self, surplus: &Surplus) {
        self.frozen.drain(..surplus.n_segments);
    }
}

/// Segments to evict, the oldest ones.
#[derive(Debug)]
pub(crate) struct Surplus {
    pub(crate) n_segments: usize,
    pub(crate) n_rows: u64,
    pub(crate) last_seq: u64,
}
