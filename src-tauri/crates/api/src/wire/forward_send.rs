use super::{ForwardPolicy, Header, KeyKind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Tries an address and a key, saved or not.
#[derive(Clone, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardCheckRequest {
    /// A saved destination, whose key and headers are used where none are given.
    #[serde(default)]
    pub id: Option<String>,
    /// Base URL.
    pub url: String,
    /// The key, if one was entered.
    #[serde(default)]
    pub key: Option<String>,
    /// Further headers, if any were entered.
    #[serde(default)]
    pub headers: Option<Vec<Header>>,
}

/// What a try found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardCheckReply {
    /// The destination answered, and will take what is sent, as far as it tells.
    pub ready: bool,
    /// One sentence.
    pub sentence: String,
    /// What kind of key it is.
    pub kind: KeyKind,
    /// What the key may do, in Honeycomb's words.
    pub rights: Vec<String>,
    /// What one should know, a sentence each.
    pub warnings: Vec<String>,
}

/// Events to send by hand: one trace with its logs, or what matches within a time.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardSendRequest {
    /// The destination, which may be off.
    pub id: String,
    /// One trace; then there is no filter and no time.
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
}

/// What came of events that were sent by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardSent {
    /// The destination said yes.
    #[ts(type = "number")]
    pub acknowledged: u64,
    /// It said no for good.
    #[ts(type = "number")]
    pub refused: u64,
    /// It did not answer, or takes nothing now.
    #[ts(type = "number")]
    pub unsent: u64,
    /// What it said of those that it did not take.
    pub reason: Option<String>,
}

/// Asks for dead letters.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardLettersRequest {
    /// The destination.
    pub id: String,
    /// At most so many, the newest.
    pub limit: u32,
}

/// Dead letters, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[allow(missing_docs, reason = "explained above")]
pub struct ForwardLettersReply {
    pub letters: Vec<ForwardLetter>,
}

/// A request that was refused for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardLetter {
    /// Its name.
    pub id: String,
    /// When; nanoseconds since the Unix epoch.
    pub refused_ns: String,
    /// `traces`, `metrics` or `logs`.
    pub signal: String,
    /// Events in it.
    #[ts(type = "number")]
    pub events: u64,
    /// What the destination said.
    pub reason: String,
    /// What it holds, in a few words: a span's name and service.
    pub summary: String,
    /// The trace of its first event.
    pub trace_id: Option<String>,
    /// Its content as OTLP JSON, or as Honeycomb's, cut at 64 KiB.
    pub content: String,
}

/// Names dead letters of a destination: these, or all.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardLettersOf {
    /// The destination.
    pub id: String,
    /// The letters; all when not given.
    #[serde(default)]
    pub letters: Option<Vec<String>>,
}

/// Asks what would leave under a policy that need not be saved.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardPreviewRequest {
    /// The policy.
    pub policy: ForwardPolicy,
    /// On which record, counted from the newest.
    pub nth: u32,
}

/// What would leave of one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardPreviewReply {
    /// The record: its service and name; nothing where nothing is stored yet.
    pub title: Option<String>,
    /// Why it would not leave at all: `filtered` or `sampled`. Its fields are shown as if it did.
    pub left_out: Option<String>,
    /// Each field of it, before and after.
    pub fields: Vec<ForwardPreviewField>,
}

/// A field of a record, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardPreviewField {
    /// Where it stands: `event`, `scope`, `resource`, or a span event's name.
    pub place: String,
    /// Its key.
    pub key: String,
    /// As it is stored; nothing where the policy adds it.
    pub before: Option<String>,
    /// As it would leave; nothing where it would not.
    pub after: Option<String>,
}

/// Asks how much would leave under a policy that need not be saved.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "explained above")]
pub struct ForwardEstimateRequest {
    pub policy: ForwardPolicy,
}

/// How much would leave, from the newest stored events. Counted as Honeycomb counts: spans, their events and links, logs
/// and points are one event each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ForwardEstimateReply {
    /// Events looked at.
    #[ts(type = "number")]
    pub events: u64,
    /// Those that would leave.
    #[ts(type = "number")]
    pub leaving: u64,
    /// Those that the filter keeps back.
    #[ts(type = "number")]
    pub filtered: u64,
    /// Those that sampling keeps back.
    #[ts(type = "number")]
    pub sampled: u64,
    /// From the first to the last of them.
    pub span_ms: f64,
    /// Events of the last minute of them.
    #[ts(type = "number")]
    pub last_minute: u64,
    /// Those of these that would leave.
    #[ts(type = "number")]
    pub last_minute_leaving: u64,
    /// Events in 30 days at that rate; nothing where the time is too short to tell.
    pub month: Option<f64>,
    /// Those of these that would leave.
    pub month_leaving: Option<f64>,
    /// How often each rule found something, the allow-list last.
    #[ts(type = "number[]")]
    pub found: Vec<u64>,
}
