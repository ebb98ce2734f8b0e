use super::node::Node;
use super::{common, list, object, scalar};
use crate::batch::{Batch, Group};
use crate::build::{Buckets, ExemplarDraft, MetricDraft, MetricType, PointDraft, quantile, unsigned};
use crate::problem::Problem;
use skep_model::{EventFlags, Value};

const TEMPORALITY_NAMES: [(&str, i32); 3] = [
    ("AGGREGATION_TEMPORALITY_UNSPECIFIED", 0),
    ("AGGREGATION_TEMPORALITY_DELTA", 1),
    ("AGGREGATION_TEMPORALITY_CUMULATIVE", 2),
];

/// `Metric`. Where `data` breaks the rule of one member, each member's points are kept.
pub(super) fn read_metric(batch: &mut Batch, group: &Group, node: &Node<'_>) {
    let mut flags = EventFlags::default();
    let metadata = common::attributes(batch, node, "metadata", &mut flags);
    let mut metric = MetricDraft {
        name: scalar::name(batch, node, "name", &mut flags),
        description: scalar::name(batch, node, "description", &mut flags),
        unit: scalar::name(batch, node, "unit", &mut flags),
        metadata: (!metadata.is_empty()).then(|| Value::Map(metadata.into())),
        temporality: 0,
        is_monotonic: false,
        flags,
    };
    for (member, metric_type) in [
        ("gauge", MetricType::Gauge),
        ("sum", MetricType::Sum),
        ("histogram", MetricType::Histogram),
        ("exponentialHistogram", MetricType::ExponentialHistogram),
        ("summary", MetricType::Summary),
    ] {
        let Some(data) = node.get(member) else { continue };
        let mut flags = flags;
        metric.temporality =
            scalar::enumeration(batch, data, "aggregationTemporality", &TEMPORALITY_NAMES, &mut flags);
        metric.is_monotonic = scalar::bool(batch, data, "isMonotonic", &mut flags);
        metric.flags = flags;
        match (data, data.get("dataPoints")) {
            (Node::Object(_), None) => {}
            (_, Some(Node::List(points))) => {
                for node in points {
                    read_point(batch, group, &metric, metric_type, node);
                }
            }
            _ => batch.reject(1, 1, Problem::PointDamaged),
        }
    }
}

fn read_point(
    batch: &mut Batch,
    group: &Group,
    metric: &MetricDraft,
    metric_type: MetricType,
    node: &Node<'_>,
) {
    if !matches!(node, Node::Object(_)) {
        return batch.reject(1, 1, Problem::PointDamaged);
    }
    let mut flags = EventFlags::default();
    let mut point = PointDraft {
        attributes: common::attributes(batch, node, "attributes", &mut flags),
        start_ns: scalar::u64(batch, node, "startTimeUnixNano", &mut flags),
        time_ns: scalar::u64(batch, node, "timeUnixNano", &mut flags),
        point_flags: scalar::u32(batch, node, "flags", &mut flags),
        ..PointDraft::default()
    };
    match metric_type {
        MetricType::Gauge | MetricType::Sum => point.value = number(batch, node, &mut flags),
        MetricType::Histogram | MetricType::ExponentialHistogram => {
            point.count = scalar::u64(batch, node, "count", &mut flags);
            point.sum = scalar::optional_double(batch, node, "sum", &mut flags);
            point.min = scalar::optional_double(batch, node, "min", &mut flags);
            point.max = scalar::optional_double(batch, node, "max", &mut flags);
        }
        MetricType::Summary => {
            point.count = scalar::u64(batch, node, "count", &mut flags);
            point.sum = Some(scalar::optional_double(batch, node, "sum", &mut flags).unwrap_or(0.0));
        }
    }
    fill_detail(batch, metric_type, node, &mut point, &mut flags);
    point.flags.insert(flags);
    metric.push(batch, group, metric_type, point);
}

fn fill_detail(
    batch: &mut Batch,
    metric_type: MetricType,
    node: &Node<'_>,
    point: &mut PointDraft,
    flags: &mut EventFlags,
) {
    let detail = &mut point.detail;
    match metric_type {
        MetricType::Gauge | MetricType::Sum => {}
        MetricType::Histogram => {
            detail.bucket_counts = counts(batch, node, flags);
            detail.explicit_bounds = items(batch, node, "explicitBounds", flags, |batch, node, flags| {
                Value::Double(scalar::double(batch, node, flags))
            });
        }
        MetricType::ExponentialHistogram => {
            detail.scale = scalar::i32(batch, node, "scale", flags);
            detail.zero_count = scalar::u64(batch, node, "zeroCount", flags);
            detail.zero_threshold =
                scalar::optional_double(batch, node, "zeroThreshold", flags).unwrap_or(0.0);
            detail.positive = buckets(batch, node, "positive", flags);
            detail.negative = buckets(batch, node, "negative", flags);
        }
        MetricType::Summary => {
            detail.quantiles = items(batch, node, "quantileValues", flags, |batch, node, flags| {
                let at = scalar::optional_double(batch, node, "quantile", flags).unwrap_or(0.0);
                let value = scalar::optional_double(batch, node, "value", flags).unwrap_or(0.0);
                quantile(at, value)
            });
        }
    }
    if metric_type != MetricType::Summary {
        detail.exemplars = items(batch, node, "exemplars", flags, exemplar);
    }
}

fn exemplar(batch: &mut Batch, node: &Node<'_>, flags: &mut EventFlags) -> Value {
    let draft = ExemplarDraft {
        time_ns: scalar::u64(batch, node, "timeUnixNano", flags),
        value: number(batch, node, flags),
        trace_id: scalar::id(node, "traceId"),
        span_id: scalar::id(node, "spanId"),
        filtered_attributes: common::attributes(batch, node, "filteredAttributes", flags),
    };
    draft.into_value(batch, flags)
}

/// `asInt` or `asDouble`, as number points and exemplars have it.
fn number(batch: &mut Batch, node: &Node<'_>, flags: &mut EventFlags) -> Option<Value> {
    match node.get("asInt") {
        Some(int) => Some(Value::Int(scalar::integer(batch, Some(int), flags))),
        None => scalar::optional_double(batch, node, "asDouble", flags).map(Value::Double),
    }
}

fn buckets(batch: &mut Batch, node: &Node<'_>, member: &str, flags: &mut EventFlags) -> Option<Buckets> {
    node.get(member)?;
    let node = object(batch, node, member, flags);
    let offset = scalar::i32(batch, node, "offset", flags);
    Some(Buckets { offset, bucket_counts: counts(batch, node, flags) })
}

fn counts(batch: &mut Batch, node: &Node<'_>, flags: &mut EventFlags) -> Vec<Value> {
    items(batch, node, "bucketCounts", flags, |batch, node, flags| {
        unsigned(scalar::integer(batch, Some(node), flags))
    })
}

fn items(
    batch: &mut Batch,
    node: &Node<'_>,
    member: &str,
    flags: &mut EventFlags,
    read: fn(&mut Batch, &Node<'_>, &mut EventFlags) -> Value,
) -> Vec<Value> {
    let mut items = Vec::new();
    for node in list(batch, node, member, flags) {
        if batch.may_grow(items.len(), batch.limits.value_items, Problem::TooManyItems, flags) {
            items.push(read(batch, node, flags));
        }
    }
    items
}
