//! R01: `kill -9` at the N-th disk call.

use crate::starts::Starts;
use rand::Rng;
use rand::seq::SliceRandom;
use rustix::process::Signal;
use skep_tests::load::{Audit, Load};
use skep_tests::rig::early_ack::EarlyAck;
use skep_tests::rig::{Campaign, Serve, skep_binary, strace, within_patience};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

const WORKERS: usize = 2;
const START_WITHIN: Duration = Duration::from_secs(2);

/// Kills that one data directory lives through: enough for its log to be written back into the file, and for kills to
/// meet that; few enough for a reader to be quick.
const KILLS_PER_LIFE: usize = 12;

/// Every so many kills the program is asked to end after a few batches, so that kills meet the closing too.
const CLOSING_EVERY: usize = 5;
const BATCHES_BEFORE_CLOSING: usize = 2;
/// Writes of an opening, of so few batches and of a closing.
const WRITES_AROUND_CLOSING: u32 = 80;
/// Writes of a first opening.
const WRITES_OF_OPENING: u32 = 20;

/// Events in a segment when the program can be told, so that kills meet segments being written and merged.
const SEAL_ROWS: &str = "200";

/// The hidden argument that makes segments small, where the program knows it.
fn seal_early() -> Option<[&'static str; 2]> {
    let known = Command::new(skep_binary()).args(["serve", "--seal-rows", SEAL_ROWS, "--help"]).output();
    known.unwrap().status.success().then_some(["--seal-rows", SEAL_ROWS])
}

#[derive(Debug, Default)]
struct Tally {
    opening: usize,
    serving: usize,
    closing: usize,
    /// Fewer disk calls were made than the kill was to come at.
    outlived: usize,
    acked_batches: usize,
}

/// Scenario: two senders; at each of many disk calls the program is killed, while it opens, keeps, seals, or closes;
/// unanswered batches are sent again to the next one on the same directory.
/// Guarantees: after each kill every acknowledged span is there once, every request is there whole or not at all, for
/// a reader of the dead store and for the next program, which is ready within 2 s.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_by_a_kill_at_any_disk_call() {
    let campaign = Campaign::begin("R01 kills");
    if !strace::is_here("R01 kills") {
        return;
    }
    let seal = seal_early();
    println!("R01 kills: segments are {}", if seal.is_some() { "sealed early" } else { "as big as ever" });
    let points = points(&campaign);
    let (mut tally, mut starts) = (Tally::default(), Starts::default());
    for (life, points) in points.chunks(KILLS_PER_LIFE).enumerate() {
        live(&campaign, life, points, seal, &mut tally, &mut starts).await;
        let done = life * KILLS_PER_LIFE + points.len();
        println!("R01 kills: {done} points, {tally:?}, slowest start {:?}", starts.slowest);
    }
    let n_killed = tally.opening + tally.serving + tally.closing;
    assert!(n_killed * 2 > points.len(), "too few of the kills came: {tally:?}");
    assert!(tally.serving > 0 && tally.acked_batches > 0, "no kill met a load: {tally:?}");
    campaign.result(format_args!(
        "{} points, {n_killed} killed, {} batches acknowledged, 0 lost, 0 torn; {} starts, slowest {:?}",
        points.len(),
        tally.acked_batches,
        starts.n,
        starts.slowest
    ));
}

/// Which call each kill comes at, in shuffled order, so that each directory meets early and late ones.
fn points(campaign: &Campaign) -> Vec<(&'static str, u32)> {
    let writes = (1..=campaign.choose(400, 850)).step_by(campaign.choose(13, 1)).map(|n| (strace::WRITE, n));
    // Fewer, since a commit is many writes and one sync.
    let syncs = (1..=campaign.choose(36, 140)).step_by(campaign.choose(4, 1)).map(|n| (strace::SYNC, n));
    let files = (1..=campaign.choose(0, 10)).map(|n| (strace::FILE, n));
    let mut points: Vec<_> = writes.chain(syncs).chain(files).collect();
    points.shuffle(&mut campaign.chance(0));
    points
}

/// One data directory from its first opening on.
async fn live(
    campaign: &Campaign,
    life: usize,
    points: &[(&'static str, u32)],
    seal: Option<[&str; 2]>,
    tally: &mut Tally,
    starts: &mut Starts,
) {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let run = life as u64 + 1;
    let mut chance = campaign.chance(run);
    let mut load = Load::start(run, WORKERS);
    for (idx, &point) in points.iter().enumerate() {
        // Files are cut or deleted by openings and closings alone.
        let closes = idx % CLOSING_EVERY == CLOSING_EVERY - 1 || point.0 == strace::FILE;
        // The first opening makes few calls: one life in two begins with a kill in it.
        let (call, n) = match (closes, idx) {
            (true, _) if point.0 == strace::WRITE => (point.0, chance.random_range(1..WRITES_AROUND_CLOSING)),
            (false, 0) if life.is_multiple_of(2) => {
                (strace::WRITE, chance.random_range(1..WRITES_OF_OPENING))
            }
            _ => point,
        };
        let mut serve = Serve::on(&data_dir).arg("--no-keychain").under(strace::kill_at(call, n));
        for argument in seal.into_iter().flatten() {
            serve = serve.arg(argument);
        }
        match serve.try_start().await {
            Err(died) => {
                assert_eq!(died.status.signal(), Some(Signal::KILL.as_raw()), "{}", died.log);
                tally.opening += 1;
            }
            Ok(mut skep) => {
                load.point_at(Some(skep.ready.otlp_http));
                let until = if closes { load.n_acked() + BATCHES_BEFORE_CLOSING } else { usize::MAX };
                let status = tokio::select! {
                    status = within_patience("the kill", skep.ended()) => Some(status),
                    () = load.until_acked(until) => None,
                };
                load.point_at(None);
                match status {
                    Some(status) => {
                        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "{}", skep.log());
                        tally.serving += 1;
                    }
                    None if skep.terminate().await.0.signal().is_some() => tally.closing += 1,
                    None => tally.outlived += 1,
                }
            }
        }
        // A first opening that was killed early may not have left a file to read yet.
        if data_dir.join("skep.db").exists() && load.n_acked() > 0 {
            Audit::of(&data_dir, run)
                .assert_whole(&load.acked(), &format!("killed at {call} {n}, life {life}"));
        }
        let skep = starts.within(START_WITHIN, &data_dir).await;
        Audit::of(&data_dir, run)
            .assert_whole(&load.acked(), &format!("killed at {call} {n}, life {life}, next program"));
        skep.kill().await;
    }
    tally.acked_batches += load.abandon().await.len();
}

/// Scenario: the same behind a proxy that answers before it passes a request on.
/// Guarantees: the rig sees the loss. Were this to find none, the test above would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_sees_a_loss_where_the_answer_comes_too_early() {
    if !strace::is_here("R01 control") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let mut skep =
        Serve::on(&data_dir).arg("--no-keychain").under(strace::kill_at(strace::WRITE, 150)).start().await;
    let proxy = EarlyAck::before(skep.ready.otlp_http).await;
    let load = Load::start(1, WORKERS);
    load.point_at(Some(proxy.address()));
    within_patience("the kill", skep.ended()).await;
    let acked = load.abandon().await;
    let lost = Audit::of(&data_dir, 1).lost(&acked).len();
    assert!(lost > 0, "the control lost nothing of {} batches: the rig is broken", acked.len());
    println!("R01 control: lost {lost} of {} acknowledged batches, as it must", acked.len());
}
