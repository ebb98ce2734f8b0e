//! R41: the destination is away for a while in real time.

use prost::Message;
use skep_tests::clock;
use skep_tests::load::{self, SPANS_PER_BATCH};
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{Campaign, PATIENCE, Serve, Skep, within_patience};
use skep_tests::standin::{Ledger, Standin};
use std::time::Duration;
use tokio::time::interval;

const KEY: &str = "outage-key";
const RUN: u64 = 41;
const PACE: Duration = Duration::from_millis(200);
/// Batches before the outage, and after.
const BATCHES_AROUND: u64 = 10;
/// As in `skep_forward::Limits`.
const BACKOFF_MAX: Duration = Duration::from_secs(300);
/// How often what is stored is looked at meanwhile.
const LOOK_EVERY: u64 = 25;

/// Scenario: a steady load; the destination dies, its port closed, and is there again after ten minutes.
/// Guarantees: what is sent meanwhile is acknowledged and seen at once; afterwards it all arrives, in order, once.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_the_destination_was_away_drains_in_order() {
    let campaign = Campaign::begin("R41 outage");
    let lasts = campaign.choose(Duration::from_secs(6), Duration::from_secs(600));
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    let address = standin.address();
    let skep = Serve::on(dir.path().join("data")).forward_to(&standin.url(), KEY).start().await;
    let mut pace = interval(PACE);
    let mut n_sent = 0;
    while n_sent < BATCHES_AROUND {
        pace.tick().await;
        send(&skep, &mut n_sent).await;
    }
    let arrived = |ledger: &Ledger, n: u64| ledger.spans.len() as u64 == n * SPANS_PER_BATCH;
    within_patience("what came before", standin.until(|ledger| arrived(ledger, n_sent))).await;
    drop(standin);

    let (began, first) = (clock::start(), n_sent);
    let mut slowest = Duration::ZERO;
    while began.elapsed() < lasts {
        pace.tick().await;
        slowest = slowest.max(send(&skep, &mut n_sent).await);
        if n_sent.is_multiple_of(LOOK_EVERY) {
            let seen = skep.ask(["query", "SELECT COUNT"]);
            assert_eq!(seen["rows"][0][0], n_sent * SPANS_PER_BATCH, "seen while it is away: {seen}");
            campaign.progress(n_sent as usize, n_sent as usize, format_args!("slowest answer {slowest:?}"));
        }
    }
    let away = n_sent - first;
    let waiting = skep.ask(["status"])["forward"][0]["waiting"].clone();
    assert_eq!(waiting, away * SPANS_PER_BATCH, "all of it waits");

    let standin = Standin::start_at(address, KEY).await.unwrap();
    for _ in 0..BATCHES_AROUND {
        pace.tick().await;
        send(&skep, &mut n_sent).await;
    }
    // The wait between two tries grows to five minutes.
    let drained = standin.until(|ledger| arrived(ledger, n_sent - first));
    tokio::time::timeout(lasts.min(BACKOFF_MAX) + PATIENCE, drained).await.expect("all of it arrives");
    let ledger = standin.ledger();
    let traces: Vec<&str> =
        ledger.span_events().filter_map(|event| event.data["trace.trace_id"].as_str()).collect();
    assert!(traces.is_sorted(), "in the order of arrival");
    assert_eq!(traces.len() as u64, (n_sent - first) * SPANS_PER_BATCH, "each once");
    campaign.result(format_args!(
        "{lasts:?} away, {away} batches waited, {} requests drained them, slowest answer {slowest:?}",
        ledger.requests.len()
    ));
}

/// Sends the next batch, which must be acknowledged; gives how long that took.
async fn send(skep: &Skep, n_sent: &mut u64) -> Duration {
    let body = load::request(RUN, *n_sent).encode_to_vec();
    let began = clock::start();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    *n_sent += 1;
    began.elapsed()
}
