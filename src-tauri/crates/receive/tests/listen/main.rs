//! Real listeners, real sockets, real clients, and a sink that remembers.

mod beyond;
mod bounds;
mod browser;
mod crowd;
mod exports;
mod honeycomb;
mod http1;
mod lifecycle;
mod recorder;
mod refusals;
mod strangers;

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric},
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use recorder::Recorder;
use skep_receive::{Allowed, Config, Limits, Receiver, listen};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use tonic::transport::Channel;

/// Listeners on any free ports of this machine.
async fn start(limits: Limits, recorder: &Recorder) -> Receiver {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let allowed = Allowed::default();
    let config = Config { grpc: any, http: any, containers: None, token: None, allowed, limits };
    listen(config, recorder.clone()).await.expect("loopback has free ports")
}

async fn channel(addr: SocketAddr) -> Channel {
    let endpoint = Channel::from_shared(format!("http://{addr}")).expect("an address is a URI");
    endpoint.connect().await.expect("the listener accepts")
}

/// Spans, the first `n_bad` of them without a trace id.
fn traces(n_spans: usize, n_bad: usize) -> ExportTraceServiceRequest {
    let span = |idx| Span {
        trace_id: if idx < n_bad { Vec::new() } else { vec![1; 16] },
        span_id: (idx as u64 + 1).to_be_bytes().into(),
        name: format!("span {idx}"),
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { spans: (0..n_spans).map(span).collect(), ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

fn logs() -> ExportLogsServiceRequest {
    let log_records = vec![LogRecord { time_unix_nano: 1, ..LogRecord::default() }];
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

fn metrics() -> ExportMetricsServiceRequest {
    let data = metric::Data::Gauge(Gauge { data_points: vec![NumberDataPoint::default()] });
    let metrics = vec![Metric { data: Some(data), ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }],
    }
}

/// A body as `content-encoding: {encoding}` has it.
fn compress(encoding: &str, body: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::default();
    let compressed = match encoding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(body).and_then(|()| encoder.finish())
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(body).and_then(|()| encoder.finish())
        }
        "zstd" => zstd::encode_all(body, 3),
        _ => Ok(body.to_vec()),
    };
    compressed.expect("memory takes what is written")
}
