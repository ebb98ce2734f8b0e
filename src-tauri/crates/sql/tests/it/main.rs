//! The crate as its users see it: a real store, a statement in, rows out.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::needless_pass_by_value,
    reason = "all of this is test code: a panic is a failure, numbers are small, expectations stand where they are used"
)]

mod events;
mod house;
mod like_queries;
mod like_sqlite;
mod refusals;
mod skipping;
mod values;
