use crate::{MIB, assert_serves};
use http::StatusCode;
use prost::Message;
use skep_tests::clock;
use skep_tests::house::{House, PROTOBUF, request_of};
use skep_tests::load::{is_large, request_of as batch_of};
use skep_tests::rig::http::{Connection, post};
use skep_tests::rig::memory_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const SENDERS: u64 = 64;
/// Batches of fifty spans that are sent as one request.
const BATCHES: u64 = 100;
const LASTS: Duration = Duration::from_secs(6);

/// R13. Scenario: 64 senders with 5,000 spans a request, each again at once whatever it is answered: many times what the
/// disk takes.
/// Guarantees: nothing but 200 and the refusal that asks to come again, memory below 512 MB, and exactly that is stored which
/// was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn r13_overload_is_refused_and_counted_exactly() {
    let house = House::with(|serve| {
        serve.arg("--limit").arg("in_flight_bytes=2MiB").arg("--limit").arg("body_bytes=1MiB")
    })
    .await;
    let (n_acked, n_refused, is_over) =
        (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut senders = Vec::new();
    for sender in 0..SENDERS {
        let (address, n_acked, n_refused, is_over) =
            (house.http(), Arc::clone(&n_acked), Arc::clone(&n_refused), Arc::clone(&is_over));
        senders.push(tokio::spawn(async move {
            let mut connection = Connection::open(address).await.unwrap();
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                // Of twice as many at least half are small.
                let small = (number * 2 * BATCHES..).filter(|batch| !is_large(*batch));
                let spans = small.take(BATCHES as usize).flat_map(|batch| {
                    let request = batch_of(sender + 1, batch, "load");
                    request
                        .resource_spans
                        .into_iter()
                        .flat_map(|group| group.scope_spans)
                        .flat_map(|scope| scope.spans)
                });
                let request = request_of(spans.collect());
                let n_spans = request.resource_spans[0].scope_spans[0].spans.len() as u64;
                let answer =
                    connection.send(post("/v1/traces", PROTOBUF, request.encode_to_vec())).await.unwrap();
                match answer.status() {
                    StatusCode::OK => {
                        n_acked.fetch_add(n_spans, Ordering::Relaxed);
                        number += 1;
                    }
                    StatusCode::SERVICE_UNAVAILABLE => {
                        assert!(answer.headers().contains_key("retry-after"));
                        n_refused.fetch_add(1, Ordering::Relaxed);
                    }
                    other => panic!("{other}: {answer:?}"),
                }
            }
        }));
    }
    tokio::time::sleep(LASTS).await;
    is_over.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }
    let (n_acked, n_refused) = (n_acked.load(Ordering::Relaxed), n_refused.load(Ordering::Relaxed));
    let peak = memory_of(&house.skep).peak_bytes;
    println!("{n_acked} spans acknowledged, {n_refused} requests put off, {} MiB at most", peak / MIB);
    assert!(n_acked > 0 && n_refused > 0, "it was more than could be taken");
    assert_eq!(house.n_spans(), n_acked, "stored is acknowledged");
    assert!(peak < 512 * MIB, "{} MiB", peak / MIB);
    let started = clock::start();
    assert_serves(&house, 0).await;
    println!("served {:?} after", started.elapsed());
}
