//! `/1/batch`: Honeycomb's own events, in JSON or msgpack, each answered by itself.

use super::answer::status_text;
use super::decode::decompress;
use super::events::Mapped;
use super::server::Shared;
use super::{HoneycombEvent, RequestRecord};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Fields of one event.
const FIELDS_MAX: usize = 2_000;

#[derive(Deserialize)]
struct SentEvent {
    #[serde(default)]
    time: Value,
    samplerate: Option<i64>,
    data: Map<String, Value>,
}

impl SentEvent {
    fn refusal(&self) -> Option<&'static str> {
        match self.data.len() {
            0 => Some("Request body should not be empty."),
            n if n > FIELDS_MAX => Some("Event has too many columns."),
            _ => None,
        }
    }
}

pub(super) async fn batch(
    State(shared): State<Arc<Shared>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let mut record = RequestRecord {
        line: format!("POST /1/batch/{dataset}"),
        header_names: headers.keys().map(|name| name.as_str().to_owned()).collect(),
        content_type: header(CONTENT_TYPE),
        content_encoding: header(CONTENT_ENCODING),
        n_bytes: body.len(),
        n_spans: 0,
        status: None,
    };
    let is_msgpack = record.content_type == "application/msgpack";
    let events = decompress(&headers, body).and_then(|body| match is_msgpack {
        true => rmp_serde::from_slice::<Vec<SentEvent>>(&body).map_err(|error| error.to_string()),
        false => serde_json::from_slice(&body).map_err(|error| error.to_string()),
    });
    let (status, answer, kept) = match (shared.refusal_of_key(&headers), events) {
        (Some(refusal), _) => (401, json!({ "error": refusal }), None),
        (None, Err(_)) => (400, json!({ "error": status_text(400) }), None),
        (None, Ok(events)) => {
            let status = |event: &SentEvent| match event.refusal() {
                Some(error) => json!({ "status": 400, "error": error }),
                None => json!({ "status": 202 }),
            };
            let statuses = events.iter().map(status).collect();
            (200, statuses, Some(kept(&dataset, events)))
        }
    };
    record.status = Some(status);
    shared.record(record, kept);
    let status = StatusCode::from_u16(status).expect("one of the three above");
    match is_msgpack {
        true => {
            let body = rmp_serde::to_vec(&answer).expect("an answer is plain data");
            (status, [(CONTENT_TYPE, "application/msgpack")], body).into_response()
        }
        false => (status, [(CONTENT_TYPE, "application/json")], answer.to_string()).into_response(),
    }
}

fn kept(dataset: &str, events: Vec<SentEvent>) -> Mapped {
    let mut mapped = Mapped::default();
    for event in events.into_iter().filter(|event| event.refusal().is_none()) {
        let id = |name: &str| event.data.get(name).and_then(Value::as_str).map(str::to_owned);
        mapped.spans.extend(id("trace.trace_id").zip(id("trace.span_id")));
        mapped.events.push(HoneycombEvent {
            dataset: dataset.to_owned(),
            time: event.time.as_str().map_or_else(|| event.time.to_string(), str::to_owned),
            sample_rate: event.samplerate.unwrap_or(1),
            data: event.data,
        });
    }
    mapped
}
