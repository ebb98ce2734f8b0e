//! A small stand-in for Honeycomb: what the tee meets where the real one cannot be reached.
//!
//! It takes OTLP over HTTP as Honeycomb does (protobuf and JSON; gzip, zstd or plain; a key in `x-honeycomb-team`) and
//! over gRPC on the same port, maps what it accepts to Honeycomb's events, takes such events themselves by `/1/batch`,
//! and keeps a [`Ledger`] of every request. How it answers is switched
//! while it runs, so that each way Honeycomb can fail is one line of a test.
//!
//! Invariant: a key's value is compared and then forgotten; the ledger holds header names only.

mod answer;
mod batch;
mod decode;
mod events;
mod grpc;
mod ledger;
mod routes;
mod server;

pub use answer::Answer;
pub use events::HoneycombEvent;
pub use ledger::{Ledger, RequestRecord, SpanKey};
pub use server::Standin;
