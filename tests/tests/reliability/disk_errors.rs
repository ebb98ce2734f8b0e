//! R06: syncs and writes that fail.

use prost::Message;
use skep_tests::load::{AckLog, Audit, is_large, request};
use skep_tests::rig::http::{Connection, post};
use skep_tests::rig::{Campaign, Serve, strace};
use std::path::Path;

/// Requests offered, one after another, each once.
const BATCHES: u64 = 40;

#[derive(Debug, Default)]
struct Offered {
    acked: AckLog,
    refused: AckLog,
    /// Acknowledged after the first refusal.
    n_after_refusal: usize,
}

async fn offer(port: std::net::SocketAddr, run: u64) -> Offered {
    let mut connection = Connection::open(port).await.unwrap();
    let mut offered = Offered::default();
    for batch in 0..BATCHES {
        let body = request(run, batch).encode_to_vec();
        let answer = connection.send(post("/v1/traces", "application/x-protobuf", body)).await.unwrap();
        match answer.status().as_u16() {
            200 => {
                offered.acked.insert(batch);
                offered.n_after_refusal += usize::from(!offered.refused.is_empty());
            }
            503 => {
                offered.refused.insert(batch);
            }
            other => panic!("batch {batch} was answered {other}"),
        }
    }
    offered
}

/// Whether each acknowledgement has a sync of its own, which came true, and that of a large request a second one for
/// what lies beside. Requests come one by one, so none share one.
fn are_all_synced(offered: &Offered, record: &Path) -> bool {
    let n_large = offered.acked.iter().filter(|batch| is_large(**batch)).count();
    offered.acked.len() + n_large <= strace::count(record, strace::SYNC).real
}

/// Runs one program in which `call` fails, on a new directory, and says what it answered and whether what it
/// acknowledged had been synced. `None` when the failure came so early that it could not start.
async fn run(dir: &Path, call: &str, outcome: &str) -> Option<Offered> {
    let (data_dir, record) = (dir.join("data"), dir.join("record"));
    let serve = Serve::on(&data_dir).arg("--no-keychain");
    let skep = match serve.under(strace::inject(call, outcome, &record)).try_start().await {
        Ok(skep) => skep,
        Err(died) => {
            assert_eq!(died.status.code(), Some(1), "a clear refusal: {}", died.log);
            return None;
        }
    };
    let offered = offer(skep.ready.otlp_http, 1).await;
    assert!(!skep.log().contains("panicked"), "{}", skep.log());
    skep.kill().await;
    Some(offered)
}

/// What the next program, on a disk that works, makes of it.
async fn assert_goes_on(dir: &Path, offered: &Offered, when: &str) {
    let data_dir = dir.join("data");
    let skep = Serve::on(&data_dir).arg("--no-keychain").start().await;
    Audit::of(&data_dir, 1).assert_whole(&offered.acked, when);
    assert_eq!(
        skep.ask(["status"])["notices"],
        serde_json::json!([]),
        "a failing disk is not a damaged file, {when}"
    );
    let again = offer(skep.ready.otlp_http, 2).await;
    assert_eq!(again.acked.len() as u64, BATCHES, "{when}");
    skep.kill().await;
}

/// Scenario: the N-th sync fails; every sync fails from the N-th on; a write finds the disk full, once or for good.
/// Guarantees: the senders concerned are told to try again, nothing is acknowledged without a sync that came true,
/// a disk that works again is used again without a restart, and the next program finds all that was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_after_a_failed_sync() {
    let campaign = Campaign::begin("R06 disk errors");
    if !strace::is_here("R06 disk errors") {
        return;
    }
    let syncs: Vec<u32> = campaign.choose(vec![1, 2, 3, 5, 9, 20], (1..=44).collect());
    let writes: Vec<u32> = campaign.choose(vec![3, 40, 160], (1..=300).step_by(6).collect());
    let cases = [
        (strace::SYNC, "EIO", syncs),
        (strace::WRITE, "ENOSPC", writes.clone()),
        (strace::WRITE, "EIO", writes),
    ];
    let (mut n_runs, mut n_unstarted, mut n_refused) = (0, 0, 0);
    for (call, error, points) in cases {
        let n_before = n_refused;
        for (n, for_good) in points.into_iter().flat_map(|n| [(n, false), (n, true)]) {
            let outcome = format!("error={error}:when={n}{}", if for_good { "+" } else { "" });
            let when = format!("{call} {outcome}");
            let dir = tempfile::tempdir().unwrap();
            n_runs += 1;
            let Some(offered) = run(dir.path(), call, &outcome).await else {
                n_unstarted += 1;
                assert_goes_on(dir.path(), &Offered::default(), &when).await;
                continue;
            };
            n_refused += offered.refused.len();
            let record = dir.path().join("record");
            let injected = strace::count(&record, call).injected;
            if call == strace::SYNC {
                assert!(
                    are_all_synced(&offered, &record),
                    "acknowledged without a sync, {when}: {offered:?}"
                );
            }
            if for_good {
                assert_eq!(offered.n_after_refusal, 0, "acknowledged after a failure for good, {when}");
            } else {
                assert!(
                    offered.refused.len() <= injected,
                    "one failure refuses one request, {when}: {offered:?}"
                );
            }
            assert_goes_on(dir.path(), &offered, &when).await;
        }
        assert!(n_refused > n_before, "no failure of {call} met a request");
        println!("R06 disk errors: {call} {error} done, {n_runs} runs, {n_refused} requests refused");
    }
    campaign.result(format_args!(
        "{n_runs} runs, {n_unstarted} refused to start, {n_refused} requests refused, 0 acknowledged without a sync"
    ));
}

/// Scenario: a disk that says it has synced and has not.
/// Guarantees: the rig sees acknowledgements without a sync. Were this to find none, the test above would prove
/// nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_rig_sees_an_acknowledgement_without_a_sync() {
    if !strace::is_here("R06 control") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let offered = run(dir.path(), strace::SYNC, "retval=0:when=9+").await.expect("it starts");
    assert_eq!(offered.acked.len() as u64, BATCHES, "the program cannot know");
    assert!(!are_all_synced(&offered, &dir.path().join("record")), "the rig is broken");
    println!("R06 control: acknowledgements without a sync are seen, as they must");
}
