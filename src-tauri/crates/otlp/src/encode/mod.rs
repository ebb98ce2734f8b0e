//! Events to OTLP requests again, in either encoding.
//!
//! # What equal means
//!
//! What is exported equals what came in. Requests are equal when they hold the same *records*, each as often: a record
//! is a span with its events and links, a log record, or a data point, with everything above it (resource, scope, both
//! schema URLs, and of a point its metric with type, temporality and the rest).
//!
//! | kept exactly | no meaning, may differ |
//! |---|---|
//! | types and bits of values, full ids, raw nanoseconds | how records are spread over requests and groups, and their order |
//! | the order of a span's events and of its links | empty groups, and metrics without points: they vanish |
//! | the order of array items, of a nested map's entries, of bounds, buckets, quantiles and exemplars | a default value or none; an id of zeros or none; an empty `AnyValue` or none |
//! | every attribute of a key that stands twice, in its order, though OTLP forbids it | the order of different keys among attributes: a record's come sorted |
//!
//! Two things are the encodings' own: OTLP/JSON has one NaN, and protobuf's encoder takes a singular double of -0.0 for
//! its default.
//!
//! Not kept: unknown fields, and the profiling signal's indexes into its dictionary. What the decoder rejects, repairs or
//! cuts it counts in [`crate::Problems`]; a span that comes again with the same ids and content is a retry, and the store
//! counts it and keeps one.

mod groups;
mod json;
mod log;
mod metric;
mod span;
mod value;

use groups::Groups;
use metric::MetricKey;
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{Metric, ResourceMetrics, ScopeMetrics},
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;
use rustc_hash::FxHashMap;
use skep_model::{Encoding, Event, EventKind, Signal, SpanId, TraceId};

/// Requests in the making: events go in, in the order they were decoded in or a store keeps them in, and come out grouped
/// by resource and scope again.
#[derive(Default)]
pub struct Encoder {
    spans: Groups<Span>,
    logs: Groups<LogRecord>,
    metrics: Groups<Metric>,
    /// Where a scope's metric stands: its resource, its scope and itself, each by number.
    metric_of: FxHashMap<(usize, usize, MetricKey), usize>,
    last_span: Option<LastSpan>,
    n_items: usize,
    n_without_span: u64,
}

/// The span that events and links which follow belong to.
struct LastSpan {
    place: (usize, usize),
    ids: (Option<TraceId>, Option<SpanId>),
}

/// One request, to be written in either encoding.
pub struct Request(Body);

enum Body {
    Traces(ExportTraceServiceRequest),
    Logs(ExportLogsServiceRequest),
    Metrics(ExportMetricsServiceRequest),
}

/// What became of the events.
pub struct Encoded {
    /// At most one a signal: traces, then logs, then metrics.
    pub requests: Vec<Request>,
    /// Span events and links that did not follow their span: OTLP has no place for them.
    pub n_without_span: u64,
}

impl Encoder {
    /// Adds an event. Span events and links have to follow their span, as they do wherever Skep keeps them.
    pub fn push(&mut self, event: &Event) {
        match event.kind {
            EventKind::Span => {
                let place = self.spans.place(event);
                self.spans.records(place).push(span::span(event));
                self.last_span = Some(LastSpan { place, ids: (event.trace_id, event.span_id) });
                self.n_items += 1;
            }
            EventKind::SpanEvent | EventKind::Link => match self.span_of(event) {
                Some(span) if event.kind == EventKind::Link => span.links.push(span::link(event)),
                Some(span) => span.events.push(span::span_event(event)),
                None => self.n_without_span += 1,
            },
            EventKind::Log => {
                let place = self.logs.place(event);
                self.logs.records(place).push(log::log(event));
                self.n_items += 1;
            }
            EventKind::MetricPoint => {
                let place = self.metrics.place(event);
                let metrics = self.metrics.records(place);
                let key = MetricKey::of(event);
                let idx = *self.metric_of.entry((place.0, place.1, key)).or_insert_with_key(|(.., key)| {
                    metrics.push(key.metric());
                    metrics.len() - 1
                });
                metric::push_point(&mut metrics[idx], event);
                self.n_items += 1;
            }
        }
    }

    /// Spans, log records and data points so far.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// The requests.
    #[must_use]
    pub fn finish(self) -> Encoded {
        let traces = self.spans.into_list(|resource, schema_url, scopes| ResourceSpans {
            resource,
            schema_url,
            scope_spans: groups::scopes(scopes, |scope, schema_url, spans| ScopeSpans {
                scope,
                spans,
                schema_url,
            }),
        });
        let logs = self.logs.into_list(|resource, schema_url, scopes| ResourceLogs {
            resource,
            schema_url,
            scope_logs: groups::scopes(scopes, |scope, schema_url, log_records| ScopeLogs {
                scope,
                log_records,
                schema_url,
            }),
        });
        let metrics = self.metrics.into_list(|resource, schema_url, scopes| ResourceMetrics {
            resource,
            schema_url,
            scope_metrics: groups::scopes(scopes, |scope, schema_url, metrics| ScopeMetrics {
                scope,
                metrics,
                schema_url,
            }),
        });
        let mut requests = Vec::new();
        if !traces.is_empty() {
            requests.push(Request(Body::Traces(ExportTraceServiceRequest { resource_spans: traces })));
        }
        if !logs.is_empty() {
            requests.push(Request(Body::Logs(ExportLogsServiceRequest { resource_logs: logs })));
        }
        if !metrics.is_empty() {
            requests.push(Request(Body::Metrics(ExportMetricsServiceRequest { resource_metrics: metrics })));
        }
        Encoded { requests, n_without_span: self.n_without_span }
    }

    fn span_of(&mut self, event: &Event) -> Option<&mut Span> {
        let last = self.last_span.as_ref()?;
        (last.ids == (event.trace_id, event.parent_id)).then(|| self.spans.records(last.place).last_mut())?
    }
}

impl Request {
    /// Which service it is for.
    #[must_use]
    pub fn signal(&self) -> Signal {
        match &self.0 {
            Body::Traces(_) => Signal::Traces,
            Body::Logs(_) => Signal::Logs,
            Body::Metrics(_) => Signal::Metrics,
        }
    }

    /// Its bytes: JSON, one line without its end, or else protobuf.
    #[must_use]
    pub fn to_bytes(&self, encoding: Encoding) -> Vec<u8> {
        let is_json = encoding == Encoding::Json;
        match &self.0 {
            Body::Traces(request) if is_json => json::traces(request),
            Body::Traces(request) => request.encode_to_vec(),
            Body::Logs(request) if is_json => json::logs(request),
            Body::Logs(request) => request.encode_to_vec(),
            Body::Metrics(request) if is_json => json::metrics(request),
            Body::Metrics(request) => request.encode_to_vec(),
        }
    }
}
