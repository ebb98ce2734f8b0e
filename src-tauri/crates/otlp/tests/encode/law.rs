use crate::requests::{Doubles, Lot, Request, Tape, canonical};
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use skep_model::{Encoding, Event, Signal};
use skep_otlp::Problems;
use skep_otlp::encode::Encoder;

fn decode(signal: Signal, encoding: Encoding, body: &[u8]) -> (Vec<Event>, Problems) {
    let decoded =
        skep_otlp::decode(skep_otlp::Request::otlp(signal, encoding, body)).expect("the request is OTLP");
    (decoded.events(), decoded.problems)
}

/// The one request that these events are; nothing where there are none.
fn encode(signal: Signal, encoding: Encoding, events: &[Event]) -> Option<Vec<u8>> {
    let mut encoder = Encoder::default();
    events.iter().for_each(|event| encoder.push(event));
    let encoded = encoder.finish();
    assert_eq!(encoded.n_without_span, 0);
    assert!(encoded.requests.len() <= 1 && encoded.requests.iter().all(|request| request.signal() == signal));
    encoded.requests.first().map(|request| request.to_bytes(encoding))
}

#[track_caller]
fn assert_same(sent: &Lot, again: &Lot) {
    if let Some(difference) = sent.difference(again) {
        panic!("{difference}");
    }
}

/// Scenario: any request, some of its ids invalid, in protobuf.
/// Guarantees: what comes out of its events equals it, and what could not be kept is counted.
fn check_protobuf(signal: Signal, tape: &[u8]) {
    let request = Request::generate(signal, &mut Tape::new(tape, Doubles::Any));
    let sent = canonical([&request]);
    let (events, problems) = decode(signal, Encoding::Protobuf, &request.encode());
    let body = encode(signal, Encoding::Protobuf, &events);
    let again = body.map(|body| Request::decode(signal, &body).expect("the encoder is the reference's"));
    assert_same(&sent, &canonical(&again));
    assert_eq!((problems.rejected_events, problems.repaired), (sent.n_rejected, sent.n_repaired));
    assert_eq!(problems.truncated, 0);
}

/// Scenario: any request that JSON can say.
/// Guarantees: the JSON that comes out of its events is read as these events again, and by the reference as an equal
/// request where that can read it.
fn check_json(signal: Signal, tape: &[u8], doubles: Doubles) {
    let request = Request::generate(signal, &mut Tape::new(tape, doubles));
    let (events, _) = decode(signal, Encoding::Protobuf, &request.encode());
    let Some(body) = encode(signal, Encoding::Json, &events) else { return };
    assert!(!body.contains(&b'\n'), "one line");
    let (again, problems) = decode(signal, Encoding::Json, &body);
    assert!(problems.is_empty(), "{problems:?}");
    let bytes = |events: &[Event]| encode(signal, Encoding::Protobuf, events).expect("there are events");
    let read =
        |bytes: &[u8]| canonical([&Request::decode(signal, bytes).expect("the encoder is the reference's")]);
    assert_same(&canonical([&request]), &read(&bytes(&again)));
    if doubles == Doubles::Finite {
        let by_reference = Request::decode_json(signal, &body).expect("the reference reads it");
        assert_same(&canonical([&request]), &canonical([&by_reference]));
    }
}

/// Calls `check` with the tapes of as many seeds; a failure is run again with its seed alone.
fn each_tape(check: impl Fn(&[u8])) {
    const N_TAPES: u64 = 1_000;
    for seed in 0..N_TAPES {
        // Printed when the test fails: the last one did it.
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let mut tape = vec![0; rng.random_range(0..4_000)];
        rng.fill_bytes(&mut tape);
        check(&tape);
    }
}

#[test]
fn protobuf_comes_back() {
    each_tape(|tape| Signal::ALL.into_iter().for_each(|signal| check_protobuf(signal, tape)));
}

#[test]
fn json_says_the_same() {
    each_tape(|tape| {
        for signal in Signal::ALL {
            check_json(signal, tape, Doubles::OneNan);
            check_json(signal, tape, Doubles::Finite);
        }
    });
}
