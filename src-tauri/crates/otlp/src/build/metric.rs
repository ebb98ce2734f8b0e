use super::{IdField, unsigned};
use crate::batch::{Batch, Group};
use crate::problem::Problem;
use skep_model::columns::{Head, ValueRef};
use skep_model::{
    Attributes, EventFlags, EventKind, Nanos, SpanId, Text, TraceId, Value,
    fields::{
        FLAGS, METRIC_COUNT, METRIC_DESCRIPTION, METRIC_DETAIL, METRIC_MAX, METRIC_MIN, METRIC_MONOTONIC,
        METRIC_START, METRIC_SUM, METRIC_TEMPORALITY, METRIC_TEMPORALITY_NUMBER, METRIC_TYPE, METRIC_UNIT,
        METRIC_VALUE,
    },
};

/// Which member of `Metric.data` a point was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricType {
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

impl MetricType {
    fn word(self) -> &'static str {
        match self {
            MetricType::Gauge => "gauge",
            MetricType::Sum => "sum",
            MetricType::Histogram => "histogram",
            MetricType::ExponentialHistogram => "exponential_histogram",
            MetricType::Summary => "summary",
        }
    }
}

/// `Metric` without its points.
#[derive(Default)]
pub(crate) struct MetricDraft {
    pub(crate) name: Text,
    pub(crate) description: Text,
    pub(crate) unit: Text,
    /// A map, shared by all points of the metric.
    pub(crate) metadata: Option<Value>,
    pub(crate) temporality: i32,
    pub(crate) is_monotonic: bool,
    pub(crate) flags: EventFlags,
}

/// A data point of any type.
#[derive(Default)]
pub(crate) struct PointDraft {
    pub(crate) attributes: Attributes,
    pub(crate) start_ns: u64,
    pub(crate) time_ns: u64,
    pub(crate) value: Option<Value>,
    pub(crate) count: u64,
    pub(crate) sum: Option<f64>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) detail: DetailDraft,
    /// `DataPointFlags`.
    pub(crate) point_flags: u32,
    pub(crate) flags: EventFlags,
}

/// What becomes [`METRIC_DETAIL`].
#[derive(Default)]
pub(crate) struct DetailDraft {
    pub(crate) bucket_counts: Vec<Value>,
    pub(crate) explicit_bounds: Vec<Value>,
    pub(crate) quantiles: Vec<Value>,
    pub(crate) exemplars: Vec<Value>,
    pub(crate) scale: i32,
    pub(crate) zero_count: u64,
    pub(crate) zero_threshold: f64,
    pub(crate) positive: Option<Buckets>,
    pub(crate) negative: Option<Buckets>,
}

/// `ExponentialHistogramDataPoint.Buckets`.
#[derive(Default)]
pub(crate) struct Buckets {
    pub(crate) offset: i32,
    pub(crate) bucket_counts: Vec<Value>,
}

/// `Exemplar`.
#[derive(Default)]
pub(crate) struct ExemplarDraft {
    pub(crate) time_ns: u64,
    pub(crate) value: Option<Value>,
    pub(crate) trace_id: IdField<TraceId>,
    pub(crate) span_id: IdField<SpanId>,
    pub(crate) filtered_attributes: Attributes,
}

impl MetricDraft {
    /// Keeps one point of this metric.
    pub(crate) fn push(
        &self,
        batch: &mut Batch,
        group: &Group,
        metric_type: MetricType,
        mut point: PointDraft,
    ) {
        point.flags.insert(group.flags);
        point.flags.insert(self.flags);
        batch.put(METRIC_TYPE, ValueRef::Text(metric_type.word()));
        batch.put_text(METRIC_UNIT, Some(&self.unit));
        batch.put_text(METRIC_DESCRIPTION, Some(&self.description));
        match self.temporality {
            1 => batch.put(METRIC_TEMPORALITY, ValueRef::Text("delta")),
            2 => batch.put(METRIC_TEMPORALITY, ValueRef::Text("cumulative")),
            number => batch.put_count(METRIC_TEMPORALITY_NUMBER, number),
        }
        if metric_type == MetricType::Sum {
            batch.put(METRIC_MONOTONIC, ValueRef::Bool(self.is_monotonic));
        }
        if point.start_ns != 0 {
            batch.put(METRIC_START, ValueRef::Any(&unsigned(point.start_ns)));
        }
        if let Some(value) = &point.value {
            batch.put(METRIC_VALUE, ValueRef::Any(value));
        }
        if !matches!(metric_type, MetricType::Gauge | MetricType::Sum) {
            batch.put(METRIC_COUNT, ValueRef::Any(&unsigned(point.count)));
        }
        batch.put_double(METRIC_SUM, point.sum);
        batch.put_double(METRIC_MIN, point.min);
        batch.put_double(METRIC_MAX, point.max);
        let mut detail = point.detail.into_entries(metric_type);
        if let Some(metadata) = &self.metadata {
            detail.put("metadata", metadata.clone());
        }
        if !detail.0.is_empty() {
            batch.put(METRIC_DETAIL, ValueRef::Any(&Value::Map(detail.0.into())));
        }
        batch.put_count(FLAGS, point.point_flags);
        batch.put_attributes(&point.attributes);
        let time = Nanos(point.time_ns);
        batch.keep(Head {
            kind: EventKind::MetricPoint,
            time,
            end: time,
            trace_id: None,
            span_id: None,
            parent_id: None,
            name: &self.name,
            resource: &group.resource,
            scope: &group.scope,
            flags: point.flags,
            fingerprint: None,
        });
    }
}

impl DetailDraft {
    fn into_entries(self, metric_type: MetricType) -> Entries {
        let mut detail = Entries::default();
        if metric_type == MetricType::ExponentialHistogram {
            detail.put("scale", Value::Int(self.scale.into()));
            detail.put("zero_count", unsigned(self.zero_count));
            detail.put("zero_threshold", Value::Double(self.zero_threshold));
        }
        for (key, buckets) in [("positive", self.positive), ("negative", self.negative)] {
            if let Some(Buckets { offset, bucket_counts }) = buckets {
                let mut entries = Entries::default();
                entries.put("offset", Value::Int(offset.into()));
                entries.put("bucket_counts", Value::Array(bucket_counts.into()));
                detail.put(key, Value::Map(entries.0.into()));
            }
        }
        detail.put_list("bucket_counts", self.bucket_counts);
        detail.put_list("explicit_bounds", self.explicit_bounds);
        detail.put_list("quantile_values", self.quantiles);
        detail.put_list("exemplars", self.exemplars);
        detail
    }
}

impl ExemplarDraft {
    /// As an entry of the detail's `exemplars`.
    pub(crate) fn into_value(self, batch: &mut Batch, flags: &mut EventFlags) -> Value {
        let mut exemplar = Entries::default();
        if self.time_ns != 0 {
            exemplar.put("time_unix_nano", unsigned(self.time_ns));
        }
        if let Some(value) = self.value {
            exemplar.put("value", value);
        }
        if self.trace_id == IdField::Invalid || self.span_id == IdField::Invalid {
            batch.repair(Problem::ExemplarId, flags);
        }
        if let Some(id) = self.trace_id.valid() {
            exemplar.put("trace_id", Value::text(id.to_string()));
        }
        if let Some(id) = self.span_id.valid() {
            exemplar.put("span_id", Value::text(id.to_string()));
        }
        if !self.filtered_attributes.is_empty() {
            exemplar.put("filtered_attributes", Value::Map(self.filtered_attributes.into()));
        }
        Value::Map(exemplar.0.into())
    }
}

/// A quantile as an entry of the detail's `quantile_values`.
pub(crate) fn quantile(quantile: f64, value: f64) -> Value {
    let mut entries = Entries::default();
    entries.put("quantile", Value::Double(quantile));
    entries.put("value", Value::Double(value));
    Value::Map(entries.0.into())
}

/// A map value in the making, under OTLP's field names.
#[derive(Default)]
struct Entries(Vec<(Text, Value)>);

impl Entries {
    fn put(&mut self, key: &'static str, value: Value) {
        self.0.push((Text::from(key), value));
    }

    fn put_list(&mut self, key: &'static str, items: Vec<Value>) {
        if !items.is_empty() {
            self.put(key, Value::Array(items.into()));
        }
    }
}
