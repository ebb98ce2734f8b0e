use serde::Serialize;
use serde_json::{Map, Value};

/// One trace as a document: what `skep trace --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceDocument {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// In pre-order.
    pub spans: Vec<DocumentSpan>,
    /// Span events, in order of arrival.
    pub events: Vec<DocumentEvent>,
    /// Links, in order of arrival.
    pub links: Vec<DocumentEvent>,
    /// Log records, in order of arrival.
    pub logs: Vec<DocumentEvent>,
}

/// One span of a document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentSpan {
    /// 16 hexadecimal digits.
    pub span_id: Option<String>,
    /// 16 hexadecimal digits.
    pub parent_id: Option<String>,
    /// The span's name.
    pub name: String,
    /// `service.name`.
    pub service: String,
    /// Raw start.
    pub start_ns: String,
    /// Its length.
    pub duration_ns: String,
    /// Its length without what its children cover.
    pub self_ns: String,
    /// `client`, `server`, `producer`, `consumer`, `internal` or `unspecified`.
    pub kind: String,
    /// `unset`, `ok` or `error`.
    pub status: String,
    /// 0 for a root.
    pub depth: u32,
    /// Its own attributes.
    pub attributes: Map<String, Value>,
    /// The resource's attributes.
    pub resource: Map<String, Value>,
}

/// A span event, a link or a log of a document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentEvent {
    /// The span it belongs to.
    pub span_id: Option<String>,
    /// Its name; empty for links.
    pub name: String,
    /// Raw time.
    pub time_ns: String,
    /// Links: the trace and the span pointed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<(String, String)>,
    /// Logs: how bad it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Logs: what was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Its own attributes.
    pub attributes: Map<String, Value>,
}
