use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The queries that were asked, and those with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueriesReply {
    /// The last 100, newest first, each once.
    pub history: Vec<QueryRan>,
    /// By name.
    pub saved: Vec<QuerySaved>,
}

/// One that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueryRan {
    /// The view as the address says it, from the `#` on.
    pub address: String,
    /// In the text language.
    pub text: String,
    /// When last; nanoseconds since the Unix epoch.
    pub ran_ns: String,
}

/// One with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuerySaved {
    /// Its name; no other has it.
    pub name: String,
    /// The view as the address says it, from the `#` on.
    pub address: String,
    /// In the text language.
    pub text: String,
}

/// Remembers a query that was asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct QueryRanRequest {
    /// The view as the address says it, from the `#` on.
    pub address: String,
    /// In the text language.
    pub text: String,
}

/// Gives a query a name, in the place of what had it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct QuerySaveRequest {
    /// Its name.
    pub name: String,
    /// The view as the address says it, from the `#` on.
    pub address: String,
    /// In the text language.
    pub text: String,
}

/// Takes a name back.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct QueryForgetRequest {
    /// Whose; without one all that was asked is forgotten, and names stay.
    pub name: Option<String>,
}
