use skep_model::EventKind;
use skep_model::columns::EventColumns;

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
    pub(crate) fn of(columns: &EventColumns) -> Self {
        let n_ids = |ids: &[[u8; 8]]| ids.iter().filter(|id| **id != [0; 8]).count() as u32;
        let mut census = Census {
            with_trace_id: columns.trace_ids.iter().filter(|id| **id != [0; 16]).count() as u32,
            with_span_id: n_ids(&columns.span_ids),
            with_parent_id: n_ids(&columns.parent_ids),
            with_name: columns.names.n_populated() as u32,
            ..Census::default()
        };
        for ((kind, time), end) in columns.kinds.iter().zip(&columns.times).zip(&columns.ends) {
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
