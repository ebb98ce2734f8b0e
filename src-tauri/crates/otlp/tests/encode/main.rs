//! Requests that are decoded and encoded again are equal.

#![allow(clippy::print_stdout, reason = "a failed test says which seed it was")]

mod control;
mod forms;
mod law;
#[path = "../requests/mod.rs"]
mod requests;
