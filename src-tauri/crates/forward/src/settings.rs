use crate::error::ForwardError;
use serde::{Deserialize, Serialize};
use skep_policy::Policy;

/// How a destination is sent to, besides its address and its secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What its user calls it; empty: by its address.
    pub name: String,
    /// Nothing is sent for now, and everything kept: unlike one that is off, it goes on where it was.
    pub paused: bool,
    /// What leaves.
    pub policy: Policy,
    /// Bytes of the log that may wait for it, compressed; nothing: as much as the store may hold.
    #[serde(skip)]
    pub backlog_bytes: Option<u64>,
    /// At the bound, or the store's cap, nothing that waits is let go.
    #[serde(skip)]
    pub keeps_all: bool,
    /// What the key opened when it was last checked.
    pub place: Option<Place>,
}

/// A place in Honeycomb that a key belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The team's name.
    pub team: String,
    /// As addresses write it.
    pub team_slug: String,
    /// The environment's name; empty for a classic key.
    pub environment: String,
    /// As addresses write it.
    pub environment_slug: String,
}

impl Settings {
    /// As the store has them.
    ///
    /// # Errors
    /// [`ForwardError::Settings`] when they cannot be read: then nothing leaves.
    pub(crate) fn of(stored: &skep_store::DestinationSettings) -> Result<Self, ForwardError> {
        let settings = match stored.text.as_str() {
            "" => Settings::default(),
            text => serde_json::from_str(text).map_err(|_| ForwardError::Settings)?,
        };
        let (backlog_bytes, keeps_all) = (stored.backlog_bytes, stored.keeps_all);
        Ok(Settings { backlog_bytes, keeps_all, ..settings })
    }

    /// As the store keeps them.
    pub(crate) fn to_stored(&self) -> skep_store::DestinationSettings {
        skep_store::DestinationSettings {
            text: serde_json::to_string(self).expect("settings are plain data with text keys"),
            backlog_bytes: self.backlog_bytes,
            keeps_all: self.keeps_all,
        }
    }
}
