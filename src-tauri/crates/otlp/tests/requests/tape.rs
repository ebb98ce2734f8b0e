//! Requests out of a tape of random bytes: proptest prints and shrinks the tape.

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList, any_value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{
        Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
        Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar,
        exponential_histogram_data_point::Buckets, metric, number_data_point,
        summary_data_point::ValueAtQuantile,
    },
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};

/// Random bytes, read from the front; zeros once it is used up, which makes everything empty.
pub(crate) struct Tape<'a> {
    rest: &'a [u8],
    doubles: Doubles,
    /// Ids of each length that were made, since senders use some of them again.
    last_ids: [Vec<u8>; 2],
}

/// Which doubles are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubles {
    /// Any bits.
    Any,
    /// What OTLP/JSON can say: of all NaNs one.
    OneNan,
    /// What the reference encoder of JSON can say: it writes others as null.
    Finite,
}

impl<'a> Tape<'a> {
    pub(crate) fn new(bytes: &'a [u8], doubles: Doubles) -> Self {
        Tape { rest: bytes, doubles, last_ids: [Vec::new(), Vec::new()] }
    }

    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.rest.split_first().unwrap_or((&0, &[]));
        self.rest = rest;
        *byte
    }

    fn below(&mut self, n: u8) -> u8 {
        self.byte() % n
    }

    fn u64(&mut self) -> u64 {
        match self.below(4) {
            0 => 0,
            1 => u64::from(self.byte()),
            2 => u64::MAX,
            _ => u64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    fn u32(&mut self) -> u32 {
        self.u64() as u32
    }

    fn i32(&mut self) -> i32 {
        self.u32().cast_signed()
    }

    fn double(&mut self) -> f64 {
        match (f64::from_bits(self.u64()), self.doubles) {
            (double, Doubles::Finite) if !double.is_finite() => 0.5,
            (double, Doubles::OneNan) if double.is_nan() => f64::NAN,
            (double, _) => double,
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(9)).map(|_| self.byte()).collect()
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 8] = ["", "GET", "http.route", "name", "ключ", "🐝\n", "\"\\/", "a\u{0}b"];
        match self.below(16) {
            idx @ 0..8 => TEXTS[usize::from(idx)].to_owned(),
            _ => (0..self.below(12)).map(|_| char::from(self.byte())).collect(),
        }
    }

    fn list<T>(&mut self, n_below: u8, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(n_below)).map(|_| item(self)).collect()
    }

    /// Seldom none.
    fn groups<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let n = [1, 1, 1, 1, 2, 2, 3, 0][usize::from(self.below(8))];
        (0..n).map(|_| item(self)).collect()
    }

    fn maybe<T>(&mut self, item: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 1).then(|| item(self))
    }

    /// Mostly a valid id of `n_bytes`, new or seen before; also absent, zero, and of another length.
    fn id(&mut self, n_bytes: usize) -> Vec<u8> {
        match self.below(16) {
            0 => Vec::new(),
            1 => vec![0; n_bytes],
            2 => vec![7; n_bytes - 1],
            3 => vec![7; n_bytes + 1],
            4 | 5 => self.last_ids[usize::from(n_bytes == 16)].clone(),
            _ => {
                let id: Vec<u8> = (0..n_bytes).map(|_| self.byte() | 1).collect();
                self.last_ids[usize::from(n_bytes == 16)].clone_from(&id);
                id
            }
        }
    }

    fn value(&mut self, level: u8) -> AnyValue {
        use any_value::Value;
        let value = match self.below(if level < 4 { 8 } else { 6 }) {
            0 => None,
            1 => Some(Value::StringValue(self.text())),
            2 => Some(Value::BoolValue(self.below(2) == 1)),
            3 => Some(Value::IntValue(self.u64().cast_signed())),
            4 => Some(Value::DoubleValue(self.double())),
            5 => Some(Value::BytesValue(self.bytes())),
            6 => Some(Value::ArrayValue(ArrayValue { values: self.list(4, |tape| tape.value(level + 1)) })),
            _ => Some(Value::KvlistValue(KeyValueList {
                values: self.list(4, |tape| tape.attribute(level + 1)),
            })),
        };
        AnyValue { value }
    }

    fn attribute(&mut self, level: u8) -> KeyValue {
        KeyValue { key: self.text(), value: self.maybe(|tape| tape.value(level)), key_strindex: 0 }
    }

    fn attributes(&mut self) -> Vec<KeyValue> {
        self.list(6, |tape| tape.attribute(1))
    }

    fn resource(&mut self) -> Resource {
        Resource {
            attributes: self.attributes(),
            dropped_attributes_count: self.u32(),
            entity_refs: match self.below(4) {
                0 => self.list(3, Self::entity_ref),
                _ => Vec::new(),
            },
        }
    }

    fn entity_ref(&mut self) -> EntityRef {
        EntityRef {
            schema_url: self.text(),
            r#type: self.text(),
            id_keys: self.list(3, Self::text),
            description_keys: self.list(3, Self::text),
        }
    }

    fn scope(&mut self) -> InstrumentationScope {
        InstrumentationScope {
            name: self.text(),
            version: self.text(),
            attributes: self.attributes(),
            dropped_attributes_count: self.u32(),
        }
    }

    pub(crate) fn traces(&mut self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest {
            resource_spans: self.groups(|tape| ResourceSpans {
                resource: tape.maybe(Self::resource),
                scope_spans: tape.groups(|tape| ScopeSpans {
                    scope: tape.maybe(Self::scope),
                    spans: tape.list(6, Self::span),
                    schema_url: tape.text(),
                }),
                schema_url: tape.text(),
            }),
        }
    }

    fn span(&mut self) -> Span {
        Span {
            trace_id: self.id(16),
            span_id: self.id(8),
            trace_state: self.text(),
            parent_span_id: self.id(8),
            flags: self.u32(),
            name: self.text(),
            kind: self.i32() % 8,
            start_time_unix_nano: self.u64(),
            end_time_unix_nano: self.u64(),
            attributes: self.attributes(),
            dropped_attributes_count: self.u32(),
            events: self.list(4, |tape| Event {
                time_unix_nano: tape.u64(),
                name: tape.text(),
                attributes: tape.attributes(),
                dropped_attributes_count: tape.u32(),
            }),
            dropped_events_count: self.u32(),
            links: self.list(4, |tape| Link {
                trace_id: tape.id(16),
                span_id: tape.id(8),
                trace_state: tape.text(),
                attributes: tape.attributes(),
                dropped_attributes_count: tape.u32(),
                flags: tape.u32(),
            }),
            dropped_links_count: self.u32(),
            status: self.maybe(|tape| Status { message: tape.text(), code: tape.i32() % 4 }),
        }
    }

    pub(crate) fn logs(&mut self) -> ExportLogsServiceRequest {
        ExportLogsServiceRequest {
            resource_logs: self.groups(|tape| ResourceLogs {
                resource: tape.maybe(Self::resource),
                scope_logs: tape.groups(|tape| ScopeLogs {
                    scope: tape.maybe(Self::scope),
                    log_records: tape.list(6, Self::log),
                    schema_url: tape.text(),
                }),
                schema_url: tape.text(),
            }),
        }
    }

    fn log(&mut self) -> LogRecord {
        LogRecord {
            time_unix_nano: self.u64(),
            observed_time_unix_nano: self.u64(),
            severity_number: self.i32() % 30,
            severity_text: self.text(),
            body: self.maybe(|tape| tape.value(1)),
            attributes: self.attributes(),
            dropped_attributes_count: self.u32(),
            flags: self.u32(),
            trace_id: self.id(16),
            span_id: self.id(8),
            event_name: self.text(),
        }
    }

    pub(crate) fn metrics(&mut self) -> ExportMetricsServiceRequest {
        ExportMetricsServiceRequest {
            resource_metrics: self.groups(|tape| ResourceMetrics {
                resource: tape.maybe(Self::resource),
                scope_metrics: tape.groups(|tape| ScopeMetrics {
                    scope: tape.maybe(Self::scope),
                    metrics: tape.list(4, Self::metric),
                    schema_url: tape.text(),
                }),
                schema_url: tape.text(),
            }),
        }
    }

    fn metric(&mut self) -> Metric {
        use metric::Data;
        Metric {
            name: self.text(),
            description: self.text(),
            unit: self.text(),
            metadata: self.attributes(),
            data: match self.below(6) {
                0 => None,
                1 => Some(Data::Gauge(Gauge { data_points: self.list(4, Self::number) })),
                2 => Some(Data::Sum(Sum {
                    data_points: self.list(4, Self::number),
                    aggregation_temporality: self.i32() % 4,
                    is_monotonic: self.below(2) == 1,
                })),
                3 => Some(Data::Histogram(Histogram {
                    data_points: self.list(4, Self::histogram),
                    aggregation_temporality: self.i32() % 4,
                })),
                4 => Some(Data::ExponentialHistogram(ExponentialHistogram {
                    data_points: self.list(4, Self::exponential),
                    aggregation_temporality: self.i32() % 4,
                })),
                _ => Some(Data::Summary(Summary { data_points: self.list(4, Self::summary) })),
            },
        }
    }

    fn number(&mut self) -> NumberDataPoint {
        NumberDataPoint {
            attributes: self.attributes(),
            start_time_unix_nano: self.u64(),
            time_unix_nano: self.u64(),
            exemplars: self.list(3, Self::exemplar),
            flags: self.u32(),
            value: match self.below(3) {
                0 => None,
                1 => Some(number_data_point::Value::AsDouble(self.double())),
                _ => Some(number_data_point::Value::AsInt(self.u64().cast_signed())),
            },
        }
    }

    fn exemplar(&mut self) -> Exemplar {
        Exemplar {
            filtered_attributes: self.attributes(),
            time_unix_nano: self.u64(),
            span_id: self.id(8),
            trace_id: self.id(16),
            value: match self.below(3) {
                0 => None,
                1 => Some(exemplar::Value::AsDouble(self.double())),
                _ => Some(exemplar::Value::AsInt(self.u64().cast_signed())),
            },
        }
    }

    fn histogram(&mut self) -> HistogramDataPoint {
        HistogramDataPoint {
            attributes: self.attributes(),
            start_time_unix_nano: self.u64(),
            time_unix_nano: self.u64(),
            count: self.u64(),
            sum: self.maybe(Self::double),
            bucket_counts: self.list(6, Self::u64),
            explicit_bounds: self.list(6, Self::double),
            exemplars: self.list(3, Self::exemplar),
            flags: self.u32(),
            min: self.maybe(Self::double),
            max: self.maybe(Self::double),
        }
    }

    fn exponential(&mut self) -> ExponentialHistogramDataPoint {
        ExponentialHistogramDataPoint {
            attributes: self.attributes(),
            start_time_unix_nano: self.u64(),
            time_unix_nano: self.u64(),
            count: self.u64(),
            sum: self.maybe(Self::double),
            scale: self.i32(),
            zero_count: self.u64(),
            positive: self.maybe(Self::buckets),
            negative: self.maybe(Self::buckets),
            flags: self.u32(),
            exemplars: self.list(3, Self::exemplar),
            min: self.maybe(Self::double),
            max: self.maybe(Self::double),
            zero_threshold: self.double(),
        }
    }

    fn buckets(&mut self) -> Buckets {
        Buckets { offset: self.i32(), bucket_counts: self.list(6, Self::u64) }
    }

    fn summary(&mut self) -> SummaryDataPoint {
        SummaryDataPoint {
            attributes: self.attributes(),
            start_time_unix_nano: self.u64(),
            time_unix_nano: self.u64(),
            count: self.u64(),
            sum: self.double(),
            quantile_values: self
                .list(4, |tape| ValueAtQuantile { quantile: tape.double(), value: tape.double() }),
            flags: self.u32(),
        }
    }
}
