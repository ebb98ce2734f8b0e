use crate::counters::Counters;
use skep_model::{Encoding, Event, EventFlags, EventKind, Nanos, Signal, Text};

/// One request to keep.
#[derive(Debug)]
pub struct Append {
    /// When it arrived.
    pub received: Nanos,
    /// By which service.
    pub signal: Signal,
    /// How the body is written.
    pub encoding: Encoding,
    /// `x-honeycomb-dataset`, if the sender set it.
    pub dataset: Option<Text>,
    /// The body as sent, decompressed.
    pub body: Vec<u8>,
    /// The body's events. A span is followed by its own events and links.
    pub events: Vec<Event>,
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

/// A request without the events that were kept before, and what that adds to the totals.
pub(crate) struct Deduplicated {
    pub(crate) fresh: Vec<Event>,
    /// Which events these are; nothing where all of them are.
    pub(crate) kept: Option<KeptBits>,
    pub(crate) counters: Counters,
}

impl Deduplicated {
    /// Splits `events` by `is_fresh`, which is asked for each span; a span's own events and links follow it.
    pub(crate) fn new(
        events: Vec<Event>,
        n_rejected: u64,
        n_spans_rejected: u64,
        mut is_fresh: impl FnMut(&Event) -> bool,
    ) -> Self {
        let mut counters = Counters {
            received: events.len() as u64 + n_rejected,
            rejected: n_rejected,
            spans_rejected: n_spans_rejected,
            spans_received: n_spans_rejected,
            ..Counters::default()
        };
        let mut fresh = Vec::with_capacity(events.len());
        let mut bits = KeptBits::none(events.len());
        let mut of_fresh_span = true;
        for (idx, event) in events.into_iter().enumerate() {
            let is_span = event.kind == EventKind::Span;
            match event.kind {
                EventKind::Span => of_fresh_span = is_fresh(&event),
                EventKind::SpanEvent | EventKind::Link => {}
                EventKind::Log | EventKind::MetricPoint => of_fresh_span = true,
            }
            counters.spans_received += u64::from(is_span);
            if of_fresh_span {
                counters.stored += 1;
                counters.spans_stored += u64::from(is_span);
                counters.repaired += u64::from(event.flags.contains(EventFlags::REPAIRED));
                counters.truncated += u64::from(event.flags.contains(EventFlags::TRUNCATED));
                bits.set(idx);
                fresh.push(event);
            } else {
                counters.duplicate += 1;
                counters.spans_duplicate += u64::from(is_span);
            }
        }
        let kept = (counters.duplicate > 0).then_some(bits);
        Self { fresh, kept, counters }
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
