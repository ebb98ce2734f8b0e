use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Every setting as it is now, in the order of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SettingsReply {
    /// Their file, which a person may edit; nothing where the system names no place for it.
    pub path: Option<String>,
    /// What is wrong in it that belongs to no field.
    pub problems: Vec<String>,
    /// Each setting.
    pub fields: Vec<Setting>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Setting {
    /// Its key in the file, such as `storage.max`.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// A sentence about it.
    pub help: String,
    /// What its text looks like.
    pub kind: SettingKind,
    /// For a choice: what there is, in the words of the page.
    pub choices: Vec<SettingChoice>,
    /// Its value.
    pub value: String,
    /// What it is when the file does not say it.
    pub usual: String,
    /// The file says it.
    pub said: bool,
    /// What the file says cannot be, in a sentence.
    pub problem: Option<String>,
    /// What said it for this run instead of the file, such as `--store-max`.
    pub overridden_by: Option<String>,
    /// A change takes effect only when Skep is started again.
    pub next_start: bool,
    /// It was changed, and waits for that.
    pub waits_for_start: bool,
}

/// What a setting's text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// `true` or `false`.
    Switch,
    /// One of its choices.
    Choice,
    /// A whole number.
    Number,
    /// Anything else.
    Text,
}

/// One of what can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SettingChoice {
    /// As in the file.
    pub value: String,
    /// As on the page.
    pub title: String,
}

/// Writes a setting into the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SettingsSaveRequest {
    /// Which.
    pub key: String,
    /// Its text; nothing takes it out of the file, so that it is as usual.
    pub value: Option<String>,
}

/// Puts receiving off, or goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PauseRequest {
    /// Senders are told to try again, from now on.
    pub paused: bool,
}

/// What to send along when something is wrong: how this Skep is, without a value of anybody's telemetry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReportReply {
    /// Markdown.
    pub text: String,
    /// The folder that its log files are in; nothing where it writes none.
    pub log_dir: Option<String>,
    /// Facts of this run, for the page.
    pub facts: Vec<Fact>,
}

/// A fact with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Fact {
    /// Such as `SQLite`.
    pub name: String,
    /// Such as `3.53.2`.
    pub value: String,
}
