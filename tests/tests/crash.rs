//! Kills in the middle of a load: what was acknowledged is there, once.

#![allow(clippy::unwrap_used, reason = "test code")]

use rand::Rng;
use skep_tests::load::{Audit, Load, SPANS_PER_BATCH};
use skep_tests::rig::early_ack::EarlyAck;
use skep_tests::rig::{Serve, within_patience};
use std::time::Duration;

const KILLS: usize = 20;
/// Acknowledged in each round before the kill: 20 rounds of 12 batches are 12,000 spans.
const BATCHES_PER_ROUND: usize = 12;
const WORKERS: usize = 4;
/// The kill comes at random within this long after the round's last acknowledgement it waits for.
const KILL_WITHIN: Duration = Duration::from_millis(30);

/// Scenario: four senders, twenty times `kill -9` on one data directory, and unanswered batches sent again.
/// Guarantees: every acknowledged span is there and counted once, for a reader beside the running program, after its
/// death, and for the next program.
#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_span_survives_any_kill_and_is_counted_once() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let run = 1;
    let mut load = Load::start(run, WORKERS);
    for round in 1..=KILLS {
        let skep = Serve::on(&data_dir).start().await;
        load.point_at(Some(skep.ready.otlp_http));
        within_patience("acknowledgements", load.until_acked(round * BATCHES_PER_ROUND)).await;
        let wait = rand::rng().random_range(Duration::ZERO..KILL_WITHIN);
        tokio::time::sleep(wait).await;
        // Not pointed away first: senders are in the middle of requests when it dies.
        skep.kill().await;
        load.point_at(None);
    }
    let skep = Serve::on(&data_dir).start().await;
    load.point_at(Some(skep.ready.otlp_http));
    let acked = within_patience("the last answers", load.finish()).await;
    let n_spans = acked.len() as u64 * SPANS_PER_BATCH;
    assert!(n_spans >= 10_000, "{n_spans} spans are too few to prove anything");

    Audit::of(&data_dir, run).assert_whole(&acked, "beside the running program");
    skep.kill().await;
    Audit::of(&data_dir, run).assert_whole(&acked, "after its death");
    let skep = Serve::on(&data_dir).start().await;
    Audit::of(&data_dir, run).assert_whole(&acked, "beside the next program");
    let status = skep.ask(["status"]);
    assert_eq!(status["spans"]["stored"], n_spans, "{status}");
    println!("{n_spans} acknowledged spans over {KILLS} kills: all there, each once");
}

/// Scenario: the same load behind a proxy that answers before it passes a request on, and one kill.
/// Guarantees: the rig sees the loss. Were this to find none, the test above would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_rig_sees_a_loss_where_the_answer_comes_too_early() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let run = 2;
    let skep = Serve::on(&data_dir).start().await;
    let proxy = EarlyAck::before(skep.ready.otlp_http).await;
    let mut load = Load::start(run, WORKERS);
    load.point_at(Some(proxy.address()));
    within_patience("acknowledgements", load.until_acked(200)).await;
    skep.kill().await;
    let acked = load.abandon().await;
    let lost = Audit::of(&data_dir, run).lost(&acked);
    assert!(!lost.is_empty(), "the control lost nothing of {} batches: the rig is broken", acked.len());
    println!("the control lost {} of {} acknowledged batches, as it must", lost.len(), acked.len());
}
