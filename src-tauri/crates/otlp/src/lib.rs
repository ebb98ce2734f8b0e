//! OTLP requests, and those of Honeycomb's own senders, to events: bytes in, [`Decoded`] out; and events to requests
//! again, see [`encode`].
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
pub mod honeycomb;
mod json;
mod limits;
mod problem;
mod sniff;
mod texts;
mod wire;

pub use decoded::{DecodeError, Decoded, Problems, Rejection};
pub use json::is_json;
pub use limits::{HONEYCOMB_EVENTS_MAX, Limits, MESSAGES_MAX, VALUE_LEVELS_MAX};

pub use sniff::sniff_signal;

use batch::Batch;
use skep_model::{Encoding, Nanos, Signal};

/// A request's body, and what stands around it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// By which service it came. Honeycomb's encodings mix spans and logs; theirs is [`Signal::Logs`].
    pub signal: Signal,
    /// How the body is written.
    pub encoding: Encoding,
    /// In Honeycomb's encodings, where the events were sent to.
    pub dataset: Option<&'a str>,
    /// In Honeycomb's encodings, the time of events that have none of their own.
    pub received: Nanos,
    /// The body, decompressed.
    pub body: &'a [u8],
    /// What is kept of it.
    pub limits: Limits,
}

impl<'a> Request<'a> {
    /// An `Export…ServiceRequest`, of which the body says everything, within the default limits.
    #[must_use]
    pub fn otlp(signal: Signal, encoding: Encoding, body: &'a [u8]) -> Self {
        Request { signal, encoding, dataset: None, received: Nanos(0), body, limits: Limits::default() }
    }
}

/// Reads one request into events: an `Export…ServiceRequest` (or `TracesData`, `LogsData`, `MetricsData`: the same
/// bytes), or a batch or marker of Honeycomb's.
///
/// Every span, span event, link, log record and metric data point is one event; in OTLP a span stands before its
/// events, and these before its links. Records that cannot be kept are counted in [`Decoded::problems`].
///
/// # Errors
/// [`DecodeError`] only when the bytes as a whole are not what the encoding says: framing or syntax that breaks before
/// any record could be read. It is permanent: the same bytes fail again.
pub fn decode(request: Request<'_>) -> Result<Decoded, DecodeError> {
    let Request { signal, encoding, body, limits, .. } = request;
    let mut batch = Batch::new(signal, limits);
    match encoding {
        Encoding::Protobuf => wire::read(&mut batch, body),
        Encoding::Json => json::read(&mut batch, body)?,
        Encoding::HoneycombJson | Encoding::HoneycombMsgpack | Encoding::HoneycombMarker => {
            honeycomb::read(&mut batch, request)?;
        }
    }
    batch.finish().ok_or(match encoding {
        Encoding::Json => DecodeError::JsonShape { list: json::list_name(signal) },
        _ => DecodeError::Protobuf,
    })
}
