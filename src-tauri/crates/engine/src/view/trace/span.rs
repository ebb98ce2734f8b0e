use super::TraceView;
use crate::view::AskError;
use skep_model::{Event, EventKind, Nanos, SpanId};

/// One span of a trace with everything that hangs below it.
pub struct SpanView {
    /// The span.
    pub span: Event,
    /// Its row.
    pub row: usize,
    /// Up to the trace's end while it runs.
    pub duration: Nanos,
    /// What no child covers.
    pub self_time: Nanos,
    /// What the request's end waited for.
    pub critical: Nanos,
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
    /// The `nth` of the spans with this id, in row order; nothing when it is not there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn span_view(&self, span_id: SpanId, nth: usize) -> Result<Option<SpanView>, AskError> {
        let Some(row) = self.row_of(span_id, nth) else { return Ok(None) };
        let (mut events, mut links, mut logs) = (Vec::new(), Vec::new(), Vec::new());
        // Those of spans that share an id cannot be told apart: they hang below the first.
        let first = self.row_of(span_id, 0).unwrap_or(row);
        for other in self.others_of(Some(first))? {
            match other.kind {
                EventKind::SpanEvent => events.push(other),
                EventKind::Link => links.push(other),
                EventKind::Log => logs.push(other),
                EventKind::Span | EventKind::MetricPoint => {}
            }
        }
        let Some(span) = self.spans(&[row])?.pop() else { return Ok(None) };
        Ok(Some(SpanView {
            span,
            row,
            duration: self.waterfall.duration[row],
            self_time: self.waterfall.self_time[row],
            critical: self.analysis().critical[row],
            trace_start: self.waterfall.start,
            events,
            links,
            logs,
        }))
    }
}
