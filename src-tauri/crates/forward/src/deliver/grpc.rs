//! OTLP over gRPC, as one request of HTTP/2: a message in its frame, an answer in a frame, a status behind it
//! (gRPC over HTTP2; OTLP specification, "OTLP/gRPC Response").

use super::answer::{Accepted, Verdict, partial_protobuf, tidy};
use super::packed::Packed;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::{BufMut, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use prost::Message;
use std::time::Duration;

/// What stands before a message: whether it is compressed, and its length.
const FRAME_BYTES: usize = 5;

/// Statuses by their numbers (gRPC, "Status codes and their use in gRPC").
mod code {
    pub(super) const OK: u32 = 0;
    pub(super) const CANCELLED: u32 = 1;
    pub(super) const UNKNOWN: u32 = 2;
    pub(super) const INVALID_ARGUMENT: u32 = 3;
    pub(super) const DEADLINE_EXCEEDED: u32 = 4;
    pub(super) const PERMISSION_DENIED: u32 = 7;
    pub(super) const RESOURCE_EXHAUSTED: u32 = 8;
    pub(super) const ABORTED: u32 = 10;
    pub(super) const OUT_OF_RANGE: u32 = 11;
    pub(super) const UNIMPLEMENTED: u32 = 12;
    pub(super) const INTERNAL: u32 = 13;
    pub(super) const UNAVAILABLE: u32 = 14;
    pub(super) const DATA_LOSS: u32 = 15;
    pub(super) const UNAUTHENTICATED: u32 = 16;
}

/// An answer, its message cut at a limit.
#[derive(Debug, Default)]
pub(crate) struct GrpcAnswer {
    code: u32,
    message: String,
    retry_delay: Option<Duration>,
    body: Vec<u8>,
}

/// A message in its frame; nothing where it is larger than a frame can say.
pub(super) fn frame(message: Packed) -> Option<Packed> {
    let mut head = BytesMut::with_capacity(FRAME_BYTES);
    head.put_u8(u8::from(message.encoding.is_some()));
    head.put_u32(u32::try_from(message.n_bytes()).ok()?);
    Some(message.behind(head.freeze()))
}

/// Reads an answer to its trailers; nothing where there is no status: then it is no gRPC, or it broke off.
pub(super) async fn read(response: reqwest::Response, bytes_limit: usize) -> Option<GrpcAnswer> {
    let response: http::Response<reqwest::Body> = response.into();
    let (head, mut body) = response.into_parts();
    let mut answer = GrpcAnswer::default();
    // A refusal may come without a body: then its status stands among the headers.
    let mut has_status = answer.take_status(&head.headers);
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        match frame.into_data() {
            Ok(data) => {
                let room = bytes_limit.saturating_sub(bytes.len());
                bytes.extend_from_slice(&data[..data.len().min(room)]);
            }
            Err(frame) => {
                if let Some(trailers) = frame.trailers_ref() {
                    has_status |= answer.take_status(trailers);
                }
            }
        }
    }
    // Nobody asked for a compressed answer.
    answer.body = bytes.get(FRAME_BYTES..).unwrap_or_default().to_vec();
    has_status.then_some(answer)
}

impl GrpcAnswer {
    fn take_status(&mut self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let Some(code) = text("grpc-status").and_then(|code| code.trim().parse().ok()) else { return false };
        self.code = code;
        let message = text("grpc-message").unwrap_or_default();
        self.message = percent_encoding::percent_decode_str(message).decode_utf8_lossy().into_owned();
        self.retry_delay = text("grpc-status-details-bin").and_then(retry_delay);
        true
    }

    /// What it means. `is_honeycomb`: where overload is told as exhausted resources, without saying for how long.
    pub(crate) fn judge(&self) -> Verdict {
        use code::*;
        let said = |sentence: &str| match tidy(&self.message) {
            Some(message) => format!("{sentence} (gRPC {}): {message}", self.code),
            None => format!("{sentence} (gRPC {})", self.code),
        };
        match self.code {
            OK => Verdict::Accepted(
                partial_protobuf(&self.body).unwrap_or(Accepted { is_unread: true, ..Accepted::default() }),
            ),
            CANCELLED | DEADLINE_EXCEEDED | ABORTED | OUT_OF_RANGE | UNAVAILABLE | DATA_LOSS => {
                Verdict::Retry { after: self.retry_delay, reason: said("the destination is not available") }
            }
            // Permanent, says the specification, unless it says when to come back. A message that is too large is told so
            // too, and made smaller; anything else is an overload that passes, and giving up would lose.
            RESOURCE_EXHAUSTED if self.retry_delay.is_none() && self.speaks_of_size() => {
                Verdict::Halve { reason: said("the destination cannot take so much at once") }
            }
            RESOURCE_EXHAUSTED => {
                Verdict::Retry { after: self.retry_delay, reason: said("the destination asks for patience") }
            }
            INVALID_ARGUMENT => Verdict::Split { reason: said("the destination cannot use the data") },
            UNKNOWN | INTERNAL => Verdict::RetryFew { reason: said("the destination failed") },
            PERMISSION_DENIED | UNAUTHENTICATED => {
                Verdict::Pause { reason: said("the destination does not take the key") }
            }
            UNIMPLEMENTED => Verdict::Pause { reason: said("no OTLP receiver is at this address") },
            _ => Verdict::Pause { reason: said("the destination gave an answer that OTLP does not know") },
        }
    }

    /// The words of the usual servers (gRPC for Go, Java, C++; tonic).
    fn speaks_of_size(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        ["larger than", "too large", "exceeds maximum", "max message", "size limit"]
            .iter()
            .any(|words| message.contains(words))
    }
}

#[derive(Message)]
struct Status {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<WireDuration>,
}

#[derive(Message)]
struct WireDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// `google.rpc.RetryInfo` among a status's details.
fn retry_delay(details: &str) -> Option<Duration> {
    let bytes = STANDARD.decode(details).or_else(|_| STANDARD_NO_PAD.decode(details)).ok()?;
    let status = Status::decode(bytes.as_slice()).ok()?;
    let info = status.details.iter().find(|any| any.type_url.ends_with("google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(info.value.as_slice()).ok()?.retry_delay?;
    Some(Duration::new(u64::try_from(delay.seconds).ok()?, u32::try_from(delay.nanos).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_judged_as_otlp_says() {
        let shown = |code, message: &str, retry_delay| {
            let answer = GrpcAnswer { code, message: message.to_owned(), retry_delay, body: Vec::new() };
            format!("{code} {:?}\n", answer.judge())
        };
        let mut all: String = (0..=17).map(|code| shown(code, "", None)).collect();
        all += &shown(8, "grpc: received message larger than max (5 vs. 4)", None);
        all += &shown(8, "slow down", Some(Duration::from_secs(7)));
        expect_test::expect![[r#"
            0 Accepted(Accepted { n_rejected: 0, message: None, is_unread: false, rejected: [] })
            1 Retry { after: None, reason: "the destination is not available (gRPC 1)" }
            2 RetryFew { reason: "the destination failed (gRPC 2)" }
            3 Split { reason: "the destination cannot use the data (gRPC 3)" }
            4 Retry { after: None, reason: "the destination is not available (gRPC 4)" }
            5 Pause { reason: "the destination gave an answer that OTLP does not know (gRPC 5)" }
            6 Pause { reason: "the destination gave an answer that OTLP does not know (gRPC 6)" }
            7 Pause { reason: "the destination does not take the key (gRPC 7)" }
            8 Retry { after: None, reason: "the destination asks for patience (gRPC 8)" }
            9 Pause { reason: "the destination gave an answer that OTLP does not know (gRPC 9)" }
            10 Retry { after: None, reason: "the destination is not available (gRPC 10)" }
            11 Retry { after: None, reason: "the destination is not available (gRPC 11)" }
            12 Pause { reason: "no OTLP receiver is at this address (gRPC 12)" }
            13 RetryFew { reason: "the destination failed (gRPC 13)" }
            14 Retry { after: None, reason: "the destination is not available (gRPC 14)" }
            15 Retry { after: None, reason: "the destination is not available (gRPC 15)" }
            16 Pause { reason: "the destination does not take the key (gRPC 16)" }
            17 Pause { reason: "the destination gave an answer that OTLP does not know (gRPC 17)" }
            8 Halve { reason: "the destination cannot take so much at once (gRPC 8): grpc: received message larger than max (5 vs. 4)" }
            8 Retry { after: Some(7s), reason: "the destination asks for patience (gRPC 8): slow down" }
        "#]]
        .assert_eq(&all);
    }

    #[test]
    fn a_delay_is_read_from_the_details() {
        let delay = RetryInfo { retry_delay: Some(WireDuration { seconds: 3, nanos: 5 }) };
        let any =
            Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".into(), value: delay.encode_to_vec() };
        let details = Status { details: vec![any] }.encode_to_vec();
        assert_eq!(retry_delay(&STANDARD_NO_PAD.encode(&details)), Some(Duration::new(3, 5)));
        assert_eq!(retry_delay(&STANDARD.encode(&details)), Some(Duration::new(3, 5)));
        assert_eq!(retry_delay("nonsense"), None);
    }
}
