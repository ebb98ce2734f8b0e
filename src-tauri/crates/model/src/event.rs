use crate::{Nanos, SpanId, Text, TraceId, Value};
use std::sync::Arc;

/// Which OTLP service a request came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// `/v1/traces`: spans, span events and links.
    Traces,
    /// `/v1/metrics`: metric points.
    Metrics,
    /// `/v1/logs`: log records.
    Logs,
}

impl Signal {
    /// Every signal, in the order of their stored numbers.
    pub const ALL: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];

    /// The last part of its OTLP/HTTP path: `traces`, `metrics` or `logs`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Signal::Traces => "traces",
            Signal::Metrics => "metrics",
            Signal::Logs => "logs",
        }
    }
}

/// How a request was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `application/x-protobuf`, and every gRPC message.
    Protobuf,
    /// `application/json`: OTLP's own dialect of ProtoJSON.
    Json,
    /// Honeycomb's `/1/batch` in JSON: a list of `{time, samplerate, data}`. A single event is kept as a list of one.
    HoneycombJson,
    /// The same in msgpack.
    HoneycombMsgpack,
    /// Honeycomb's `/1/markers`: one JSON object.
    HoneycombMarker,
}

impl Encoding {
    /// Whether it is one of Honeycomb's own, which only Honeycomb's paths take.
    #[must_use]
    pub fn is_honeycomb(self) -> bool {
        match self {
            Encoding::Protobuf | Encoding::Json => false,
            Encoding::HoneycombJson | Encoding::HoneycombMsgpack | Encoding::HoneycombMarker => true,
        }
    }
}

/// What kind of record an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventKind {
    /// A span.
    Span = 0,
    /// Something that happened at one moment of a span.
    SpanEvent = 1,
    /// A span's pointer to another span.
    Link = 2,
    /// A log record.
    Log = 3,
    /// One point of a metric.
    MetricPoint = 4,
}

impl EventKind {
    /// Honeycomb's `meta.signal_type`: `trace`, `log` or `metric`.
    #[must_use]
    pub fn signal_type(self) -> &'static str {
        match self {
            EventKind::Span | EventKind::SpanEvent | EventKind::Link => "trace",
            EventKind::Log => "log",
            EventKind::MetricPoint => "metric",
        }
    }

    /// Honeycomb's `meta.annotation_type`: `span_event` or `link`, nothing for the rest.
    #[must_use]
    pub fn annotation_type(self) -> Option<&'static str> {
        match self {
            EventKind::SpanEvent => Some("span_event"),
            EventKind::Link => Some("link"),
            EventKind::Span | EventKind::Log | EventKind::MetricPoint => None,
        }
    }
}

/// What had to be done to an event to keep it. Nothing is corrected in secret: each bit is counted and shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventFlags(pub u8);

impl EventFlags {
    /// Something malformed was put right: bad UTF-8 became U+FFFD, an enum's name its number, an id of the wrong length
    /// was left out, or a part of the resource or scope above it could not be read.
    pub const REPAIRED: EventFlags = EventFlags(1);
    /// Something over a cap was cut: a value, a depth, a count.
    pub const TRUNCATED: EventFlags = EventFlags(2);

    /// Sets the bits of `other`.
    pub fn insert(&mut self, other: EventFlags) {
        self.0 |= other.0;
    }

    /// Whether every bit of `other` is set.
    #[must_use]
    pub fn contains(self, other: EventFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Where a field of an event comes from. The order is Honeycomb's precedence: where several places carry the same
/// name, the first one is what a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Place {
    /// The event's own attributes.
    Own = 0,
    /// Fields of the record itself under Honeycomb's names, such as `status_message` or `severity_text`.
    Record = 1,
    /// The instrumentation scope's attributes.
    Scope = 2,
    /// The resource's attributes, such as `service.name`.
    Resource = 3,
}

/// Keys and values in the order of the wire.
pub type Attributes = Vec<(Text, Value)>;

/// Who sent it: the process, the service, the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resource {
    /// `service.name` and its like.
    pub attributes: Attributes,
    /// Attributes the sender dropped.
    pub dropped_attributes_count: u32,
    /// The schema the attribute names follow; empty when unsaid.
    pub schema_url: Text,
    /// Which of the attributes name things apart, such as the host and the process.
    pub entity_refs: Vec<EntityRef>,
}

/// One thing that a resource's attributes speak of, by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EntityRef {
    /// The schema the type follows; empty when unsaid.
    pub schema_url: Text,
    /// What it is, such as `host`.
    pub entity_type: Text,
    /// Keys of the attributes that tell it from others.
    pub id_keys: Vec<Text>,
    /// Keys of the attributes that describe it.
    pub description_keys: Vec<Text>,
}

impl Resource {
    /// `service.name` when it is a text that is not blank.
    #[must_use]
    pub fn service_name(&self) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(key, _)| &**key == crate::fields::SERVICE_NAME)?;
        value.as_str().map(str::trim).filter(|name| !name.is_empty())
    }
}

/// Which instrumentation library recorded it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The library's name; empty when unsaid.
    pub name: Text,
    /// The library's version; empty when unsaid.
    pub version: Text,
    /// Attributes of the scope.
    pub attributes: Attributes,
    /// Attributes the sender dropped.
    pub dropped_attributes_count: u32,
    /// The schema the attribute names follow; empty when unsaid.
    pub schema_url: Text,
}

/// One wide record. OTLP's truth is kept: typed values, full ids, raw nanoseconds, the three attribute places apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What it is.
    pub kind: EventKind,
    /// Span: start. Span event: its time. Link: its span's start. Log: its time, or the observed time when unset.
    /// Metric point: its time.
    pub time: Nanos,
    /// Span: its end, raw, even when it lies before the start. Zero for a span still running. Others: equal to `time`.
    pub end: Nanos,
    /// The trace it belongs to. Always there for spans, span events and links.
    pub trace_id: Option<TraceId>,
    /// Span: its own id. Others: nothing (they hang below `parent_id`, as in Honeycomb).
    pub span_id: Option<SpanId>,
    /// Span: its parent. Span event, link, log: the span it belongs to.
    pub parent_id: Option<SpanId>,
    /// Span, span event, metric: the name. Log: the event name. Link: empty.
    pub name: Text,
    /// The record's remaining fields, under the names of [`crate::fields`]; only those that say something.
    pub record: Vec<(&'static str, Value)>,
    /// The event's own attributes.
    pub attributes: Attributes,
    /// Shared by all events of one `ResourceSpans`, `ResourceLogs` or `ResourceMetrics`.
    pub resource: Arc<Resource>,
    /// Shared by all events of one scope.
    pub scope: Arc<Scope>,
    /// Repairs and truncations.
    pub flags: EventFlags,
}

impl Event {
    /// A field of the record by its name in [`crate::fields`].
    #[must_use]
    pub fn record_field(&self, name: &str) -> Option<&Value> {
        self.record.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}
