//! From a request's bytes to OTLP messages, and from a message to an answer in the request's encoding.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Read;

/// Honeycomb's limit on a request, in bytes after decompression.
pub(super) const BODY_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// How a request is written; the answer is written the same way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Encoding {
    Protobuf,
    Json,
}

/// What one of the three OTLP paths carries.
pub(super) enum Export {
    Traces(ExportTraceServiceRequest),
    Metrics,
    Logs(ExportLogsServiceRequest),
}

/// `google.rpc.Status`, the body of every refused OTLP request.
#[derive(Clone, PartialEq, Message, Serialize)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

impl Status {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { code: 0, message: message.into() }
    }
}

impl Encoding {
    /// Exactly these three texts, as husky compares them; `None` for any other.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match headers.get(CONTENT_TYPE)?.to_str().ok()? {
            "application/protobuf" | "application/x-protobuf" => Some(Encoding::Protobuf),
            "application/json" => Some(Encoding::Json),
            _ => None,
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }

    pub(super) fn write<M: Message + Serialize>(self, message: &M) -> Vec<u8> {
        match self {
            Encoding::Protobuf => message.encode_to_vec(),
            Encoding::Json => serde_json::to_vec(message).expect("a message is plain data"),
        }
    }

    fn read<M: Message + Default + DeserializeOwned>(self, body: &[u8]) -> Result<M, String> {
        match self {
            Encoding::Protobuf => M::decode(body).map_err(|error| error.to_string()),
            Encoding::Json => serde_json::from_slice(body).map_err(|error| error.to_string()),
        }
    }
}

/// Decompresses a body; one over the limit is cut there, as Honeycomb does, and then fails to parse.
pub(super) fn decompress(headers: &HeaderMap, body: Bytes) -> Result<Bytes, String> {
    let mut plain = Vec::new();
    let read = match headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?")) {
        None | Some("identity") => return Ok(body),
        Some("gzip") => flate2::read::GzDecoder::new(&*body).take(BODY_BYTES_MAX).read_to_end(&mut plain),
        Some("zstd") => zstd::Decoder::new(&*body)
            .and_then(|decoder| decoder.take(BODY_BYTES_MAX).read_to_end(&mut plain)),
        Some(other) => return Err(format!("unknown content encoding {other}")),
    };
    read.map(|_| Bytes::from(plain)).map_err(|error| error.to_string())
}

/// Reads the message that `path` carries.
pub(super) fn export(path: &str, encoding: Encoding, body: &[u8]) -> Result<Export, String> {
    match path {
        "/v1/traces" => encoding.read(body).map(Export::Traces),
        "/v1/metrics" => encoding.read(body).map(|_: ExportMetricsServiceRequest| Export::Metrics),
        _ => encoding.read(body).map(Export::Logs),
    }
}
