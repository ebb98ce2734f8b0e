use super::HoneycombEvent;
use serde::Serialize;
use std::collections::BTreeMap;

/// A trace id and a span id, both in lower-case hexadecimal digits.
pub type SpanKey = (String, String);

/// What is remembered of one request.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    /// Its method and path, such as `POST /v1/traces`.
    pub line: String,
    /// Names of its headers in lower case, never their values.
    pub header_names: Vec<String>,
    /// The `content-type` header, empty when missing.
    pub content_type: String,
    /// The `content-encoding` header, empty when missing.
    pub content_encoding: String,
    /// Bytes of the body as it came.
    pub n_bytes: usize,
    /// Spans it held, kept or not.
    pub n_spans: usize,
    /// The status it was answered with; `None` when it never was.
    pub status: Option<u16>,
}

/// All that reached the stand-in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ledger {
    /// Every request in the order of arrival.
    pub requests: Vec<RequestRecord>,
    /// Honeycomb's events made of what was accepted, in the order of arrival.
    pub events: Vec<HoneycombEvent>,
    /// How often each span was accepted.
    #[serde(skip)]
    pub spans: BTreeMap<SpanKey, usize>,
}

impl Ledger {
    /// Accepted events that are spans: those without an annotation type.
    pub fn span_events(&self) -> impl Iterator<Item = &HoneycombEvent> {
        self.events.iter().filter(|event| event.data.contains_key("trace.span_id"))
    }

    /// Requests to one path, such as `/v1/traces`.
    pub fn requests_to<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a RequestRecord> {
        self.requests.iter().filter(move |request| request.line.ends_with(path))
    }
}
