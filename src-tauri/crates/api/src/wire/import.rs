use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A file whose bytes will follow, in whichever way the host takes them.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ImportBeginRequest {
    /// What it is called; shown, and nothing else.
    pub name: String,
    /// Its length, where that is known.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
}

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ImportId {
    /// As in [`Import`].
    pub id: u32,
}

/// A file that is taken in, or was. `received = stored + duplicate + rejected`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Import {
    /// Which one, since this process started.
    pub id: u32,
    /// What it is called.
    pub name: String,
    /// How far it is.
    pub state: ImportState,
    /// Its length, where that is known.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    /// Bytes read of it.
    #[ts(type = "number")]
    pub bytes_read: u64,
    /// Events read in it.
    #[ts(type = "number")]
    pub received: u64,
    /// Events of these that are kept now.
    #[ts(type = "number")]
    pub stored: u64,
    /// Events that had been kept before.
    #[ts(type = "number")]
    pub duplicate: u64,
    /// Events that could not be kept.
    #[ts(type = "number")]
    pub rejected: u64,
    /// Events kept after a repair.
    #[ts(type = "number")]
    pub repaired: u64,
    /// Events kept after something over a cap was cut.
    #[ts(type = "number")]
    pub truncated: u64,
    /// Records, or stretches of bytes, that are no telemetry; known at its end.
    #[ts(type = "number")]
    pub unreadable: u64,
    /// The earliest event so far, in nanoseconds since the Unix epoch.
    pub first_ns: Option<String>,
    /// The latest one.
    pub last_ns: Option<String>,
    /// Why something was not kept as it came: a few sentences, each once.
    pub reasons: Vec<String>,
    /// `failed`: why. `done`: why some of it is no telemetry, if so.
    pub error: Option<String>,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Others are before it, or nothing of it has come yet.
    Waiting,
    /// It is being read.
    Reading,
    /// It was read to its end, and all that could be kept is.
    Done,
    /// It was stopped; what it counts is kept.
    Stopped,
    /// It could not be read to its end, or is no telemetry; what it counts is kept.
    Failed,
}
