//! What crosses the boundary, once: every request and reply, with its TypeScript twin.
//!
//! Conventions: snake case; counts are JSON numbers; nanoseconds since the Unix epoch are decimal strings (they do not
//! fit a JavaScript number); lengths of time say their unit in the name; shares are 0 to 1 of the side's own population.

mod document;
mod explore;
mod export;
mod forward;
mod import;
mod sql;
mod status;
mod trace;
mod traces;

pub use document::*;
pub use explore::*;
pub use export::*;
pub use forward::*;
pub use import::*;
pub use sql::*;
pub use status::*;
pub use trace::*;
pub use traces::*;
