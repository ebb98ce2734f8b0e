use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is written out, and how: one trace, or what matches a filter within a time.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// One trace with its logs; then there is no filter and no time.
    #[serde(default)]
    #[ts(optional)]
    pub trace_id: Option<String>,
    /// A WHERE expression; empty lets everything through.
    #[serde(default)]
    #[ts(optional)]
    pub filter: Option<String>,
    /// From this moment, in nanoseconds since the Unix epoch.
    #[serde(default)]
    #[ts(optional)]
    pub start_ns: Option<String>,
    /// Until just before this moment.
    #[serde(default)]
    #[ts(optional)]
    pub end_ns: Option<String>,
    /// The form.
    pub format: ExportFormat,
}

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// OTLP JSON that equals what came in, a request a line.
    #[default]
    OtlpJson,
    /// A JSON object an event.
    Jsonl,
    /// Spans, one a line.
    Csv,
    /// A row an event, with typed columns.
    Parquet,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Saved {
    /// Where it lies.
    pub path: String,
}
