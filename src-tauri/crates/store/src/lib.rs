//! One SQLite file: what was received, kept for good before it is acknowledged.
//!
//! ```text
//! append --> one writer thread --group commit, synchronous=FULL--> log (request bytes; large ones beside the file)
//!                    |                                              |            |
//!                    '--> open segment in memory --8 Ki rows--> segments     outbox of the tee
//!                                    \______ snapshot ______/
//! ```
//!
//! * [`Store`] owns the file: it appends, and hands out snapshots. Restart is opening the file and replaying the log.
//! * [`Reader`] is a second process's view of the same file: read-only, replayed the same way.
//! * The log is also the tee's outbox: a [`Destination`] is a cursor on it. There is no second queue.
//!
//! Invariants: one thread writes the file. Nothing is answered before the sync. After a failed sync the store is
//! poisoned until the file was opened again. A damaged file is put aside, never deleted. Every channel is bounded. Telemetry is data: never part of SQL.

mod append;
pub mod clock;
mod counters;
mod destination;
mod error;
mod letter;
mod log;
mod memory;
mod open;
mod pin;
mod reader;
mod recent_spans;
mod recover;
mod retain;
mod schema;
mod sealed;
mod segment;
mod snapshot;
mod store;
mod worker;
mod writer;

pub use append::{Append, Appended};
pub use counters::Counters;
pub use destination::{Advance, Destination, DestinationSettings, NewDestination};
pub use error::{AppendError, OpenError, ReadError};
pub use letter::{DeadLetter, LETTERS_BYTES_MAX, LETTERS_MAX, NewLetter};
pub use log::{Body, LogEntry, LogFrame, LogPosition};
pub use open::{Caps, Config, Decode, Limits};
pub use reader::Reader;
pub use sealed::SealedSegment;
pub use segment::{Census, FieldCount, MemorySegment, Segment, TraceInfo, TracePart, TraceRows};
pub use snapshot::Snapshot;
pub use store::Store;

/// The version of SQLite that is linked.
#[must_use]
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}
