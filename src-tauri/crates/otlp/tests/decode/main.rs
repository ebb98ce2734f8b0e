//! The decoder against the reference encoder and decoder, and against damage.

mod damage;
mod differential;
mod limits;
mod reference;
#[path = "../requests/mod.rs"]
mod requests;
mod tolerance;

use skep_model::{Encoding, Signal};
use skep_otlp::Decoded;

/// Decodes what must be readable.
fn decode(signal: Signal, encoding: Encoding, bytes: &[u8]) -> Decoded {
    skep_otlp::decode(signal, encoding, bytes).expect("the request is OTLP")
}
