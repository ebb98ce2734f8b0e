//! What Honeycomb's own senders speak (<https://api-docs.honeycomb.io/api/events>): events one by one and in batches,
//! markers, and the question whether a key is good. Any key is; none is read.

use crate::answer;
use crate::failure::Failure;
use crate::http::media_type;
use crate::inflate::Compression;
use crate::intake::{Call, Intake, Kept, SingleEvent};
use crate::origin;
use crate::sink::{RefusedReason, Sink};
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rmp::encode;
use serde_json::json;
use skep_model::{Encoding, Nanos};
use skep_otlp::Rejection;
use skep_otlp::honeycomb::Marker;

/// What all of Honeycomb's paths begin with.
const PREFIX: &str = "/1/";
const AUTH: &str = "/1/auth";
const JSON: &str = "application/json";
const MSGPACK: &str = "application/msgpack";
/// What browsers say of every request, and no other client.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// As Honeycomb's API documentation words it.
const TOO_LARGE: &str = "Request body is too large.";

/// Which of Honeycomb's paths a request came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Event,
    Batch,
    Marker,
}

/// Honeycomb's paths.
pub(crate) fn router<S: Sink>() -> Router<Intake<S>> {
    let auth = get(async || json_response(StatusCode::OK, &permissions()));
    let mut router = Router::new().route(AUTH, auth.options(async || origin::preflight()));
    for (path, kind) in [
        ("/1/events/{dataset}", Kind::Event),
        ("/1/batch/{dataset}", Kind::Batch),
        ("/1/markers/{dataset}", Kind::Marker),
    ] {
        let take = move |State(intake): State<Intake<S>>, dataset, request| async move {
            take(&intake, kind, dataset, request).await
        };
        router = router.route(path, post(take).options(async || origin::preflight()));
    }
    router
}

/// Whether a path is one of Honeycomb's, served or not.
pub(crate) fn is_path(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// What one of Honeycomb's paths takes.
pub(crate) fn methods(path: &str) -> Option<HeaderValue> {
    match path {
        AUTH => Some(HeaderValue::from_static("GET, OPTIONS")),
        _ => is_path(path).then_some(origin::METHODS),
    }
}

/// An error as Honeycomb gives it.
pub(crate) fn error(status: StatusCode, message: &str) -> Response {
    json_response(status, &json!({ "error": message }))
}

/// What a key may do here: send. A configuration key's answer, since those of ingest keys tell less.
fn permissions() -> serde_json::Value {
    json!({
        "id": "skep",
        "type": "configuration",
        "api_key_access": {
            "events": true,
            "markers": true,
            "createDatasets": true,
            "triggers": false,
            "boards": false,
            "queries": false,
            "columns": false,
            "slos": false,
            "recipients": false,
            "privateBoards": false,
        },
        "environment": { "name": "Skep", "slug": "skep" },
        "team": { "name": "Skep", "slug": "skep" },
    })
}

async fn take<S: Sink>(
    intake: &Intake<S>,
    kind: Kind,
    dataset: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let taken = match dataset {
        Ok(Path(dataset)) => keep(intake, kind, &dataset, request).await,
        Err(_) => Err(Failure::malformed("the dataset in the path is not UTF-8")),
    };
    taken.unwrap_or_else(|failure| {
        intake.count(&failure);
        let is_too_large = failure.reason == Some(RefusedReason::TooLarge);
        let message = if is_too_large { TOO_LARGE } else { &failure.message };
        answer::with_delay(error(failure.http, message), &failure)
    })
}

async fn keep<S: Sink>(
    intake: &Intake<S>,
    kind: Kind,
    dataset: &str,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, mut body) = request.into_parts();
    let encoding = encoding(kind, &parts.headers).ok_or_else(|| {
        Failure::other_media_type(match kind {
            Kind::Marker => "the content type must be application/json",
            Kind::Event | Kind::Batch => "the content type must be application/json or application/msgpack",
        })
    })?;
    let compression = Compression::of(parts.headers.get(CONTENT_ENCODING))?;
    let single = (kind == Kind::Event).then(|| SingleEvent::of(&parts.headers));
    let call = Call::honeycomb(encoding, compression, dataset, single, &parts.headers);
    let (packed, reserved) = intake.read(&mut body, intake.limits.body_bytes).await?;
    let Kept { received, marker, n_received, rejections, .. } = intake.store(call, packed, reserved).await?;
    Ok(match kind {
        Kind::Event => match rejections.first() {
            Some(rejection) => error(StatusCode::BAD_REQUEST, rejection.error),
            None => StatusCode::OK.into_response(),
        },
        Kind::Batch => statuses(encoding, n_received, &rejections),
        Kind::Marker => match Marker::read(&marker.unwrap_or_default(), received) {
            Ok(marker) => created(&marker, received),
            Err(error) => return Err(Failure::malformed(error.to_string())),
        },
    })
}

/// The encoding that the media type names.
///
/// Honeycomb's own examples use `curl -d`, which calls every body a form. That, or no media type, is taken for JSON,
/// but not from a browser: there it is what a page may send anywhere without asking.
fn encoding(kind: Kind, headers: &HeaderMap) -> Option<Encoding> {
    let is_json = match media_type(headers).as_deref() {
        Some(JSON) => true,
        Some(MSGPACK | "application/x-msgpack") if kind != Kind::Marker => {
            return Some(Encoding::HoneycombMsgpack);
        }
        None | Some("application/x-www-form-urlencoded") => {
            !headers.contains_key(ORIGIN) && !headers.contains_key(SEC_FETCH_SITE)
        }
        Some(_) => false,
    };
    match kind {
        _ if !is_json => None,
        Kind::Event | Kind::Batch => Some(Encoding::HoneycombJson),
        Kind::Marker => Some(Encoding::HoneycombMarker),
    }
}

/// One status for each event, in the order of the batch and in its encoding.
fn statuses(encoding: Encoding, n_events: u64, rejections: &[Rejection]) -> Response {
    let mut rejections = rejections.iter().peekable();
    let errors = (0..n_events as usize)
        .map(|idx| rejections.next_if(|rejection| rejection.idx == idx).map(|rejection| rejection.error));
    if encoding == Encoding::HoneycombMsgpack {
        let body = statuses_in_msgpack(n_events, errors).expect("a vector takes any bytes");
        return ([(CONTENT_TYPE, MSGPACK)], body).into_response();
    }
    let status = |error: Option<&str>| match error {
        None => json!({ "status": 202 }),
        Some(error) => json!({ "status": 400, "error": error }),
    };
    json_response(StatusCode::OK, &errors.map(status).collect())
}

fn statuses_in_msgpack(
    n_events: u64,
    errors: impl Iterator<Item = Option<&'static str>>,
) -> Result<Vec<u8>, encode::ValueWriteError> {
    let mut body = Vec::new();
    encode::write_array_len(&mut body, u32::try_from(n_events).unwrap_or(u32::MAX))?;
    for error in errors {
        encode::write_map_len(&mut body, if error.is_some() { 2 } else { 1 })?;
        encode::write_str(&mut body, "status")?;
        encode::write_uint(&mut body, if error.is_some() { 400 } else { 202 })?;
        if let Some(error) = error {
            encode::write_str(&mut body, "error")?;
            encode::write_str(&mut body, error)?;
        }
    }
    Ok(body)
}

fn created(marker: &Marker, received: Nanos) -> Response {
    let Marker { id, start_time, end_time, message, kind, url, .. } = marker;
    let at = skep_otlp::honeycomb::rfc3339(received);
    let mut body = json!({ "id": id, "start_time": start_time, "created_at": at, "updated_at": at });
    let texts = [("message", message), ("type", kind), ("url", url)];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
        body[name] = json!(text);
    }
    if let Some(end_time) = end_time {
        body["end_time"] = json!(end_time);
    }
    json_response(StatusCode::CREATED, &body)
}

fn json_response(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(CONTENT_TYPE, JSON)], body.to_string()).into_response()
}
