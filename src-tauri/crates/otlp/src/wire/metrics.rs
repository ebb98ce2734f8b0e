use super::common;
use super::fields::{Field, Malformed, fields, packed_fixed64, packed_varints};
use super::traces::int32;
use crate::batch::{Batch, Group};
use crate::build::{
    Buckets, ExemplarDraft, IdField, MetricDraft, MetricType, PointDraft, quantile, unsigned,
};
use crate::problem::Problem;
use skep_model::{Attributes, EventFlags, Value};

/// `Metric`. Where `data` breaks the rule of one member, each member's points are kept.
pub(super) fn read_metric(batch: &mut Batch, group: &Group, bytes: &[u8]) {
    let mut metric = MetricDraft::default();
    if fill_metric(batch, bytes, &mut metric).is_err() {
        return batch.reject(1, 1, Problem::PointDamaged);
    }
    for field in fields(bytes) {
        if let Ok((number, Field::Bytes(data))) = field
            && let Some(metric_type) = metric_type(number)
        {
            read_data(batch, group, &mut metric, metric_type, data);
        }
    }
}

fn metric_type(number: u32) -> Option<MetricType> {
    match number {
        5 => Some(MetricType::Gauge),
        7 => Some(MetricType::Sum),
        9 => Some(MetricType::Histogram),
        10 => Some(MetricType::ExponentialHistogram),
        11 => Some(MetricType::Summary),
        _ => None,
    }
}

fn fill_metric(batch: &mut Batch, bytes: &[u8], metric: &mut MetricDraft) -> Result<(), Malformed> {
    let mut metadata = Attributes::new();
    for field in fields(bytes) {
        match field? {
            (1, Field::Bytes(text)) => metric.name = batch.name(text, &mut metric.flags),
            (2, Field::Bytes(text)) => metric.description = batch.name(text, &mut metric.flags),
            (3, Field::Bytes(text)) => metric.unit = batch.name(text, &mut metric.flags),
            (12, Field::Bytes(entry)) => common::attribute(batch, entry, &mut metadata, &mut metric.flags)?,
            _ => {}
        }
    }
    metric.metadata = (!metadata.is_empty()).then(|| Value::Map(metadata.into()));
    Ok(())
}

/// `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram` or `Summary`: the same numbers in each. Two passes, because
/// the temporality stands behind the points.
fn read_data(
    batch: &mut Batch,
    group: &Group,
    metric: &mut MetricDraft,
    metric_type: MetricType,
    bytes: &[u8],
) {
    (metric.temporality, metric.is_monotonic) = (0, false);
    for field in fields(bytes) {
        match field {
            Ok((2, Field::Varint(number))) => metric.temporality = int32(number),
            Ok((3, Field::Varint(number))) => metric.is_monotonic = number != 0,
            Ok(_) | Err(Malformed) => {}
        }
    }
    for field in fields(bytes) {
        match field {
            Ok((1, Field::Bytes(point))) => match read_point(batch, metric_type, point) {
                Ok(point) => metric.push(batch, group, metric_type, point),
                Err(Malformed) => batch.reject(1, 1, Problem::PointDamaged),
            },
            Ok(_) => {}
            Err(Malformed) => batch.reject_rest(),
        }
    }
}

fn read_point(batch: &mut Batch, metric_type: MetricType, bytes: &[u8]) -> Result<PointDraft, Malformed> {
    let mut point = PointDraft::default();
    if metric_type == MetricType::Summary {
        point.sum = Some(0.0);
    }
    for field in fields(bytes) {
        match field? {
            (2, Field::Fixed64(nanos)) => point.start_ns = nanos,
            (3, Field::Fixed64(nanos)) => point.time_ns = nanos,
            (number, field) => match metric_type {
                MetricType::Gauge | MetricType::Sum => fill_number(batch, &mut point, number, field)?,
                MetricType::Histogram => fill_histogram(batch, &mut point, number, field)?,
                MetricType::ExponentialHistogram => fill_exponential(batch, &mut point, number, field)?,
                MetricType::Summary => fill_summary(batch, &mut point, number, field)?,
            },
        }
    }
    Ok(point)
}

/// `NumberDataPoint`.
fn fill_number(
    batch: &mut Batch,
    point: &mut PointDraft,
    number: u32,
    field: Field<'_>,
) -> Result<(), Malformed> {
    match (number, field) {
        (4, Field::Fixed64(bits)) => point.value = Some(Value::Double(f64::from_bits(bits))),
        (5, Field::Bytes(message)) => push_exemplar(batch, point, message)?,
        (6, Field::Fixed64(bits)) => point.value = Some(Value::Int(bits.cast_signed())),
        (7, Field::Bytes(entry)) => common::attribute(batch, entry, &mut point.attributes, &mut point.flags)?,
        (8, Field::Varint(flags)) => point.point_flags = flags as u32,
        _ => {}
    }
    Ok(())
}

/// `HistogramDataPoint`.
fn fill_histogram(
    batch: &mut Batch,
    point: &mut PointDraft,
    number: u32,
    field: Field<'_>,
) -> Result<(), Malformed> {
    match (number, field) {
        (4, Field::Fixed64(count)) => point.count = count,
        (5, Field::Fixed64(bits)) => point.sum = Some(f64::from_bits(bits)),
        (6, Field::Fixed64(count)) => {
            push_count(batch, &mut point.detail.bucket_counts, count, &mut point.flags);
        }
        (6, Field::Bytes(packed)) => {
            for count in packed_fixed64(packed)? {
                push_count(batch, &mut point.detail.bucket_counts, count, &mut point.flags);
            }
        }
        (7, Field::Fixed64(bits)) => push_bound(batch, point, bits),
        (7, Field::Bytes(packed)) => packed_fixed64(packed)?.for_each(|bits| push_bound(batch, point, bits)),
        (8, Field::Bytes(message)) => push_exemplar(batch, point, message)?,
        (9, Field::Bytes(entry)) => common::attribute(batch, entry, &mut point.attributes, &mut point.flags)?,
        (10, Field::Varint(flags)) => point.point_flags = flags as u32,
        (11, Field::Fixed64(bits)) => point.min = Some(f64::from_bits(bits)),
        (12, Field::Fixed64(bits)) => point.max = Some(f64::from_bits(bits)),
        _ => {}
    }
    Ok(())
}

/// `ExponentialHistogramDataPoint`.
fn fill_exponential(
    batch: &mut Batch,
    point: &mut PointDraft,
    number: u32,
    field: Field<'_>,
) -> Result<(), Malformed> {
    match (number, field) {
        (1, Field::Bytes(entry)) => common::attribute(batch, entry, &mut point.attributes, &mut point.flags)?,
        (4, Field::Fixed64(count)) => point.count = count,
        (5, Field::Fixed64(bits)) => point.sum = Some(f64::from_bits(bits)),
        (6, Field::Varint(scale)) => point.detail.scale = sint32(scale),
        (7, Field::Fixed64(count)) => point.detail.zero_count = count,
        (8, Field::Bytes(message)) => {
            point.detail.positive = Some(read_buckets(batch, message, &mut point.flags)?);
        }
        (9, Field::Bytes(message)) => {
            point.detail.negative = Some(read_buckets(batch, message, &mut point.flags)?);
        }
        (10, Field::Varint(flags)) => point.point_flags = flags as u32,
        (11, Field::Bytes(message)) => push_exemplar(batch, point, message)?,
        (12, Field::Fixed64(bits)) => point.min = Some(f64::from_bits(bits)),
        (13, Field::Fixed64(bits)) => point.max = Some(f64::from_bits(bits)),
        (14, Field::Fixed64(bits)) => point.detail.zero_threshold = f64::from_bits(bits),
        _ => {}
    }
    Ok(())
}

/// `SummaryDataPoint`.
fn fill_summary(
    batch: &mut Batch,
    point: &mut PointDraft,
    number: u32,
    field: Field<'_>,
) -> Result<(), Malformed> {
    match (number, field) {
        (4, Field::Fixed64(count)) => point.count = count,
        (5, Field::Fixed64(bits)) => point.sum = Some(f64::from_bits(bits)),
        (6, Field::Bytes(message)) => {
            let (mut at, mut value) = (0.0, 0.0);
            for field in fields(message) {
                match field? {
                    (1, Field::Fixed64(bits)) => at = f64::from_bits(bits),
                    (2, Field::Fixed64(bits)) => value = f64::from_bits(bits),
                    _ => {}
                }
            }
            push_item(batch, &mut point.detail.quantiles, quantile(at, value), &mut point.flags);
        }
        (7, Field::Bytes(entry)) => common::attribute(batch, entry, &mut point.attributes, &mut point.flags)?,
        (8, Field::Varint(flags)) => point.point_flags = flags as u32,
        _ => {}
    }
    Ok(())
}

fn read_buckets(batch: &mut Batch, bytes: &[u8], flags: &mut EventFlags) -> Result<Buckets, Malformed> {
    let mut buckets = Buckets::default();
    for field in fields(bytes) {
        match field? {
            (1, Field::Varint(offset)) => buckets.offset = sint32(offset),
            (2, Field::Varint(count)) => push_count(batch, &mut buckets.bucket_counts, count, flags),
            (2, Field::Bytes(packed)) => {
                for count in packed_varints(packed) {
                    push_count(batch, &mut buckets.bucket_counts, count?, flags);
                }
            }
            _ => {}
        }
    }
    Ok(buckets)
}

fn push_exemplar(batch: &mut Batch, point: &mut PointDraft, bytes: &[u8]) -> Result<(), Malformed> {
    let mut exemplar = ExemplarDraft::default();
    let flags = &mut point.flags;
    for field in fields(bytes) {
        match field? {
            (2, Field::Fixed64(nanos)) => exemplar.time_ns = nanos,
            (3, Field::Fixed64(bits)) => exemplar.value = Some(Value::Double(f64::from_bits(bits))),
            (4, Field::Bytes(id)) => exemplar.span_id = IdField::from_bytes(id),
            (5, Field::Bytes(id)) => exemplar.trace_id = IdField::from_bytes(id),
            (6, Field::Fixed64(bits)) => exemplar.value = Some(Value::Int(bits.cast_signed())),
            (7, Field::Bytes(entry)) => {
                common::attribute(batch, entry, &mut exemplar.filtered_attributes, flags)?;
            }
            _ => {}
        }
    }
    let value = exemplar.into_value(batch, flags);
    push_item(batch, &mut point.detail.exemplars, value, flags);
    Ok(())
}

fn push_bound(batch: &mut Batch, point: &mut PointDraft, bits: u64) {
    let bound = Value::Double(f64::from_bits(bits));
    push_item(batch, &mut point.detail.explicit_bounds, bound, &mut point.flags);
}

fn push_count(batch: &mut Batch, counts: &mut Vec<Value>, count: u64, flags: &mut EventFlags) {
    push_item(batch, counts, unsigned(count), flags);
}

fn push_item(batch: &mut Batch, items: &mut Vec<Value>, item: Value, flags: &mut EventFlags) {
    if batch.may_grow(items.len(), batch.limits.value_items, Problem::TooManyItems, flags) {
        items.push(item);
    }
}

/// A `sint32`, zigzag in the low half of the varint.
fn sint32(number: u64) -> i32 {
    let zigzag = number as u32;
    (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
}
