use crate::kept::{Body, all, keep, open, trace};
use crate::requests::{Doubles, Lot, Request, Tape, canonical};
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use skep_engine::model::{Encoding, Signal, TraceId};
use skep_engine::open_reader;
use skep_engine::store::Snapshot;
use std::sync::Arc;

/// Requests of a run, and how many of them share a store.
const N_SHORT: usize = 3_000;
const N_LONG: usize = 100_000;
const N_OF_STORE: usize = 1_000;

/// Random bytes that a request is made of, at most.
const TAPE_BYTES_MAX: usize = 4_000;

/// Traces of a store that are exported alone.
const N_TRACES: usize = 5;

#[track_caller]
fn assert_same(sent: &Lot, exported: &Lot, how: &str) {
    if let Some(difference) = sent.difference(exported) {
        panic!("{how}: {difference}");
    }
}

fn assert_all(sent: &Lot, snapshot: &Arc<Snapshot>, with_json: bool, whence: &str) {
    for (format, exported) in all(snapshot, with_json) {
        assert_same(sent, &exported, &format!("{format} from {whence}"));
    }
}

fn n_sealed_rows(snapshot: &Snapshot) -> usize {
    let sealed = snapshot.segments().iter().filter(|segment| segment.is_sealed());
    sealed.map(|segment| segment.n_rows()).sum()
}

/// Some of the traces of these requests, and of each all that belongs to it.
fn traces(requests: &[Request]) -> Vec<(TraceId, Lot)> {
    let mut ids: Vec<TraceId> = Vec::new();
    for request in requests {
        if let Request::Traces(request) = request {
            let scopes = request.resource_spans.iter().flat_map(|group| &group.scope_spans);
            ids.extend(
                scopes
                    .flat_map(|group| &group.spans)
                    .filter_map(|span| TraceId::from_bytes(&span.trace_id).ok()),
            );
        }
    }
    let step = (ids.len() / N_TRACES).max(1);
    let of_trace = |id: TraceId| {
        let mut requests = requests.to_vec();
        requests.retain_mut(|request| request.retain_trace(id.as_bytes()));
        (id, canonical(&requests))
    };
    ids.into_iter().step_by(step).map(of_trace).collect()
}

async fn check_store(seed: u64, n_requests: usize) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    // JSON cannot tell NaNs apart, so it is asked where there is one.
    let doubles = if seed.is_multiple_of(2) { Doubles::OneNan } else { Doubles::Any };
    let requests: Vec<Request> = (0..n_requests)
        .map(|idx| {
            let mut tape = vec![0; rng.random_range(0..TAPE_BYTES_MAX)];
            rng.fill_bytes(&mut tape);
            Request::generate(Signal::ALL[idx % 3], &mut Tape::new(&tape, doubles))
        })
        .collect();
    let sent = canonical(&requests);
    let with_json = doubles == Doubles::OneNan;
    let bodies: Vec<Body> = requests
        .iter()
        .map(|request| Body {
            signal: request.signal(),
            encoding: Encoding::Protobuf,
            bytes: request.encode(),
        })
        .collect();

    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), usize::MAX);
    keep(&store, &bodies).await;
    let memory = store.snapshot();
    assert_eq!(n_sealed_rows(&memory), 0);
    assert_all(&sent, &memory, with_json, "memory");
    let fewer = canonical(requests.iter().skip(n_requests / 2));
    let exported = &all(&memory, false)[0].1;
    assert!(fewer.difference(exported).is_some(), "what was not sent would be seen");
    assert_eq!(memory.counters().rejected, sent.n_rejected);
    assert_eq!(memory.counters().repaired, sent.n_repaired);
    assert_eq!((memory.counters().truncated, memory.counters().duplicate), (0, 0));
    drop(memory);
    // Beside the running store, everything is replayed from the log.
    assert_all(&sent, open_reader(dir.path()).unwrap().snapshot(), with_json, "the log");
    store.close().await;

    let reader = open_reader(dir.path()).unwrap();
    let n_rows = reader.snapshot().n_rows();
    assert_eq!(n_sealed_rows(reader.snapshot()), n_rows, "closing seals");
    assert_all(&sent, reader.snapshot(), with_json, "one sealed segment");
    for (id, sent) in traces(&requests) {
        assert_same(&sent, &trace(reader.snapshot(), id), &format!("trace {id}"));
    }
    drop(reader);

    // Small segments, some of them merged, and a tail in the log.
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), n_rows / 7 + 1);
    for bodies in bodies.chunks(n_requests / 5) {
        keep(&store, bodies).await;
    }
    store.close().await;
    let reader = open_reader(dir.path()).unwrap();
    assert!(reader.snapshot().segments().len() > 2);
    assert_all(&sent, reader.snapshot(), with_json, "several segments");
    sent.n_records()
}

/// Scenario: generated requests of all three signals are received, kept and exported.
/// Guarantees: what is exported equals what came in, from memory, from the log and from sealed segments, in protobuf
/// and in JSON; what could not be kept is counted.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_equals_what_came_in() {
    let is_long = std::env::var("SKEP_RELIABILITY").is_ok_and(|form| form == "long");
    let given: Option<u64> = std::env::var("SKEP_SEED").ok().map(|seed| seed.parse().unwrap());
    let first = given.unwrap_or_else(|| if is_long { rand::random::<u32>().into() } else { 1 });
    let n_requests = if is_long { N_LONG } else { N_SHORT };
    let mut n_records = 0;
    for store in 0..(n_requests / N_OF_STORE) as u64 {
        // A store that failed is the first of the run with its seed.
        println!("lossless: SKEP_SEED={}, {n_records} records so far", first + store);
        n_records += check_store(first + store, N_OF_STORE).await;
    }
    println!("lossless: {n_requests} requests, {n_records} records came back equal");
}
