//! The crate as its users see it: text in, picture out.

#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "all of this is test code: a panic is a failure, an expectation is written where it is used, and numbers are small"
)]

mod bubbleup;
mod bubbleup_chance;
mod bubbleup_combined;
mod bubbleup_plain;
mod bubbleup_planted;
mod calculated;
mod heatmap;
mod language;
mod percentiles;
mod random;
mod reference;
mod related;
mod rows;
mod series;
mod table;
mod together;
