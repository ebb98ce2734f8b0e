//! What is exported equals what came in: requests of all three signals through decoder, store and export, from memory,
//! from sealed segments and from the log.
//!
//! The short form runs with the other tests, `SKEP_RELIABILITY=long` makes it the long one with a new seed; a seed is
//! run again with `SKEP_SEED`. `SKEP_REQUESTS=DIR` names a directory of recorded requests to put through the same.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code, which says how far it is")]

mod generated;
mod kept;
mod recorded;
#[path = "../../../otlp/tests/requests/mod.rs"]
mod requests;
