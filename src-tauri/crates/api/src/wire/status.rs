use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// No arguments.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The whole state of the house, for the status bar and `skep status --json`. Counts are since the store began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Status {
    /// Skep's version.
    pub version: String,
    /// Where the store lies.
    pub data_dir: String,
    /// Events that arrived: `received = stored + rejected + dropped + duplicate`.
    #[ts(type = "number")]
    pub received: u64,
    /// Events kept, those evicted since included.
    #[ts(type = "number")]
    pub stored: u64,
    /// Events that could not be read.
    #[ts(type = "number")]
    pub rejected: u64,
    /// Events that were read but could not be kept.
    #[ts(type = "number")]
    pub dropped: u64,
    /// Events that had been kept before, as after a client's retry.
    #[ts(type = "number")]
    pub duplicate: u64,
    /// Events kept after a repair, such as of bad UTF-8.
    #[ts(type = "number")]
    pub repaired: u64,
    /// Events kept after something over a cap was cut.
    #[ts(type = "number")]
    pub truncated: u64,
    /// Stored events that have left again because the cap was reached.
    #[ts(type = "number")]
    pub evicted: u64,
    /// The same, of spans alone.
    pub spans: SpanCounts,
    /// Events that can be read now.
    #[ts(type = "number")]
    pub readable: u64,
    /// Bytes on disk.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The cap of `bytes`.
    #[ts(type = "number")]
    pub bytes_limit: u64,
    /// Segments that can be read now, the open one included.
    #[ts(type = "number")]
    pub segments: u64,
    /// Earliest event time, in nanoseconds since the Unix epoch.
    pub oldest_ns: Option<String>,
    /// Latest event time.
    pub newest_ns: Option<String>,
    /// Grows with every commit: what was read at the same generation is the same.
    #[ts(type = "number")]
    pub generation: u64,
    /// Where requests are received; empty when no receiver runs in this process.
    pub endpoints: Vec<Endpoint>,
    /// OTLP/HTTP by the address that containers use, such as `http://172.17.0.1:4318`; nothing: they are not listened for.
    pub containers: Option<String>,
    /// The environment variable that senders beyond this machine set, its token included; nothing: nobody can send from
    /// there.
    pub otlp_headers: Option<String>,
    /// Pages and names of this machine that are let in besides the usual ones; empty when no receiver runs in this process.
    pub allowed: Vec<AllowedName>,
    /// Requests that have arrived in this process, and from whom; of another process only what it refused is known.
    pub arrivals: Arrivals,
    /// Each destination of the tee.
    pub forward: Vec<ForwardStatus>,
    /// Files that this process takes in, or took, oldest first; the last hundred.
    pub imports: Vec<Import>,
    /// Plain facts a user should know, such as a taken port.
    pub notices: Vec<Notice>,
    /// Its user has put receiving off.
    pub paused: bool,
    /// Grows when a setting changes; 0 where no settings are followed.
    #[ts(type = "number")]
    pub settings_generation: u64,
}

/// Counts of spans, as in [`Status`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[allow(missing_docs, reason = "each is explained at the field of the same name in Status")]
pub struct SpanCounts {
    #[ts(type = "number")]
    pub received: u64,
    #[ts(type = "number")]
    pub stored: u64,
    #[ts(type = "number")]
    pub rejected: u64,
    #[ts(type = "number")]
    pub dropped: u64,
    #[ts(type = "number")]
    pub duplicate: u64,
}

/// A port that receives. Both ports speak gRPC and HTTP; the protocol is what the port is known for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Endpoint {
    /// `grpc` or `http`.
    pub protocol: String,
    /// The address asked for, such as `127.0.0.1:4317`.
    pub requested: String,
    /// The address in use.
    pub bound: String,
    /// The address asked for was taken, so another is in use.
    pub taken: bool,
}

/// What has arrived since the process that receives started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Arrivals {
    /// Requests accepted.
    #[ts(type = "number")]
    pub requests: u64,
    /// Events a second, averaged over the last five seconds.
    pub events_per_second: f64,
    /// Events in each of the last 60 seconds, oldest first.
    pub events_by_second: Vec<u32>,
    /// The last sender's name for itself, such as `OTel-OTLP-Exporter-Python/1.45.0`.
    pub last_client: Option<String>,
    /// `grpc` or `http`.
    pub last_transport: Option<String>,
    /// When, in nanoseconds since the Unix epoch.
    pub last_ns: Option<String>,
    /// Requests refused before they were read, by reason.
    pub refused: Vec<Notice>,
    /// Who of them can be allowed, the one refused last first.
    pub strangers: Vec<Stranger>,
}

/// Who was refused for the name that its requests bring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Stranger {
    /// What kind of name.
    pub kind: NameKind,
    /// As it was sent, cut to 256 bytes.
    pub name: String,
    /// Requests refused.
    #[ts(type = "number")]
    pub count: u64,
    /// The last of them, in nanoseconds since the Unix epoch.
    pub last_ns: String,
}

/// A name that requests bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// A page in a browser, such as `https://shop.example.com`.
    Origin,
    /// A name that this machine was reached by, such as `telemetry.example.com`.
    Host,
}

/// A page or a name of this machine that is let in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AllowedName {
    /// What kind of name.
    pub kind: NameKind,
    /// The name.
    pub name: String,
    /// It was said at the start of this run, and is not kept.
    pub for_this_run: bool,
}

/// Lets a page or a name of this machine in, or no longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AllowRequest {
    /// What kind of name.
    pub kind: NameKind,
    /// The name.
    pub name: String,
    /// Let it in from now on; false: no longer.
    pub allowed: bool,
}

/// A fact worth knowing, with a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Notice {
    /// For code: `port_taken`, `key_in_file`, `rejected`, `repaired`, `truncated` ...
    pub code: String,
    /// For people: one sentence, which says what to do where something can be done.
    pub message: String,
    /// How often.
    #[ts(type = "number")]
    pub count: u64,
}

use super::{ForwardStatus, Import};
