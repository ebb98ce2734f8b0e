use crate::append::KeptBits;
use crate::counters::Counters;
use crate::sealed::SealedSegment;
use crate::segment::{EntryInfo, MemorySegment, Segment, SegmentBuilder};
use crate::snapshot::Snapshot;
use skep_model::TraceId;
use skep_model::columns::EventColumns;
use std::collections::HashSet;
use std::sync::Arc;

/// Rows after which the open segment is frozen and the next one begun. Small, since a reader copies the open one.
const FREEZE_ROWS: usize = 8 * 1024;

/// Bytes of requests after which it is frozen before it has that many rows: values may be a MiB each.
const FREEZE_REQUEST_BYTES: usize = 16 << 20;

/// A request of so many rows is a segment of its own until it is sealed, which brings its columns together with
/// others' anyway. Smaller ones would make too many segments.
const OWN_SEGMENT_ROWS: usize = 256;

/// What can be read, as it grows. The writer pushes under a lock that is held only for that; readers take a
/// [`Snapshot`], which copies the open segment at most once a generation.
///
/// ```text
/// sealed, in the file | frozen, in memory | open
/// ------------------- oldest to newest -------->
/// ```
#[derive(Debug)]
pub(crate) struct Memory {
    /// Rows after which the open segment is frozen.
    freeze_rows: usize,
    sealed: Vec<Arc<SealedSegment>>,
    frozen: Vec<Arc<MemorySegment>>,
    open: SegmentBuilder,
    generation: u64,
    counters: Counters,
    pins: Arc<HashSet<TraceId>>,
    last_snapshot: Option<Arc<Snapshot>>,
}

impl Memory {
    /// `segment_rows` are what is sealed at once: no more may be frozen.
    pub(crate) fn new(sealed: Vec<Arc<SealedSegment>>, segment_rows: usize) -> Self {
        Self {
            freeze_rows: segment_rows.min(FREEZE_ROWS),
            sealed,
            frozen: Vec::new(),
            open: SegmentBuilder::default(),
            generation: 0,
            counters: Counters::default(),
            pins: Arc::default(),
            last_snapshot: None,
        }
    }

    /// Adds those events of a log entry that are no repeats.
    pub(crate) fn push(&mut self, entry: EntryInfo, columns: EventColumns, kept: Option<&KeptBits>) {
        if columns.is_empty() {
            return;
        }
        if kept.is_none() && columns.n_rows() >= OWN_SEGMENT_ROWS {
            self.freeze_open();
            let segment = MemorySegment::new(columns, entry.raw_bytes, entry.received, entry.seq);
            self.frozen.push(Arc::new(segment));
            return;
        }
        self.open.push(entry, &columns, kept);
        // Only here, between two entries: an entry's rows never lie in two segments, so a segment can leave the log
        // together with its entries.
        if self.open.n_rows() >= self.freeze_rows || self.open.request_bytes() >= FREEZE_REQUEST_BYTES {
            self.freeze_open();
        }
    }

    /// Ends the open segment, so that it can be sealed.
    pub(crate) fn freeze_open(&mut self) {
        if self.open.n_rows() > 0 {
            self.frozen.push(Arc::new(std::mem::take(&mut self.open).freeze()));
        }
    }

    /// Makes what was pushed visible, with the totals it belongs to.
    pub(crate) fn publish(&mut self, counters: Counters) -> u64 {
        self.counters = counters;
        self.generation += 1;
        // It would keep segments alive that no one reads any more.
        self.last_snapshot = None;
        self.generation
    }

    /// Shows which traces are pinned, from the next [`Memory::publish`] on.
    pub(crate) fn set_pins(&mut self, pins: Arc<HashSet<TraceId>>) {
        self.pins = pins;
    }

    /// Goes on after what another has published.
    pub(crate) fn follow(&mut self, before: &Memory) {
        self.generation = before.generation;
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    pub(crate) fn snapshot(&mut self) -> Arc<Snapshot> {
        if let Some(last) = &self.last_snapshot {
            return Arc::clone(last);
        }
        let sealed = self.sealed.iter().map(|segment| Segment::Sealed(Arc::clone(segment)));
        let frozen = self.frozen.iter().map(|segment| Segment::Memory(Arc::clone(segment)));
        let mut segments: Vec<Segment> = sealed.chain(frozen).collect();
        if self.open.n_rows() > 0 {
            segments.push(Segment::Memory(Arc::new(self.open.snapshot())));
        }
        let snapshot = Arc::new(Snapshot {
            segments,
            generation: self.generation,
            counters: self.counters,
            pins: Arc::clone(&self.pins),
        });
        self.last_snapshot = Some(Arc::clone(&snapshot));
        snapshot
    }

    pub(crate) fn pins(&self) -> &Arc<HashSet<TraceId>> {
        &self.pins
    }

    pub(crate) fn sealed(&self) -> &[Arc<SealedSegment>] {
        &self.sealed
    }

    /// What is full but not sealed yet.
    pub(crate) fn frozen(&self) -> &[Arc<MemorySegment>] {
        &self.frozen
    }

    /// Rows that only the log keeps.
    pub(crate) fn n_unsealed_rows(&self) -> usize {
        self.open.n_rows() + self.frozen.iter().map(|segment| segment.n_rows()).sum::<usize>()
    }

    /// Spans among them.
    pub(crate) fn n_unsealed_spans(&self) -> usize {
        let of_frozen: usize = self.frozen.iter().map(|segment| segment.census.kinds[0] as usize).sum();
        self.open.n_spans() + of_frozen
    }

    /// Puts a sealed segment in the place of the `n_frozen` oldest that it was made of.
    pub(crate) fn seal(&mut self, n_frozen: usize, sealed: Option<Arc<SealedSegment>>) {
        self.frozen.drain(..n_frozen);
        self.sealed.extend(sealed);
    }

    /// Puts a segment, if any, in the place of others, which may still be read by those who hold them.
    pub(crate) fn replace(&mut self, old: &[u64], new: Option<Arc<SealedSegment>>) {
        self.sealed.retain(|segment| !old.contains(&segment.id));
        self.sealed.extend(new);
        self.sealed.sort_by_key(|segment| (segment.last_seq, segment.id));
    }
}
