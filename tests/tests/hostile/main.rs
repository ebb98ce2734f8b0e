//! What no sender can do to Skep: take its memory, its connections or its patience, break a neighbour's events, or write
//! from a page of the web. Each test ends by asking whether an ordinary sender is still served.

#![allow(clippy::unwrap_used, reason = "test code")]

mod bombs;
mod crowd;
mod depths;
mod http2;
mod ids_and_times;
mod overload;
mod sockets;
mod strangers;
mod texts;
mod values;

use prost::Message;
use skep_tests::house::{House, PROTOBUF, spans};

const MIB: u64 = 1 << 20;

/// An ordinary request is taken.
async fn assert_serves(house: &House, number: u64) {
    let answer = house.post("/v1/traces", PROTOBUF, spans(1_000_000 + number, 1).encode_to_vec()).await;
    assert_eq!(answer.status(), 200);
}
