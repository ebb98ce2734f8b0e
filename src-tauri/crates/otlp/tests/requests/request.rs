use super::Tape;
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
    trace::v1::ExportTraceServiceRequest,
};
use prost::{DecodeError, Message};
use skep_model::Signal;

/// A request of any signal, as the reference library has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Traces(ExportTraceServiceRequest),
    Metrics(ExportMetricsServiceRequest),
    Logs(ExportLogsServiceRequest),
}

impl Request {
    pub(crate) fn generate(signal: Signal, tape: &mut Tape<'_>) -> Self {
        match signal {
            Signal::Traces => Request::Traces(tape.traces()),
            Signal::Metrics => Request::Metrics(tape.metrics()),
            Signal::Logs => Request::Logs(tape.logs()),
        }
    }

    /// Reads protobuf as the reference does.
    pub(crate) fn decode(signal: Signal, bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(match signal {
            Signal::Traces => Request::Traces(ExportTraceServiceRequest::decode(bytes)?),
            Signal::Metrics => Request::Metrics(ExportMetricsServiceRequest::decode(bytes)?),
            Signal::Logs => Request::Logs(ExportLogsServiceRequest::decode(bytes)?),
        })
    }

    /// Reads JSON as the reference does.
    pub(crate) fn decode_json(signal: Signal, body: &[u8]) -> serde_json::Result<Self> {
        Ok(match signal {
            Signal::Traces => Request::Traces(serde_json::from_slice(body)?),
            Signal::Metrics => Request::Metrics(serde_json::from_slice(body)?),
            Signal::Logs => Request::Logs(serde_json::from_slice(body)?),
        })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Request::Traces(request) => request.encode_to_vec(),
            Request::Metrics(request) => request.encode_to_vec(),
            Request::Logs(request) => request.encode_to_vec(),
        }
    }

    /// Leaves what belongs to one trace; false where there is nothing.
    pub(crate) fn retain_trace(&mut self, trace_id: &[u8]) -> bool {
        match self {
            Request::Traces(request) => {
                for group in request.resource_spans.iter_mut().flat_map(|group| &mut group.scope_spans) {
                    group.spans.retain(|span| span.trace_id == trace_id);
                }
                true
            }
            Request::Logs(request) => {
                for group in request.resource_logs.iter_mut().flat_map(|group| &mut group.scope_logs) {
                    group.log_records.retain(|log| log.trace_id == trace_id);
                }
                true
            }
            Request::Metrics(_) => false,
        }
    }

    pub(crate) fn signal(&self) -> Signal {
        match self {
            Request::Traces(_) => Signal::Traces,
            Request::Metrics(_) => Signal::Metrics,
            Request::Logs(_) => Signal::Logs,
        }
    }
}
