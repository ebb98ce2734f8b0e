//! Taking out of events what must not leave.

mod keys;
mod pairs;
#[cfg(test)]
mod tests;
mod values;

use crate::gate::Tally;
use crate::policy::{Action, PolicyError, Scrubbing, What};
use keys::KeyPatterns;
use pairs::pairs;
use ring::hmac;
use rustc_hash::FxHashMap;
use skep_model::{Attributes, Event, Resource, Scope, Text, Value, fields};
use std::cell::RefCell;
use std::sync::Arc;
use values::Finder;

/// What stands where something was.
const MASK: &str = "***";

/// Values nested deeper are cut by the decoder.
const LEVELS_MAX: usize = 128;

/// Digits of a hash: 64 bits, so that equal values stay equal.
const HASH_DIGITS: usize = 16;

/// Attributes that leave whatever else may: without them no destination knows whose events these are.
const ALWAYS_ALLOWED: [&str; 2] = [fields::SERVICE_NAME, fields::SAMPLE_RATE];

/// How paths of a body's entries begin.
const BODY_ENTRIES: &str = "body.";

/// A policy's rules, compiled.
pub(crate) struct Scrubber {
    /// With their places in the policy.
    keys: Vec<(usize, KeyPatterns, Action)>,
    finders: Vec<(usize, Finder, Action)>,
    allow: Option<KeyPatterns>,
    n_rules: usize,
    salt: hmac::Key,
}

/// What becomes of a value.
enum Fate {
    Stays,
    Becomes(Value),
    Leaves,
}

impl Scrubber {
    pub(crate) fn new(scrubbing: &Scrubbing, salt: &[u8]) -> Result<Self, PolicyError> {
        let (mut keys, mut finders) = (Vec::new(), Vec::new());
        for (idx, rule) in scrubbing.rules.iter().enumerate().filter(|(_, rule)| rule.enabled) {
            match &rule.what {
                What::Keys { keys: patterns } => keys.push((idx, KeyPatterns::new(patterns)?, rule.action)),
                What::Shape { shape } => finders.push((idx, Finder::of_shape(*shape)?, rule.action)),
                What::Pattern { regex } => finders.push((idx, Finder::of_regex(regex)?, rule.action)),
            }
        }
        let allow = scrubbing.allow.as_ref().map(|keys| KeyPatterns::new(keys)).transpose()?;
        let n_rules = scrubbing.rules.len();
        Ok(Self { keys, finders, allow, n_rules, salt: hmac::Key::new(hmac::HMAC_SHA256, salt) })
    }

    /// Scrubs events where they are and counts what was found.
    pub(crate) fn scrub(&self, events: &mut [Event]) -> Tally {
        let pass =
            Pass { rules: self, tally: RefCell::new(vec![0; self.n_rules + 1]), known: RefCell::default() };
        // Resources and scopes are shared by many events.
        let (mut resources, mut scopes) = (FxHashMap::default(), FxHashMap::default());
        for event in events {
            // The key holds what it was made of, so that no other takes its place in memory meanwhile.
            let (_, resource) = resources
                .entry(Arc::as_ptr(&event.resource))
                .or_insert_with(|| (Arc::clone(&event.resource), Arc::new(pass.resource(&event.resource))));
            let (_, scope) = scopes
                .entry(Arc::as_ptr(&event.scope))
                .or_insert_with(|| (Arc::clone(&event.scope), Arc::new(pass.scope(&event.scope))));
            (event.resource, event.scope) = (Arc::clone(resource), Arc::clone(scope));
            event.name = pass.text_at(fields::NAME, &event.name);
            pass.attributes(&mut event.attributes);
            pass.record(&mut event.record);
        }
        Tally(pass.tally.into_inner())
    }

    fn replacement(&self, found: &str, action: Action) -> String {
        match action {
            Action::Remove | Action::Mask => MASK.to_owned(),
            Action::Hash => {
                let tag = hmac::sign(&self.salt, found.as_bytes());
                let digits = tag.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]).take(HASH_DIGITS);
                let digits: String = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
                format!("hash:{digits}")
            }
            Action::Shorten => match found.parse::<std::net::Ipv4Addr>() {
                Ok(ip) => {
                    let [a, b, c, _] = ip.octets();
                    format!("{a}.{b}.{c}.0")
                }
                Err(_) => found.chars().take(2).chain(MASK.chars()).collect(),
            },
        }
    }
}

/// One scrubbing: the rules, what they found, and texts that were looked through already.
struct Pass<'s> {
    rules: &'s Scrubber,
    tally: RefCell<Vec<u64>>,
    /// What became of a text that no key decided; nothing where it stays.
    known: RefCell<FxHashMap<Text, Found>>,
}

/// What the finders made of a text.
#[derive(Clone, Default)]
struct Found {
    becomes: Option<Text>,
    /// A rule wants the whole attribute gone.
    leaves: bool,
    /// The rules that found something.
    rules: Vec<usize>,
}

impl Pass<'_> {
    fn count(&self, rule: usize) {
        self.tally.borrow_mut()[rule] += 1;
    }

    fn resource(&self, resource: &Resource) -> Resource {
        let mut scrubbed = resource.clone();
        self.attributes(&mut scrubbed.attributes);
        scrubbed.schema_url = self.text(&resource.schema_url);
        for entity in &mut scrubbed.entity_refs {
            entity.schema_url = self.text(&entity.schema_url);
            entity.entity_type = self.text(&entity.entity_type);
            let keys = entity.id_keys.iter_mut().chain(&mut entity.description_keys);
            keys.for_each(|key| *key = self.text(key));
        }
        scrubbed
    }

    fn scope(&self, scope: &Scope) -> Scope {
        let mut scrubbed = scope.clone();
        self.attributes(&mut scrubbed.attributes);
        scrubbed.name = self.text_at("library.name", &scope.name);
        scrubbed.version = self.text(&scope.version);
        scrubbed.schema_url = self.text(&scope.schema_url);
        scrubbed
    }

    fn attributes(&self, attributes: &mut Attributes) {
        let before = std::mem::take(attributes);
        attributes.extend(before.into_iter().filter_map(|(key, value)| self.entry("", &key, value, 0)));
    }

    /// An attribute, or a map's entry below `path`; nothing when it does not leave.
    fn entry(&self, path: &str, key: &Text, value: Value, level: usize) -> Option<(Text, Value)> {
        let whole = if path.is_empty() { Text::clone(key) } else { Text::from(format!("{path}.{key}")) };
        let is_allowed = match &self.rules.allow {
            None => true,
            Some(_) if ALWAYS_ALLOWED.contains(&&*whole) => true,
            // What an allowed body holds is allowed.
            Some(_) if path == fields::BODY || path.starts_with(BODY_ENTRIES) => true,
            // Of a map, an entry may be what is named.
            Some(allow) => {
                allow.fits(&whole) || matches!(value, Value::Map(_)) && allow.may_fit_below(&whole)
            }
        };
        if !is_allowed {
            self.count(self.rules.n_rules);
            return None;
        }
        let value = match self.value(&whole, &value, level) {
            Fate::Stays => value,
            Fate::Becomes(value) => value,
            Fate::Leaves => return None,
        };
        // A key is text from the sender like any other.
        Some((self.text(key), value))
    }

    fn value(&self, path: &str, value: &Value, level: usize) -> Fate {
        if let Some((rule, action)) = self.of_key(path) {
            self.count(rule);
            return match action {
                Action::Remove => Fate::Leaves,
                action => Fate::Becomes(Value::text(self.rules.replacement(&value.to_string(), action))),
            };
        }
        if level > LEVELS_MAX {
            return Fate::Becomes(Value::text(MASK));
        }
        match value {
            Value::Empty | Value::Bool(_) => Fate::Stays,
            Value::Text(text) => self.found_fate(&self.find(text), Value::Text),
            Value::Int(_) | Value::Double(_) => {
                let found = self.find(&Text::from(value.to_string()));
                self.found_fate(&found, Value::Text)
            }
            Value::Bytes(bytes) => {
                let found = self.find(&Text::from(String::from_utf8_lossy(bytes)));
                self.found_fate(&found, |text| Value::Bytes(text.as_bytes().into()))
            }
            Value::Array(items) => {
                let fates: Vec<Fate> = items.iter().map(|item| self.value(path, item, level + 1)).collect();
                if fates.iter().all(|fate| matches!(fate, Fate::Stays)) {
                    return Fate::Stays;
                }
                let kept = items.iter().zip(fates).filter_map(|(item, fate)| match fate {
                    Fate::Stays => Some(item.clone()),
                    Fate::Becomes(value) => Some(value),
                    Fate::Leaves => None,
                });
                Fate::Becomes(Value::Array(kept.collect()))
            }
            Value::Map(entries) => {
                let kept = entries.iter().cloned();
                let kept = kept.filter_map(|(key, value)| self.entry(path, &key, value, level + 1));
                Fate::Becomes(Value::Map(kept.collect()))
            }
        }
    }

    fn found_fate(&self, found: &Found, value: impl Fn(Text) -> Value) -> Fate {
        found.rules.iter().for_each(|rule| self.count(*rule));
        match &found.becomes {
            _ if found.leaves => Fate::Leaves,
            Some(text) => Fate::Becomes(value(Text::clone(text))),
            None => Fate::Stays,
        }
    }

    /// The record's own fields. Numbers and words of a fixed vocabulary pass as they are, since no rule finds anything in
    /// them.
    fn record(&self, record: &mut Vec<(&'static str, Value)>) {
        let before = std::mem::take(record);
        for (name, value) in before {
            let value = match name {
                // Ids, which OTLP holds as bytes.
                fields::LINK_TRACE_ID | fields::LINK_SPAN_ID | fields::TIME_UNSET | fields::OBSERVED_TIME => {
                    value
                }
                // Attributes under another roof.
                fields::REPEATED_ATTRIBUTES => match value {
                    Value::Map(entries) => {
                        let entries = entries.iter().cloned();
                        Value::Map(
                            entries.filter_map(|(key, value)| self.entry("", &key, value, 0)).collect(),
                        )
                    }
                    other => other,
                },
                fields::METRIC_DETAIL => self.detail(&value),
                _ => {
                    let is_free = matches!(name, fields::BODY | fields::STATUS_MESSAGE);
                    if is_free && self.rules.allow.as_ref().is_some_and(|allow| !allow.fits(name)) {
                        self.count(self.rules.n_rules);
                        continue;
                    }
                    match self.value(name, &value, 0) {
                        Fate::Stays => value,
                        Fate::Becomes(value) => value,
                        Fate::Leaves => continue,
                    }
                }
            };
            record.push((name, value));
        }
    }

    /// A point's buckets and exemplars: numbers and ids under names of OTLP's, but for the exemplars' attributes.
    fn detail(&self, detail: &Value) -> Value {
        match detail {
            Value::Map(entries) => {
                let entry = |(key, value): &(Text, Value)| match &**key {
                    "filtered_attributes" | "metadata" => match value {
                        Value::Map(entries) => {
                            let kept = entries.iter().cloned();
                            let kept = kept.filter_map(|(key, value)| self.entry("", &key, value, 0));
                            (Text::clone(key), Value::Map(kept.collect()))
                        }
                        other => (Text::clone(key), other.clone()),
                    },
                    _ => (Text::clone(key), self.detail(value)),
                };
                Value::Map(entries.iter().map(entry).collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(|item| self.detail(item)).collect()),
            other => other.clone(),
        }
    }

    /// A text that cannot be taken away.
    fn text(&self, text: &Text) -> Text {
        let found = self.find(text);
        found.rules.iter().for_each(|rule| self.count(*rule));
        match found.becomes {
            Some(becomes) => becomes,
            None if found.leaves => Text::from(MASK),
            None => Text::clone(text),
        }
    }

    /// The same where a rule may name it.
    fn text_at(&self, name: &str, text: &Text) -> Text {
        match self.of_key(name) {
            Some((rule, action)) if !text.is_empty() => {
                self.count(rule);
                Text::from(self.rules.replacement(text, action))
            }
            _ => self.text(text),
        }
    }

    fn of_key(&self, path: &str) -> Option<(usize, Action)> {
        let keys = self.rules.keys.iter();
        keys.into_iter().find(|(_, keys, _)| keys.fits(path)).map(|(rule, _, action)| (*rule, *action))
    }

    /// What rules find in a text: pairs of a key and a value in it, and shapes.
    fn find(&self, text: &Text) -> Found {
        if text.len() < SHORTEST {
            return Found::default();
        }
        if let Some(found) = self.known.borrow().get(text) {
            return found.clone();
        }
        let mut found = Found::default();
        let mut now: Option<String> = None;
        let mut replace =
            |rule: usize, action: Action, ranges: Vec<std::ops::Range<usize>>, now: &mut Option<String>| {
                if ranges.is_empty() {
                    return;
                }
                found.rules.push(rule);
                found.leaves |= action == Action::Remove;
                let before = now.take().unwrap_or_else(|| text.to_string());
                let mut after = String::with_capacity(before.len());
                let mut end = 0;
                for range in ranges {
                    after.push_str(&before[end..range.start]);
                    after.push_str(&self.rules.replacement(&before[range.clone()], action));
                    end = range.end;
                }
                after.push_str(&before[end..]);
                *now = Some(after);
            };
        for (rule, finder, action) in &self.rules.finders {
            let ranges = finder.find(now.as_deref().unwrap_or(text));
            replace(*rule, *action, ranges, &mut now);
        }
        for (rule, keys, action) in &self.rules.keys {
            let ranges = pairs(now.as_deref().unwrap_or(text), |key| keys.fits(key));
            // The text around a pair may stay.
            let action = if *action == Action::Remove { Action::Mask } else { *action };
            replace(*rule, action, ranges, &mut now);
        }
        found.becomes = now.map(Text::from);
        self.known.borrow_mut().insert(Text::clone(text), found.clone());
        found
    }
}

/// A shorter text holds no secret of any known shape, nor a pair.
const SHORTEST: usize = 4;
