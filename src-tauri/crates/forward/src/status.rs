use crate::history::Minute;
use crate::live::Shown;
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use skep_model::Nanos;
use skep_policy::Tally;
use skep_store::Destination;
use std::path::PathBuf;
use std::time::Duration;

/// One destination and its ledger, in events: `acknowledged + waiting + refused + left_out` is all that was ever for it.
#[derive(Clone, Debug, PartialEq)]
pub struct DestinationStatus {
    /// Stable for the life of the store.
    pub id: u64,
    /// Base URL, such as `https://api.honeycomb.io`.
    pub url: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// How it is sent to.
    pub settings: Settings,
    /// How it is doing.
    pub state: State,
    /// One sentence: the last error, or why it is paused.
    pub detail: Option<String>,
    /// When it tries again, while retrying or paused.
    pub retry_in: Option<Duration>,
    /// Put on the wire, repeats included.
    pub sent: u64,
    /// The destination said yes.
    pub acknowledged: u64,
    /// Of the acknowledged, those whose answer said yes in a way that could not be read.
    pub unread: u64,
    /// In the log, still to be sent; none while it is off.
    pub waiting: u64,
    /// Their bytes in the log, compressed.
    pub waiting_bytes: u64,
    /// How long ago the oldest of them came.
    pub waiting_age: Option<Duration>,
    /// The destination said no for good, or they left before they could be sent.
    pub refused: u64,
    /// Of the refused, those that left before they could be sent.
    pub left_unsent: u64,
    /// Of the refused, those that are kept as dead letters.
    pub lettered: u64,
    /// Not for it: filtered or sampled out.
    pub left_out: u64,
    /// Sent again after no answer came: the destination may hold them twice.
    pub possible_duplicates: u64,
    /// What the destination said of the last refusal.
    pub last_refusal: Option<String>,
    /// When it last said yes.
    pub last_acknowledged: Option<Nanos>,
    /// The last hour by the minute, of this run, oldest first.
    pub minutes: Vec<Minute>,
    /// How often each rule of the settings found something in this run.
    pub tally: Tally,
    /// Where the key lies and how it ends.
    pub key: KeyStatus,
    /// Names of further headers that are set.
    pub header_names: Vec<String>,
    /// Set on the command line: it can be watched but not changed.
    pub from_command_line: bool,
}

impl DestinationStatus {
    /// A ledger as the store has it, without what only the sending process knows. `end` is the log's, in events and in
    /// bytes.
    #[must_use]
    pub fn of_ledger(destination: Destination, end: (u64, u64)) -> Self {
        Self::new(destination, Shown::default(), end, None, Duration::ZERO, false)
    }

    pub(crate) fn new(
        destination: Destination,
        shown: Shown,
        end: (u64, u64),
        waiting_age: Option<Duration>,
        now: Duration,
        from_command_line: bool,
    ) -> Self {
        let Destination {
            id,
            url,
            enabled,
            settings,
            cursor,
            sent,
            acknowledged,
            refused,
            left_unsent,
            left_out,
            unread,
            lettered,
            possible_duplicates,
            last_refusal,
            last_acknowledged,
        } = destination;
        let waiting = if enabled { end.0.saturating_sub(cursor.events) } else { 0 };
        Self {
            id,
            url,
            enabled,
            // Those that cannot be read pause it, which says so.
            settings: Settings::of(&settings).unwrap_or_default(),
            state: if enabled { shown.state } else { State::Off },
            detail: shown.detail.filter(|_| enabled),
            retry_in: shown.retry_at.filter(|_| enabled).map(|at| at.saturating_sub(now)),
            sent,
            acknowledged,
            unread,
            waiting,
            waiting_bytes: if enabled { end.1.saturating_sub(cursor.bytes) } else { 0 },
            waiting_age: waiting_age.filter(|_| waiting > 0),
            refused,
            left_unsent,
            lettered,
            left_out,
            possible_duplicates,
            last_refusal,
            last_acknowledged,
            minutes: shown.history.minutes(now, waiting),
            tally: shown.tally,
            key: shown.key,
            header_names: shown.header_names,
            from_command_line,
        }
    }
}

/// How a destination is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing is sent, nothing is kept for it.
    Off,
    /// The last answer was yes, or nothing has been sent yet.
    #[default]
    Healthy,
    /// The last try failed; it will try again by itself.
    Retrying,
    /// It needs a person: a wrong key, a wrong address. Everything is kept.
    Paused,
}

/// Where a destination's key lies. The key itself never leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyStatus {
    /// Where.
    pub place: KeyPlace,
    /// The last four characters.
    pub hint: Option<String>,
    /// What kind of key it is, by its form.
    pub kind: KeyKind,
    /// The file, when it lies in one.
    pub path: Option<PathBuf>,
}

/// Where a key lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyPlace {
    /// No key is set.
    #[default]
    None,
    /// In the system's keychain.
    Keychain,
    /// In a file that only the user can read (mode 0600), since no keychain answered.
    File,
    /// From the environment, for this run only.
    Environment,
}

/// What kind of key of Honeycomb's one is, by its form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// None of the forms that are known.
    #[default]
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

impl KeyKind {
    /// Whether Honeycomb asks for a dataset beside it.
    #[must_use]
    pub fn is_classic(self) -> bool {
        matches!(self, KeyKind::Classic | KeyKind::ClassicIngest)
    }
}
