//! Files on their way into a store, beside what is received.
//!
//! ```text
//! file: a path, or bytes as they are fed --blocking thread: skep_import--> queue, bounded in bytes --> workers --> Keeper
//! ```
//!
//! Invariant: a file's name is shown and is never a path; how much of it is held is bounded, however large it is.

mod counts;
mod feed;
mod jobs;
mod pipeline;
mod stop;

pub use counts::{Counted, Counts, Taken, Tally};
pub use feed::{Ended, Feed};
pub use jobs::{ImportNow, ImportState, Imports, TooMany};
pub use pipeline::{Bounds, FileReader, Keeper, Workers, pipeline};
pub use skep_import::{Request, Summary};
pub use stop::Stop;
