//! `/1/batch`: Honeycomb's own events, in JSON or msgpack, each answered by itself.

use super::answer::{Answer, status_text};
use super::decode::decompress;
use super::events::Mapped;
use super::routes::{Decided, cut, decide};
use super::server::Shared;
use super::{HoneycombEvent, RequestRecord};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER};
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
    let mut refuse = |code: u16, error: &str| {
        record.status = Some(code);
        shared.record(record.clone(), None);
        written(code, &json!({ "error": error }), is_msgpack)
    };
    if let Some(refusal) = shared.refusal_of_key(&headers) {
        return refuse(401, refusal);
    }
    let Ok(events) = events else { return refuse(400, status_text(400)) };
    if events.is_empty() {
        return refuse(400, "Request body should not be empty.");
    }
    // Two answers are about the list itself; the others are the same as for OTLP.
    let standing = shared.peek_answer();
    let status = |(idx, event): (usize, &SentEvent)| match event.refusal() {
        Some(error) => json!({ "status": 400, "error": error }),
        None if standing == Answer::PerEvent && idx % 2 == 1 => {
            json!({ "status": 429, "error": "bratelimited" })
        }
        None => json!({ "status": 202 }),
    };
    let mut statuses: Vec<Value> = events.iter().enumerate().map(status).collect();
    let is_kept: Vec<bool> = statuses.iter().map(|status| status["status"] == 202).collect();
    match standing {
        Answer::ShortArray => statuses.truncate(1),
        Answer::EmptyArray => statuses.clear(),
        _ => {}
    }
    let events = events.into_iter().zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(event, _)| event);
    let mut mapped = kept(&dataset, events.collect());
    let decided = decide(&shared, &record, record.n_bytes, &mut mapped).await;
    let (code, kept, response) = match decided {
        Decided::Kept { .. } => (Some(200), Some(mapped), written(200, &statuses.into(), is_msgpack)),
        Decided::Dropped => (Some(200), None, written(200, &statuses.into(), is_msgpack)),
        Decided::Unreadable(body) => (Some(200), Some(mapped), body.into_response()),
        Decided::Refused { code, retry_after } => {
            let mut response = written(code, &json!({ "error": status_text(code) }), is_msgpack);
            if let Some(value) = retry_after {
                response.headers_mut().insert(RETRY_AFTER, value.parse().expect("a header's text"));
            }
            (Some(code), None, response)
        }
        Decided::Moved(to) => {
            (Some(307), None, (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]).into_response())
        }
        Decided::Cut => (None, None, cut()),
    };
    record.status = code;
    shared.record(record, kept);
    response
}

/// An answer in the encoding of its request, as Honeycomb gives it.
fn written(code: u16, answer: &Value, is_msgpack: bool) -> Response {
    let status = StatusCode::from_u16(code).expect("an answer's status is from 200 to 599");
    match is_msgpack {
        true => {
            let body = rmp_serde::to_vec(answer).expect("an answer is plain data");
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
