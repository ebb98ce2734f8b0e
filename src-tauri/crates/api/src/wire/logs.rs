use super::LogRow;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for a page of log records.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct LogsRequest {
    /// A WHERE expression; empty means everything.
    pub filter: String,
    /// Inclusive; nanoseconds since the Unix epoch.
    pub start_ns: Option<String>,
    /// Exclusive.
    pub end_ns: Option<String>,
    /// Only those of a trace.
    pub trace_id: Option<String>,
    /// The least level: `trace`, `debug`, `info`, `warn`, `error` or `fatal`; every one when empty.
    pub level: String,
    /// Oldest first.
    pub ascending: bool,
    /// How many to pass over.
    pub first: u32,
    /// At most this many, up to 500; 0 means 200.
    pub limit: u32,
}

/// A page of log records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LogsReply {
    /// How many were passed over.
    pub first: u32,
    /// In the order that was asked for.
    pub rows: Vec<LogLine>,
    /// All that match.
    #[ts(type = "number")]
    pub matched: u64,
    /// How many have each level, whatever level was asked for: unspecified, trace, debug, info, warn, error, fatal.
    #[ts(type = "number[]")]
    pub by_level: Vec<u64>,
    /// Events read.
    #[ts(type = "number")]
    pub rows_examined: u64,
    /// Time it took.
    pub elapsed_ms: f64,
    /// The generation that was read.
    #[ts(type = "number")]
    pub generation: u64,
}

/// One log record and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LogLine {
    /// The record; its offset counts from the trace's start where the logs of one trace were asked for, else from itself.
    pub log: LogRow,
    /// `service.name`.
    pub service: String,
    /// 32 hexadecimal digits; nothing where it belongs to no trace.
    pub trace_id: Option<String>,
}
