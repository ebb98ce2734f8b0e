use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A SQL statement about the events of a time range, over the tables `spans`, `events`, `links`, `logs` and `metrics`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct SqlRequest {
    /// Such as `select name, attr('http.route') from spans order by duration_ns desc limit 10`.
    pub text: String,
    /// Inclusive; nanoseconds since the Unix epoch.
    pub start_ns: Option<String>,
    /// Exclusive.
    pub end_ns: Option<String>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SqlReply {
    /// As SQLite names them.
    pub columns: Vec<String>,
    /// Booleans are 0 and 1. An integer that a JavaScript number cannot hold is a text, and so are blobs, in hexadecimal.
    #[ts(type = "(string | number | null)[][]")]
    pub rows: Vec<Vec<skep_sql::Cell>>,
    /// There are more rows than a reply holds.
    pub more: bool,
    /// Events of the segments that were looked through, and events that were looked up.
    #[ts(type = "number")]
    pub rows_examined: u64,
    /// Time it took.
    pub elapsed_ms: f64,
}
