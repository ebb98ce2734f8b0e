//! R05: power cuts with torn and reordered writes, worked out from a recording. Needs no rights but to trace.

use crate::starts::Starts;
use prost::Message;
use rand::Rng;
use skep_tests::load::{Audit, request};
use skep_tests::rig::http::{Connection, post};
use skep_tests::rig::recording::{Recording, recorded};
use skep_tests::rig::{Campaign, Serve, strace};
use std::time::Duration;

const START_WITHIN: Duration = Duration::from_secs(2);
const RUN: u64 = 1;

/// Half of all cuts come within this share of the steps at the end, where the log is written back into the file.
const END_SHARE: usize = 5;

#[derive(Debug, Default)]
struct Cuts {
    n: usize,
    with_loss: usize,
    lost_batches: usize,
    acked_batches: usize,
    torn: usize,
    put_aside: usize,
    starts: Starts,
}

/// Records a run of `n_batches`, one after another, and its orderly end.
async fn record(n_batches: u64) -> Recording {
    let dir = tempfile::tempdir().unwrap();
    let (data_dir, record) = (dir.path().join("data"), dir.path().join("record"));
    let skep = Serve::on(&data_dir).arg("--no-keychain").under(recorded(&record)).start().await;
    let mut connection = Connection::open(skep.ready.otlp_http).await.unwrap();
    for batch in 0..n_batches {
        let body = request(RUN, batch).encode_to_vec();
        let answer = connection.send(post("/v1/traces", "application/x-protobuf", body)).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    skep.terminate().await;
    let recording = Recording::read(&record, &data_dir);
    let (n_answers, n_syncs) = (recording.n_answers(recording.n_moments()), recording.n_syncs());
    assert_eq!(n_answers as u64, n_batches, "the recording holds every answer");
    assert!(n_syncs as u64 > n_batches, "each answer has a sync: {n_syncs}");
    recording
}

async fn cut(recording: &Recording, n_cuts: u64, campaign: &Campaign, is_synced: fn(&str) -> bool) -> Cuts {
    let mut cuts = Cuts::default();
    for case in 1..=n_cuts {
        let mut chance = campaign.chance(case);
        let end = recording.n_moments();
        let from = if case.is_multiple_of(2) { end - end / END_SHARE } else { 1 };
        let moment = chance.random_range(from..=end);
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("data");
        recording.lay(moment, &data_dir, &mut chance, is_synced);
        let skep = cuts.starts.within(START_WITHIN, &data_dir).await;
        let acked = (0..recording.n_answers(moment) as u64).collect();
        let audit = Audit::of(&data_dir, RUN);
        let n_lost = audit.lost(&acked).len();
        let n_aside = skep.ask(["status"])["notices"].as_array().unwrap().len();
        if n_lost + audit.torn().len() + n_aside > 0 && cuts.with_loss == 0 {
            println!(
                "case {case}: cut at step {moment} of {end}: {n_lost} of {} lost, {n_aside} notices",
                acked.len()
            );
        }
        cuts.n += 1;
        cuts.acked_batches += acked.len();
        cuts.lost_batches += n_lost;
        cuts.with_loss += usize::from(n_lost > 0);
        cuts.torn += audit.torn().len();
        cuts.put_aside += n_aside;
        skep.kill().await;
        campaign.progress(cuts.n, n_cuts as usize, format_args!("{cuts:?}"));
    }
    cuts
}

/// Scenario: the power is cut at random moments of a recorded run, its end included; of what was not synced, random
/// sectors reached the disk.
/// Guarantees: every acknowledged span is there, no request in part, nothing is damaged, ready within 2 s.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_writes_are_torn_and_reordered() {
    let campaign = Campaign::begin("R05 reordered writes");
    if !strace::is_here("R05 reordered writes") {
        return;
    }
    // The long one fills the log, so that it is written back and begun again in the middle of the run.
    let recording = record(campaign.choose(60, 600)).await;
    let cuts = cut(&recording, campaign.choose(20, 400), &campaign, |_| true).await;
    assert_eq!((cuts.lost_batches, cuts.torn, cuts.put_aside), (0, 0, 0), "{cuts:?}");
    campaign.result(format_args!(
        "{} cuts, {} acknowledged batches looked for, 0 lost, 0 torn, 0 damaged, slowest start {:?}",
        cuts.n, cuts.acked_batches, cuts.starts.slowest
    ));
}

/// Scenario: the same, where syncs of the log are taken as not made, which is what `synchronous=NORMAL` leaves out; or
/// those of the bodies that lie beside.
/// Guarantees: the rig sees the loss. Were this to find none, the test above would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_recording_shows_a_loss_where_the_log_is_not_synced() {
    let campaign = Campaign::begin("R05 control of the reordered writes");
    if !strace::is_here("R05 control of the reordered writes") {
        return;
    }
    let recording = record(20).await;
    let n_cuts = campaign.choose(10, 40);
    let log = cut(&recording, n_cuts, &campaign, |file| !file.ends_with("-wal")).await;
    assert!(log.with_loss * 3 >= log.n, "the control lost in too few cuts, the rig is broken: {log:?}");
    let bodies = cut(&recording, n_cuts, &campaign, |file| !file.ends_with("-bodies")).await;
    assert!(bodies.with_loss * 3 >= bodies.n, "the control of bodies lost in too few cuts: {bodies:?}");
    campaign.result(format_args!(
        "{} of {} cuts lost, {} of {} acknowledged batches; without syncs of bodies {} and {}: as they must",
        log.with_loss, log.n, log.lost_batches, log.acked_batches, bodies.with_loss, bodies.lost_batches
    ));
}
