use crate::failure::Failure;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use serde_json::json;
use skep_otlp::Problems;
use std::time::Duration;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// Bytes of the text of `partial_success`.
const PARTIAL_TEXT_BYTES_MAX: usize = 4 << 10;

/// What a `BadRequest` names: the failures that there are have no better place.
const AT_FAULT: &str = "body";
/// Where Python's exporter looks for a `RetryInfo`, and nobody else does. Without one it sends again whatever is
/// `RESOURCE_EXHAUSTED`, four times in ten seconds.
const PYTHON_RETRY_INFO: &str = "google.rpc.retryinfo-bin";
/// `RetryInfo { retry_delay: 11 s }`: past the ten seconds that an export may take, so that it gives up at once. Versions
/// that wait without such a limit wait about as long as they would have.
const PAST_PATIENCE: &[u8] = &[0x0a, 2, 0x08, 11];

/// What `partial_success` says, unset where all was kept as it came.
///
/// A repair or a cut is a warning: nothing rejected, but a message
/// (<https://opentelemetry.io/docs/specs/otlp/#partial-success>).
pub(crate) fn partial_success(problems: &Problems) -> Option<ExportTracePartialSuccess> {
    if problems.is_empty() {
        return None;
    }
    let mut error_message = problems.messages.join("; ");
    error_message.truncate(error_message.floor_char_boundary(PARTIAL_TEXT_BYTES_MAX));
    let rejected_spans = i64::try_from(problems.rejected_items).unwrap_or(i64::MAX);
    Some(ExportTracePartialSuccess { rejected_spans, error_message })
}

/// The response of any signal: on the wire the three are the same, field by field.
pub(crate) fn export_response(
    partial_success: Option<ExportTracePartialSuccess>,
) -> ExportTraceServiceResponse {
    ExportTraceServiceResponse { partial_success }
}

/// The failure as gRPC says it: with a `RetryInfo` where there is a delay, with a `BadRequest` where the body is at fault.
pub(crate) fn status(failure: &Failure) -> Status {
    let details = match failure.retry_after_secs {
        Some(secs) => ErrorDetails::with_retry_info(Some(Duration::from_secs(secs.into()))),
        None if failure.grpc == Code::InvalidArgument => {
            ErrorDetails::with_bad_request_violation(AT_FAULT, &*failure.message)
        }
        None => {
            let mut status = Status::new(failure.grpc, &*failure.message);
            if failure.grpc == Code::ResourceExhausted {
                status.metadata_mut().insert_bin(PYTHON_RETRY_INFO, MetadataValue::from_bytes(PAST_PATIENCE));
            }
            return status;
        }
    };
    Status::with_error_details(failure.grpc, &*failure.message, details)
}

/// The same details in JSON (<https://protobuf.dev/programming-guides/json/#any>).
pub(crate) fn details_json(failure: &Failure) -> Option<serde_json::Value> {
    let (name, mut detail) = match failure.retry_after_secs {
        Some(secs) => ("RetryInfo", json!({ "retryDelay": format!("{secs}s") })),
        None if failure.grpc == Code::InvalidArgument => (
            "BadRequest",
            json!({ "fieldViolations": [{ "field": AT_FAULT, "description": failure.message }] }),
        ),
        None => return None,
    };
    detail["@type"] = json!(format!("type.googleapis.com/google.rpc.{name}"));
    Some(json!([detail]))
}

/// The same as the `google.rpc.Status` that is a body of OTLP/HTTP.
pub(crate) fn status_body(failure: &Failure) -> Vec<u8> {
    let status = status(failure);
    if !status.details().is_empty() {
        return status.details().to_vec();
    }
    Status::with_error_details(status.code(), status.message(), ErrorDetails::new()).details().to_vec()
}
