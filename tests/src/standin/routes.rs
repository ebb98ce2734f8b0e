use super::answer::status_text;
use super::batch::batch;
use super::decode::{Encoding, Export, Status, decompress, export};
use super::events::{Mapped, map_logs, map_traces};
use super::server::Shared;
use super::{Answer, RequestRecord};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;

/// Honeycomb's paths, and two of its own: `GET /__received` shows the ledger, `POST /__answer` switches the answer.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/1/auth", get(auth))
        .route("/1/batch/{dataset}", post(batch))
        .route("/v1/traces", post(otlp))
        .route("/v1/metrics", post(otlp))
        .route("/v1/logs", post(otlp))
        .route("/__received", get(received))
        .route("/__answer", post(switch))
        .with_state(Arc::clone(&shared))
        .merge(super::grpc::router(shared))
}

async fn auth(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let refusal = shared.refusal_of_key(&headers);
    let status = if refusal.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let record = RequestRecord {
        line: "GET /1/auth".to_owned(),
        header_names: names(&headers),
        content_type: String::new(),
        content_encoding: String::new(),
        n_bytes: 0,
        n_spans: 0,
        status: Some(status.as_u16()),
    };
    shared.record(record, None);
    let body = match refusal {
        Some(error) => json!({ "error": error }),
        None => json!({
            "id": "hcaik_00000000000000000000000000",
            "type": "ingest",
            "api_key_access": { "createDatasets": true },
            "environment": { "name": "Test", "slug": "test" },
            "team": { "name": "Skep", "slug": "skep" },
        }),
    };
    (status, axum_json(&body)).into_response()
}

async fn received(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let ledger = serde_json::to_value(&*shared.ledger()).expect("a ledger is plain data");
    axum_json(&ledger)
}

async fn switch(State(shared): State<Arc<Shared>>, body: String) -> Response {
    match body.trim().parse() {
        Ok(answer) => {
            shared.answer_with(answer);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error).into_response(),
    }
}

async fn otlp(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // A sender killed in the middle of its body has sent no request.
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let header =
        |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let mut record = RequestRecord {
        line: format!("POST {}", parts.uri.path()),
        header_names: names(&parts.headers),
        content_type: header(CONTENT_TYPE),
        content_encoding: header(CONTENT_ENCODING),
        n_bytes: body.len(),
        n_spans: 0,
        status: None,
    };
    let Some(encoding) = Encoding::of(&parts.headers) else {
        record.status = Some(415);
        shared.record(record, None);
        let text = "unsupported content-type, valid types are: application/protobuf, application/x-protobuf, \
                    application/json";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, [(CONTENT_TYPE, "text/plain")], text).into_response();
    };
    if let Some(refusal) = shared.refusal_of_key(&parts.headers) {
        record.status = Some(401);
        shared.record(record, None);
        return refuse(encoding, 401, refusal, None);
    }
    let plain = decompress(&parts.headers, body);
    let message = plain.and_then(|plain| Ok((plain.len(), export(parts.uri.path(), encoding, &plain)?)));
    let (n_plain_bytes, mapped) = match message {
        Ok((n_bytes, Export::Traces(message))) => (n_bytes, map_traces(&message)),
        Ok((n_bytes, Export::Logs(message))) => (n_bytes, map_logs(&message)),
        // How Honeycomb maps metrics is not public: they are counted as a request and not mapped.
        Ok((n_bytes, Export::Metrics)) => (n_bytes, Mapped::default()),
        Err(error) => {
            record.status = Some(400);
            shared.record(record, None);
            return refuse(encoding, 400, &format!("failed to parse OTLP request body: {error}"), None);
        }
    };
    record.n_spans = mapped.spans.len();
    answer(&shared, record, encoding, n_plain_bytes, mapped).await
}

/// What becomes of a request, before it is written as a protocol wants it.
pub(super) enum Decided {
    /// Yes; kept but for so many spans.
    Kept { n_rejected: usize },
    /// Yes, and nothing is kept.
    Dropped,
    /// Yes, in a way that cannot be read.
    Unreadable(Vec<u8>),
    /// No.
    Refused { code: u16, retry_after: Option<String> },
    /// Go elsewhere.
    Moved(String),
    /// The connection ends in the middle of the answer.
    Cut,
}

/// Bytes of an answer that is larger than clients read.
const HUGE_BYTES: usize = 5 << 20;

/// Takes the next answer and does what it says to what was mapped. One that never comes is written down first.
pub(super) async fn decide(
    shared: &Shared,
    record: &RequestRecord,
    n_plain_bytes: usize,
    mapped: &mut Mapped,
) -> Decided {
    let refused = |code| Decided::Refused { code, retry_after: None };
    match shared.next_answer() {
        Answer::Accept | Answer::PerEvent | Answer::ShortArray | Answer::EmptyArray => {
            Decided::Kept { n_rejected: 0 }
        }
        Answer::Slow(time) => {
            tokio::time::sleep(time).await;
            Decided::Kept { n_rejected: 0 }
        }
        Answer::SilentDrop => Decided::Dropped,
        Answer::Garbage => Decided::Unreadable(b"<html>It works!</html>".to_vec()),
        Answer::Huge => Decided::Unreadable(vec![0xff; HUGE_BYTES]),
        Answer::Status { code, retry_after } => Decided::Refused { code, retry_after },
        Answer::RefuseSpanNamed(name) if mapped.has_span_named(&name) => refused(400),
        Answer::RefuseOver { bytes } if n_plain_bytes > bytes => refused(413),
        Answer::RefuseSpanNamed(_) | Answer::RefuseOver { .. } => Decided::Kept { n_rejected: 0 },
        Answer::RejectSpans { count } => Decided::Kept { n_rejected: mapped.reject_first(count) },
        Answer::Redirect { to } => Decided::Moved(to),
        Answer::Hang => {
            shared.record(record.clone(), None);
            match std::future::pending::<Infallible>().await {}
        }
        Answer::Cut => Decided::Cut,
    }
}

async fn answer(
    shared: &Shared,
    mut record: RequestRecord,
    encoding: Encoding,
    n_plain_bytes: usize,
    mut mapped: Mapped,
) -> Response {
    let decided = decide(shared, &record, n_plain_bytes, &mut mapped).await;
    let (status, kept, response) = match decided {
        Decided::Kept { n_rejected } => {
            let partial_success = (n_rejected > 0).then(|| ExportTracePartialSuccess {
                rejected_spans: i64::try_from(n_rejected).expect("a count of spans"),
                error_message: REJECTED.to_owned(),
            });
            (Some(200), Some(mapped), accepted(encoding, partial_success))
        }
        Decided::Dropped => (Some(200), None, accepted(encoding, None)),
        Decided::Unreadable(body) => {
            (Some(200), Some(mapped), ([(CONTENT_TYPE, encoding.content_type())], body).into_response())
        }
        Decided::Refused { code, retry_after } => {
            (Some(code), None, refuse(encoding, code, status_text(code), retry_after))
        }
        Decided::Moved(to) => {
            (Some(307), None, (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]).into_response())
        }
        Decided::Cut => (None, None, cut()),
    };
    record.status = status;
    shared.record(record, kept);
    response
}

/// What is said of spans that are rejected.
pub(super) const REJECTED: &str = "Event has too many columns.";

fn accepted(encoding: Encoding, partial_success: Option<ExportTracePartialSuccess>) -> Response {
    let body = match (encoding, &partial_success) {
        (Encoding::Json, None) => b"{}".to_vec(),
        _ => encoding.write(&ExportTraceServiceResponse { partial_success }),
    };
    ([(CONTENT_TYPE, encoding.content_type())], body).into_response()
}

/// An answer whose body breaks off.
pub(super) fn cut() -> Response {
    let cut = std::io::Error::other("the connection ends here");
    Body::from_stream(tokio_stream::iter([Ok(Bytes::from_static(b"\n")), Err(cut)])).into_response()
}

fn refuse(encoding: Encoding, code: u16, message: &str, retry_after: Option<String>) -> Response {
    let status = StatusCode::from_u16(code).expect("an answer's status is from 400 to 599");
    let body = encoding.write(&Status::new(message));
    let mut response = (status, [(CONTENT_TYPE, encoding.content_type())], body).into_response();
    if let Some(value) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, value.parse().expect("a header's text"));
    }
    response
}

fn names(headers: &HeaderMap) -> Vec<String> {
    headers.keys().map(|name| name.as_str().to_owned()).collect()
}

fn axum_json(value: &serde_json::Value) -> impl IntoResponse + use<> {
    ([(CONTENT_TYPE, "application/json")], value.to_string())
}
