//! R03 and R04: power cuts on a copied image, and the control that has to lose.

use crate::starts::Starts;
use rand::Rng;
use rustix::process::Signal;
use skep_tests::load::{Audit, Load};
use skep_tests::rig::image::Image;
use skep_tests::rig::{Campaign, Serve, strace, within_patience};
use std::time::Duration;

const WORKERS: usize = 2;
const START_WITHIN: Duration = Duration::from_secs(2);

/// Cuts of one run: the program is held while the image is copied, and goes on.
const CUTS_PER_RUN: usize = 10;
/// SQLite writes its log back into the file from this size on: 4096 pages, each with a header in the log. It does not
/// make the log shorter then, so a shorter one has never been written back.
const CHECKPOINT_BYTES: u64 = 4096 * (8192 + 24);

/// Acknowledged between two cuts at least.
const BATCHES_BETWEEN_CUTS: usize = 5;
/// The cut comes at random within this long after the acknowledgements it waits for.
const CUT_WITHIN: Duration = Duration::from_millis(40);

#[derive(Debug, Default)]
struct Cuts {
    n: usize,
    with_loss: usize,
    lost_batches: usize,
    acked_batches: usize,
    torn: usize,
    starts: Starts,
}

/// Cuts the power of one run again and again. With `is_control` the log is not synced when a commit says so.
async fn cut_one_run(campaign: &Campaign, run: u64, is_control: bool, cuts: &mut Cuts) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let Some(image) = Image::new(dir.path(), "R03 power cuts") else { return false };
    let mut serve = Serve::on(image.data_dir()).arg("--no-keychain");
    // The disk is smaller than what is kept free elsewhere.
    serve = serve.arg("--disk-free-min").arg("0").under(image.under());
    if is_control {
        // What `synchronous=NORMAL` does between two checkpoints: no sync of the log. Done from outside, so that the
        // program has no such switch.
        let wal = image.data_dir().join("skep.db-wal");
        let record = dir.path().join("record");
        serve = serve.under(strace::inject_on(&wal, strace::SYNC, "retval=0", &record));
    }
    let skep = serve.start().await;
    let mut load = Load::start(run, WORKERS);
    load.point_at(Some(skep.ready.otlp_http));
    let mut chance = campaign.chance(run);
    for _ in 0..CUTS_PER_RUN {
        let wanted = load.n_acked() + BATCHES_BETWEEN_CUTS;
        within_patience("acknowledgements", load.until_acked(wanted)).await;
        tokio::time::sleep(chance.random_range(Duration::ZERO..CUT_WITHIN)).await;
        skep.hold().await;
        // An answer that is still on its way was sent before the program was held, so after its sync.
        let cut = tempfile::tempdir().unwrap();
        let data_dir = image.cut(cut.path());
        let acked = load.acked();
        cuts.n += 1;
        cuts.acked_batches += acked.len();
        let n_lost = match data_dir {
            // The directory itself did not reach the disk.
            None => acked.len(),
            Some(data_dir) => {
                let next = cuts.starts.within(START_WITHIN, &data_dir).await;
                let audit = Audit::of(&data_dir, run);
                let notices = &next.ask(["status"])["notices"];
                assert!(is_control || *notices == serde_json::json!([]), "a cut damages nothing: {notices}");
                cuts.torn += audit.torn().len();
                next.kill().await;
                audit.lost(&acked).len()
            }
        };
        cuts.lost_batches += n_lost;
        cuts.with_loss += usize::from(n_lost > 0);
        // Held until here: were it to go on while the cut is looked at, a slow machine would make a long run.
        skep.signal(Signal::CONT);
    }
    let wal_bytes = image.file_bytes(skep.ready.pid, "skep.db-wal");
    println!("R03, R04: run {run} ends with {} batches and {wal_bytes} bytes of log", load.n_acked());
    // At a checkpoint NORMAL would sync the log, and this control would no longer be it.
    assert!(
        !is_control || wal_bytes < CHECKPOINT_BYTES,
        "the control's run was long enough for a checkpoint"
    );
    skep.kill().await;
    load.abandon().await;
    true
}

/// Scenario: two senders; at random moments the power is cut, and the next program starts on what the disk holds.
/// Guarantees: every acknowledged span is there, no request in part, nothing is damaged, ready within 2 s.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_by_a_power_cut() {
    let campaign = Campaign::begin("R03 power cuts");
    let n_cuts = campaign.choose(10, 100);
    let mut cuts = Cuts::default();
    for run in 1..=n_cuts / CUTS_PER_RUN {
        if !cut_one_run(&campaign, run as u64, false, &mut cuts).await {
            return;
        }
        campaign.progress(cuts.n, n_cuts, format_args!("{cuts:?}"));
        assert_eq!((cuts.lost_batches, cuts.torn), (0, 0), "in run {run}: {cuts:?}");
    }
    campaign.result(format_args!(
        "{} cuts, {} acknowledged batches looked for, 0 lost, 0 torn, slowest start {:?}",
        cuts.n, cuts.acked_batches, cuts.starts.slowest
    ));
}

/// Scenario: the same, with a log that is not synced when a commit says so.
/// Guarantees: the rig sees the loss in nearly every cut. Were this to find none, the test above would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_image_shows_a_loss_where_the_log_is_not_synced() {
    let campaign = Campaign::begin("R04 control of the power cuts");
    if !strace::is_here("R04 control of the power cuts") {
        return;
    }
    let n_runs = campaign.choose(1, 4);
    let mut cuts = Cuts::default();
    for run in 1..=n_runs {
        if !cut_one_run(&campaign, run, true, &mut cuts).await {
            return;
        }
    }
    assert!(
        cuts.with_loss * 8 >= cuts.n * 7,
        "the control lost in too few cuts, the rig is broken: {cuts:?}"
    );
    campaign.result(format_args!(
        "{} of {} cuts lost, {} of {} acknowledged batches, as they must",
        cuts.with_loss, cuts.n, cuts.lost_batches, cuts.acked_batches
    ));
}
