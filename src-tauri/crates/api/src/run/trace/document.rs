use super::{json, link, open, record_text, status};
use crate::error::ApiError;
use crate::wire::*;
use skep_engine::View;
use skep_engine::model::{Event, EventKind, fields};
use skep_engine::query::Cancel;

/// One trace as a JSON document, for `skep trace --json`: spans in pre-order with all their attributes, and the
/// events, links and logs of the trace beside them. Ids in lower-case hexadecimal, nanoseconds as decimal strings.
///
/// # Errors
/// When the id is none, or the trace is not there.
pub fn trace_document(view: &View, id: &str) -> Result<TraceDocument, ApiError> {
    let trace = open(view, id, &Cancel::default())?;
    let all: Vec<usize> = (0..trace.waterfall.len()).collect();
    let spans = trace.spans(&all)?.into_iter().enumerate().map(|(row, span)| DocumentSpan {
        span_id: span.span_id.map(|id| id.to_string()),
        parent_id: span.parent_id.map(|id| id.to_string()),
        name: span.name.to_string(),
        service: trace.service(row).to_owned(),
        start_ns: span.time.to_string(),
        duration_ns: trace.waterfall.duration[row].to_string(),
        self_ns: trace.waterfall.self_time[row].to_string(),
        kind: record_text(&span, fields::SPAN_KIND).unwrap_or_default(),
        status: status(&span),
        depth: trace.waterfall.depth[row],
        attributes: json_fields(&span),
        resource: span
            .resource
            .attributes
            .iter()
            .map(|(key, value)| (key.to_string(), json(value)))
            .collect(),
    });
    let mut document = TraceDocument {
        trace_id: trace.trace_id.to_string(),
        spans: spans.collect(),
        events: Vec::new(),
        links: Vec::new(),
        logs: Vec::new(),
    };
    for event in trace.others_of(None)? {
        let rows = match event.kind {
            EventKind::SpanEvent => &mut document.events,
            EventKind::Link => &mut document.links,
            EventKind::Log => &mut document.logs,
            EventKind::Span | EventKind::MetricPoint => continue,
        };
        rows.push(DocumentEvent {
            span_id: event.parent_id.map(|id| id.to_string()),
            name: event.name.to_string(),
            time_ns: event.time.to_string(),
            link: (event.kind == EventKind::Link)
                .then(|| link(&event))
                .map(|link| (link.trace_id, link.span_id)),
            severity: (event.kind == EventKind::Log)
                .then(|| record_text(&event, fields::SEVERITY).unwrap_or_default()),
            body: event.record_field(fields::BODY).map(json),
            attributes: json_fields(&event),
        });
    }
    Ok(document)
}

fn json_fields(event: &Event) -> serde_json::Map<String, serde_json::Value> {
    event.attributes.iter().map(|(key, value)| (key.to_string(), json(value))).collect()
}
