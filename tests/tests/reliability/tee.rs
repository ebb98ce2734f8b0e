//! R38: `kill -9` at the N-th disk call with forwarding on.

use rand::Rng;
use rustix::process::Signal;
use skep_tests::load::{self, AckLog, Load, SPANS_PER_BATCH};
use skep_tests::rig::{Campaign, Serve, strace, until, within_patience};
use skep_tests::standin::{Ledger, Standin};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

const KEY: &str = "tee-kill-key";
const WORKERS: usize = 2;
const KILLS_PER_LIFE: usize = 12;

/// The calls a kill comes at: among the first of an opening, or in the middle of a load.
const WRITES: std::ops::Range<u32> = 1..400;
const SYNCS: std::ops::Range<u32> = 1..60;

fn missing(run: u64, acked: &AckLog, ledger: &Ledger) -> usize {
    let keys = acked.iter().flat_map(|batch| {
        let trace_id = load::trace_id(run, *batch);
        load::spans_of(*batch).map(move |span_id| (trace_id.clone(), span_id))
    });
    keys.filter(|key| !ledger.spans.contains_key(key)).count()
}

#[derive(Debug, Default)]
struct Tally {
    killed: usize,
    outlived: usize,
    acked_batches: usize,
    forwarded_again: usize,
}

/// Scenario: two senders and a tee; at each of many disk calls the program is killed and started again on the same
/// directory.
/// Guarantees: every acknowledged span reaches the destination; what arrives again is no more than one request a kill;
/// the ledger adds up.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_misses_the_destination_by_a_kill_at_any_disk_call() {
    let campaign = Campaign::begin("R38 tee kills");
    if !strace::is_here("R38 tee kills") {
        return;
    }
    let n_points = campaign.choose(12, 500);
    let mut tally = Tally::default();
    let mut n_done = 0;
    for life in 0..n_points / KILLS_PER_LIFE + 1 {
        let n_kills = KILLS_PER_LIFE.min(n_points - n_done);
        if n_kills == 0 {
            break;
        }
        live(&campaign, life, n_kills, &mut tally).await;
        n_done += n_kills;
        campaign.progress(n_done, n_points, format_args!("{tally:?}"));
    }
    assert!(tally.killed * 2 > n_points, "too few of the kills came: {tally:?}");
    campaign.result(format_args!("{n_points} points, {tally:?}, 0 lost"));
}

/// One data directory from its first opening on.
async fn live(campaign: &Campaign, life: usize, n_kills: usize, tally: &mut Tally) {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let run = life as u64 + 1;
    let mut chance = campaign.chance(run);
    let standin = Standin::start(KEY).await;
    let serve = |data_dir: &Path| Serve::on(data_dir).arg("--no-keychain").forward_to(&standin.url(), KEY);
    let load = Load::start(run, WORKERS);
    for _ in 0..n_kills {
        let (call, n) = match chance.random_bool(0.7) {
            true => (strace::WRITE, chance.random_range(WRITES)),
            false => (strace::SYNC, chance.random_range(SYNCS)),
        };
        match serve(&data_dir).under(strace::kill_at(call, n)).try_start().await {
            Err(died) => {
                assert_eq!(died.status.signal(), Some(Signal::KILL.as_raw()), "{}", died.log);
                tally.killed += 1;
            }
            Ok(mut skep) => {
                load.point_at(Some(skep.ready.otlp_http));
                let status = within_patience("the kill", skep.ended()).await;
                load.point_at(None);
                match status.signal() {
                    Some(signal) if signal == Signal::KILL.as_raw() => tally.killed += 1,
                    _ => tally.outlived += 1,
                }
            }
        }
    }
    let skep = serve(&data_dir).start().await;
    load.point_at(Some(skep.ready.otlp_http));
    let acked = within_patience("the last answers", load.finish()).await;
    within_patience("every span there", standin.until(|ledger| missing(run, &acked, ledger) == 0)).await;
    let status = || skep.ask(["status"]);
    let now = until("nothing waits", status, |now| now["forward"][0]["waiting"] == 0).await;
    let count = |name: &str| now["forward"][0][name].as_u64().unwrap();
    assert_eq!(count("acknowledged"), now["stored"].as_u64().unwrap(), "the ledger adds up: {now}");
    assert_eq!((count("refused"), count("left_out")), (0, 0));
    let ledger = standin.ledger();
    let n_accepted: usize = ledger.spans.values().sum();
    let n_again = n_accepted - ledger.spans.len();
    let largest = ledger.requests.iter().map(|request| request.n_spans).max().unwrap_or(0);
    assert!(
        n_again <= n_kills * largest,
        "{n_again} again in {n_kills} kills, of requests of at most {largest}"
    );
    assert_eq!(acked.len() as u64 * SPANS_PER_BATCH, ledger.spans.len() as u64);
    tally.acked_batches += acked.len();
    tally.forwarded_again += n_again;
}
