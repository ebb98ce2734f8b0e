use super::count32;
use crate::columns::Columns;
use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::model::{Event, EventKind, Nanos, SpanId, TraceId, Value, fields};
use skep_engine::{Mark, TraceView, View};
use std::collections::HashMap;

pub(super) fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    TraceId::from_hex(text).map_err(|_| {
        ApiError::new(ErrorCode::BadRequest, "a trace id is 32 hexadecimal digits, not all zero")
    })
}

fn open(view: &View, id: &str) -> Result<TraceView, ApiError> {
    let id = trace_id(id)?;
    view.trace(id)?
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("there is no trace {id} in the store")))
}

/// One trace's waterfall: [`TraceHead`] and its columns.
///
/// # Errors
/// When the id is none, or the trace is not there.
pub fn trace(view: &View, request: &TraceRequest) -> Result<Vec<u8>, ApiError> {
    let trace = open(view, &request.trace_id)?;
    let waterfall = &trace.waterfall;
    let rows = 0..waterfall.len();
    let marks = trace.marks();
    let mut services = Names::default();
    let mut names = Names::default();
    let service_of: Vec<u32> = rows.clone().map(|row| services.idx(trace.service(row))).collect();
    let name_of: Vec<u32> = rows.clone().map(|row| names.idx(trace.name(row))).collect();
    let flags: Vec<u32> = rows.clone().map(|row| flags(&trace, row)).collect();
    let n_with = |flag: u32| count32(flags.iter().filter(|flags| **flags & flag != 0).count());
    let span_ids: Vec<u8> =
        rows.flat_map(|row| trace.span_id(row).map_or([0; SpanId::BYTES], |id| *id.as_bytes())).collect();
    let head = TraceHead {
        trace_id: trace.trace_id.to_string(),
        pinned: view.snapshot().is_pinned(trace.trace_id),
        start_ns: waterfall.start.to_string(),
        duration_ns: waterfall.total.to_string(),
        n_spans: count32(waterfall.len()),
        n_errors: n_with(SPAN_FLAGS.error),
        n_orphans: n_with(SPAN_FLAGS.orphan),
        n_running: n_with(SPAN_FLAGS.running),
        n_roots: n_with(SPAN_FLAGS.root),
        n_cyclic: n_with(SPAN_FLAGS.cyclic),
        n_shared_ids: n_with(SPAN_FLAGS.shared_id),
        n_events: count32(trace.count(EventKind::SpanEvent)),
        n_links: count32(trace.count(EventKind::Link)),
        n_logs: count32(trace.count(EventKind::Log)),
        n_marks: count32(marks.len()),
        services: services.in_order,
        names: names.in_order,
        generation: view.snapshot().generation(),
    };
    let mut columns = Columns::new();
    columns.f64s("start", waterfall.offset.iter().map(|ns| ns.0 as f64));
    columns.f64s("duration", waterfall.duration.iter().map(|ns| ns.0 as f64));
    columns.f64s("self", waterfall.self_time.iter().map(|ns| ns.0 as f64));
    columns.u32s("depth", waterfall.depth.iter().copied());
    columns.u32s("subtree_end", waterfall.subtree_end.iter().copied());
    columns.u32s("service", service_of.into_iter());
    columns.u32s("name", name_of.into_iter());
    columns.u32s("flags", flags.into_iter());
    columns.u8s("span_id", span_ids.into_iter());
    columns.u32s("mark_row", marks.iter().map(|mark| mark.row));
    columns.f64s("mark_at", marks.iter().map(|mark: &Mark| signed_since(mark.time, waterfall.start) as f64));
    columns.u32s("mark_kind", marks.iter().map(|mark| mark.kind as u32));
    Ok(columns.finish(&head))
}

/// Distinct texts in order of first appearance.
#[derive(Default)]
struct Names {
    idx_of: HashMap<String, u32>,
    in_order: Vec<String>,
}

impl Names {
    fn idx(&mut self, name: &str) -> u32 {
        if let Some(idx) = self.idx_of.get(name) {
            return *idx;
        }
        let idx = count32(self.in_order.len());
        self.in_order.push(name.to_owned());
        self.idx_of.insert(name.to_owned(), idx);
        idx
    }
}

fn flags(trace: &TraceView, row: usize) -> u32 {
    let oddity = trace.waterfall.oddity[row];
    let is_root = trace.waterfall.depth[row] == 0 && !oddity.orphan && !oddity.cyclic;
    [
        (trace.is_error(row), SPAN_FLAGS.error),
        (is_root, SPAN_FLAGS.root),
        (oddity.orphan, SPAN_FLAGS.orphan),
        (oddity.running, SPAN_FLAGS.running),
        (oddity.backwards, SPAN_FLAGS.backwards),
        (oddity.cyclic, SPAN_FLAGS.cyclic),
        (oddity.shared_id, SPAN_FLAGS.shared_id),
        (trace.is_mended(row), SPAN_FLAGS.mended),
        (trace.is_outgoing(row), SPAN_FLAGS.outgoing),
    ]
    .iter()
    .filter_map(|(is_set, flag)| is_set.then_some(*flag))
    .sum()
}

/// One span in full.
///
/// # Errors
/// When an id is none, or the span is not there.
pub fn span(view: &View, request: &SpanRequest) -> Result<SpanDetail, ApiError> {
    let trace = open(view, &request.trace_id)?;
    let span_id = SpanId::from_hex(&request.span_id).map_err(|_| {
        ApiError::new(ErrorCode::BadRequest, "a span id is 16 hexadecimal digits, not all zero")
    })?;
    let found = trace.span_view(span_id, request.nth as usize);
    let found = found.ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, format!("there is no span {span_id} in this trace"))
    })?;
    let start = found.trace_start;
    let span = &found.span;
    Ok(SpanDetail {
        trace_id: trace.trace_id.to_string(),
        span_id: span_id.to_string(),
        parent_id: span.parent_id.map(|id| id.to_string()),
        name: span.name.to_string(),
        service: span.resource.service_name().unwrap_or(fields::UNKNOWN_SERVICE).to_owned(),
        kind: record_text(span, fields::SPAN_KIND).unwrap_or_else(|| "unspecified".to_owned()),
        status: status(span),
        status_message: record_text(span, fields::STATUS_MESSAGE),
        start_ns: span.time.to_string(),
        end_ns: (span.end != Nanos(0)).then(|| span.end.to_string()),
        duration_ns: found.duration.to_string(),
        self_ns: found.self_time.to_string(),
        offset_ns: span.time.since(start).to_string(),
        attributes: all_fields(span),
        events: found
            .events
            .iter()
            .map(|event| SpanEvent {
                name: event.name.to_string(),
                time_ns: event.time.to_string(),
                offset_ns: signed_since(event.time, start).to_string(),
                attributes: own_fields(event),
            })
            .collect(),
        links: found.links.iter().map(link).collect(),
        logs: found.logs.iter().map(|log| log_row(log, start)).collect(),
    })
}

fn link(link: &Event) -> SpanLink {
    SpanLink {
        trace_id: record_text(link, fields::LINK_TRACE_ID).unwrap_or_default(),
        span_id: record_text(link, fields::LINK_SPAN_ID).unwrap_or_default(),
        attributes: own_fields(link),
    }
}

fn log_row(log: &Event, trace_start: Nanos) -> LogRow {
    LogRow {
        time_ns: log.time.to_string(),
        offset_ns: signed_since(log.time, trace_start).to_string(),
        severity: record_text(log, fields::SEVERITY).unwrap_or_else(|| "unspecified".to_owned()),
        body: record_text(log, fields::BODY).unwrap_or_default(),
        span_id: log.parent_id.map(|id| id.to_string()),
        attributes: own_fields(log),
    }
}

fn signed_since(time: Nanos, start: Nanos) -> i128 {
    i128::from(time.0) - i128::from(start.0)
}

fn record_text(event: &Event, field: &str) -> Option<String> {
    event.record_field(field).map(ToString::to_string)
}

fn status(span: &Event) -> String {
    match span.record_field(fields::STATUS_CODE) {
        None | Some(Value::Int(0)) => "unset".to_owned(),
        Some(Value::Int(1)) => "ok".to_owned(),
        Some(Value::Int(2)) => "error".to_owned(),
        Some(other) => other.to_string(),
    }
}

fn own_fields(event: &Event) -> Vec<Attribute> {
    event.attributes.iter().map(|(key, value)| attribute("own", key, value)).collect()
}

fn all_fields(event: &Event) -> Vec<Attribute> {
    let mut all = own_fields(event);
    all.extend(event.record.iter().map(|(name, value)| attribute("record", name, value)));
    let scope = &event.scope;
    for (key, text) in [(fields::LIBRARY_NAME, &scope.name), (fields::LIBRARY_VERSION, &scope.version)] {
        if !text.is_empty() {
            all.push(attribute("scope", key, &Value::Text(text.clone())));
        }
    }
    all.extend(scope.attributes.iter().map(|(key, value)| attribute("scope", key, value)));
    let mut resource: Vec<Attribute> =
        event.resource.attributes.iter().map(|(key, value)| attribute("resource", key, value)).collect();
    resource.sort_by(|a, b| a.key.cmp(&b.key));
    all.extend(resource);
    all
}

fn attribute(place: &str, key: &str, value: &Value) -> Attribute {
    Attribute {
        place: place.to_owned(),
        key: key.to_owned(),
        value_type: value.type_name().to_owned(),
        text: value.to_string(),
    }
}

/// One trace as a JSON document, for `skep trace --json`: spans in pre-order with all their attributes, and the
/// events, links and logs of the trace beside them. Ids in lower-case hexadecimal, nanoseconds as decimal strings.
///
/// # Errors
/// When the id is none, or the trace is not there.
pub fn trace_document(view: &View, id: &str) -> Result<TraceDocument, ApiError> {
    let trace = open(view, id)?;
    let spans = (0..trace.waterfall.len()).map(|row| {
        let span = trace.span(row);
        DocumentSpan {
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
        }
    });
    let mut document = TraceDocument {
        trace_id: trace.trace_id.to_string(),
        spans: spans.collect(),
        events: Vec::new(),
        links: Vec::new(),
        logs: Vec::new(),
    };
    for event in trace.others_of(None) {
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

pub(super) fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
