use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names a trace, and whether it is to stay.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PinRequest {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Whether retention leaves it alone.
    pub pinned: bool,
}

/// Names a trace.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TraceRequest {
    /// 32 hexadecimal digits in any case.
    pub trace_id: String,
}

/// The head of a trace's waterfall. The rows follow as columns in the same buffer (see `columns` in the client):
/// pre-order, one row a span, `n_spans` long:
///
/// | column | type | |
/// |---|---|---|
/// | `start` | f64 | ns after `start_ns` |
/// | `duration` | f64 | ns; of a running span, up to the trace's end |
/// | `self` | f64 | ns not covered by children |
/// | `depth` | u32 | 0 for a root |
/// | `subtree_end` | u32 | first row after the subtree |
/// | `service` | u32 | index into `services` |
/// | `name` | u32 | index into `names` |
/// | `flags` | u32 | bits of [`SPAN_FLAGS`] |
/// | `span_id` | u8 | 8 bytes a row |
/// | `mark_row`, `mark_at`, `mark_kind` | u32, f64, u32 | `n_marks` long: events and logs on the bars; ns after `start_ns`; 0 event, 1 exception, 2 log |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceHead {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Whether it stays whatever else has to leave.
    pub pinned: bool,
    /// The earliest start; every offset counts from here.
    pub start_ns: String,
    /// From the earliest start to the latest end.
    pub duration_ns: String,
    /// Rows.
    pub n_spans: u32,
    /// Failed spans.
    pub n_errors: u32,
    /// Spans whose parent is named but not there.
    pub n_orphans: u32,
    /// Spans that have not ended.
    pub n_running: u32,
    /// Spans without a parent.
    pub n_roots: u32,
    /// Spans found on a cycle of parents; each cycle is cut at its earliest span.
    pub n_cyclic: u32,
    /// Spans that share their id with another.
    pub n_shared_ids: u32,
    /// Span events.
    pub n_events: u32,
    /// Links.
    pub n_links: u32,
    /// Log records.
    pub n_logs: u32,
    /// Marks on the bars.
    pub n_marks: u32,
    /// Distinct services, in order of first row.
    pub services: Vec<String>,
    /// Distinct span names.
    pub names: Vec<String>,
    /// The generation that was read.
    #[ts(type = "number")]
    pub generation: u64,
}

/// Bits of the waterfall's `flags` column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SpanFlags {
    /// The span failed.
    pub error: u32,
    /// It has no parent.
    pub root: u32,
    /// Its parent is named but not there.
    pub orphan: u32,
    /// It has not ended.
    pub running: u32,
    /// Its end lies before its start.
    pub backwards: u32,
    /// It was found on a cycle of parents.
    pub cyclic: u32,
    /// Another span has the same id.
    pub shared_id: u32,
    /// Its bytes were repaired or cut.
    pub mended: u32,
    /// It crosses into another service: kind client or producer.
    pub outgoing: u32,
}

/// The bits, once for both sides.
pub const SPAN_FLAGS: SpanFlags = SpanFlags {
    error: 1,
    root: 2,
    orphan: 4,
    running: 8,
    backwards: 16,
    cyclic: 32,
    shared_id: 64,
    mended: 128,
    outgoing: 256,
};

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
    /// From the trace's start.
    pub offset_ns: String,
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
