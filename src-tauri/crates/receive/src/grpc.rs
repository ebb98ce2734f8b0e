//! OTLP/gRPC: tonic's framing, compression and statuses around bytes that stay as they were sent.

use crate::answer;
use crate::body;
use crate::failure::Failure;
use crate::inflate::Compression;
use crate::intake::{Call, Intake};
use crate::protobuf;
use crate::sink::{Sink, Transport};
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::{Buf, Bytes};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use skep_model::{Encoding, Signal};
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::Grpc;
use tonic::{Code, Status};

/// The length-prefix of a message: a flag and four bytes.
const PREFIX_BYTES: usize = 5;

const ONE_MESSAGE: &str = "the call must hold one length-prefixed message, compressed as grpc-encoding says";

/// Leaves a request's message as it is, for the sink to keep.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = ExportTraceServiceResponse;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Raw
    }

    fn decoder(&mut self) -> Self {
        Raw
    }
}

impl Encoder for Raw {
    type Item = ExportTraceServiceResponse;
    type Error = Status;

    fn encode(&mut self, response: Self::Item, buf: &mut EncodeBuf<'_>) -> Result<(), Status> {
        response.encode(buf).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buf.copy_to_bytes(buf.remaining())))
    }
}

/// Whether a request is a gRPC call, whatever its path.
pub(crate) fn is_call(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    match media_type.strip_prefix(b"application/grpc") {
        Some(rest) => matches!(rest, [] | [b'+' | b';' | b' ', ..]),
        None => false,
    }
}

/// Answers a call, with success or a status; without a signal it is of no method that is served.
pub(crate) async fn call<S: Sink>(intake: &Intake<S>, signal: Option<Signal>, request: Request) -> Response {
    if request.version() != Version::HTTP_2 {
        return answer::text(
            StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            request.uri().path(),
            "gRPC needs HTTP/2",
        );
    }
    let outcome = match signal {
        Some(signal) => export(intake, signal, request).await,
        None => Err(Failure::unknown_method()),
    };
    outcome.unwrap_or_else(|failure| refuse(intake, &failure).into_http())
}

fn refuse<S: Sink>(intake: &Intake<S>, failure: &Failure) -> Status {
    intake.count(failure);
    protobuf::status(failure)
}

async fn export<S: Sink>(intake: &Intake<S>, signal: Signal, request: Request) -> Result<Response, Failure> {
    let (parts, mut body) = request.into_parts();
    let limit_bytes = intake.limits.body_bytes;
    // Read before tonic sees it: bounded in bytes, in time, and in flight, as HTTP's are.
    let (whole, reserved) = intake.read(&mut body, limit_bytes + PREFIX_BYTES).await?;
    check_frame(&whole, limit_bytes)?;
    let n_read = whole.len();
    let call = Call::new(signal, Encoding::Protobuf, Compression::Identity, Transport::Grpc, &parts.headers);

    let mut is_decoded = false;
    let service = tower::service_fn(|request: tonic::Request<Bytes>| {
        is_decoded = true;
        let (call, message) = (call.clone(), request.into_inner());
        async move {
            let stored = async {
                let mut inflated = body::Reserved::default();
                inflated.extend(&intake.budget, message.len().saturating_sub(n_read))?;
                intake.store(call, message, inflated).await
            };
            match stored.await {
                Ok(kept) => {
                    let partial = protobuf::partial_success(&kept.problems);
                    Ok(tonic::Response::new(protobuf::export_response(partial)))
                }
                Err(failure) => Err(refuse(intake, &failure)),
            }
        }
    });
    let response = Grpc::new(Raw)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .accept_compressed(CompressionEncoding::Deflate)
        .max_decoding_message_size(limit_bytes)
        .unary(service, http::Request::from_parts(parts, Full::new(whole)))
        .await;
    drop(reserved);
    match Status::from_header_map(response.headers()) {
        Some(status) if !is_decoded => Err(undecoded(&status, limit_bytes)),
        _ => Ok(response.map(Body::new)),
    }
}

/// Refuses what is not one whole message. tonic would take the first of several and drop the rest behind a success,
/// and set memory aside for a length that is only announced.
fn check_frame(frame: &[u8], limit_bytes: usize) -> Result<(), Failure> {
    match *frame {
        [_, a, b, c, d, ..] => match u32::from_be_bytes([a, b, c, d]) as usize {
            message_bytes if message_bytes > limit_bytes => Err(Failure::too_large(limit_bytes)),
            message_bytes if message_bytes == frame.len() - PREFIX_BYTES => Ok(()),
            _ => Err(Failure::malformed(ONE_MESSAGE)),
        },
        _ => Err(Failure::malformed(ONE_MESSAGE)),
    }
}

/// tonic's reasons, in codes that clients do not take for a reason to send the same again: it calls an oversize
/// message `OUT_OF_RANGE`, which they retry for ever.
fn undecoded(status: &Status, limit_bytes: usize) -> Failure {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => Failure::too_large(limit_bytes),
        Code::Unimplemented => Failure::compression(),
        _ => Failure::malformed(ONE_MESSAGE),
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, check_frame};

    #[test]
    fn a_call_is_one_whole_message_within_the_limit() {
        let cases: [(&[u8], Option<Code>); 8] = [
            (&[0, 0, 0, 0, 0], None),
            (&[1, 0, 0, 0, 2, 7, 8], None),
            (&[], Some(Code::InvalidArgument)),
            (&[0, 0, 0, 0], Some(Code::InvalidArgument)),
            (&[0, 0, 0, 0, 2, 7], Some(Code::InvalidArgument)),
            (&[0, 0, 0, 0, 1, 7, 8], Some(Code::InvalidArgument)),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0], Some(Code::InvalidArgument)),
            (&[0, 0, 0, 0, 9, 7], Some(Code::ResourceExhausted)),
        ];
        for (frame, refusal) in cases {
            assert_eq!(check_frame(frame, 8).err().map(|failure| failure.grpc), refusal, "{frame:?}");
        }
    }
}
