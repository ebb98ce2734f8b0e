//! What the tests across boundaries share: a stand-in for Honeycomb, a load of numbered spans with a log of what was
//! acknowledged, and a rig that runs the real `skep` binary, a house to speak with.
//!
//! Invariant: nothing here links a crate of Skep. The tests meet the program as its users do: by its ports, its
//! command line and its files.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code: a failure here is a failed test")]

pub mod bench;
pub mod clock;
pub mod house;
pub mod load;
pub mod rig;
pub mod standin;
