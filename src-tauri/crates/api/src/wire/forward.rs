use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One destination of the tee and its ledger, in events: `for_it = acknowledged + waiting + refused`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardStatus {
    /// Stable name of the destination.
    pub id: String,
    /// Base URL, such as `https://api.honeycomb.io`.
    pub url: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// How it is doing.
    pub state: ForwardState,
    /// One sentence: the last error, or why it is paused.
    pub detail: Option<String>,
    /// When it tries again, while retrying.
    pub retry_in_ms: Option<f64>,
    /// Events put on the wire, repeats included.
    #[ts(type = "number")]
    pub sent: u64,
    /// Events the destination said yes to.
    #[ts(type = "number")]
    pub acknowledged: u64,
    /// Events in the log that are still to be sent.
    #[ts(type = "number")]
    pub waiting: u64,
    /// Events the destination said no to for good.
    #[ts(type = "number")]
    pub refused: u64,
    /// Events sent again after no answer came: the destination may hold them twice.
    #[ts(type = "number")]
    pub possible_duplicates: u64,
    /// What the destination said of the last refusal.
    pub last_refusal: Option<String>,
    /// When it last said yes; nanoseconds since the Unix epoch.
    pub last_acknowledged_ns: Option<String>,
    /// Where the key lies and how it ends.
    pub key: KeyStatus,
    /// Names of further headers that are set.
    pub header_names: Vec<String>,
    /// Set on the command line: it can be watched here but not changed.
    pub from_command_line: bool,
}

/// How a destination is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ForwardState {
    /// Nothing is sent, nothing is kept for it.
    Off,
    /// The last answer was yes, or nothing has been sent yet.
    Healthy,
    /// The last try failed; it will try again by itself.
    Retrying,
    /// It needs a person: a wrong key, a wrong address. Everything is kept.
    Paused,
}

/// Where a destination's key lies. The key itself never leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct KeyStatus {
    /// Where.
    pub place: KeyPlace,
    /// The last four characters, such as `q7Fd`.
    pub hint: Option<String>,
    /// The file, when it lies in one.
    pub path: Option<String>,
}

/// Where a key lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlace {
    /// No key is set.
    None,
    /// In the system's keychain.
    Keychain,
    /// In a file that only the user can read (mode 0600), since no keychain answered.
    File,
    /// From the environment, for this run only.
    Environment,
}

/// Adds a destination or changes one.
#[derive(Clone, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardSaveRequest {
    /// The destination to change; a new one when not given.
    #[serde(default)]
    pub id: Option<String>,
    /// Base URL; `/v1/traces` and its like are added.
    pub url: String,
    /// Whether to send. Sending begins with what arrives after it was turned on.
    pub enabled: bool,
    /// The Honeycomb key, sent as `x-honeycomb-team`. Kept as it is when not given, removed when empty.
    #[serde(default)]
    pub key: Option<String>,
    /// Further headers. Kept as they are when not given.
    #[serde(default)]
    pub headers: Option<Vec<Header>>,
}

/// A header of every forwarded request. The value is a secret.
#[derive(Clone, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "explained above")]
pub struct Header {
    pub name: String,
    pub value: String,
}

/// Names a destination.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardIdRequest {
    /// As in [`ForwardStatus::id`].
    pub id: String,
}

/// Every destination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardReply {
    /// In the order they were added.
    pub destinations: Vec<ForwardStatus>,
}
