//! The data: a made-up company of 12 services in 54 processes, an hour of its traces, the same bytes for a seed.
//!
//! Each span has 21 attributes of its own and 12 of its resource, from one value to one a span; about 783 bytes on
//! the wire. One process is slow since its new build: that is what a comparison has to find.

mod corpus;
mod fleet;
mod random;
mod span;
mod stream;
mod words;

pub use corpus::{Corpus, Facts, Requests, SELECTED_SHARES};
pub use stream::{LASTS_NS, SPANS_PER_REQUEST, START_NS, Shape};
