//! The same events, built from what the generated decoder reads.

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, EntityRef as WireEntityRef, InstrumentationScope, KeyValue, any_value},
    logs::v1::LogRecord,
    metrics::v1::{
        Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
        SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, metric, number_data_point,
    },
    resource::v1::Resource as WireResource,
    trace::v1::Span,
};
use skep_model::{
    Attributes, EntityRef, Event, EventFlags, EventKind, Nanos, Resource, Scope, SpanId, Text, TraceId,
    Value, fields,
};
use std::sync::Arc;

/// What a request holds, as [`skep_otlp::Decoded`] counts it.
#[derive(Default)]
pub(crate) struct Reference {
    pub(crate) events: Vec<Event>,
    pub(crate) rejected_events: u64,
    pub(crate) rejected_items: u64,
}

type Record = Vec<(&'static str, Value)>;

fn int(number: impl Into<i128>) -> Value {
    let number = number.into();
    i64::try_from(number).map_or_else(|_| Value::text(number.to_string()), Value::Int)
}

fn value(value: &AnyValue) -> Value {
    match &value.value {
        None | Some(any_value::Value::StringValueStrindex(_)) => Value::Empty,
        Some(any_value::Value::StringValue(text)) => Value::text(text.as_str()),
        Some(any_value::Value::BoolValue(bool)) => Value::Bool(*bool),
        Some(any_value::Value::IntValue(int)) => Value::Int(*int),
        Some(any_value::Value::DoubleValue(double)) => Value::Double(*double),
        Some(any_value::Value::BytesValue(bytes)) => Value::Bytes(bytes.as_slice().into()),
        Some(any_value::Value::ArrayValue(array)) => {
            Value::Array(array.values.iter().map(self::value).collect())
        }
        Some(any_value::Value::KvlistValue(map)) => Value::Map(attributes(&map.values).into()),
    }
}

fn attributes(attributes: &[KeyValue]) -> Attributes {
    let entry =
        |entry: &KeyValue| (Text::from(&*entry.key), entry.value.as_ref().map_or(Value::Empty, value));
    attributes.iter().map(entry).collect()
}

fn resource(resource: Option<&WireResource>, schema_url: &str) -> Arc<Resource> {
    let resource = resource.cloned().unwrap_or_default();
    Arc::new(Resource {
        attributes: attributes(&resource.attributes),
        dropped_attributes_count: resource.dropped_attributes_count,
        schema_url: schema_url.into(),
        entity_refs: resource.entity_refs.iter().map(entity_ref).collect(),
    })
}

fn entity_ref(entity: &WireEntityRef) -> EntityRef {
    let keys = |keys: &[String]| keys.iter().map(|key| Text::from(&**key)).collect();
    EntityRef {
        schema_url: entity.schema_url.as_str().into(),
        entity_type: entity.r#type.as_str().into(),
        id_keys: keys(&entity.id_keys),
        description_keys: keys(&entity.description_keys),
    }
}

fn scope(scope: Option<&InstrumentationScope>, schema_url: &str) -> Arc<Scope> {
    let scope = scope.cloned().unwrap_or_default();
    Arc::new(Scope {
        name: scope.name.into(),
        version: scope.version.into(),
        attributes: attributes(&scope.attributes),
        dropped_attributes_count: scope.dropped_attributes_count,
        schema_url: schema_url.into(),
    })
}

fn put(record: &mut Record, is_said: bool, field: &'static str, value: impl FnOnce() -> Value) {
    if is_said {
        record.push((field, value()));
    }
}

fn put_count(record: &mut Record, field: &'static str, count: usize) {
    put(record, count != 0, field, || int(count as u64));
}

fn is_bad_length(id: &[u8], n_bytes: usize) -> bool {
    !id.is_empty() && id.len() != n_bytes
}

pub(crate) fn traces(request: &ExportTraceServiceRequest) -> Reference {
    let mut reference = Reference::default();
    for group in &request.resource_spans {
        let resource = resource(group.resource.as_ref(), &group.schema_url);
        for scope_group in &group.scope_spans {
            let scope = scope(scope_group.scope.as_ref(), &scope_group.schema_url);
            for span in &scope_group.spans {
                reference.span(span, &resource, &scope);
            }
        }
    }
    reference
}

pub(crate) fn logs(request: &ExportLogsServiceRequest) -> Reference {
    let mut reference = Reference::default();
    for group in &request.resource_logs {
        let resource = resource(group.resource.as_ref(), &group.schema_url);
        for scope_group in &group.scope_logs {
            let scope = scope(scope_group.scope.as_ref(), &scope_group.schema_url);
            reference
                .events
                .extend(scope_group.log_records.iter().map(|log| self::log(log, &resource, &scope)));
        }
    }
    reference
}

pub(crate) fn metrics(request: &ExportMetricsServiceRequest) -> Reference {
    let mut reference = Reference::default();
    for group in &request.resource_metrics {
        let resource = resource(group.resource.as_ref(), &group.schema_url);
        for scope_group in &group.scope_metrics {
            let scope = scope(scope_group.scope.as_ref(), &scope_group.schema_url);
            for metric in &scope_group.metrics {
                reference.events.extend(points(metric, &resource, &scope));
            }
        }
    }
    reference
}

impl Reference {
    fn span(&mut self, span: &Span, resource: &Arc<Resource>, scope: &Arc<Scope>) {
        let (Ok(trace_id), Ok(span_id)) =
            (TraceId::from_bytes(&span.trace_id), SpanId::from_bytes(&span.span_id))
        else {
            self.rejected_events += 1 + (span.events.len() + span.links.len()) as u64;
            self.rejected_items += 1;
            return;
        };
        let status = span.status.clone().unwrap_or_default();
        let failed = status.code == 2;
        const KINDS: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];
        let kind = usize::try_from(span.kind).ok().and_then(|kind| KINDS.get(kind));
        let start = Nanos(span.start_time_unix_nano);
        let mut record = Record::new();
        record.push((fields::SPAN_KIND, Value::text(*kind.unwrap_or(&"unspecified"))));
        put(&mut record, kind.is_none(), fields::SPAN_KIND_NUMBER, || int(span.kind));
        record.push((fields::STATUS_CODE, int(status.code)));
        put(&mut record, !status.message.is_empty(), fields::STATUS_MESSAGE, || {
            status.message.as_str().into()
        });
        put(&mut record, failed, fields::ERROR, || true.into());
        put(&mut record, !span.trace_state.is_empty(), fields::TRACE_STATE, || {
            span.trace_state.as_str().into()
        });
        put_count(&mut record, fields::FLAGS, span.flags as usize);
        put_count(&mut record, fields::SPAN_NUM_EVENTS, span.events.len());
        put_count(&mut record, fields::SPAN_NUM_LINKS, span.links.len());
        put_count(&mut record, fields::DROPPED_ATTRIBUTES, span.dropped_attributes_count as usize);
        put_count(&mut record, fields::DROPPED_EVENTS, span.dropped_events_count as usize);
        put_count(&mut record, fields::DROPPED_LINKS, span.dropped_links_count as usize);
        let mut flags = EventFlags::default();
        if is_bad_length(&span.parent_span_id, 8) {
            flags.insert(EventFlags::REPAIRED);
        }
        let span_event = Event {
            kind: EventKind::Span,
            time: start,
            end: Nanos(span.end_time_unix_nano),
            trace_id: Some(trace_id),
            span_id: Some(span_id),
            parent_id: SpanId::from_bytes(&span.parent_span_id).ok(),
            name: span.name.as_str().into(),
            record,
            attributes: attributes(&span.attributes),
            resource: Arc::clone(resource),
            scope: Arc::clone(scope),
            flags,
        };
        let child = |kind, time, name: &str, record, attributes| Event {
            kind,
            time,
            end: time,
            span_id: None,
            parent_id: Some(span_id),
            name: name.into(),
            record,
            attributes,
            flags: EventFlags::default(),
            ..span_event.clone()
        };
        let mut children = Vec::new();
        for event in &span.events {
            let mut record = Record::new();
            let offset_ns = event.time_unix_nano.saturating_sub(start.0);
            put(&mut record, !span.name.is_empty(), fields::PARENT_NAME, || span.name.as_str().into());
            record.push((fields::TIME_SINCE_SPAN_START_MS, Value::Double(offset_ns as f64 / 1e6)));
            put(&mut record, failed, fields::ERROR, || true.into());
            put_count(&mut record, fields::DROPPED_ATTRIBUTES, event.dropped_attributes_count as usize);
            let time = Nanos(event.time_unix_nano);
            children.push(child(
                EventKind::SpanEvent,
                time,
                &event.name,
                record,
                attributes(&event.attributes),
            ));
        }
        for link in &span.links {
            let (Ok(trace_id), Ok(span_id)) =
                (TraceId::from_bytes(&link.trace_id), SpanId::from_bytes(&link.span_id))
            else {
                self.rejected_events += 1;
                continue;
            };
            let mut record = Record::new();
            record.push((fields::LINK_TRACE_ID, Value::text(trace_id.to_string())));
            record.push((fields::LINK_SPAN_ID, Value::text(span_id.to_string())));
            put(&mut record, !span.name.is_empty(), fields::PARENT_NAME, || span.name.as_str().into());
            put(&mut record, failed, fields::ERROR, || true.into());
            put(&mut record, !link.trace_state.is_empty(), fields::TRACE_STATE, || {
                link.trace_state.as_str().into()
            });
            put_count(&mut record, fields::FLAGS, link.flags as usize);
            put_count(&mut record, fields::DROPPED_ATTRIBUTES, link.dropped_attributes_count as usize);
            children.push(child(EventKind::Link, start, "", record, attributes(&link.attributes)));
        }
        self.events.push(span_event);
        self.events.extend(children);
    }
}

fn log(log: &LogRecord, resource: &Arc<Resource>, scope: &Arc<Scope>) -> Event {
    const WORDS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];
    let word = match usize::try_from(log.severity_number) {
        Ok(number @ 1..=24) => WORDS[(number - 1) / 4],
        _ => "unspecified",
    };
    let mut record = Record::new();
    put(&mut record, log.body.is_some(), fields::BODY, || log.body.as_ref().map_or(Value::Empty, value));
    record.push((fields::SEVERITY, word.into()));
    record.push((fields::SEVERITY_CODE, int(log.severity_number)));
    put(&mut record, !log.severity_text.is_empty(), fields::SEVERITY_TEXT, || {
        log.severity_text.as_str().into()
    });
    put(&mut record, log.observed_time_unix_nano != 0, fields::OBSERVED_TIME, || {
        int(log.observed_time_unix_nano)
    });
    let is_time_unset = log.time_unix_nano == 0 && log.observed_time_unix_nano != 0;
    put(&mut record, is_time_unset, fields::TIME_UNSET, || true.into());
    put_count(&mut record, fields::FLAGS, log.flags as usize);
    put_count(&mut record, fields::DROPPED_ATTRIBUTES, log.dropped_attributes_count as usize);
    let mut flags = EventFlags::default();
    if is_bad_length(&log.trace_id, 16) || is_bad_length(&log.span_id, 8) {
        flags.insert(EventFlags::REPAIRED);
    }
    let time = match log.time_unix_nano {
        0 => Nanos(log.observed_time_unix_nano),
        nanos => Nanos(nanos),
    };
    Event {
        kind: EventKind::Log,
        time,
        end: time,
        trace_id: TraceId::from_bytes(&log.trace_id).ok(),
        span_id: None,
        parent_id: SpanId::from_bytes(&log.span_id).ok(),
        name: log.event_name.as_str().into(),
        record,
        attributes: attributes(&log.attributes),
        resource: Arc::clone(resource),
        scope: Arc::clone(scope),
        flags,
    }
}

/// A point in the form that all types share.
struct Point<'a> {
    attributes: &'a [KeyValue],
    start_ns: u64,
    time_ns: u64,
    flags: u32,
    exemplars: &'a [Exemplar],
    /// `metric.value` to `metric.max`.
    numbers: Record,
    detail: Vec<(&'static str, Value)>,
}

fn points(metric: &Metric, resource: &Arc<Resource>, scope: &Arc<Scope>) -> Vec<Event> {
    let (word, temporality, is_monotonic, points): (_, _, _, Vec<Point<'_>>) = match &metric.data {
        None => return Vec::new(),
        Some(metric::Data::Gauge(data)) => ("gauge", 0, None, data.data_points.iter().map(number).collect()),
        Some(metric::Data::Sum(data)) => (
            "sum",
            data.aggregation_temporality,
            Some(data.is_monotonic),
            data.data_points.iter().map(number).collect(),
        ),
        Some(metric::Data::Histogram(data)) => (
            "histogram",
            data.aggregation_temporality,
            None,
            data.data_points.iter().map(histogram).collect(),
        ),
        Some(metric::Data::ExponentialHistogram(data)) => (
            "exponential_histogram",
            data.aggregation_temporality,
            None,
            data.data_points.iter().map(exponential).collect(),
        ),
        Some(metric::Data::Summary(data)) => {
            ("summary", 0, None, data.data_points.iter().map(summary).collect())
        }
    };
    let event = |point: Point<'_>| {
        let mut record: Record = vec![(fields::METRIC_TYPE, word.into())];
        put(&mut record, !metric.unit.is_empty(), fields::METRIC_UNIT, || metric.unit.as_str().into());
        put(&mut record, !metric.description.is_empty(), fields::METRIC_DESCRIPTION, || {
            metric.description.as_str().into()
        });
        put(&mut record, temporality == 1, fields::METRIC_TEMPORALITY, || "delta".into());
        put(&mut record, temporality == 2, fields::METRIC_TEMPORALITY, || "cumulative".into());
        let is_other = !(0..=2).contains(&temporality);
        put(&mut record, is_other, fields::METRIC_TEMPORALITY_NUMBER, || int(temporality));
        put(&mut record, is_monotonic.is_some(), fields::METRIC_MONOTONIC, || {
            (is_monotonic == Some(true)).into()
        });
        put(&mut record, point.start_ns != 0, fields::METRIC_START, || int(point.start_ns));
        record.extend(point.numbers);
        let mut detail = point.detail;
        let exemplars: Vec<Value> = point.exemplars.iter().map(exemplar).collect();
        put(&mut detail, !exemplars.is_empty(), "exemplars", || Value::Array(exemplars.into()));
        put(&mut detail, !metric.metadata.is_empty(), "metadata", || {
            Value::Map(attributes(&metric.metadata).into())
        });
        put(&mut record, !detail.is_empty(), fields::METRIC_DETAIL, || map(detail));
        put_count(&mut record, fields::FLAGS, point.flags as usize);
        let mut flags = EventFlags::default();
        let is_bad = |exemplar: &Exemplar| {
            is_bad_length(&exemplar.trace_id, 16) || is_bad_length(&exemplar.span_id, 8)
        };
        if point.exemplars.iter().any(is_bad) {
            flags.insert(EventFlags::REPAIRED);
        }
        Event {
            kind: EventKind::MetricPoint,
            time: Nanos(point.time_ns),
            end: Nanos(point.time_ns),
            trace_id: None,
            span_id: None,
            parent_id: None,
            name: metric.name.as_str().into(),
            record,
            attributes: attributes(point.attributes),
            resource: Arc::clone(resource),
            scope: Arc::clone(scope),
            flags,
        }
    };
    points.into_iter().map(event).collect()
}

fn map(entries: Vec<(&'static str, Value)>) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (Text::from(key), value)).collect())
}

fn put_double(record: &mut Record, field: &'static str, double: Option<f64>) {
    record.extend(double.map(|double| (field, Value::Double(double))));
}

fn number(point: &NumberDataPoint) -> Point<'_> {
    let value = point.value.map(|value| match value {
        number_data_point::Value::AsDouble(double) => Value::Double(double),
        number_data_point::Value::AsInt(int) => Value::Int(int),
    });
    Point {
        attributes: &point.attributes,
        start_ns: point.start_time_unix_nano,
        time_ns: point.time_unix_nano,
        flags: point.flags,
        exemplars: &point.exemplars,
        numbers: value.map(|value| (fields::METRIC_VALUE, value)).into_iter().collect(),
        detail: Vec::new(),
    }
}

fn counts(counts: &[u64]) -> Value {
    Value::Array(counts.iter().map(|count| int(*count)).collect())
}

fn histogram(point: &HistogramDataPoint) -> Point<'_> {
    let mut numbers = vec![(fields::METRIC_COUNT, int(point.count))];
    put_double(&mut numbers, fields::METRIC_SUM, point.sum);
    put_double(&mut numbers, fields::METRIC_MIN, point.min);
    put_double(&mut numbers, fields::METRIC_MAX, point.max);
    let mut detail = Vec::new();
    put(&mut detail, !point.bucket_counts.is_empty(), "bucket_counts", || counts(&point.bucket_counts));
    put(&mut detail, !point.explicit_bounds.is_empty(), "explicit_bounds", || {
        Value::Array(point.explicit_bounds.iter().map(|bound| Value::Double(*bound)).collect())
    });
    Point {
        attributes: &point.attributes,
        start_ns: point.start_time_unix_nano,
        time_ns: point.time_unix_nano,
        flags: point.flags,
        exemplars: &point.exemplars,
        numbers,
        detail,
    }
}

fn exponential(point: &ExponentialHistogramDataPoint) -> Point<'_> {
    let mut numbers = vec![(fields::METRIC_COUNT, int(point.count))];
    put_double(&mut numbers, fields::METRIC_SUM, point.sum);
    put_double(&mut numbers, fields::METRIC_MIN, point.min);
    put_double(&mut numbers, fields::METRIC_MAX, point.max);
    let mut detail = vec![
        ("scale", int(point.scale)),
        ("zero_count", int(point.zero_count)),
        ("zero_threshold", Value::Double(point.zero_threshold)),
    ];
    let buckets = |buckets: &Buckets| {
        map(vec![("offset", int(buckets.offset)), ("bucket_counts", counts(&buckets.bucket_counts))])
    };
    detail.extend(point.positive.as_ref().map(|positive| ("positive", buckets(positive))));
    detail.extend(point.negative.as_ref().map(|negative| ("negative", buckets(negative))));
    Point {
        attributes: &point.attributes,
        start_ns: point.start_time_unix_nano,
        time_ns: point.time_unix_nano,
        flags: point.flags,
        exemplars: &point.exemplars,
        numbers,
        detail,
    }
}

fn summary(point: &SummaryDataPoint) -> Point<'_> {
    let quantiles: Vec<Value> = point
        .quantile_values
        .iter()
        .map(|at| map(vec![("quantile", at.quantile.into()), ("value", at.value.into())]))
        .collect();
    let mut detail = Vec::new();
    put(&mut detail, !quantiles.is_empty(), "quantile_values", || Value::Array(quantiles.into()));
    Point {
        attributes: &point.attributes,
        start_ns: point.start_time_unix_nano,
        time_ns: point.time_unix_nano,
        flags: point.flags,
        exemplars: &[],
        numbers: vec![(fields::METRIC_COUNT, int(point.count)), (fields::METRIC_SUM, point.sum.into())],
        detail,
    }
}

fn exemplar(exemplar: &Exemplar) -> Value {
    let mut entries = Vec::new();
    put(&mut entries, exemplar.time_unix_nano != 0, "time_unix_nano", || int(exemplar.time_unix_nano));
    entries.extend(exemplar.value.map(|value| match value {
        exemplar::Value::AsDouble(double) => ("value", Value::Double(double)),
        exemplar::Value::AsInt(int) => ("value", Value::Int(int)),
    }));
    entries
        .extend(TraceId::from_bytes(&exemplar.trace_id).map(|id| ("trace_id", Value::text(id.to_string()))));
    entries.extend(SpanId::from_bytes(&exemplar.span_id).map(|id| ("span_id", Value::text(id.to_string()))));
    put(&mut entries, !exemplar.filtered_attributes.is_empty(), "filtered_attributes", || {
        Value::Map(attributes(&exemplar.filtered_attributes).into())
    });
    map(entries)
}
