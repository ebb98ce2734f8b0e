//! The house rules that no compiler keeps: who may know whom, what stands in one place only, what never stands
//! anywhere. Each failure says the rule's reason; each rule that searches is shown something it must find.

#![allow(clippy::unwrap_used, reason = "test code")]

mod crates;
mod files;
mod imports;
mod lines;
mod supply;
