use super::TraceView;
use skep_model::{Event, EventKind, Nanos, SpanId};

/// One span of a trace with everything that hangs below it.
pub struct SpanView {
    /// The span.
    pub span: Event,
    /// Up to the trace's end while it runs.
    pub duration: Nanos,
    /// What no child covers.
    pub self_time: Nanos,
    /// The earliest start of the trace.
    pub trace_start: Nanos,
    /// In time order.
    pub events: Vec<Event>,
    /// In order of arrival.
    pub links: Vec<Event>,
    /// In time order.
    pub logs: Vec<Event>,
}

impl TraceView {
    /// The `nth` of the spans with this id, in row order.
    #[must_use]
    pub fn span_view(&self, span_id: SpanId, nth: usize) -> Option<SpanView> {
        let row = self.rows_of(span_id).nth(nth)?;
        let mut events = Vec::new();
        let mut links = Vec::new();
        let mut logs = Vec::new();
        for other in self.others_of(Some(span_id)) {
            match other.kind {
                EventKind::SpanEvent => events.push(other),
                EventKind::Link => links.push(other),
                EventKind::Log => logs.push(other),
                EventKind::Span | EventKind::MetricPoint => {}
            }
        }
        events.sort_by_key(|event| event.time);
        logs.sort_by_key(|log| log.time);
        Some(SpanView {
            span: self.span(row),
            duration: self.waterfall.duration[row],
            self_time: self.waterfall.self_time[row],
            trace_start: self.waterfall.start,
            events,
            links,
            logs,
        })
    }
}
