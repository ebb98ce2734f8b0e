//! What its user may choose, in a file that a person can edit: `settings.toml`, where the system keeps configuration.
//!
//! [`FIELDS`] says each setting once: its key in the file, what it is for, how its text is read, when it takes effect.
//! The file, the page and the hosts follow from it. What the file does not say is as [`Settings::default`] has it.

mod fields;
mod file;
mod limits;
mod live;
mod words;

pub use fields::{Effect, FIELDS, Field, Kind};
pub use file::{Loaded, Problem, SaveError, default_settings_path, example, load, save};
pub use limits::{check_limits, limit_names, set_limit};
pub use live::{FieldNow, LiveSettings, Overrides};
pub use words::{format_bytes, format_length, parse_bytes, parse_length};

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Everything that can be chosen.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where gRPC is received.
    pub grpc: SocketAddr,
    /// Where HTTP is received.
    pub http: SocketAddr,
    /// The network interface that containers reach this machine by.
    pub containers: Option<String>,
    /// What a sender may cost.
    pub limits: skep_receive::Limits,
    /// Where the store lies; nothing: the system's place for it.
    pub data_dir: Option<PathBuf>,
    /// Bytes the store may grow to.
    pub store_bytes: u64,
    /// How long events stay at most.
    pub keep: Option<Duration>,
    /// Free space below which nothing is received.
    pub disk_free_bytes: u64,
    /// How the pages look.
    pub theme: Theme,
    /// Size of text, in percent.
    pub text_percent: u32,
    /// Tell of a service that sends for the first time.
    pub notify_new_service: bool,
    /// Tell when a destination stopped taking what is sent on.
    pub notify_forward_paused: bool,
    /// Tell when nothing is received for want of space.
    pub notify_disk_low: bool,
    /// Show an icon among the system's.
    pub tray: bool,
    /// Closing the window leaves Skep receiving, if there is an icon to bring it back by.
    pub close_to_tray: bool,
    /// Start with the user's session.
    pub autostart: bool,
}

/// How the pages look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
    /// As the system says, with more contrast.
    Contrast,
}

impl Default for Settings {
    fn default() -> Self {
        let store = skep_store::Limits::default();
        Self {
            grpc: SocketAddr::from((Ipv4Addr::LOCALHOST, 4317)),
            http: SocketAddr::from((Ipv4Addr::LOCALHOST, 4318)),
            containers: None,
            limits: skep_receive::Limits::default(),
            data_dir: None,
            store_bytes: store.file_bytes,
            keep: store.age_max,
            disk_free_bytes: store.free_disk_bytes_min,
            theme: Theme::System,
            text_percent: 100,
            notify_new_service: true,
            notify_forward_paused: true,
            notify_disk_low: true,
            tray: false,
            close_to_tray: false,
            autostart: false,
        }
    }
}

impl Settings {
    /// The caps of the store that they ask for.
    #[must_use]
    pub fn store_limits(&self) -> skep_store::Limits {
        skep_store::Limits {
            file_bytes: self.store_bytes,
            age_max: self.keep,
            free_disk_bytes_min: self.disk_free_bytes,
            ..skep_store::Limits::default()
        }
    }
}
