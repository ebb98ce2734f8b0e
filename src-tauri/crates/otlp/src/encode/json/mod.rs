//! OTLP/JSON: ProtoJSON with hexadecimal ids and numeric enums
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>), one line a request, defaults left out.
//!
//! Written by hand, since the serde derives of `opentelemetry-proto` write doubles that are not finite as null
//! (<https://github.com/open-telemetry/opentelemetry-rust/pull/3496>).

mod common;
mod logs;
mod metrics;
mod object;
mod traces;

use object::{Object, object};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
    trace::v1::ExportTraceServiceRequest,
};

pub(super) fn traces(request: &ExportTraceServiceRequest) -> Vec<u8> {
    line(|json| json.list("resourceSpans", &request.resource_spans, traces::resource_spans))
}

pub(super) fn logs(request: &ExportLogsServiceRequest) -> Vec<u8> {
    line(|json| json.list("resourceLogs", &request.resource_logs, logs::resource_logs))
}

pub(super) fn metrics(request: &ExportMetricsServiceRequest) -> Vec<u8> {
    line(|json| json.list("resourceMetrics", &request.resource_metrics, metrics::resource_metrics))
}

fn line(fill: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    object(&mut out, fill);
    out
}
