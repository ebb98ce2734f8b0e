use super::{link, open, record_text, signed_since, status};
use crate::error::{ApiError, ErrorCode};
use crate::run::count32;
use crate::wire::*;
use skep_engine::View;
use skep_engine::model::{Event, Nanos, SpanId, Value, fields};
use skep_engine::query::Cancel;

/// One span in full.
///
/// # Errors
/// When an id is none, or the span is not there.
pub fn span(view: &View, request: &SpanRequest, cancel: &Cancel) -> Result<SpanDetail, ApiError> {
    let trace = open(view, &request.trace_id, cancel)?;
    let span_id = SpanId::from_hex(&request.span_id).map_err(|_| {
        ApiError::new(ErrorCode::BadRequest, "a span id is 16 hexadecimal digits, not all zero")
    })?;
    let found = trace.span_view(span_id, request.nth as usize)?;
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
        critical_ns: found.critical.to_string(),
        offset_ns: span.time.since(start).to_string(),
        n_children: count32(trace.waterfall.children(found.row as u32).count()),
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

pub(in crate::run) fn log_row(log: &Event, trace_start: Nanos) -> LogRow {
    LogRow {
        time_ns: log.time.to_string(),
        offset_ns: signed_since(log.time, trace_start).to_string(),
        severity: record_text(log, fields::SEVERITY).unwrap_or_else(|| "unspecified".to_owned()),
        body: record_text(log, fields::BODY).unwrap_or_default(),
        span_id: log.parent_id.map(|id| id.to_string()),
        attributes: own_fields(log),
    }
}

pub(super) fn own_fields(event: &Event) -> Vec<Attribute> {
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
