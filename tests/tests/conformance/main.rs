//! What an OTLP server must, should and may do, line by line, asked of the real program over real sockets.
//!
//! The lines are those of the OTLP specification (1.11), of HTTP as clients speak it, and of browsers; each is a test
//! whose name begins with its number. What clients do with the answers is tested with the clients themselves.

#![allow(clippy::unwrap_used, reason = "test code")]

mod browser;
mod failure_grpc;
mod failure_http;
mod forwarding;
mod json;
mod semantics;
mod success;
mod transport;

/// Lines of the checklist, numbered from one.
const N_LINES: usize = 48;

#[test]
fn every_line_has_its_test() {
    let sources = [
        include_str!("transport.rs"),
        include_str!("success.rs"),
        include_str!("failure_http.rs"),
        include_str!("failure_grpc.rs"),
        include_str!("json.rs"),
        include_str!("semantics.rs"),
        include_str!("browser.rs"),
        include_str!("forwarding.rs"),
    ]
    .concat();
    let without: Vec<usize> =
        (1..=N_LINES).filter(|line| !sources.contains(&format!("async fn s{line:02}_"))).collect();
    assert_eq!(without, [0; 0], "lines without a test");
}
