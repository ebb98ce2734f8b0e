use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names one row of a waterfall.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SpanRequest {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Which of the spans that share the id, from 0 in row order; 0 is the usual one.
    #[serde(default)]
    pub nth: u32,
}

/// Everything about one span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SpanDetail {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits.
    pub parent_id: Option<String>,
    /// The span's name.
    pub name: String,
    /// `service.name`.
    pub service: String,
    /// `client`, `server`, `producer`, `consumer`, `internal` or `unspecified`.
    pub kind: String,
    /// `unset`, `ok`, `error`, or the number the sender wrote.
    pub status: String,
    /// What the sender said of the status.
    pub status_message: Option<String>,
    /// Raw start.
    pub start_ns: String,
    /// Raw end; nothing while it runs.
    pub end_ns: Option<String>,
    /// Its length; up to the trace's end while it runs.
    pub duration_ns: String,
    /// Its length without what its children cover.
    pub self_ns: String,
    /// How much of it the request's end waited for.
    pub critical_ns: String,
    /// From the trace's start.
    pub offset_ns: String,
    /// Its children.
    pub n_children: u32,
    /// Own, scope and resource attributes and the rest of the record, sorted by place and key.
    pub attributes: Vec<Attribute>,
    /// In time order.
    pub events: Vec<SpanEvent>,
    /// In the order of the wire.
    pub links: Vec<SpanLink>,
    /// Log records written within the span, in time order.
    pub logs: Vec<LogRow>,
}

/// One field of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Attribute {
    /// `own`, `record`, `scope` or `resource`.
    pub place: String,
    /// Its name.
    pub key: String,
    /// `string`, `bool`, `int`, `double`, `bytes`, `array`, `map` or `empty`.
    #[serde(rename = "type")]
    pub value_type: String,
    /// As people read it: text bare, nested values as JSON. Integers keep all their digits.
    pub text: String,
}

/// Something that happened at one moment of a span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SpanEvent {
    /// Its name.
    pub name: String,
    /// Raw time.
    pub time_ns: String,
    /// From the trace's start; may be negative.
    pub offset_ns: String,
    /// Its own attributes.
    pub attributes: Vec<Attribute>,
}

/// A span's pointer to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SpanLink {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Its own attributes.
    pub attributes: Vec<Attribute>,
}

/// One log record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LogRow {
    /// Raw time.
    pub time_ns: String,
    /// From the trace's start; may be negative.
    pub offset_ns: String,
    /// `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `unspecified`.
    pub severity: String,
    /// As people read it.
    pub body: String,
    /// 16 hexadecimal digits.
    pub span_id: Option<String>,
    /// Its own attributes.
    pub attributes: Vec<Attribute>,
}
