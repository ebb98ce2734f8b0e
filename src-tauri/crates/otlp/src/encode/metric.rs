use super::value::{attributes, double, i32, span_id_of, text, trace_id_of, u32, u64};
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, Sum, Summary, SummaryDataPoint, exemplar,
    exponential_histogram_data_point::Buckets, metric::Data, number_data_point,
    summary_data_point::ValueAtQuantile,
};
use skep_model::{Event, Text, Value, fields};

/// What makes two points belong to one metric.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct MetricKey {
    name: Text,
    metric_type: Value,
    description: Value,
    unit: Value,
    temporality: i32,
    is_monotonic: bool,
    metadata: Value,
}

impl MetricKey {
    pub(super) fn of(event: &Event) -> Self {
        let mut key = MetricKey {
            name: Text::clone(&event.name),
            metric_type: Value::Empty,
            description: Value::Empty,
            unit: Value::Empty,
            temporality: 0,
            is_monotonic: false,
            metadata: Value::Empty,
        };
        for (field, value) in &event.record {
            match *field {
                fields::METRIC_TYPE => key.metric_type = value.clone(),
                fields::METRIC_DESCRIPTION => key.description = value.clone(),
                fields::METRIC_UNIT => key.unit = value.clone(),
                fields::METRIC_TEMPORALITY => {
                    key.temporality = match value.as_str() {
                        Some("delta") => 1,
                        Some("cumulative") => 2,
                        _ => 0,
                    };
                }
                fields::METRIC_TEMPORALITY_NUMBER => key.temporality = i32(value),
                fields::METRIC_MONOTONIC => key.is_monotonic = *value == Value::Bool(true),
                fields::METRIC_DETAIL => {
                    key.metadata = member(value, "metadata").cloned().unwrap_or(Value::Empty);
                }
                _ => {}
            }
        }
        key
    }

    /// The metric without its points.
    pub(super) fn metric(&self) -> Metric {
        let temporality = self.temporality;
        Metric {
            name: self.name.to_string(),
            description: text(&self.description),
            unit: text(&self.unit),
            metadata: map(&self.metadata),
            data: Some(match self.metric_type.as_str() {
                Some("sum") => Data::Sum(Sum {
                    data_points: Vec::new(),
                    aggregation_temporality: temporality,
                    is_monotonic: self.is_monotonic,
                }),
                Some("histogram") => Data::Histogram(Histogram {
                    data_points: Vec::new(),
                    aggregation_temporality: temporality,
                }),
                Some("exponential_histogram") => Data::ExponentialHistogram(ExponentialHistogram {
                    data_points: Vec::new(),
                    aggregation_temporality: temporality,
                }),
                Some("summary") => Data::Summary(Summary::default()),
                _ => Data::Gauge(Gauge::default()),
            }),
        }
    }
}

/// Adds an event to the metric of its key.
pub(super) fn push_point(metric: &mut Metric, event: &Event) {
    let point = Point::of(event);
    match &mut metric.data {
        Some(Data::Gauge(data)) => data.data_points.push(point.number()),
        Some(Data::Sum(data)) => data.data_points.push(point.number()),
        Some(Data::Histogram(data)) => data.data_points.push(point.histogram()),
        Some(Data::ExponentialHistogram(data)) => data.data_points.push(point.exponential()),
        Some(Data::Summary(data)) => data.data_points.push(point.summary()),
        None => {}
    }
}

/// A point's fields, whatever its type.
struct Point<'e> {
    event: &'e Event,
    start_ns: u64,
    flags: u32,
    value: Option<&'e Value>,
    count: u64,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    detail: &'e Value,
}

impl<'e> Point<'e> {
    fn of(event: &'e Event) -> Self {
        let mut point = Point {
            event,
            start_ns: 0,
            flags: 0,
            value: None,
            count: 0,
            sum: None,
            min: None,
            max: None,
            detail: &Value::Empty,
        };
        for (field, value) in &event.record {
            match *field {
                fields::METRIC_START => point.start_ns = u64(value),
                fields::FLAGS => point.flags = u32(value),
                fields::METRIC_VALUE => point.value = Some(value),
                fields::METRIC_COUNT => point.count = u64(value),
                fields::METRIC_SUM => point.sum = double(value),
                fields::METRIC_MIN => point.min = double(value),
                fields::METRIC_MAX => point.max = double(value),
                fields::METRIC_DETAIL => point.detail = value,
                _ => {}
            }
        }
        point
    }

    fn number(&self) -> NumberDataPoint {
        NumberDataPoint {
            attributes: attributes(&self.event.attributes),
            start_time_unix_nano: self.start_ns,
            time_unix_nano: self.event.time.0,
            exemplars: self.exemplars(),
            flags: self.flags,
            value: self.value.and_then(|value| match value {
                Value::Int(int) => Some(number_data_point::Value::AsInt(*int)),
                _ => double(value).map(number_data_point::Value::AsDouble),
            }),
        }
    }

    fn histogram(&self) -> HistogramDataPoint {
        HistogramDataPoint {
            attributes: attributes(&self.event.attributes),
            start_time_unix_nano: self.start_ns,
            time_unix_nano: self.event.time.0,
            count: self.count,
            sum: self.sum,
            bucket_counts: self.list("bucket_counts").iter().map(u64).collect(),
            explicit_bounds: self.list("explicit_bounds").iter().filter_map(double).collect(),
            exemplars: self.exemplars(),
            flags: self.flags,
            min: self.min,
            max: self.max,
        }
    }

    fn exponential(&self) -> ExponentialHistogramDataPoint {
        let buckets = |name| {
            member(self.detail, name).map(|buckets| Buckets {
                offset: member(buckets, "offset").map_or(0, i32),
                bucket_counts: list(buckets, "bucket_counts").iter().map(u64).collect(),
            })
        };
        ExponentialHistogramDataPoint {
            attributes: attributes(&self.event.attributes),
            start_time_unix_nano: self.start_ns,
            time_unix_nano: self.event.time.0,
            count: self.count,
            sum: self.sum,
            scale: member(self.detail, "scale").map_or(0, i32),
            zero_count: member(self.detail, "zero_count").map_or(0, u64),
            positive: buckets("positive"),
            negative: buckets("negative"),
            flags: self.flags,
            exemplars: self.exemplars(),
            min: self.min,
            max: self.max,
            zero_threshold: member(self.detail, "zero_threshold").and_then(double).unwrap_or(0.0),
        }
    }

    fn summary(&self) -> SummaryDataPoint {
        let quantile = |entry: &Value| ValueAtQuantile {
            quantile: member(entry, "quantile").and_then(double).unwrap_or(0.0),
            value: member(entry, "value").and_then(double).unwrap_or(0.0),
        };
        SummaryDataPoint {
            attributes: attributes(&self.event.attributes),
            start_time_unix_nano: self.start_ns,
            time_unix_nano: self.event.time.0,
            count: self.count,
            sum: self.sum.unwrap_or(0.0),
            quantile_values: self.list("quantile_values").iter().map(quantile).collect(),
            flags: self.flags,
        }
    }

    fn exemplars(&self) -> Vec<Exemplar> {
        self.list("exemplars").iter().map(exemplar).collect()
    }

    fn list(&self, name: &str) -> &'e [Value] {
        list(self.detail, name)
    }
}

fn exemplar(entry: &Value) -> Exemplar {
    Exemplar {
        filtered_attributes: member(entry, "filtered_attributes").map_or_else(Vec::new, map),
        time_unix_nano: member(entry, "time_unix_nano").map_or(0, u64),
        span_id: member(entry, "span_id").map_or_else(Vec::new, span_id_of),
        trace_id: member(entry, "trace_id").map_or_else(Vec::new, trace_id_of),
        value: member(entry, "value").and_then(|value| match value {
            Value::Int(int) => Some(exemplar::Value::AsInt(*int)),
            _ => double(value).map(exemplar::Value::AsDouble),
        }),
    }
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Map(entries) => entries.iter().find(|(key, _)| &**key == name).map(|(_, value)| value),
        _ => None,
    }
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    match member(value, name) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

fn map(value: &Value) -> Vec<opentelemetry_proto::tonic::common::v1::KeyValue> {
    match value {
        Value::Map(entries) => attributes(entries),
        _ => Vec::new(),
    }
}
