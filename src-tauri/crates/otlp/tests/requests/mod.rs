//! Generated requests, and what makes two lots of them equal. Tests of other crates share them by path.

#![allow(dead_code, unused_imports, reason = "each test takes what it needs")]

mod canonical;
mod request;
mod tape;

pub(crate) use canonical::{Lot, canonical};
pub(crate) use request::Request;
pub(crate) use tape::{Doubles, Tape};
