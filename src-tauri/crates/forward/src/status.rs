use skep_model::Nanos;
use std::path::PathBuf;
use std::time::Duration;

/// One destination and its ledger, in events: `acknowledged + waiting + refused` is all that was ever for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationStatus {
    /// Stable for the life of the store.
    pub id: u64,
    /// Base URL, such as `https://api.honeycomb.io`.
    pub url: String,
    /// Whether anything is sent.
    pub enabled: bool,
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
    /// In the log, still to be sent; none while it is off.
    pub waiting: u64,
    /// The destination said no for good.
    pub refused: u64,
    /// Sent again after no answer came: the destination may hold them twice.
    pub possible_duplicates: u64,
    /// What the destination said of the last refusal.
    pub last_refusal: Option<String>,
    /// When it last said yes.
    pub last_acknowledged: Option<Nanos>,
    /// Where the key lies and how it ends.
    pub key: KeyStatus,
    /// Names of further headers that are set.
    pub header_names: Vec<String>,
    /// Set on the command line: it can be watched but not changed.
    pub from_command_line: bool,
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
