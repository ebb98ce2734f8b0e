//! OTLP over gRPC: the same answers, as gRPC says them.

use super::RequestRecord;
use super::answer::status_text;
use super::events::{Mapped, map_logs, map_traces};
use super::routes::{Decided, REJECTED, decide};
use super::server::Shared;
use axum::Router;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use std::sync::Arc;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status, async_trait};

#[derive(Clone)]
struct Grpc(Arc<Shared>);

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let grpc = Grpc(shared);
    let gzip = CompressionEncoding::Gzip;
    Routes::new(TraceServiceServer::new(grpc.clone()).accept_compressed(gzip))
        .add_service(MetricsServiceServer::new(grpc.clone()).accept_compressed(gzip))
        .add_service(LogsServiceServer::new(grpc).accept_compressed(gzip))
        .into_axum_router()
}

impl Grpc {
    /// Decides and writes down; tells how many spans are rejected.
    async fn take<M: Message>(
        &self,
        path: &str,
        request: Request<M>,
        map: impl FnOnce(&M) -> Mapped,
    ) -> Result<usize, Status> {
        let headers = request.metadata().clone().into_headers();
        let message = request.into_inner();
        let mut mapped = map(&message);
        let mut record = RequestRecord {
            line: format!("gRPC {path}"),
            header_names: headers.keys().map(|name| name.as_str().to_owned()).collect(),
            content_type: "application/grpc".to_owned(),
            content_encoding: String::new(),
            n_bytes: message.encoded_len(),
            n_spans: mapped.spans.len(),
            status: None,
        };
        if let Some(refusal) = self.0.refusal_of_key(&headers) {
            record.status = Some(401);
            self.0.record(record, None);
            return Err(Status::unauthenticated(refusal));
        }
        let n_bytes = record.n_bytes;
        let decided = decide(&self.0, &record, n_bytes, &mut mapped).await;
        let (status, kept, result) = match decided {
            Decided::Kept { n_rejected } => (200, Some(mapped), Ok(n_rejected)),
            Decided::Dropped => (200, None, Ok(0)),
            Decided::Unreadable(_) => (200, Some(mapped), Ok(0)),
            Decided::Refused { code, retry_after } => (code, None, Err(refusal(code, retry_after))),
            Decided::Moved(_) | Decided::Cut => (503, None, Err(refusal(503, None))),
        };
        record.status = Some(status);
        self.0.record(record, kept);
        result
    }
}

/// As husky and the Collector say it.
fn refusal(code: u16, retry_after: Option<String>) -> Status {
    let grpc = match code {
        400 | 422 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        413 | 429 => Code::ResourceExhausted,
        500 => Code::Internal,
        _ => Code::Unavailable,
    };
    let message = if code == 413 { "grpc: received message larger than max" } else { status_text(code) };
    let Some(seconds) = retry_after.and_then(|text| text.parse::<i64>().ok()) else {
        return Status::new(grpc, message);
    };
    // google.rpc.Status with a google.rpc.RetryInfo, field by field: the lengths are all below 128.
    let delay = [&[0x08][..], &varint(seconds)].concat();
    let info = nested(1, &delay);
    let any = [nested(1, b"type.googleapis.com/google.rpc.RetryInfo"), nested(2, &info)].concat();
    Status::with_details(grpc, message, nested(3, &any).into())
}

fn varint(value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(value.cast_unsigned(), &mut bytes);
    bytes
}

fn nested(field: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("a short message");
    [&[field << 3 | 2, length], content].concat()
}

#[async_trait]
impl TraceService for Grpc {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let n_rejected = self.take("TraceService/Export", request, map_traces).await?;
        let partial_success = (n_rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(n_rejected).expect("a count of spans"),
            error_message: REJECTED.to_owned(),
        });
        Ok(Response::new(ExportTraceServiceResponse { partial_success }))
    }
}

#[async_trait]
impl MetricsService for Grpc {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.take("MetricsService/Export", request, |_| Mapped::default()).await?;
        Ok(Response::new(Default::default()))
    }
}

#[async_trait]
impl LogsService for Grpc {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.take("LogsService/Export", request, map_logs).await?;
        Ok(Response::new(Default::default()))
    }
}
