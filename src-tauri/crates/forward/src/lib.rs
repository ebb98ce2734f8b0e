//! The tee: from the log onward to Honeycomb or any OTLP endpoint, at least once and in order.
//!
//! ```text
//! store's log --cursor--> batch --gate--> parcels --compressed--> POST base/v1/{signal}, or gRPC --answer--> verdict
//!      ^                            ^                                                                       |
//!      |                            '--------- halves of what was refused, until one event is left ---------|
//!      '------------------ advance: cursor, ledger and dead letters, on disk -------------------------------'
//! ```
//!
//! * [`Forwarder`] is the handle: it starts one task per destination, and tells how each is doing.
//! * One task owns a destination. It has one request in flight, and moves the cursor only after the answer, so that a
//!   crash at any moment repeats at most that one request and loses none.
//! * What leaves is the log's own bytes where a destination's [`Settings`] let everything through, else what
//!   `skep_policy` makes of the events.
//! * [`KeyStore`] keeps the keys: in the system's keychain, or in a file that only the user can read.
//!
//! Invariants: there is no second queue, the store's log is the outbox. Receiving never waits for a destination, and no
//! destination for another. No redirect is followed. No key stands in a log line, an error, a URL or the database, and
//! none goes to a host that it was not entered for. Nothing is given up silently: what is not acknowledged is waiting,
//! left out by its user's wish, or counted as refused and kept. Where a rule fails, nothing leaves.

mod address;
mod by_hand;
mod check;
mod deliver;
mod error;
mod forwarder;
mod headers;
mod history;
mod keys;
mod limits;
mod live;
mod look;
mod preview;
mod secret;
mod settings;
mod status;

pub use by_hand::{ByHand, Sender};
pub use check::{Check, Checked};
pub use error::ForwardError;
pub use forwarder::{CommandLineDestination, Config, Forwarder, Save};
pub use history::Minute;
pub use keys::{KeyError, KeyStore};
pub use limits::Limits;
pub use look::Look;
pub use preview::{Preview, Previewed};
pub use secret::Secret;
pub use settings::{Place, Settings};
pub use skep_policy as policy;
pub use status::{DestinationStatus, KeyKind, KeyPlace, KeyStatus, State};
