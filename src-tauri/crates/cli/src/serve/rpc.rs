use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use skep_api::{ApiError, ErrorCode, Reply};
use skep_engine::Engine;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

/// Between two lines of the live stream at least, and at most.
const LIVE_MIN: Duration = Duration::from_millis(250);
const LIVE_MAX: Duration = Duration::from_secs(1);

/// Lines a slow reader may be behind before the stream waits for it.
const LIVE_LINES: usize = 4;

/// Runs one command.
pub(crate) async fn call(
    State(engine): State<Arc<Engine>>,
    Path(command): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A form cannot send this type, so no page can post here without a preflight, which is never answered.
    let is_json =
        headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !is_json {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "commands are application/json\n").into_response();
    }
    match skep_api::dispatch(&engine, &command, &body).await {
        Ok(Reply::Json(bytes)) => answer(StatusCode::OK, "application/json", bytes),
        Ok(Reply::Columns(bytes)) => answer(StatusCode::OK, "application/octet-stream", bytes),
        Err(error) => refusal(&error),
    }
}

/// An error as its status and JSON.
pub(super) fn refusal(error: &ApiError) -> Response {
    let status = match error.code {
        ErrorCode::BadRequest | ErrorCode::Syntax => StatusCode::BAD_REQUEST,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotRunning => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    answer(status, "application/json", serde_json::to_vec(error).unwrap_or_default())
}

fn answer(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}

/// The state of the house, a line of JSON whenever something changed and once a second.
pub(crate) async fn live(State(engine): State<Arc<Engine>>) -> Response {
    let (lines, receiver) = tokio::sync::mpsc::channel(LIVE_LINES);
    tokio::spawn(async move {
        let mut changes = engine.changes();
        loop {
            let mut line = serde_json::to_vec(&skep_api::status(&engine)).unwrap_or_default();
            line.push(b'\n');
            if lines.send(line).await.is_err() {
                return;
            }
            tokio::time::sleep(LIVE_MIN).await;
            // Time passing is news as well: the rate falls when nothing arrives.
            tokio::time::timeout(LIVE_MAX - LIVE_MIN, changes.changed()).await.ok();
        }
    });
    let stream = ReceiverStream::new(receiver).map(Ok::<_, Infallible>);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Body::from_stream(stream)).into_response()
}
