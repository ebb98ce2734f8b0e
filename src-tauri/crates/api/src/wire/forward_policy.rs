use serde::{Deserialize, Serialize};
use skep_engine::forward::policy;
use ts_rs::TS;

/// What leaves for a destination. The default lets everything through as it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ForwardPolicy {
    /// A WHERE expression over fields of the event itself; empty lets everything through.
    pub filter: String,
    /// Which traces leave.
    pub sampling: ForwardSampling,
    /// What is taken out of events.
    pub scrubbing: ForwardScrubbing,
}

/// Which traces leave: whole ones, the same ones every time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ForwardSampling {
    /// One trace in so many; 1 is all of them.
    pub one_in: u32,
    /// The same for traces that begin in one service.
    pub services: Vec<ForwardServiceRate>,
    /// Traces with a failed span leave whatever the rate.
    pub keep_errors: bool,
    /// So do traces that took at least this long.
    pub keep_slower_ms: Option<f64>,
    /// Seconds a trace is given to be whole before it is judged.
    pub wait_secs: u32,
}

/// A service's own rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "explained above")]
pub struct ForwardServiceRate {
    pub service: String,
    pub one_in: u32,
}

/// What is taken out of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ForwardScrubbing {
    /// Whether anything is.
    pub enabled: bool,
    /// In this order.
    pub rules: Vec<ForwardRule>,
    /// Only attributes of these keys leave; nothing: every key may.
    pub allow: Option<Vec<String>>,
}

/// One thing to take out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForwardRule {
    /// Whether it is on.
    pub enabled: bool,
    /// What it looks for.
    pub what: ForwardWhat,
    /// What it does.
    pub action: ForwardAction,
}

/// What a rule looks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ForwardWhat {
    /// Values by their keys, with `*` for any characters; `!` before one excepts keys.
    #[allow(missing_docs, reason = "explained above")]
    Keys { keys: Vec<String> },
    /// Parts of values that look like something.
    #[allow(missing_docs, reason = "explained above")]
    Shape { shape: ForwardShape },
    /// Parts of values that a regular expression matches.
    #[allow(missing_docs, reason = "explained above")]
    Pattern { regex: String },
}

/// What a part of a value can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ForwardShape {
    /// Keys and tokens of known forms.
    Secrets,
    /// Card numbers.
    Cards,
    /// E-mail addresses.
    Emails,
    /// IP addresses.
    Addresses,
}

/// What a rule does to what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ForwardAction {
    /// The whole attribute does not leave.
    Remove,
    /// `***` stands in its place.
    Mask,
    /// A keyed hash stands in its place.
    Hash,
    /// It is cut short.
    Shorten,
}

impl Default for ForwardSampling {
    fn default() -> Self {
        policy::Sampling::default().into()
    }
}

impl Default for ForwardScrubbing {
    fn default() -> Self {
        policy::Scrubbing::default().into()
    }
}

/// Turns enums of the same variants into each other, both ways.
macro_rules! twins {
    ($wire:ident, $inner:path, $($variant:ident),+) => {
        impl From<$wire> for $inner {
            fn from(wire: $wire) -> Self {
                match wire { $($wire::$variant => Self::$variant),+ }
            }
        }
        impl From<$inner> for $wire {
            fn from(inner: $inner) -> Self {
                match inner { $(<$inner>::$variant => Self::$variant),+ }
            }
        }
    };
}

twins!(ForwardShape, policy::Shape, Secrets, Cards, Emails, Addresses);
twins!(ForwardAction, policy::Action, Remove, Mask, Hash, Shorten);

impl From<policy::Policy> for ForwardPolicy {
    fn from(policy::Policy { filter, sampling, scrubbing }: policy::Policy) -> Self {
        Self { filter, sampling: sampling.into(), scrubbing: scrubbing.into() }
    }
}

impl From<ForwardPolicy> for policy::Policy {
    fn from(ForwardPolicy { filter, sampling, scrubbing }: ForwardPolicy) -> Self {
        let ForwardSampling { one_in, services, keep_errors, keep_slower_ms, wait_secs } = sampling;
        let rate =
            |rate: ForwardServiceRate| policy::ServiceRate { service: rate.service, one_in: rate.one_in };
        let services = services.into_iter().map(rate).collect();
        let ForwardScrubbing { enabled, rules, allow } = scrubbing;
        let rules = rules.into_iter().map(Into::into).collect();
        Self {
            filter,
            sampling: policy::Sampling { one_in, services, keep_errors, keep_slower_ms, wait_secs },
            scrubbing: policy::Scrubbing { enabled, rules, allow },
        }
    }
}

impl From<policy::Sampling> for ForwardSampling {
    fn from(sampling: policy::Sampling) -> Self {
        let policy::Sampling { one_in, services, keep_errors, keep_slower_ms, wait_secs } = sampling;
        let rate =
            |rate: policy::ServiceRate| ForwardServiceRate { service: rate.service, one_in: rate.one_in };
        let services = services.into_iter().map(rate).collect();
        Self { one_in, services, keep_errors, keep_slower_ms, wait_secs }
    }
}

impl From<policy::Scrubbing> for ForwardScrubbing {
    fn from(policy::Scrubbing { enabled, rules, allow }: policy::Scrubbing) -> Self {
        Self { enabled, rules: rules.into_iter().map(Into::into).collect(), allow }
    }
}

impl From<policy::Rule> for ForwardRule {
    fn from(policy::Rule { enabled, what, action }: policy::Rule) -> Self {
        let what = match what {
            policy::What::Keys { keys } => ForwardWhat::Keys { keys },
            policy::What::Shape { shape } => ForwardWhat::Shape { shape: shape.into() },
            policy::What::Pattern { regex } => ForwardWhat::Pattern { regex },
        };
        Self { enabled, what, action: action.into() }
    }
}

impl From<ForwardRule> for policy::Rule {
    fn from(ForwardRule { enabled, what, action }: ForwardRule) -> Self {
        let what = match what {
            ForwardWhat::Keys { keys } => policy::What::Keys { keys },
            ForwardWhat::Shape { shape } => policy::What::Shape { shape: shape.into() },
            ForwardWhat::Pattern { regex } => policy::What::Pattern { regex },
        };
        Self { enabled, what, action: action.into() }
    }
}
