use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for the first groups of a query's table over time, in buckets side by side.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct SeriesRequest {
    /// As for a table. EVERY is not looked at, though rates ask for one.
    pub text: String,
    /// Where the first bucket begins; nanoseconds since the Unix epoch.
    pub start_ns: String,
    /// How long each is, in nanoseconds.
    pub step_ns: String,
    /// Buckets, 1 to 1,000.
    pub n_x: u32,
    /// Groups at most, up to 50; 0 means 20.
    pub groups: u32,
}

/// The head of a query's groups over time. The values follow as one column in the same buffer:
///
/// | column | type | |
/// |---|---|---|
/// | `values` | f64 | `aggregates * groups * n_x`: `values[(aggregate * groups + group) * n_x + x]`; NaN where there is nothing to compute from |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SeriesHead {
    /// The values of each group's fields, in the order of the table.
    #[ts(type = "(string | number | boolean | null)[][]")]
    pub groups: Vec<Vec<serde_json::Value>>,
    /// How each aggregate's column is called.
    pub aggregates: Vec<String>,
    /// By which share of it each aggregate's values may be off; null where they are exact, as in a table.
    pub approximate: Vec<Option<f64>>,
    /// As it was asked for.
    pub start_ns: String,
    /// As above.
    pub step_ns: String,
    /// As above.
    pub n_x: u32,
    /// Groups of the table, those not drawn included.
    #[ts(type = "number")]
    pub groups_total: u64,
    /// Time it took.
    pub elapsed_ms: f64,
}

/// Asks for the moments of a time that were given a name.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct MarkersRequest {
    /// Inclusive; nanoseconds since the Unix epoch.
    pub start_ns: Option<String>,
    /// Exclusive.
    pub end_ns: Option<String>,
}

/// What `/1/markers` and `skep mark` left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MarkersReply {
    /// The newest 200, newest first.
    pub markers: Vec<Marker>,
}

/// A moment, or a length of time, with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Marker {
    /// When, or from when; nanoseconds since the Unix epoch.
    pub start_ns: String,
    /// Until when, where it is a length of time.
    pub end_ns: Option<String>,
    /// What it says; may be empty.
    pub message: String,
    /// What kind it is, such as `run`; may be empty.
    pub kind: String,
}
