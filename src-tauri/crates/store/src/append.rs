use crate::counters::Counters;
use skep_model::columns::EventColumns;
use skep_model::{Encoding, EventFlags, EventKind, Nanos, Signal, Text};

/// One request to keep.
#[derive(Debug)]
pub struct Append {
    /// When it arrived.
    pub received: Nanos,
    /// By which service.
    pub signal: Signal,
    /// How the body is written.
    pub encoding: Encoding,
    /// `x-honeycomb-dataset`, if the sender set it; of Honeycomb's own events the dataset in their path.
    pub dataset: Option<Text>,
    /// The body as sent, decompressed.
    pub body: Vec<u8>,
    /// The body's events. In OTLP a span is followed by its own events and links.
    pub columns: EventColumns,
    /// Events of the body that could not be read.
    pub n_rejected: u64,
    /// Spans among them.
    pub n_spans_rejected: u64,
}

/// What became of a request's events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Events kept.
    pub n_stored: u64,
    /// Events that were there before.
    pub n_duplicate: u64,
}

/// Which events of a request were not kept before, and what that adds to the totals.
pub(crate) struct Deduplicated {
    /// Which events these are; nothing where all of them are.
    pub(crate) kept: Option<KeptBits>,
    pub(crate) counters: Counters,
}

impl Deduplicated {
    /// Splits the rows of `columns` by `is_fresh`, which is asked for each span's fingerprint; a span's own events and
    /// links follow it.
    pub(crate) fn new(
        columns: &EventColumns,
        n_rejected: u64,
        n_spans_rejected: u64,
        mut is_fresh: impl FnMut(u64) -> bool,
    ) -> Self {
        let n_events = columns.n_rows();
        let mut counters = Counters {
            received: n_events as u64 + n_rejected,
            rejected: n_rejected,
            spans_rejected: n_spans_rejected,
            spans_received: n_spans_rejected,
            ..Counters::default()
        };
        let mut bits = KeptBits::none(n_events);
        let mut repeated_span = None;
        let mut fingerprints = columns.fingerprints.iter();
        for row in 0..n_events {
            let kind = columns.kind(row);
            let is_span = kind == EventKind::Span;
            let is_repeat = match kind {
                EventKind::Span => {
                    let is_repeat = fingerprints.next().is_some_and(|span| !is_fresh(*span));
                    repeated_span = is_repeat.then(|| (columns.trace_ids[row], columns.span_ids[row]));
                    is_repeat
                }
                // Honeycomb's senders give them in any order: one of another span is judged by itself.
                EventKind::SpanEvent | EventKind::Link => {
                    repeated_span == Some((columns.trace_ids[row], columns.parent_ids[row]))
                }
                EventKind::Log | EventKind::MetricPoint => false,
            };
            counters.spans_received += u64::from(is_span);
            if !is_repeat {
                let flags = EventFlags(columns.flags[row]);
                counters.stored += 1;
                counters.spans_stored += u64::from(is_span);
                counters.repaired += u64::from(flags.contains(EventFlags::REPAIRED));
                counters.truncated += u64::from(flags.contains(EventFlags::TRUNCATED));
                bits.set(row);
            } else {
                counters.duplicate += 1;
                counters.spans_duplicate += u64::from(is_span);
            }
        }
        let kept = (counters.duplicate > 0).then_some(bits);
        Self { kept, counters }
    }
}

/// One bit for each event of a request, the lowest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptBits(pub(crate) Vec<u8>);

impl KeptBits {
    fn none(n_events: usize) -> Self {
        Self(vec![0; n_events.div_ceil(8)])
    }

    fn set(&mut self, idx: usize) {
        self.0[idx / 8] |= 1 << (idx % 8);
    }

    /// Whether an event was kept.
    pub(crate) fn contains(&self, idx: usize) -> bool {
        self.0.get(idx / 8).is_some_and(|byte| byte >> (idx % 8) & 1 == 1)
    }
}
