use crate::gate::Gate;
use crate::sample::Sampler;
use crate::scrub::Scrubber;
use serde::{Deserialize, Serialize};

/// What a user wants to leave. The default lets everything through as it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// A WHERE expression of the query language; empty lets everything through. A span leaves with its events and links
    /// when it matches, or one of them does.
    pub filter: String,
    /// How many traces.
    pub sampling: Sampling,
    /// What of each event.
    pub scrubbing: Scrubbing,
}

/// Which traces leave: whole ones, the same ones every time and everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// One trace in so many; 1 is all of them.
    pub one_in: u32,
    /// The same for traces that begin in one service.
    pub services: Vec<ServiceRate>,
    /// Traces with a failed span leave whatever the rate.
    pub keep_errors: bool,
    /// So do traces that took at least this long, in milliseconds.
    pub keep_slower_ms: Option<f64>,
    /// Seconds a trace is given to be whole before it is judged by what is in it.
    pub wait_secs: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { one_in: 1, services: Vec::new(), keep_errors: true, keep_slower_ms: None, wait_secs: 30 }
    }
}

/// A service's own rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceRate {
    /// `service.name` of the trace's root, or of its first span where there is no root.
    pub service: String,
    /// One trace in so many.
    pub one_in: u32,
}

/// What is taken out of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scrubbing {
    /// Whether anything is.
    pub enabled: bool,
    /// In this order; the first rule of a key decides, all rules of values apply.
    pub rules: Vec<Rule>,
    /// Only attributes of these keys leave, with `*` for any characters, and neither status texts (`status_message`) nor
    /// bodies (`body`) unless they are named; their values are scrubbed all the same. Nothing: every key may leave.
    pub allow: Option<Vec<String>>,
}

impl Default for Scrubbing {
    /// Off, with the rules that most will want.
    fn default() -> Self {
        let rule = |enabled, what, action| Rule { enabled, what, action };
        let keys = SECRET_KEYS.iter().map(|key| (*key).to_owned()).collect();
        Self {
            enabled: false,
            rules: vec![
                rule(true, What::Keys { keys }, Action::Remove),
                rule(true, What::Shape { shape: Shape::Secrets }, Action::Mask),
                rule(true, What::Shape { shape: Shape::Cards }, Action::Mask),
                rule(false, What::Shape { shape: Shape::Emails }, Action::Hash),
                rule(false, What::Shape { shape: Shape::Addresses }, Action::Shorten),
                rule(false, What::Keys { keys: vec!["body".to_owned()] }, Action::Remove),
            ],
            allow: None,
        }
    }
}

/// Keys whose values are secrets, wherever they stand: of an attribute, of a map within one, of a query string, of a
/// header line in a body. Numbers of tokens are none.
const SECRET_KEYS: &[&str] = &[
    "authorization",
    "*_authorization",
    "cookie",
    "set_cookie",
    "*password*",
    "*passwd*",
    "*secret*",
    "*token*",
    "!*tokens",
    "*api_key*",
    "*apikey*",
    "*access_key*",
    "*private_key*",
    "*credential*",
    "x_honeycomb_team",
];

/// One thing to take out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Whether it is on.
    pub enabled: bool,
    /// What it looks for.
    pub what: What,
    /// What it does.
    pub action: Action,
}

/// What a rule looks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// Values by their keys: `*` is any characters, case and `-` for `_` do not matter, the whole key or its part after
    /// the last dot has to fit; `!` before one excepts keys.
    Keys {
        /// The keys.
        keys: Vec<String>,
    },
    /// Parts of values that look like something, under any key.
    Shape {
        /// Like what.
        shape: Shape,
    },
    /// Parts of values that a regular expression matches, under any key.
    Pattern {
        /// The expression.
        regex: String,
    },
}

/// What a part of a value can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Keys and tokens of known forms, private keys, JSON Web Tokens, credentials in URLs and headers; also written in
    /// base64 or percent-encoded.
    Secrets,
    /// Card numbers whose check digit is right.
    Cards,
    /// E-mail addresses.
    Emails,
    /// IP addresses of version 4.
    Addresses,
}

/// What a rule does to what it found. Where nothing can be taken away, as from a name, removing masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The whole attribute does not leave.
    Remove,
    /// `***` stands in its place.
    Mask,
    /// A keyed hash stands in its place: equal values stay equal, and only this machine can tell of which.
    Hash,
    /// The last part of an IP address becomes 0; of anything else all but the first two characters is masked.
    Shorten,
}

/// Why a policy cannot be used. One sentence for its user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A rule cannot be compiled.
    #[error("the rule {rule:?} cannot be used: {reason}")]
    Rule {
        /// Its text.
        rule: String,
        /// Why.
        reason: String,
    },
    /// A rate is zero.
    #[error("one trace in 0 is none: turn the destination off instead")]
    Rate,
    /// The filter cannot be used.
    #[error("the filter cannot be used: {0}")]
    Filter(String),
    /// Events could not be judged.
    #[error("what may leave cannot be told: {0}")]
    Judge(String),
}

impl Policy {
    /// Whether everything leaves as it came.
    #[must_use]
    pub fn lets_all_through(&self) -> bool {
        self.filter.trim().is_empty() && !self.scrubbing.enabled && !self.sampling.is_on()
    }

    /// Makes it ready. `salt` keys the hashes: it stays on this machine.
    ///
    /// # Errors
    /// When a rule cannot be used: then nothing may leave.
    pub fn compile(&self, salt: &[u8]) -> Result<Gate, PolicyError> {
        let scrubber = match self.scrubbing.enabled {
            true => Some(Scrubber::new(&self.scrubbing, salt)?),
            false => None,
        };
        let sampler = self.sampling.is_on().then(|| Sampler::new(&self.sampling)).transpose()?;
        Ok(Gate::new(self.filter.trim().to_owned(), sampler, scrubber))
    }
}

impl Sampling {
    /// Whether any trace is left out.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.one_in != 1 || self.services.iter().any(|service| service.one_in != 1)
    }

    /// Whether a trace has to be known as a whole to be judged.
    #[must_use]
    pub fn needs_facts(&self) -> bool {
        self.is_on() && (self.keep_errors || self.keep_slower_ms.is_some() || !self.services.is_empty())
    }
}
