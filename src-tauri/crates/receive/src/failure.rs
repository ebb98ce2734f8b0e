use crate::allowed::NAME_BYTES_MAX;
use crate::sink::{Refusal, RefusedReason};
use http::StatusCode;
use tonic::Code;

/// Why a request is not answered with success, as each transport says it.
///
/// Clients retry 429, 502, 503 and 504, and of gRPC's codes `DEADLINE_EXCEEDED`, `UNAVAILABLE` and others, but
/// `RESOURCE_EXHAUSTED` only with a delay: what fails again must carry none of these.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) http: StatusCode,
    pub(crate) grpc: Code,
    /// One sentence for a developer, without anything from the body.
    pub(crate) message: String,
    pub(crate) retry_after_secs: Option<u32>,
    /// What the status page counts; nothing for refusals of the sink, which counts these itself.
    pub(crate) reason: Option<RefusedReason>,
}

/// How long bodies in flight take to be stored, generously.
const OVERLOAD_RETRY_SECS: u32 = 1;

impl Failure {
    fn permanent(http: StatusCode, grpc: Code, reason: RefusedReason, message: impl Into<String>) -> Self {
        Failure { http, grpc, message: message.into(), retry_after_secs: None, reason: Some(reason) }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        let grpc = Code::InvalidArgument;
        Self::permanent(StatusCode::BAD_REQUEST, grpc, RefusedReason::Malformed, message)
    }

    pub(crate) fn too_large(limit_bytes: usize) -> Self {
        Self::permanent(
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::ResourceExhausted,
            RefusedReason::TooLarge,
            format!(
                "the body is larger than {limit_bytes} bytes, as sent or decompressed: send smaller batches"
            ),
        )
    }

    pub(crate) fn headers(limit_bytes: u32) -> Self {
        Self::permanent(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Code::ResourceExhausted,
            RefusedReason::Headers,
            format!("the headers are larger than {limit_bytes} bytes"),
        )
    }

    pub(crate) fn no_token() -> Self {
        Self::permanent(
            StatusCode::UNAUTHORIZED,
            Code::Unauthenticated,
            RefusedReason::Token,
            "from beyond this machine a token is needed: set OTEL_EXPORTER_OTLP_HEADERS=x-otlp-api-key=TOKEN with the \
             one that Skep shows",
        )
    }

    pub(crate) fn foreign_page(origin: &str) -> Self {
        Self::permanent(
            StatusCode::FORBIDDEN,
            Code::PermissionDenied,
            RefusedReason::Origin,
            format!(
                "telemetry is taken only from pages of this machine, not from {}: serve the page from localhost, or allow it \
                 on Skep's Connect page",
                shown(origin)
            ),
        )
    }

    pub(crate) fn foreign_host(name: &str) -> Self {
        Self::permanent(
            StatusCode::FORBIDDEN,
            Code::PermissionDenied,
            RefusedReason::Host,
            format!(
                "{} is no name of this machine: send to its address or to localhost, or allow the name on Skep's Connect \
                 page",
                shown(name)
            ),
        )
    }

    pub(crate) fn media_type() -> Self {
        Self::other_media_type("the content type must be application/x-protobuf or application/json")
    }

    pub(crate) fn other_media_type(message: &str) -> Self {
        Self::permanent(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Unimplemented,
            RefusedReason::MediaType,
            message,
        )
    }

    pub(crate) fn compression() -> Self {
        Self::permanent(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Unimplemented,
            RefusedReason::Compression,
            "the compression must be one of gzip, deflate, zstd, or none",
        )
    }

    pub(crate) fn unknown_method() -> Self {
        Self::permanent(
            StatusCode::NOT_FOUND,
            Code::Unimplemented,
            RefusedReason::Path,
            "only Export of OTLP's trace, metrics and logs services is served",
        )
    }

    pub(crate) fn too_slow() -> Self {
        Self::permanent(
            StatusCode::REQUEST_TIMEOUT,
            Code::DeadlineExceeded,
            RefusedReason::TooSlow,
            "the body took too long to arrive",
        )
    }

    pub(crate) fn overload() -> Self {
        Failure {
            http: StatusCode::SERVICE_UNAVAILABLE,
            grpc: Code::Unavailable,
            message: "too many bytes are waiting to be stored: send again later".to_owned(),
            retry_after_secs: Some(OVERLOAD_RETRY_SECS),
            reason: Some(RefusedReason::Overload),
        }
    }

    pub(crate) fn internal() -> Self {
        Failure {
            http: StatusCode::INTERNAL_SERVER_ERROR,
            grpc: Code::Internal,
            message: "the request could not be decoded because of a defect".to_owned(),
            retry_after_secs: None,
            reason: None,
        }
    }
}

/// A name that came with a request, as far as it can be part of a sentence and of a header.
fn shown(name: &str) -> &str {
    let is_plain = name.len() <= NAME_BYTES_MAX && name.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain && !name.is_empty() { name } else { "what this request says" }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (retry_after_secs, message) = match refusal {
            Refusal::Busy { retry_after_secs } => {
                (retry_after_secs, "more is waiting to be stored than may wait: send again later".to_owned())
            }
            Refusal::Unavailable { retry_after_secs, message } => (retry_after_secs, message),
        };
        Failure {
            http: StatusCode::SERVICE_UNAVAILABLE,
            grpc: Code::Unavailable,
            message,
            retry_after_secs: Some(retry_after_secs),
            reason: None,
        }
    }
}
