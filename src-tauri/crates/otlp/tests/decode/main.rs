//! The decoder against the reference encoder and decoder, and against damage.

mod damage;
mod differential;
mod honeycomb;
mod limits;
mod reference;
#[path = "../requests/mod.rs"]
mod requests;
mod tolerance;

use skep_model::{Encoding, Event, Signal};
use skep_otlp::{DecodeError, Problems, Request};

/// What a request holds, its events one by one.
#[derive(Clone, Debug, Default, PartialEq)]
struct Decoded {
    events: Vec<Event>,
    n_received: u64,
    n_spans_received: u64,
    problems: Problems,
}

fn try_decode(signal: Signal, encoding: Encoding, bytes: &[u8]) -> Result<Decoded, DecodeError> {
    try_read(Request::otlp(signal, encoding, bytes))
}

fn try_read(request: Request<'_>) -> Result<Decoded, DecodeError> {
    skep_otlp::decode(request).map(|decoded| Decoded {
        events: decoded.events(),
        n_received: decoded.n_received,
        n_spans_received: decoded.n_spans_received,
        problems: decoded.problems,
    })
}

/// Reads what must be readable.
fn read(request: Request<'_>) -> Decoded {
    try_read(request).expect("the request is OTLP")
}

/// Decodes what must be readable.
fn decode(signal: Signal, encoding: Encoding, bytes: &[u8]) -> Decoded {
    try_decode(signal, encoding, bytes).expect("the request is OTLP")
}

/// Events as columns keep them: fields in no order, those of one name in theirs.
fn normal(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        event.attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
        event.record.sort_by_key(|(name, _)| *name);
    }
    events
}
