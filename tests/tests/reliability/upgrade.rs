//! R08: older files, and kills while they become newer ones.

use crate::starts::Starts;
use prost::Message;
use rustix::process::Signal;
use skep_tests::load::{AckLog, Audit, SPANS_PER_BATCH, request};
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{Campaign, Serve, Skep, strace};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const START_WITHIN: Duration = Duration::from_secs(2);

/// The run that the old files hold: one whole batch of it, sealed, and where bodies lie beside a large one.
const RUN_OF_FILES: u64 = 8;

/// An opening makes fewer of each than this, or the sweep has run away.
const CALLS_OF_OPENING: u32 = 1000;
const CALLS: [&str; 3] = [strace::WRITE, strace::SYNC, strace::FILE];

/// A file of each version there has been, made by the program of that time.
fn old_files() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/crates/store/compat");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "db"));
    files.sort();
    files
}

/// What may lie beside a file, by how its name ends.
const BESIDE: [&str; 2] = ["-wal", "-bodies"];
const LARGE_BATCH: u64 = 2;

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn lay(file: Option<&PathBuf>, data_dir: &Path) {
    std::fs::create_dir_all(data_dir).unwrap();
    let Some(file) = file else { return };
    for suffix in [""].into_iter().chain(BESIDE).filter(|suffix| beside(file, suffix).exists()) {
        std::fs::copy(beside(file, suffix), beside(&data_dir.join("skep.db"), suffix)).unwrap();
    }
}

/// The batches that a file holds.
fn batches_of(file: Option<&PathBuf>) -> AckLog {
    let has_bodies = file.is_some_and(|file| beside(file, "-bodies").exists());
    file.map(|_| 0).into_iter().chain(has_bodies.then_some(LARGE_BATCH)).collect()
}

async fn assert_works(skep: &Skep, acked: &AckLog, when: &str) {
    Audit::of(&skep.ready.data_dir, RUN_OF_FILES).assert_whole(acked, when);
    assert_eq!(skep.ask(["status"])["notices"], serde_json::json!([]), "nothing is put aside, {when}");
    let body = request(1, 1).encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200, "{when}");
    let stored = SPANS_PER_BATCH * (1 + acked.len() as u64);
    assert_eq!(skep.ask(["status"])["spans"]["stored"], stored, "{when}");
}

/// Scenario: a file of each version there has been is opened.
/// Guarantees: what it holds is there, and it takes more.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_version_are_opened() {
    let files = old_files();
    assert!(files.len() >= 6, "there is a file of each version");
    for file in &files {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("data");
        lay(Some(file), &data_dir);
        let skep = Serve::on(&data_dir).arg("--no-keychain").start().await;
        assert_works(&skep, &batches_of(Some(file)), &file.display().to_string()).await;
        let honeycomb = skep.ask(["query", "SELECT COUNT WHERE kept.as = honeycomb AND service.name = shop"]);
        let has_honeycomb = file.file_stem().is_some_and(|version| version != "v1" && version != "v2");
        assert_eq!(honeycomb["rows"][0][0], u64::from(has_honeycomb), "{}", file.display());
        skep.terminate().await;
    }
}

/// Scenario: a kill at every disk call of a first opening, and of the first opening of a file of each older version.
/// Guarantees: the file is an old or a new one, never between: the next program starts within 2 s, finds what was
/// there and takes more.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_step_of_an_opening_leaves_a_file_that_opens() {
    let campaign = Campaign::begin("R08 upgrades");
    if !strace::is_here("R08 upgrades") {
        return;
    }
    let (mut n_killed, mut starts) = (0, Starts::default());
    let files = old_files();
    for file in std::iter::once(None).chain(files.iter().map(Some)) {
        let what =
            file.map_or("a first opening".to_owned(), |file| file.file_name().unwrap().display().to_string());
        let (mut killed_here, mut ended) = (0, Vec::new());
        for (call, n) in CALLS.into_iter().flat_map(|call| (1..CALLS_OF_OPENING).map(move |n| (call, n))) {
            if ended.contains(&call) {
                continue;
            }
            let dir = tempfile::tempdir().unwrap();
            let data_dir = dir.path().join("data");
            lay(file, &data_dir);
            let serve = Serve::on(&data_dir).arg("--no-keychain").under(strace::kill_at(call, n));
            let Err(died) = serve.try_start().await else {
                ended.push(call);
                continue;
            };
            assert_eq!(died.status.signal(), Some(Signal::KILL.as_raw()), "{what}, {call} {n}: {}", died.log);
            killed_here += 1;
            let skep = starts.within(START_WITHIN, &data_dir).await;
            assert_works(&skep, &batches_of(file), &format!("{what}, killed at {call} {n}")).await;
            skep.kill().await;
        }
        println!("R08 upgrades: {what}: killed at each of its {killed_here} disk calls");
        assert_eq!(ended, CALLS, "{what}: still killed after {CALLS_OF_OPENING} calls");
        n_killed += killed_here;
    }
    assert!(n_killed > 0, "no kill met an opening: the sweep is broken");
    campaign.result(format_args!("{n_killed} kills, each file opens, slowest start {:?}", starts.slowest));
}

/// Writes the file of the newest version to `SKEP_FILE_OUT`: to be run once, by hand, when there is a new version.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes a file for compat/, by hand"]
async fn make_a_file_of_this_version() {
    let out = std::env::var("SKEP_FILE_OUT").expect("SKEP_FILE_OUT names the file to write");
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    // What is sealed is what changes its form most.
    let skep = Serve::on(&data_dir).arg("--no-keychain").arg("--seal-rows").arg("1").start().await;
    let body = request(RUN_OF_FILES, 0).encode_to_vec();
    assert_eq!(
        once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await.status(),
        200
    );
    skep.terminate().await;
    // And what the log knows.
    let skep = Serve::on(&data_dir).arg("--no-keychain").start().await;
    let batch = r#"[{"time":"2026-11-25T11:00:00Z","data":{"kept.as":"honeycomb"}}]"#;
    let answer = once(skep.ready.otlp_http, post("/1/batch/shop", "application/json", batch)).await;
    assert_eq!(answer.status(), 200);
    // A kill leaves what lies beside.
    let body = request(RUN_OF_FILES, LARGE_BATCH).encode_to_vec();
    assert_eq!(
        once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await.status(),
        200
    );
    skep.kill().await;
    for suffix in [""].into_iter().chain(BESIDE) {
        std::fs::copy(beside(&data_dir.join("skep.db"), suffix), beside(Path::new(&out), suffix)).unwrap();
    }
}
