//! What may leave this machine: which events (a filter), how many of them (sampling by whole traces), and what of each
//! (scrubbing).
//!
//! ```text
//! events --filter--> --sample, with the rate set--> --scrub every text--> events that leave
//! ```
//!
//! A [`Policy`] is what its user set; [`Policy::compile`] makes a [`Gate`] of it, or says which rule cannot be used.
//!
//! Invariants: pure, no I/O and no clock, so the same events leave every time. It fails closed: a rule that cannot be
//! compiled, or events that cannot be judged, are an error and nothing leaves. What is not text of a fixed vocabulary
//! is scrubbed wherever it stands: names, keys, values at any depth, status texts, bodies, units, schema URLs.

mod gate;
mod policy;
mod sample;
mod scrub;

pub use gate::{Gate, Left, Tally};
pub use policy::{Action, Policy, PolicyError, Rule, Sampling, Scrubbing, ServiceRate, Shape, What};
pub use sample::TraceFacts;
