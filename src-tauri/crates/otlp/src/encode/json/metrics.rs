use super::common::{attribute, resource, scope};
use super::object::{Object, object};
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar,
    exponential_histogram_data_point::Buckets, metric::Data, number_data_point,
    summary_data_point::ValueAtQuantile,
};

pub(super) fn resource_metrics(out: &mut Vec<u8>, group: &ResourceMetrics) {
    object(out, |json| {
        json.optional("resource", group.resource.as_ref(), resource);
        json.list("scopeMetrics", &group.scope_metrics, scope_metrics);
        json.text("schemaUrl", &group.schema_url);
    });
}

fn scope_metrics(out: &mut Vec<u8>, group: &ScopeMetrics) {
    object(out, |json| {
        json.optional("scope", group.scope.as_ref(), scope);
        json.list("metrics", &group.metrics, metric);
        json.text("schemaUrl", &group.schema_url);
    });
}

fn metric(out: &mut Vec<u8>, metric: &Metric) {
    object(out, |json| {
        json.text("name", &metric.name);
        json.text("description", &metric.description);
        json.text("unit", &metric.unit);
        json.list("metadata", &metric.metadata, attribute);
        match &metric.data {
            None => {}
            Some(Data::Gauge(data)) => gauge(json.member("gauge"), data),
            Some(Data::Sum(data)) => sum(json.member("sum"), data),
            Some(Data::Histogram(data)) => histogram(json.member("histogram"), data),
            Some(Data::ExponentialHistogram(data)) => exponential(json.member("exponentialHistogram"), data),
            Some(Data::Summary(data)) => summary(json.member("summary"), data),
        }
    });
}

fn gauge(out: &mut Vec<u8>, data: &Gauge) {
    object(out, |json| json.list("dataPoints", &data.data_points, number_point));
}

fn sum(out: &mut Vec<u8>, data: &Sum) {
    object(out, |json| {
        json.list("dataPoints", &data.data_points, number_point);
        json.number("aggregationTemporality", data.aggregation_temporality);
        json.bool("isMonotonic", data.is_monotonic);
    });
}

fn histogram(out: &mut Vec<u8>, data: &Histogram) {
    object(out, |json| {
        json.list("dataPoints", &data.data_points, histogram_point);
        json.number("aggregationTemporality", data.aggregation_temporality);
    });
}

fn exponential(out: &mut Vec<u8>, data: &ExponentialHistogram) {
    object(out, |json| {
        json.list("dataPoints", &data.data_points, exponential_point);
        json.number("aggregationTemporality", data.aggregation_temporality);
    });
}

fn summary(out: &mut Vec<u8>, data: &Summary) {
    object(out, |json| json.list("dataPoints", &data.data_points, summary_point));
}

fn number_point(out: &mut Vec<u8>, point: &NumberDataPoint) {
    object(out, |json| {
        json.list("attributes", &point.attributes, attribute);
        times(json, point.start_time_unix_nano, point.time_unix_nano);
        match point.value {
            None => {}
            Some(number_data_point::Value::AsInt(int)) => json.wide_even_default("asInt", int),
            Some(number_data_point::Value::AsDouble(double)) => json.double_even_default("asDouble", double),
        }
        json.list("exemplars", &point.exemplars, exemplar);
        json.number("flags", point.flags);
    });
}

fn histogram_point(out: &mut Vec<u8>, point: &HistogramDataPoint) {
    object(out, |json| {
        json.list("attributes", &point.attributes, attribute);
        times(json, point.start_time_unix_nano, point.time_unix_nano);
        json.wide("count", point.count);
        json.optional_double("sum", point.sum);
        json.wides("bucketCounts", &point.bucket_counts);
        json.doubles("explicitBounds", &point.explicit_bounds);
        json.list("exemplars", &point.exemplars, exemplar);
        json.number("flags", point.flags);
        json.optional_double("min", point.min);
        json.optional_double("max", point.max);
    });
}

fn exponential_point(out: &mut Vec<u8>, point: &ExponentialHistogramDataPoint) {
    object(out, |json| {
        json.list("attributes", &point.attributes, attribute);
        times(json, point.start_time_unix_nano, point.time_unix_nano);
        json.wide("count", point.count);
        json.optional_double("sum", point.sum);
        json.number("scale", point.scale);
        json.wide("zeroCount", point.zero_count);
        json.optional("positive", point.positive.as_ref(), buckets);
        json.optional("negative", point.negative.as_ref(), buckets);
        json.number("flags", point.flags);
        json.list("exemplars", &point.exemplars, exemplar);
        json.optional_double("min", point.min);
        json.optional_double("max", point.max);
        json.double("zeroThreshold", point.zero_threshold);
    });
}

fn buckets(out: &mut Vec<u8>, buckets: &Buckets) {
    object(out, |json| {
        json.number("offset", buckets.offset);
        json.wides("bucketCounts", &buckets.bucket_counts);
    });
}

fn summary_point(out: &mut Vec<u8>, point: &SummaryDataPoint) {
    object(out, |json| {
        json.list("attributes", &point.attributes, attribute);
        times(json, point.start_time_unix_nano, point.time_unix_nano);
        json.wide("count", point.count);
        json.double("sum", point.sum);
        json.list("quantileValues", &point.quantile_values, quantile);
        json.number("flags", point.flags);
    });
}

fn quantile(out: &mut Vec<u8>, quantile: &ValueAtQuantile) {
    object(out, |json| {
        json.double("quantile", quantile.quantile);
        json.double("value", quantile.value);
    });
}

fn exemplar(out: &mut Vec<u8>, exemplar: &Exemplar) {
    object(out, |json| {
        json.list("filteredAttributes", &exemplar.filtered_attributes, attribute);
        json.wide("timeUnixNano", exemplar.time_unix_nano);
        json.id("spanId", &exemplar.span_id);
        json.id("traceId", &exemplar.trace_id);
        match exemplar.value {
            None => {}
            Some(exemplar::Value::AsInt(int)) => json.wide_even_default("asInt", int),
            Some(exemplar::Value::AsDouble(double)) => json.double_even_default("asDouble", double),
        }
    });
}

fn times(json: &mut Object<'_>, start_ns: u64, time_ns: u64) {
    json.wide("startTimeUnixNano", start_ns);
    json.wide("timeUnixNano", time_ns);
}
