use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for traces. A trace is listed when any of its events matches `filter` within the time range. Terms of the filter on
/// `trace.duration_ms`, `trace.span_count`, `trace.error_count`, `trace.service_count` and `trace.pinned` are about the
/// trace as a whole; they stand at its top, joined by `AND`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TracesRequest {
    /// A WHERE expression; empty means everything.
    pub filter: String,
    /// Inclusive; nanoseconds since the Unix epoch.
    pub start_ns: Option<String>,
    /// Exclusive.
    pub end_ns: Option<String>,
    /// Only traces in which some span failed.
    pub errors_only: bool,
    /// By what they are sorted.
    pub sort: TraceSortBy,
    /// The least first.
    pub ascending: bool,
    /// At most this many rows, up to 1,000; 0 means 200.
    pub limit: u32,
    /// A list that is still read, by its [`TracesReply::order`]: it is kept for as long as it is named here.
    pub held: Option<u32>,
}

/// Asks for rows further down a list, as it was when it was asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TracesPageRequest {
    /// [`TracesReply::order`].
    pub order: u32,
    /// The place of the first row, from 0.
    pub offset: u32,
    /// At most this many rows, up to 1,000; 0 means 200.
    pub limit: u32,
}

/// Rows further down a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TracesPageReply {
    /// In their order; of traces that have left the store meanwhile there is none. Nothing when the list is no longer kept:
    /// then it has to be asked for again.
    pub rows: Option<Vec<PlacedTraceRow>>,
}

/// A row with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlacedTraceRow {
    /// From 0.
    pub place: u32,
    /// What stands there.
    pub row: TraceRow,
}

/// What a list of traces is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the columns of the list")]
pub enum TraceSortBy {
    #[default]
    Start,
    Duration,
    Spans,
    Errors,
    Services,
}

/// The first traces that match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TracesReply {
    /// In the order that was asked for.
    pub rows: Vec<TraceRow>,
    /// Names the whole list, for [`TracesPageRequest`].
    pub order: u32,
    /// Traces that match, those beyond the limit included.
    #[ts(type = "number")]
    pub matched: u64,
    /// How many of them hold a failed span.
    #[ts(type = "number")]
    pub matched_with_errors: u64,
    /// Events read.
    #[ts(type = "number")]
    pub rows_examined: u64,
    /// Time it took.
    pub elapsed_ms: f64,
    /// The generation that was read.
    #[ts(type = "number")]
    pub generation: u64,
}

/// One trace in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceRow {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The earliest start of its spans.
    pub start_ns: String,
    /// From the earliest start to the latest end.
    pub duration_ns: String,
    /// The root span's service; of the earliest span while the root has not arrived.
    pub root_service: String,
    /// The root span's name; of the earliest span while the root has not arrived.
    pub root_name: String,
    /// Whether the root span is there.
    pub root_arrived: bool,
    /// Whether it stays whatever else has to leave.
    pub pinned: bool,
    /// Spans.
    pub n_spans: u32,
    /// Failed spans.
    pub n_errors: u32,
    /// The root's HTTP status code, else `ok`, `error` or nothing.
    pub status: Option<String>,
    /// Each service's share of the trace's self time, largest first.
    pub services: Vec<ServiceShare>,
}

/// A service's part of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ServiceShare {
    /// `service.name`.
    pub service: String,
    /// Share of the self time of all spans, 0 to 1.
    pub self_share: f64,
}
