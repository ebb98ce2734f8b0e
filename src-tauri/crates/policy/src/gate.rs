use crate::policy::PolicyError;
use crate::sample::{Sampler, TraceFacts, set_rate};
use crate::scrub::Scrubber;
use rustc_hash::{FxHashMap, FxHashSet};
use skep_model::{Bitmap, Event, EventKind, TraceId};

/// A policy, ready to be applied.
pub struct Gate {
    filter: String,
    sampler: Option<Sampler>,
    scrubber: Option<Scrubber>,
}

/// What leaves of some events.
#[derive(Debug, Default)]
pub struct Left {
    /// What leaves, in the order it came; a span is followed by its events and links.
    pub events: Vec<Event>,
    /// Events that were filtered out.
    pub n_filtered: u64,
    /// Events that were sampled out.
    pub n_sampled: u64,
    /// What scrubbing did.
    pub tally: Tally,
}

/// How often each rule, by its place in the policy, found something; the last one is the allow-list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(pub Vec<u64>);

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, more: &Tally) {
        self.0.resize(self.0.len().max(more.0.len()), 0);
        self.0.iter_mut().zip(&more.0).for_each(|(count, more)| *count += more);
    }
}

impl Gate {
    pub(crate) fn new(filter: String, sampler: Option<Sampler>, scrubber: Option<Scrubber>) -> Self {
        Self { filter, sampler, scrubber }
    }

    /// The filter's text; nothing when everything passes it.
    #[must_use]
    pub fn filter(&self) -> Option<&str> {
        Some(self.filter.as_str()).filter(|filter| !filter.is_empty())
    }

    /// Whether traces have to be known as a whole.
    #[must_use]
    pub fn needs_facts(&self) -> bool {
        self.sampler.as_ref().is_some_and(Sampler::needs_facts)
    }

    /// The traces of some events.
    #[must_use]
    pub fn traces_of(events: &[Event]) -> Vec<TraceId> {
        let ids: FxHashSet<TraceId> = events.iter().filter_map(|event| event.trace_id).collect();
        ids.into_iter().collect()
    }

    /// Tells what leaves. `matching` has a bit for each event that passes the filter; `facts` of a trace that is not in
    /// it are those of one without errors that took no time.
    ///
    /// # Errors
    /// [`PolicyError::Judge`] where the filter's bits are missing: nothing leaves.
    pub fn apply(
        &self,
        events: Vec<Event>,
        matching: Option<&Bitmap>,
        facts: &FxHashMap<TraceId, TraceFacts>,
    ) -> Result<Left, PolicyError> {
        let mut left = Left::default();
        if self.filter().is_some() != matching.is_some() {
            return Err(PolicyError::Judge("the filter was not asked".to_owned()));
        }
        let unknown = TraceFacts::default();
        let rows = records(&events);
        let mut events = events.into_iter();
        let mut row = 0;
        for n_rows in rows {
            let record = row..row + n_rows;
            row += n_rows;
            let mut record_events = events.by_ref().take(n_rows);
            if matching.is_some_and(|matching| !record.clone().any(|row| matching.contains(row))) {
                left.n_filtered += record_events.count() as u64;
                continue;
            }
            let Some(mut first) = record_events.next() else { break };
            if let (Some(sampler), Some(id)) = (&self.sampler, first.trace_id) {
                match sampler.rate(id, facts.get(&id).unwrap_or(&unknown)) {
                    Some(rate) => set_rate(&mut first, rate),
                    None => {
                        left.n_sampled += 1 + record_events.count() as u64;
                        continue;
                    }
                }
            }
            left.events.push(first);
            left.events.extend(record_events);
        }
        self.scrub(&mut left.events, &mut left.tally);
        Ok(left)
    }

    /// Scrubs events that leave for another reason than that they came, as by hand: neither filtered nor sampled.
    pub fn scrub(&self, events: &mut [Event], tally: &mut Tally) {
        if let Some(scrubber) = &self.scrubber {
            tally.add(&scrubber.scrub(events));
        }
    }

    /// Whether it takes anything out of events.
    #[must_use]
    pub fn scrubs(&self) -> bool {
        self.scrubber.is_some()
    }
}

/// How many rows each record has: a span with the events and links that follow it, or anything else by itself.
fn records(events: &[Event]) -> Vec<usize> {
    let hangs_on = |_: &Event, next: &Event| matches!(next.kind, EventKind::SpanEvent | EventKind::Link);
    events.chunk_by(hangs_on).map(<[Event]>::len).collect()
}
