use crate::failure::Failure;
use crate::honeycomb;
use crate::protobuf;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use prost::Message;
use serde_json::json;
use skep_model::{Encoding, Signal};

/// `200`, in the encoding of the request.
pub(crate) fn success(
    signal: Signal,
    encoding: Encoding,
    partial: Option<ExportTracePartialSuccess>,
) -> Response {
    let body = match encoding {
        Encoding::Protobuf => protobuf::export_response(partial).encode_to_vec(),
        _ => export_response_json(signal, partial),
    };
    respond(StatusCode::OK, encoding, body)
}

fn export_response_json(signal: Signal, partial: Option<ExportTracePartialSuccess>) -> Vec<u8> {
    let Some(partial) = partial else { return b"{}".to_vec() };
    let count = match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    };
    let mut message = json!({ "errorMessage": partial.error_message });
    if partial.rejected_spans > 0 {
        // ProtoJSON writes 64-bit integers as strings.
        message[count] = json!(partial.rejected_spans.to_string());
    }
    json!({ "partialSuccess": message }).to_string().into_bytes()
}

/// The failure's status, its body a `google.rpc.Status` in the encoding of the request.
pub(crate) fn failure(failure: &Failure, encoding: Encoding) -> Response {
    let body = match encoding {
        Encoding::Protobuf => protobuf::status_body(failure),
        _ => status_json(failure),
    };
    with_delay(respond(failure.http, encoding, body), failure)
}

fn status_json(failure: &Failure) -> Vec<u8> {
    let mut status = json!({ "code": failure.grpc as i32, "message": failure.message });
    if let Some(details) = protobuf::details_json(failure) {
        status["details"] = details;
    }
    status.to_string().into_bytes()
}

/// Adds when to come again.
pub(crate) fn with_delay(mut response: Response, failure: &Failure) -> Response {
    if let Some(secs) = failure.retry_after_secs {
        response.headers_mut().insert(RETRY_AFTER, secs.into());
    }
    response
}

/// A sentence, for requests whose encoding is unknown; on Honeycomb's paths as Honeycomb gives it.
pub(crate) fn text(status: StatusCode, path: &str, text: &str) -> Response {
    match honeycomb::is_path(path) {
        true => honeycomb::error(status, text),
        false => (status, format!("{text}\n")).into_response(),
    }
}

fn respond(status: StatusCode, encoding: Encoding, body: Vec<u8>) -> Response {
    let media_type = match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        _ => "application/json",
    };
    (status, [(CONTENT_TYPE, media_type)], Body::from(body)).into_response()
}
