use crate::policy::{PolicyError, Sampling};
use rustc_hash::FxHashMap;
use skep_model::{Attributes, Event, EventKind, Text, TraceId, Value, fields};

/// What is known of a trace as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceFacts {
    /// A span of it failed.
    pub has_error: bool,
    /// From its first start to its last end.
    pub duration_ms: f64,
    /// `service.name` of its root, or of its first span.
    pub service: Option<Text>,
}

/// Chooses traces.
pub(crate) struct Sampler {
    one_in: u32,
    services: FxHashMap<String, u32>,
    keep_errors: bool,
    keep_slower_ms: Option<f64>,
    needs_facts: bool,
}

impl Sampler {
    pub(crate) fn new(sampling: &Sampling) -> Result<Self, PolicyError> {
        let rates = std::iter::once(sampling.one_in).chain(sampling.services.iter().map(|one| one.one_in));
        if rates.into_iter().any(|one_in| one_in == 0) {
            return Err(PolicyError::Rate);
        }
        Ok(Self {
            one_in: sampling.one_in,
            services: sampling.services.iter().map(|one| (one.service.clone(), one.one_in)).collect(),
            keep_errors: sampling.keep_errors,
            keep_slower_ms: sampling.keep_slower_ms,
            needs_facts: sampling.needs_facts(),
        })
    }

    pub(crate) fn needs_facts(&self) -> bool {
        self.needs_facts
    }

    /// How many traces a kept one stands for; nothing when this one is left out.
    pub(crate) fn rate(&self, id: TraceId, facts: &TraceFacts) -> Option<u32> {
        if self.keep_errors && facts.has_error
            || self.keep_slower_ms.is_some_and(|ms| facts.duration_ms >= ms)
        {
            return Some(1);
        }
        let of_service = facts.service.as_deref().and_then(|service| self.services.get(service));
        let one_in = of_service.copied().unwrap_or(self.one_in);
        is_chosen(id, one_in).then_some(one_in)
    }
}

/// Whether one trace in so many is this one: by a hash of its id and nothing else, so that every Skep and every run
/// chooses the same. A hash, since ids need not be random, and since who sampled before may have chosen by their bits.
fn is_chosen(id: TraceId, one_in: u32) -> bool {
    let (high, low) = id.as_bytes().split_at(8);
    let word = |bytes: &[u8]| bytes.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
    let hash = mix(mix(word(high)) ^ word(low));
    hash <= u64::MAX / u64::from(one_in.max(1))
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(mut word: u64) -> u64 {
    word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

/// How Honeycomb is told that a record stands for many (an attribute of the span, else of its scope or resource).
const SAMPLE_RATE_KEYS: [&str; 2] = ["sampleRate", "SampleRate"];

/// Says that a span or log record stands for `rate` times as many as it did. Its events and links follow their span.
pub(crate) fn set_rate(event: &mut Event, rate: u32) {
    if rate == 1 || !matches!(event.kind, EventKind::Span | EventKind::Log) {
        return;
    }
    let before = sent_rate(event);
    event.attributes.retain(|(key, _)| !SAMPLE_RATE_KEYS.contains(&&**key));
    let rate = before.saturating_mul(i64::from(rate)).min(i64::from(i32::MAX));
    event.attributes.push((Text::from(fields::SAMPLE_RATE), Value::Int(rate)));
}

/// What it says that it stands for: as Honeycomb reads it, attributes first, then the trace state.
fn sent_rate(event: &Event) -> i64 {
    let said = [&event.attributes, &event.scope.attributes, &event.resource.attributes]
        .into_iter()
        .find_map(|attributes| SAMPLE_RATE_KEYS.iter().find_map(|key| find(attributes, key)));
    let rate = match said {
        Some(Value::Int(rate)) => *rate as f64,
        Some(Value::Double(rate)) => *rate,
        Some(Value::Text(text)) => text.parse().unwrap_or(1.0),
        Some(_) => 1.0,
        None => event.record_field(fields::TRACE_STATE).and_then(Value::as_str).map_or(1.0, threshold_rate),
    };
    if rate >= 1.0 { rate.round() as i64 } else { 1 }
}

fn find<'a>(attributes: &'a Attributes, key: &str) -> Option<&'a Value> {
    attributes.iter().find(|(name, _)| &**name == key).map(|(_, value)| value)
}

/// The adjusted count that `ot=th:…` of a trace state stands for (OpenTelemetry, "TraceState Probability Sampling").
fn threshold_rate(trace_state: &str) -> f64 {
    const DIGITS: usize = 14;
    let ot = trace_state.split(',').find_map(|member| member.trim().strip_prefix("ot="));
    let th = ot.and_then(|ot| ot.split(';').find_map(|part| part.strip_prefix("th:")));
    let Some(th) = th.filter(|th| !th.is_empty() && th.len() <= DIGITS) else { return 1.0 };
    let Ok(threshold) = u64::from_str_radix(&format!("{th:0<DIGITS$}"), 16) else { return 1.0 };
    let all = (1u64 << 56) as f64;
    all / (all - threshold as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u64) -> TraceId {
        TraceId::from_hex(&format!("{:032x}", u128::from(n) + 1)).unwrap()
    }

    /// Guarantees: ids that count up are chosen as evenly as random ones would be; the choice never changes.
    #[test]
    fn one_in_ten_is_one_in_ten() {
        let chosen = (0..100_000).filter(|n| is_chosen(id(*n), 10)).count();
        // Five standard deviations of a binomial of 100,000 and 0.1.
        assert!((9_526..=10_474).contains(&chosen), "{chosen}");
        let first: Vec<u64> = (0..100).filter(|n| is_chosen(id(*n), 10)).collect();
        expect_test::expect!["[0, 17, 24, 26, 42, 46, 57, 72, 74]"].assert_eq(&format!("{first:?}"));
        assert!((0..100).all(|n| is_chosen(id(n), 1)));
    }

    #[test]
    fn a_threshold_is_an_adjusted_count() {
        for (state, rate) in [
            ("ot=th:8", 2.0),
            ("ot=th:c", 4.0),
            ("rojo=1, ot=rv:1;th:e", 8.0),
            ("ot=th:0", 1.0),
            ("ot=th:nonsense", 1.0),
            ("", 1.0),
        ] {
            assert!((threshold_rate(state) - rate).abs() < 1e-9, "{state}");
        }
    }
}
