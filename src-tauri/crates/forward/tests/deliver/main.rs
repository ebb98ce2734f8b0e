//! Delivery as a destination sees it: a real store, a real client, a real server on loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod destinations;
mod honeycomb;
mod letters;
mod log;
mod matrix;
mod policy;
mod rig;
mod secrets;
mod server;
mod waits;
