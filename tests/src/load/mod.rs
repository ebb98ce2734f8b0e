//! What the tests send: a load of numbered spans over OTLP/HTTP protobuf with a log of what was acknowledged, and a
//! story for the pages to tell.
//!
//! One batch in three is large, so that both ways of keeping a request are met. Batch `n` of a run is the same bytes each
//! time it is made, up to its time stamps, so a batch whose answer was lost is sent again as a real exporter would, and
//! must still be counted once.

mod audit;
mod batch;
mod sender;
mod story;

pub use audit::Audit;
pub use batch::{SPANS_PER_BATCH, is_large, request, request_of, spans_of, trace_id};
pub(crate) use batch::{attribute, text};
pub use sender::{AckLog, Load};
pub use story::{STORY_SPANS_PER_TRACE, STORY_TRACES, story};
