//! What an event is: the vocabulary every other crate shares.
//!
//! A span, a span event, a link, a log record and a metric point are all [`Event`]s: wide records of typed
//! fields, so that one store, one query language and one comparison serve them all.
//!
//! Invariant: this crate does no I/O, knows no clock and no async runtime, and never fails on telemetry.

mod bitmap;
pub mod bytes;
mod codes;
mod column;
pub mod columns;
mod dictionary;
mod event;
pub mod fields;
mod id;
mod texts;
mod time;
mod value;

pub use bitmap::Bitmap;
pub use codes::Codes;
pub use column::{Column, SharedColumn};
pub use dictionary::{Dictionary, Entry};
pub use event::{
    Attributes, Encoding, EntityRef, Event, EventFlags, EventKind, Place, Resource, Scope, Signal,
};
pub use id::{IdError, SpanId, TraceId};
pub use texts::Texts;
pub use time::Nanos;
pub use value::{Text, Value, text_hash64};
