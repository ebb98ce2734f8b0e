//! OTLP/gRPC: the message is taken out of its frame here, so that it is bounded and unpacked as HTTP's bodies are and
//! stays as it was sent; the statuses are tonic's.
//!
//! tonic would unpack a message on the connection's own thread, set memory aside for a length that is only announced,
//! read the first member of a gzip stream alone, and let a zstd stream ask for any window.

use crate::answer;
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
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use http_body::Frame;
use http_body_util::StreamBody;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use skep_model::{Encoding, Signal};
use std::convert::Infallible;
use tonic::metadata::GRPC_CONTENT_TYPE;
use tonic::{Code, Status};

/// The length-prefix of a message: a flag and four bytes.
const PREFIX_BYTES: usize = 5;

const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const ACCEPTED: HeaderValue = HeaderValue::from_static("identity,deflate,gzip,zstd");

const ONE_MESSAGE: &str = "the call must hold one length-prefixed message, compressed as grpc-encoding says";

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
    let mut response = outcome.unwrap_or_else(|failure| {
        intake.count(&failure);
        protobuf::status(&failure).into_http()
    });
    response.headers_mut().insert(ACCEPT_ENCODING, ACCEPTED);
    response
}

async fn export<S: Sink>(intake: &Intake<S>, signal: Signal, request: Request) -> Result<Response, Failure> {
    let (parts, mut body) = request.into_parts();
    let named = Compression::of(parts.headers.get(ENCODING))?;
    let limit_bytes = intake.limits.body_bytes;
    let read = intake.read(&mut body, limit_bytes + PREFIX_BYTES).await;
    let (frame, reserved) = read.map_err(|failure| match failure.grpc {
        Code::ResourceExhausted => Failure::too_large(limit_bytes),
        _ => failure,
    })?;
    let (compression, message) = unframe(frame, named, limit_bytes)?;
    let call = Call::new(signal, Encoding::Protobuf, compression, Transport::Grpc, &parts.headers);
    let kept = intake.store(call, message, reserved).await?;
    let answer = protobuf::export_response(protobuf::partial_success(&kept.problems));
    success(&answer)
}

/// The answer in its frame, uncompressed, and after it that all is well.
fn success(answer: &ExportTraceServiceResponse) -> Result<Response, Failure> {
    let message = answer.encode_to_vec();
    let message_bytes = u32::try_from(message.len()).map_err(|_| Failure::internal())?;
    let frame = [&[0], &message_bytes.to_be_bytes()[..], &message].concat();
    let mut trailers = HeaderMap::new();
    Status::ok("").add_header(&mut trailers).map_err(|_| Failure::internal())?;
    let frames = [Frame::data(Bytes::from(frame)), Frame::trailers(trailers)];
    let body = StreamBody::new(tokio_stream::iter(frames.map(Ok::<_, Infallible>)));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(CONTENT_TYPE, GRPC_CONTENT_TYPE);
    Ok(response)
}

/// Takes the one message out of its frame; the flag says whether it is compressed as `named`.
fn unframe(
    mut frame: Bytes,
    named: Compression,
    limit_bytes: usize,
) -> Result<(Compression, Bytes), Failure> {
    let [flag, a, b, c, d, ..] = *frame else { return Err(Failure::malformed(ONE_MESSAGE)) };
    let message_bytes = u32::from_be_bytes([a, b, c, d]) as usize;
    if message_bytes > limit_bytes {
        return Err(Failure::too_large(limit_bytes));
    }
    let compression = match (flag, named) {
        (0, _) => Compression::Identity,
        (1, Compression::Gzip | Compression::Deflate | Compression::Zstd) => named,
        _ => return Err(Failure::malformed(ONE_MESSAGE)),
    };
    frame.advance(PREFIX_BYTES);
    if message_bytes == frame.len() { Ok((compression, frame)) } else { Err(Failure::malformed(ONE_MESSAGE)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Unframed<'a> = Result<(Compression, &'a [u8]), Code>;

    #[test]
    fn a_call_is_one_whole_message_within_the_limit() {
        use Compression::{Gzip, Identity};
        let invalid = Err(Code::InvalidArgument);
        let cases: [(&[u8], Compression, Unframed<'_>); 11] = [
            (&[0, 0, 0, 0, 0], Identity, Ok((Identity, &[]))),
            (&[0, 0, 0, 0, 2, 7, 8], Gzip, Ok((Identity, &[7, 8]))),
            (&[1, 0, 0, 0, 2, 7, 8], Gzip, Ok((Gzip, &[7, 8]))),
            (&[1, 0, 0, 0, 2, 7, 8], Identity, invalid),
            (&[2, 0, 0, 0, 2, 7, 8], Gzip, invalid),
            (&[], Identity, invalid),
            (&[0, 0, 0, 0], Identity, invalid),
            (&[0, 0, 0, 0, 2, 7], Identity, invalid),
            (&[0, 0, 0, 0, 1, 7, 8], Identity, invalid),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0], Identity, invalid),
            (&[0, 0, 0, 0, 9, 7], Identity, Err(Code::ResourceExhausted)),
        ];
        for (frame, named, expected) in cases {
            let taken = unframe(Bytes::from_static(frame), named, 8).map_err(|failure| failure.grpc);
            let expected = expected.map(|(compression, message)| (compression, Bytes::from_static(message)));
            assert_eq!(taken, expected, "{frame:?}");
        }
    }
}
