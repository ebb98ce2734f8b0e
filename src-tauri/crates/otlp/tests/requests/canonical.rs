//! What equal means, as `skep_otlp::encode` says it, in code of its own: each record alone in a request, with its
//! defaults taken out and its attributes sorted, and all of them in one order.

use super::Request;
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{
        Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
        ResourceMetrics, ScopeMetrics, SummaryDataPoint, metric::Data,
    },
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status},
};
use skep_model::Signal;
use std::collections::HashMap;

/// What some requests hold.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Lot {
    /// One request a record, encoded, sorted.
    records: Vec<(SignalNo, Vec<u8>)>,
    /// Spans that have no valid ids, with their events and links, and links that have none.
    pub(crate) n_rejected: u64,
    /// Records of which an id of a wrong length was dropped.
    pub(crate) n_repaired: u64,
}

type SignalNo = usize;

/// Brings requests into the form in which equal ones are the same.
pub(crate) fn canonical<'r>(requests: impl IntoIterator<Item = &'r Request>) -> Lot {
    let mut lot = Lot::default();
    for request in requests {
        match request.clone() {
            Request::Traces(request) => lot.traces(request),
            Request::Metrics(request) => lot.metrics(request),
            Request::Logs(request) => lot.logs(request),
        }
    }
    lot.records.sort_unstable();
    lot
}

impl Lot {
    pub(crate) fn n_records(&self) -> usize {
        self.records.len()
    }

    /// Whether the same records are there, whatever had to be left out of either.
    pub(crate) fn holds_same(&self, other: &Lot) -> bool {
        self.records == other.records
    }

    /// What is in one and not in the other, a few of each; nothing where both hold the same.
    pub(crate) fn difference(&self, other: &Lot) -> Option<String> {
        if self.holds_same(other) {
            return None;
        }
        let mut surplus: HashMap<&(SignalNo, Vec<u8>), i64> = HashMap::new();
        self.records.iter().for_each(|record| *surplus.entry(record).or_default() += 1);
        other.records.iter().for_each(|record| *surplus.entry(record).or_default() -= 1);
        let show = |is_wanted: fn(i64) -> bool| {
            let mut of_side: Vec<_> =
                surplus.iter().filter(|(_, n)| is_wanted(**n)).map(|(r, _)| *r).collect();
            of_side.sort_unstable();
            let n = of_side.len();
            let texts: Vec<String> = of_side
                .into_iter()
                .take(2)
                .map(|(signal, bytes)| format!("{:#?}", Request::decode(Signal::ALL[*signal], bytes)))
                .collect();
            format!("{n}:\n{}", texts.join("\n"))
        };
        Some(format!("only in the first {}\nonly in the second {}", show(|n| n > 0), show(|n| n < 0)))
    }

    fn push(&mut self, request: &Request) {
        let signal =
            Signal::ALL.iter().position(|signal| *signal == request.signal()).expect("all are listed");
        self.records.push((signal, request.encode()));
    }

    fn traces(&mut self, request: ExportTraceServiceRequest) {
        for group in request.resource_spans {
            let resource = resource(group.resource);
            for scope_group in group.scope_spans {
                let scope = scope(scope_group.scope);
                for span in scope_group.spans {
                    let Some(span) = self.span(span) else { continue };
                    self.push(&Request::Traces(ExportTraceServiceRequest {
                        resource_spans: vec![ResourceSpans {
                            resource: resource.clone(),
                            scope_spans: vec![ScopeSpans {
                                scope: scope.clone(),
                                spans: vec![span],
                                schema_url: scope_group.schema_url.clone(),
                            }],
                            schema_url: group.schema_url.clone(),
                        }],
                    }));
                }
            }
        }
    }

    fn span(&mut self, mut span: Span) -> Option<Span> {
        if !is_id(&span.trace_id, 16) || !is_id(&span.span_id, 8) {
            self.n_rejected += (1 + span.events.len() + span.links.len()) as u64;
            return None;
        }
        let is_repaired = !id(&mut span.parent_span_id, 8);
        self.n_repaired += u64::from(is_repaired);
        attributes(&mut span.attributes);
        span.events.iter_mut().for_each(|event| attributes(&mut event.attributes));
        let n_links = span.links.len();
        span.links.retain(|link| is_id(&link.trace_id, 16) && is_id(&link.span_id, 8));
        self.n_rejected += (n_links - span.links.len()) as u64;
        span.links.iter_mut().for_each(|link| attributes(&mut link.attributes));
        span.status = span.status.filter(|status| *status != Status::default());
        Some(span)
    }

    fn logs(&mut self, request: ExportLogsServiceRequest) {
        for group in request.resource_logs {
            let resource = resource(group.resource);
            for scope_group in group.scope_logs {
                let scope = scope(scope_group.scope);
                for log in scope_group.log_records {
                    let log = self.log(log);
                    self.push(&Request::Logs(ExportLogsServiceRequest {
                        resource_logs: vec![ResourceLogs {
                            resource: resource.clone(),
                            scope_logs: vec![ScopeLogs {
                                scope: scope.clone(),
                                log_records: vec![log],
                                schema_url: scope_group.schema_url.clone(),
                            }],
                            schema_url: group.schema_url.clone(),
                        }],
                    }));
                }
            }
        }
    }

    fn log(&mut self, mut log: LogRecord) -> LogRecord {
        let is_whole = [id(&mut log.trace_id, 16), id(&mut log.span_id, 8)];
        self.n_repaired += u64::from(is_whole != [true, true]);
        attributes(&mut log.attributes);
        value(&mut log.body);
        log
    }

    fn metrics(&mut self, request: ExportMetricsServiceRequest) {
        for group in request.resource_metrics {
            let resource = resource(group.resource);
            for scope_group in group.scope_metrics {
                let scope = scope(scope_group.scope);
                for metric in scope_group.metrics {
                    for metric in self.points(metric) {
                        self.push(&Request::Metrics(ExportMetricsServiceRequest {
                            resource_metrics: vec![ResourceMetrics {
                                resource: resource.clone(),
                                scope_metrics: vec![ScopeMetrics {
                                    scope: scope.clone(),
                                    metrics: vec![metric],
                                    schema_url: scope_group.schema_url.clone(),
                                }],
                                schema_url: group.schema_url.clone(),
                            }],
                        }));
                    }
                }
            }
        }
    }

    /// A metric of its own for each point.
    fn points(&mut self, mut metric: Metric) -> Vec<Metric> {
        // The order of what is nested is kept, and so is that of the metadata.
        entries(&mut metric.metadata);
        let mut points: Vec<Metric> = Vec::new();
        macro_rules! each {
            ($variant:ident, $data:ident, $exemplars:expr) => {
                for mut point in std::mem::take(&mut $data.data_points) {
                    attributes(&mut point.attributes);
                    self.n_repaired += u64::from(!$exemplars(&mut point));
                    let mut alone = $data.clone();
                    alone.data_points = vec![point];
                    points.push(Metric { data: Some(Data::$variant(alone)), ..metric.clone() });
                }
            };
        }
        match metric.data.take() {
            None => {}
            Some(Data::Gauge(mut data)) => {
                each!(Gauge, data, |point: &mut NumberDataPoint| exemplars(&mut point.exemplars));
            }
            Some(Data::Sum(mut data)) => {
                each!(Sum, data, |point: &mut NumberDataPoint| exemplars(&mut point.exemplars));
            }
            Some(Data::Histogram(mut data)) => {
                each!(Histogram, data, |point: &mut HistogramDataPoint| exemplars(&mut point.exemplars));
            }
            Some(Data::ExponentialHistogram(mut data)) => {
                each!(ExponentialHistogram, data, |point: &mut ExponentialHistogramDataPoint| exemplars(
                    &mut point.exemplars
                ));
            }
            Some(Data::Summary(mut data)) => each!(Summary, data, |_: &mut SummaryDataPoint| true),
        }
        points
    }
}

/// False where an id was no id.
fn exemplars(exemplars: &mut [Exemplar]) -> bool {
    let mut are_whole = true;
    for exemplar in exemplars {
        entries(&mut exemplar.filtered_attributes);
        are_whole &= id(&mut exemplar.trace_id, 16);
        are_whole &= id(&mut exemplar.span_id, 8);
    }
    are_whole
}

fn resource(resource: Option<Resource>) -> Option<Resource> {
    let mut resource = resource?;
    attributes(&mut resource.attributes);
    Some(resource).filter(|resource| *resource != Resource::default())
}

fn scope(scope: Option<InstrumentationScope>) -> Option<InstrumentationScope> {
    let mut scope = scope?;
    attributes(&mut scope.attributes);
    Some(scope).filter(|scope| *scope != InstrumentationScope::default())
}

/// Sorted by key; those of one key stay in their order.
fn attributes(attributes: &mut [KeyValue]) {
    entries(attributes);
    attributes.sort_by(|a, b| a.key.cmp(&b.key));
}

fn entries(entries: &mut [KeyValue]) {
    for entry in entries {
        entry.key_strindex = 0;
        value(&mut entry.value);
    }
}

/// An empty value is none.
fn value(value: &mut Option<AnyValue>) {
    if let Some(inner) = value {
        item(inner);
        if inner.value.is_none() {
            *value = None;
        }
    }
}

fn item(item: &mut AnyValue) {
    match &mut item.value {
        Some(any_value::Value::ArrayValue(array)) => array.values.iter_mut().for_each(self::item),
        Some(any_value::Value::KvlistValue(map)) => entries(&mut map.values),
        Some(any_value::Value::StringValueStrindex(_)) => item.value = None,
        _ => {}
    }
}

fn is_id(id: &[u8], n_bytes: usize) -> bool {
    id.len() == n_bytes && id.iter().any(|byte| *byte != 0)
}

/// Takes out what is no id; false where it was something else than nothing or zeros.
fn id(id: &mut Vec<u8>, n_bytes: usize) -> bool {
    let is_id = is_id(id, n_bytes);
    let is_none = id.is_empty() || (id.len() == n_bytes && id.iter().all(|byte| *byte == 0));
    if !is_id {
        id.clear();
    }
    is_id || is_none
}
