use crate::failure::Failure;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use skep_otlp::Problems;
use std::time::Duration;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// Bytes of the text of `partial_success`.
const PARTIAL_TEXT_BYTES_MAX: usize = 4 << 10;

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

/// The failure as gRPC says it, with a `RetryInfo` where there is a delay.
pub(crate) fn status(failure: &Failure) -> Status {
    match failure.retry_after_secs {
        None => {
            let mut status = Status::new(failure.grpc, &*failure.message);
            if failure.grpc == Code::ResourceExhausted {
                let delay = MetadataValue::from_bytes(PAST_PATIENCE);
                status.metadata_mut().insert_bin(PYTHON_RETRY_INFO, delay);
            }
            status
        }
        Some(secs) => {
            let delay = Duration::from_secs(secs.into());
            Status::with_error_details(
                failure.grpc,
                &*failure.message,
                ErrorDetails::with_retry_info(Some(delay)),
            )
        }
    }
}

/// The same as the `google.rpc.Status` that is a body of OTLP/HTTP.
pub(crate) fn status_body(failure: &Failure) -> Vec<u8> {
    let status = status(failure);
    if !status.details().is_empty() {
        return status.details().to_vec();
    }
    Status::with_error_details(status.code(), status.message(), ErrorDetails::new()).details().to_vec()
}
