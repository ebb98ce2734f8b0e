//! What crosses the boundary, once: every request and reply, with its TypeScript twin.
//!
//! Conventions: snake case; counts are JSON numbers; nanoseconds since the Unix epoch are decimal strings (they do not
//! fit a JavaScript number); lengths of time say their unit in the name; shares are 0 to 1 of the side's own population.

mod document;
mod events;
mod explore;
mod export;
mod forward;
mod forward_policy;
mod forward_send;
mod import;
mod logs;
mod queries;
mod series;
mod settings;
mod span;
mod sql;
mod status;
mod trace;
mod trace_rows;
mod trace_shape;
mod traces;

pub use document::*;
pub use events::*;
pub use explore::*;
pub use export::*;
pub use forward::*;
pub use forward_policy::*;
pub use forward_send::*;
pub use import::*;
pub use logs::*;
pub use queries::*;
pub use series::*;
pub use settings::*;
pub use span::*;
pub use sql::*;
pub use status::*;
pub use trace::*;
pub use trace_rows::*;
pub use trace_shape::*;
pub use traces::*;
