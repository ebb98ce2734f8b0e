use crate::reference::{self, Reference};
use crate::requests::{Doubles, Tape};
use crate::{Decoded, decode, normal};
use proptest::prelude::*;
use prost::Message;
use serde::Serialize;
use skep_model::{Encoding, EventFlags, EventKind, Signal};

fn tape() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..4_000)
}

fn doubles(with_json: bool) -> Doubles {
    if with_json { Doubles::Finite } else { Doubles::Any }
}

/// Scenario: a valid request, some of its ids invalid.
/// Guarantees: both encodings give the events that the reference builds, and count what it counts.
fn check(signal: Signal, request: &(impl Message + Serialize), reference: &Reference, with_json: bool) {
    let decoded = decode(signal, Encoding::Protobuf, &request.encode_to_vec());
    let decoded = Decoded { events: normal(decoded.events), ..decoded };
    let reference = Reference { events: normal(reference.events.clone()), ..*reference };
    assert_eq!(decoded.events, reference.events);
    let n_spans = reference.events.iter().filter(|event| event.kind == EventKind::Span).count() as u64;
    let is_repaired = |event: &&skep_model::Event| event.flags.contains(EventFlags::REPAIRED);
    let problems = &decoded.problems;
    assert_eq!(problems.rejected_events, reference.rejected_events);
    assert_eq!(problems.rejected_items, reference.rejected_items);
    assert_eq!(problems.rejected_spans, reference.rejected_items);
    assert_eq!(problems.repaired, reference.events.iter().filter(is_repaired).count() as u64);
    assert_eq!(problems.truncated, 0);
    assert_eq!(problems.messages.is_empty(), problems.repaired == 0 && problems.rejected_events == 0);
    assert_eq!(decoded.n_received, reference.events.len() as u64 + reference.rejected_events);
    assert_eq!(decoded.n_spans_received, n_spans + reference.rejected_items);
    if with_json {
        let body = serde_json::to_vec(request).expect("the reference writes JSON");
        let from_json = decode(signal, Encoding::Json, &body);
        assert_eq!(Decoded { events: normal(from_json.events), ..from_json }, decoded);
    }
}

proptest! {
    #[test]
    fn traces_equal_the_reference(tape in tape(), with_json: bool) {
        let request = Tape::new(&tape, doubles(with_json)).traces();
        check(Signal::Traces, &request, &reference::traces(&request), with_json);
    }

    #[test]
    fn logs_equal_the_reference(tape in tape(), with_json: bool) {
        let request = Tape::new(&tape, doubles(with_json)).logs();
        check(Signal::Logs, &request, &reference::logs(&request), with_json);
    }

    #[test]
    fn metrics_equal_the_reference(tape in tape(), with_json: bool) {
        let request = Tape::new(&tape, doubles(with_json)).metrics();
        check(Signal::Metrics, &request, &reference::metrics(&request), with_json);
    }
}
