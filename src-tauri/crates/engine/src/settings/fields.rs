//! Each setting once.

use super::limits::{limit, set_limit};
use super::words::{format_bytes, format_length, parse_bytes, parse_length};
use super::{Settings, Theme};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What a setting's text looks like, in the file and on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// One of these, each with the words that the page shows.
    Choice(&'static [(&'static str, &'static str)]),
    /// A whole number.
    Number,
    /// Anything else, between quotes in the file.
    Text,
}

/// When a change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// At once.
    Now,
    /// When Skep is started again.
    NextStart,
}

/// One setting.
pub struct Field {
    /// Its place in the file: a table's name, a dot, its own name.
    pub key: &'static str,
    /// What it is called on the page.
    pub title: &'static str,
    /// A sentence about it.
    pub help: &'static str,
    /// What its text looks like.
    pub kind: Kind,
    /// When a change takes effect.
    pub effect: Effect,
    get: fn(&Settings, &Field) -> String,
    set: fn(&mut Settings, &Field, &str) -> Result<(), String>,
}

impl Field {
    /// The setting with this key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Field> {
        FIELDS.iter().find(|field| field.key == key)
    }

    /// Its value as text.
    #[must_use]
    pub fn get(&self, settings: &Settings) -> String {
        (self.get)(settings, self)
    }

    /// Reads its value.
    ///
    /// # Errors
    /// Why the text cannot be, in a sentence. The settings are then as they were.
    pub fn set(&self, settings: &mut Settings, text: &str) -> Result<(), String> {
        (self.set)(settings, self, text.trim())
    }

    /// A value as it stands in the file.
    #[must_use]
    pub fn written(&self, text: &str) -> String {
        match self.kind {
            Kind::Switch | Kind::Number => text.to_owned(),
            Kind::Choice(_) | Kind::Text => format!("{text:?}"),
        }
    }

    /// Its own name, without the table's.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.rsplit('.').next().unwrap_or(self.key)
    }
}

const THEMES: &[(&str, &str)] =
    &[("system", "As the system"), ("light", "Light"), ("dark", "Dark"), ("high-contrast", "High contrast")];

/// Below, text cannot be read; above, a trace's line no longer fits beside its bars.
const TEXT_PERCENTS: std::ops::RangeInclusive<u32> = 80..=160;

/// A store that cannot hold a segment would never keep anything.
const STORE_BYTES_MIN: u64 = 16 << 20;

const fn field(
    key: &'static str,
    title: &'static str,
    help: &'static str,
    kind: Kind,
    effect: Effect,
    get: fn(&Settings, &Field) -> String,
    set: fn(&mut Settings, &Field, &str) -> Result<(), String>,
) -> Field {
    Field { key, title, help, kind, effect, get, set }
}

macro_rules! switch {
    ($key:literal, $title:literal, $help:literal, $place:ident) => {
        field(
            $key,
            $title,
            $help,
            Kind::Switch,
            Effect::Now,
            |settings, _| settings.$place.to_string(),
            |settings, _, text| {
                settings.$place = on_or_off(text)?;
                Ok(())
            },
        )
    };
}

macro_rules! limit {
    ($name:literal, $title:literal, $help:literal) => {
        field(
            concat!("receiver.limits.", $name),
            $title,
            $help,
            Kind::Text,
            Effect::NextStart,
            |settings, field| limit(&settings.limits, field.name()),
            |settings, field, text| set_limit(&mut settings.limits, field.name(), text),
        )
    };
}

/// Every setting, in the order of the file and of the page.
pub static FIELDS: &[Field] = &[
    field(
        "receiver.grpc",
        "gRPC",
        "Where OTLP over gRPC is received. Another address than 127.0.0.1 lets others on the network send, with a token.",
        Kind::Text,
        Effect::NextStart,
        |settings, _| settings.grpc.to_string(),
        |settings, _, text| {
            settings.grpc = address(text, "127.0.0.1:4317")?;
            Ok(())
        },
    ),
    field(
        "receiver.http",
        "HTTP",
        "Where OTLP over HTTP is received. The same holds here.",
        Kind::Text,
        Effect::NextStart,
        |settings, _| settings.http.to_string(),
        |settings, _, text| {
            settings.http = address(text, "127.0.0.1:4318")?;
            Ok(())
        },
    ),
    field(
        "receiver.containers",
        "Containers",
        "The network interface that containers reach this machine by, such as docker0. Docker Desktop needs none.",
        Kind::Text,
        Effect::NextStart,
        |settings, _| settings.containers.clone().unwrap_or_default(),
        |settings, _, text| {
            if text.contains(|c: char| c.is_whitespace() || c == '/') {
                return Err(format!("{text:?} is not the name of a network interface; try docker0"));
            }
            settings.containers = (!text.is_empty()).then(|| text.to_owned());
            Ok(())
        },
    ),
    field(
        "storage.max",
        "Size at most",
        "Above it the oldest events leave, those of the services first that hold more than a fair share.",
        Kind::Text,
        Effect::Now,
        |settings, _| format_bytes(settings.store_bytes),
        |settings, _, text| {
            let n_bytes = parse_bytes(text)?;
            if n_bytes < STORE_BYTES_MIN {
                return Err(format!("{text} is too small for anything to stay; 16MiB is the least"));
            }
            settings.store_bytes = n_bytes;
            Ok(())
        },
    ),
    field(
        "storage.keep",
        "Age at most",
        "Events leave after this long, such as 12h or 30d. Empty: they stay while there is space.",
        Kind::Text,
        Effect::Now,
        |settings, _| settings.keep.map(format_length).unwrap_or_default(),
        |settings, _, text| {
            let length = (!text.is_empty()).then(|| parse_length(text)).transpose()?;
            if length.is_some_and(|length| length.as_secs() < 60) {
                return Err(format!("{text} is too short to look at anything; a minute is the least"));
            }
            settings.keep = length;
            Ok(())
        },
    ),
    field(
        "storage.disk_free_min",
        "Left free on the disk",
        "While the disk has less free space, nothing is received and senders are told to try again.",
        Kind::Text,
        Effect::Now,
        |settings, _| format_bytes(settings.disk_free_bytes),
        |settings, _, text| {
            settings.disk_free_bytes = parse_bytes(text)?;
            Ok(())
        },
    ),
    field(
        "storage.dir",
        "Folder",
        "Where the store lies. Empty: the system's place for data. What is stored is not moved.",
        Kind::Text,
        Effect::NextStart,
        |settings, _| settings.data_dir.as_ref().map(|dir| dir.display().to_string()).unwrap_or_default(),
        |settings, _, text| {
            let dir = (!text.is_empty()).then(|| PathBuf::from(text));
            if dir.as_ref().is_some_and(|dir| !dir.is_absolute()) {
                return Err(format!("{text:?} is not a whole path, from the root on"));
            }
            settings.data_dir = dir;
            Ok(())
        },
    ),
    field(
        "appearance.theme",
        "Theme",
        "Light or dark as the system says, or always the same; high contrast for text that stands out more.",
        Kind::Choice(THEMES),
        Effect::Now,
        |settings, _| {
            let name = match settings.theme {
                Theme::System => "system",
                Theme::Light => "light",
                Theme::Dark => "dark",
                Theme::Contrast => "high-contrast",
            };
            name.to_owned()
        },
        |settings, _, text| {
            settings.theme = match text {
                "system" => Theme::System,
                "light" => Theme::Light,
                "dark" => Theme::Dark,
                "high-contrast" => Theme::Contrast,
                _ => {
                    return Err(format!(
                        "{text:?} is no theme; there are system, light, dark and high-contrast"
                    ));
                }
            };
            Ok(())
        },
    ),
    field(
        "appearance.text_size",
        "Text size",
        "In percent of the usual size, from 80 to 160.",
        Kind::Number,
        Effect::Now,
        |settings, _| settings.text_percent.to_string(),
        |settings, _, text| {
            let percent = text.trim_end_matches('%').trim().parse().ok();
            settings.text_percent = percent
                .filter(|percent| TEXT_PERCENTS.contains(percent))
                .ok_or_else(|| format!("{text:?} is not between 80 and 160 percent"))?;
            Ok(())
        },
    ),
    switch!(
        "notifications.new_service",
        "A service sends for the first time",
        "Once for each name.",
        notify_new_service
    ),
    switch!(
        "notifications.forward_paused",
        "Sending on has stopped",
        "A destination refuses, or cannot be reached; what it missed waits.",
        notify_forward_paused
    ),
    switch!(
        "notifications.disk_low",
        "The disk is nearly full",
        "Nothing is received until there is space again.",
        notify_disk_low
    ),
    switch!(
        "window.tray",
        "Icon in the tray",
        "Shows what is received, pauses it, and brings the window back.",
        tray
    ),
    switch!(
        "window.close_to_tray",
        "Keep receiving when the window closes",
        "With an icon in the tray, which also ends Skep.",
        close_to_tray
    ),
    switch!("window.autostart", "Start with the session", "Skep starts when you log in.", autostart),
    limit!("body_bytes", "Body", "One request, as sent and unpacked."),
    limit!("in_flight_bytes", "Bytes in flight", "All requests being read; at least twice the size of one."),
    limit!(
        "connections",
        "Connections",
        "A further one takes the place of the one that is idle for longest."
    ),
    limit!("streams", "Streams", "Requests at once on one HTTP/2 connection."),
    limit!("header_bytes", "Headers", "Of one request."),
    limit!("header_timeout", "Time for the first headers", "From a connection's start."),
    limit!("body_timeout", "Time for a body", "From the end of its headers."),
    limit!("idle_timeout", "Idle time", "Until a connection without requests is closed."),
    limit!("value_bytes", "Value", "Longer values are cut, flagged and counted; so is all below."),
    limit!("key_bytes", "Key", "Of an attribute."),
    limit!("name_bytes", "Name", "Of a span and the like."),
    limit!("attributes", "Attributes", "Of one event."),
    limit!("value_items", "Items", "Of a value that is a list or a map."),
    limit!("value_levels", "Levels", "Of lists and maps within each other, 100 at most."),
    limit!("request_events", "Events", "Of one request."),
];

fn on_or_off(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("{text:?} is neither true nor false"))
}

fn address(text: &str, example: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is not an address and a port, such as {example}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::limit_names;

    #[test]
    fn each_default_is_read_as_it_is_written() {
        let settings = Settings::default();
        for field in FIELDS {
            let mut other = Settings::default();
            field.set(&mut other, &field.get(&settings)).unwrap();
            assert_eq!(field.get(&other), field.get(&settings), "{}", field.key);
        }
        for name in limit_names() {
            assert!(Field::find(&format!("receiver.limits.{name}")).is_some(), "{name} is not on the page");
        }
    }

    #[test]
    fn what_cannot_be_is_said_in_a_sentence_and_changes_nothing() {
        for (key, text) in [
            ("receiver.grpc", "4317"),
            ("receiver.http", "localhost:4318"),
            ("receiver.containers", "docker 0"),
            ("storage.max", "2GB"),
            ("storage.max", "1MiB"),
            ("storage.keep", "3s"),
            ("storage.keep", "a week"),
            ("storage.disk_free_min", "-1"),
            ("storage.dir", "data/skep"),
            ("appearance.theme", "blue"),
            ("appearance.text_size", "500"),
            ("appearance.text_size", "huge"),
            ("notifications.disk_low", "yes"),
            ("receiver.limits.streams", "0"),
        ] {
            let field = Field::find(key).unwrap();
            let mut settings = Settings::default();
            let why = field.set(&mut settings, text).unwrap_err();
            assert!(why.split(' ').count() > 3, "{key}: {why}");
            assert_eq!(field.get(&settings), field.get(&Settings::default()), "{key}");
        }
    }
}
