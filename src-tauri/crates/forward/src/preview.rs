use crate::deliver::judge;
use crate::error::ForwardError;
use crate::forwarder::Forwarder;
use skep_model::Event;
use skep_model::columns::EventColumns;
use skep_policy::{Gate, Policy, Tally};
use std::sync::Arc;

/// A policy on trial: what would leave of events, without sending anything.
pub struct Preview {
    gate: Gate,
    look: Arc<dyn crate::Look>,
}

/// What would leave of some events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Previewed {
    /// Exactly what would be sent, in order.
    pub events: Vec<Event>,
    /// Filtered out.
    pub n_filtered: u64,
    /// Sampled out.
    pub n_sampled: u64,
    /// How often each rule found something.
    pub tally: Tally,
}

impl Forwarder {
    /// Tries a policy that need not be saved.
    ///
    /// # Errors
    /// When a rule or the filter cannot be used.
    pub fn preview(&self, policy: &Policy) -> Result<Preview, ForwardError> {
        self.inner.check_policy(policy)?;
        Ok(Preview { gate: policy.compile(&self.inner.salt)?, look: Arc::clone(&self.inner.look) })
    }
}

impl Preview {
    /// Scrubs events, whether they would leave or not.
    #[must_use]
    pub fn scrubbed(&self, mut events: Vec<Event>) -> Vec<Event> {
        self.gate.scrub(&mut events, &mut Tally::default());
        events
    }

    /// Tells what would leave. Span events and links follow their span.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn of(&self, events: Vec<Event>) -> Result<Previewed, ForwardError> {
        let columns = EventColumns::of_events(&events);
        let left = judge(events, columns, &self.gate, &*self.look)?;
        let skep_policy::Left { events, n_filtered, n_sampled, tally } = left;
        Ok(Previewed { events, n_filtered, n_sampled, tally })
    }
}
