//! OTLP requests to events: bytes in, [`Decoded`] out; and events to requests again, see [`encode`].
//!
//! Protobuf is walked in place (a generated decoder costs six times as much and refuses a whole request for one bad
//! byte of text), JSON is read into a tree first; both fill the same drafts, so that both encodings of one request
//! give the same events.
//!
//! Invariants: no bytes make this crate panic, overflow the stack or take memory out of proportion; a malformed
//! record never costs its neighbours; nothing is repaired, cut or rejected without being counted. It does no I/O,
//! reads no clock and knows no async runtime, so the same bytes give the same events whenever they are read again.

mod batch;
mod build;
mod decoded;
pub mod encode;
pub mod foreign;
mod json;
mod limits;
mod problem;
mod sniff;
mod texts;
mod wire;

pub use decoded::{DecodeError, Decoded, Problems};
pub use json::is_json;
pub use limits::{
    ATTRIBUTES_MAX, KEY_BYTES_MAX, MESSAGES_MAX, NAME_BYTES_MAX, REQUEST_EVENTS_MAX, VALUE_BYTES_MAX,
    VALUE_ITEMS_MAX, VALUE_LEVELS_MAX,
};

pub use sniff::sniff_signal;

use batch::Batch;
use skep_model::{Encoding, Signal};

/// Reads one `Export…ServiceRequest` (or `TracesData`, `LogsData`, `MetricsData`: the same bytes) into events.
///
/// Every span, span event, link, log record and metric data point is one event; a span stands before its events, and
/// these before its links. Records that cannot be kept are counted in [`Decoded::problems`].
///
/// # Errors
/// [`DecodeError`] only when the bytes as a whole are not OTLP: framing or syntax that breaks before any record could
/// be read. It is permanent: the same bytes fail again.
pub fn decode(signal: Signal, encoding: Encoding, bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let mut batch = Batch::new(signal);
    match encoding {
        Encoding::Protobuf => wire::read(&mut batch, bytes),
        Encoding::Json => json::read(&mut batch, bytes)?,
    }
    batch.finish().ok_or(match encoding {
        Encoding::Protobuf => DecodeError::Protobuf,
        Encoding::Json => DecodeError::JsonShape { list: json::list_name(signal) },
    })
}
