//! The tee: from the log onward to Honeycomb or any OTLP/HTTP endpoint, at least once and in order.
//!
//! ```text
//! store's log --cursor--> batch --gzip--> POST base/v1/{signal} --answer--> verdict
//!      ^                                                                      |
//!      '------------------- advance: cursor and ledger, on disk --------------'
//! ```
//!
//! * [`Forwarder`] is the handle: it starts one task per destination, and tells how each is doing.
//! * One task owns a destination. It has one request in flight, and moves the cursor only after the answer, so that a
//!   crash at any moment repeats at most that one request and loses none.
//! * [`KeyStore`] keeps the keys: in the system's keychain, or in a file that only the user can read.
//!
//! Invariants: there is no second queue, the store's log is the outbox. Receiving never waits for a destination, and no
//! destination for another. No redirect is followed. No key stands in a log line, an error, a URL or the database, and
//! none goes to a host that it was not entered for. Nothing is given up silently: what is not acknowledged is waiting
//! or counted as refused.

mod address;
mod deliver;
mod error;
mod forwarder;
mod headers;
mod keys;
mod limits;
mod live;
mod secret;
mod status;

pub use error::ForwardError;
pub use forwarder::{CommandLineDestination, Config, Forwarder, Save};
pub use keys::{KeyError, KeyStore};
pub use limits::Limits;
pub use secret::Secret;
pub use status::{DestinationStatus, KeyPlace, KeyStatus, State};
