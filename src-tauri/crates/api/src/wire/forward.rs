use super::ForwardPolicy;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One destination of the tee and its ledger, in events:
/// `for_it = acknowledged + waiting + refused + left_out`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardStatus {
    /// Stable name of the destination.
    pub id: String,
    /// Base URL, such as `https://api.honeycomb.io`.
    pub url: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// What its user calls it; empty: by its address.
    pub name: String,
    /// Paused by hand: nothing is sent, everything is kept.
    pub paused: bool,
    /// What leaves.
    pub policy: ForwardPolicy,
    /// Its backlog's bound.
    pub backlog: ForwardBacklog,
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
    /// Of the acknowledged, those whose answer said yes in a way that could not be read.
    #[ts(type = "number")]
    pub unread: u64,
    /// Events in the log that are still to be sent.
    #[ts(type = "number")]
    pub waiting: u64,
    /// Their bytes in the log, compressed.
    #[ts(type = "number")]
    pub waiting_bytes: u64,
    /// How long ago the oldest of them came.
    pub waiting_age_ms: Option<f64>,
    /// Events the destination said no to for good, and those that left before they could be sent.
    #[ts(type = "number")]
    pub refused: u64,
    /// Of the refused, those that left before they could be sent.
    #[ts(type = "number")]
    pub left_unsent: u64,
    /// Of the refused, those that are kept as dead letters.
    #[ts(type = "number")]
    pub lettered: u64,
    /// Events that were filtered or sampled out.
    #[ts(type = "number")]
    pub left_out: u64,
    /// Events sent again after no answer came: the destination may hold them twice.
    #[ts(type = "number")]
    pub possible_duplicates: u64,
    /// What the destination said of the last refusal.
    pub last_refusal: Option<String>,
    /// When it last said yes; nanoseconds since the Unix epoch.
    pub last_acknowledged_ns: Option<String>,
    /// Events acknowledged in each minute of the last hour of this run, the one under way last.
    #[ts(type = "number[]")]
    pub acknowledged_by_minute: Vec<u64>,
    /// Events that waited at the end of each.
    #[ts(type = "number[]")]
    pub waiting_by_minute: Vec<u64>,
    /// How often each rule of the policy found something in this run, the allow-list last.
    #[ts(type = "number[]")]
    pub found: Vec<u64>,
    /// Where in Honeycomb the key leads, when it was checked.
    pub place: Option<ForwardPlace>,
    /// Where the key lies and how it ends.
    pub key: KeyStatus,
    /// Names of further headers that are set.
    pub header_names: Vec<String>,
    /// Set on the command line: it can be watched here but not changed.
    pub from_command_line: bool,
}

/// How much may wait for a destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardBacklog {
    /// Bytes of the log, compressed; nothing: as much as the store may hold.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    /// Nothing is let go: at the store's cap other events leave, and where none are left receiving pauses.
    pub keeps_all: bool,
}

/// A place in Honeycomb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ForwardPlace {
    /// The team's name.
    pub team: String,
    /// The environment's name; empty for a classic key.
    pub environment: String,
    /// Where in Honeycomb's pages the datasets are: a dataset's name follows. Nothing for other hosts.
    pub datasets_url: Option<String>,
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
    /// What kind of key it is, by its form.
    pub kind: KeyKind,
    /// The file, when it lies in one.
    pub path: Option<String>,
}

/// What kind of key of Honeycomb's one is, by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// None of the forms that are known.
    Unknown,
    /// Of an environment, for sending alone.
    Ingest,
    /// Of an environment, for what it was given.
    Configuration,
    /// Of a team without environments, for sending alone: it needs a dataset.
    ClassicIngest,
    /// Of a team without environments: it needs a dataset.
    Classic,
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
    /// What its user calls it. Kept as it is when not given, like all that follows.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
    /// Whether nothing is sent for now, and everything kept.
    #[serde(default)]
    #[ts(optional)]
    pub paused: Option<bool>,
    /// What leaves.
    #[serde(default)]
    #[ts(optional)]
    pub policy: Option<ForwardPolicy>,
    /// How much may wait.
    #[serde(default)]
    #[ts(optional)]
    pub backlog: Option<ForwardBacklog>,
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
