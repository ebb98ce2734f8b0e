use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for a page of events, newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct EventsRequest {
    /// A WHERE expression; empty means everything.
    pub filter: String,
    /// Inclusive; nanoseconds since the Unix epoch.
    pub start_ns: Option<String>,
    /// Exclusive.
    pub end_ns: Option<String>,
    /// Fields told of each, 50 at most.
    pub fields: Vec<String>,
    /// How many newer ones to pass over.
    #[ts(type = "number")]
    pub first: u64,
    /// At most this many, up to 500; 0 means 100.
    pub limit: u32,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EventsReply {
    /// Newest first.
    pub rows: Vec<EventRow>,
    /// All that match.
    #[ts(type = "number")]
    pub matched: u64,
    /// Time it took.
    pub elapsed_ms: f64,
    /// The generation that was read.
    #[ts(type = "number")]
    pub generation: u64,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EventRow {
    /// When it happened; nanoseconds since the Unix epoch.
    pub time_ns: String,
    /// 32 hexadecimal digits; null where it belongs to no trace.
    pub trace_id: Option<String>,
    /// 16 hexadecimal digits; null where it belongs to no span.
    pub span_id: Option<String>,
    /// As long as the fields that were asked for; null where it has none.
    #[ts(type = "(string | number | boolean | null)[]")]
    pub values: Vec<serde_json::Value>,
}
