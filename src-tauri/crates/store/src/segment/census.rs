use super::memory::MemorySegment;
use skep_model::EventKind;

/// How many rows of a segment have each of the fixed columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Rows of each [`EventKind`], by its number.
    pub kinds: [u32; 5],
    /// Rows of a trace.
    pub with_trace_id: u32,
    /// Rows with a span id of their own.
    pub with_span_id: u32,
    /// Rows with a parent id.
    pub with_parent_id: u32,
    /// Rows with a name.
    pub with_name: u32,
    /// Spans whose end lies before their start.
    pub with_invalid_duration: u32,
}

impl Census {
    pub(crate) fn of(segment: &MemorySegment) -> Self {
        let is_present = |ids: &[u8], width: usize| {
            let present = ids.chunks_exact(width).filter(|id| id.iter().any(|byte| *byte != 0));
            present.count() as u32
        };
        let mut census = Census {
            with_trace_id: is_present(&segment.trace_ids, 16),
            with_span_id: is_present(&segment.span_ids, 8),
            with_parent_id: is_present(&segment.parent_ids, 8),
            with_name: segment.names.n_populated() as u32,
            ..Census::default()
        };
        for ((kind, time), end) in segment.kinds.iter().zip(segment.times.iter()).zip(segment.ends.iter()) {
            census.note(*kind, *time, *end);
        }
        census
    }

    pub(crate) fn note(&mut self, kind: u8, time: u64, end: u64) {
        self.kinds[usize::from(kind.min(4))] += 1;
        let ends_before_start = end != 0 && end < time;
        self.with_invalid_duration += u32::from(kind == EventKind::Span as u8 && ends_before_start);
    }

    /// Each number, in stored order; a new field is a compile error here.
    pub(crate) fn numbers(&mut self) -> [&mut u32; 10] {
        let Census { kinds, with_trace_id, with_span_id, with_parent_id, with_name, with_invalid_duration } =
            self;
        let [spans, events, links, logs, points] = kinds;
        [
            spans,
            events,
            links,
            logs,
            points,
            with_trace_id,
            with_span_id,
            with_parent_id,
            with_name,
            with_invalid_duration,
        ]
    }
}
