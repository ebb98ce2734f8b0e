//! A running Skep, and the ways to speak with it.

use crate::rig::http::{once, post};
use crate::rig::{Serve, Skep};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::{Request, Response};
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::transport::Channel;

/// OTLP's media types.
pub const JSON: &str = "application/json";
/// The same.
pub const PROTOBUF: &str = "application/x-protobuf";
/// Where each signal is sent: traces, logs, metrics.
pub const PATHS: [&str; 3] = ["/v1/traces", "/v1/logs", "/v1/metrics"];

/// A Skep on a directory of its own.
#[derive(Debug)]
pub struct House {
    /// The program.
    pub skep: Skep,
    _dir: tempfile::TempDir,
}

impl House {
    /// Started as it is.
    pub async fn open() -> Self {
        Self::with(|serve| serve).await
    }

    /// Started as is said.
    pub async fn with(set: impl FnOnce(Serve) -> Serve) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let skep = set(Serve::on(dir.path().join("data"))).start().await;
        House { skep, _dir: dir }
    }

    /// The HTTP port.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.skep.ready.otlp_http
    }

    /// Where the store lies.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.skep.ready.data_dir.clone()
    }

    /// Posts a body to the HTTP port.
    pub async fn post(&self, path: &str, media_type: &str, body: impl Into<Bytes>) -> Response<Bytes> {
        once(self.http(), post(path, media_type, body)).await
    }

    /// Posts JSON to the HTTP port.
    pub async fn post_json(&self, path: &str, body: &Value) -> Response<Bytes> {
        self.post(path, JSON, body.to_string()).await
    }

    /// A client of the gRPC port.
    pub async fn grpc(&self) -> TraceServiceClient<Channel> {
        grpc(self.skep.ready.otlp_grpc).await
    }

    /// What `skep status` says.
    #[must_use]
    pub fn status(&self) -> Value {
        self.skep.ask(["status"])
    }

    /// Spans kept so far.
    #[must_use]
    pub fn n_spans(&self) -> u64 {
        self.status()["spans"]["stored"].as_u64().unwrap()
    }

    /// Rows of a query.
    #[must_use]
    pub fn rows(&self, query: &str) -> Value {
        self.skep.ask(["query", query])["rows"].clone()
    }

    /// Everything of one signal, as it is exported: a request a line.
    #[must_use]
    pub fn exported(&self, signal: &str) -> Vec<Value> {
        let output = self.data_dir().with_extension(format!("{signal}.jsonl"));
        let mut export = std::process::Command::new(crate::rig::skep_binary());
        export
            .args(["export", "--signal", signal, "--out"])
            .arg(&output)
            .arg("--data-dir")
            .arg(self.data_dir());
        crate::rig::run_to_end(&mut export);
        let text = std::fs::read_to_string(output).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The one span there is, as OTLP JSON.
    #[must_use]
    pub fn exported_span(&self) -> Value {
        let requests = self.exported("traces");
        let span = &requests[0]["resourceSpans"][0]["scopeSpans"][0]["spans"];
        assert_eq!(span.as_array().map(Vec::len), Some(1), "{requests:?}");
        span[0].clone()
    }
}

/// A client of any port.
pub async fn grpc(address: SocketAddr) -> TraceServiceClient<Channel> {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    TraceServiceClient::new(channel).max_decoding_message_size(usize::MAX)
}

/// The same request with a header more.
#[must_use]
pub fn with_header(
    mut request: Request<Full<Bytes>>,
    name: &'static str,
    value: &str,
) -> Request<Full<Bytes>> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

/// Sends bytes as they are and reads until the connection is closed.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request of spans numbered from `first`, in the reference implementation's types.
#[must_use]
pub fn spans(first: u64, n_spans: u64) -> ExportTraceServiceRequest {
    let span = |number: u64| Span {
        trace_id: vec![7; 16],
        span_id: (number + 1).to_be_bytes().to_vec(),
        name: format!("span {number}"),
        start_time_unix_nano: 1_700_000_000_000_000_000 + number,
        end_time_unix_nano: 1_700_000_000_000_000_100 + number,
        ..Span::default()
    };
    request_of((first..first + n_spans).map(span).collect())
}

/// A request of these spans.
#[must_use]
pub fn request_of(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

/// A JSON span with a good identity, and whatever else is said.
#[must_use]
pub fn json_span(number: u64, more: &Value) -> Value {
    let mut span = json!({
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": format!("{:016x}", number + 1), "name": "span",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000000000100"
    });
    for (key, value) in more.as_object().unwrap() {
        span[key] = value.clone();
    }
    span
}

/// A request of JSON spans.
pub fn json_request(spans: impl IntoIterator<Item = Value>) -> Value {
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans.into_iter().collect::<Vec<_>>()}]}]})
}

/// A request of JSON log records.
#[must_use]
pub fn json_logs(records: &Value) -> Value {
    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]})
}

/// A request of JSON points of one gauge.
#[must_use]
pub fn json_metrics(points: &Value) -> Value {
    json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "m", "gauge": {"dataPoints": points}}]}]}]})
}

/// A body as `content-encoding: {encoding}` has it.
#[must_use]
pub fn compress(encoding: &str, body: &[u8]) -> Vec<u8> {
    match encoding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => zstd::encode_all(body, 1).unwrap(),
        _ => body.to_vec(),
    }
}

/// `partialSuccess` of an answer in JSON; nothing where it is unset.
#[must_use]
pub fn partial(answer: &Response<Bytes>) -> Option<Value> {
    assert_eq!(answer.status(), 200, "{answer:?}");
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    body.get("partialSuccess").cloned()
}
