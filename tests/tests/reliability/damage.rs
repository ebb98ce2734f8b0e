//! R07: files that are not what was written.

use prost::Message;
use rand::Rng;
use rand::rngs::StdRng;
use skep_tests::clock;
use skep_tests::load::{Audit, request};
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{Campaign, Serve, Skep};
use std::path::{Path, PathBuf};
use std::time::Duration;

const START_WITHIN: Duration = Duration::from_secs(3);
/// A start that other work of the machine slowed down is measured again, on the same damage.
const MEASURED: u32 = 3;

const BATCHES_BEFORE: u64 = 24;
const FILES: [&str; 4] = ["skep.db", "skep.db-wal", "skep.db-shm", "skep.db-bodies"];

/// The header's version: a small number there is a newer file by definition, not damage.
const VERSION_AT: std::ops::Range<usize> = 60..64;
const HEADER_BYTES: usize = 100;

/// Two states of one store, to be damaged: early, and later, when killed with a log not yet written back.
struct Originals {
    early: PathBuf,
    late: PathBuf,
    _dir: tempfile::TempDir,
}

impl Originals {
    async fn make() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let [data_dir, early, late] = ["data", "early", "late"].map(|name| dir.path().join(name));
        for (life, copy) in [&early, &late].into_iter().enumerate() {
            let skep = Serve::on(&data_dir).arg("--no-keychain").start().await;
            for batch in 0..BATCHES_BEFORE {
                keep(&skep, life as u64, batch).await.unwrap();
            }
            // The early state is written back into the file when it ends; the late one stays in the log.
            copy_store(&data_dir, copy);
            if life == 0 {
                skep.terminate().await;
            } else {
                skep.kill().await;
            }
        }
        Self { early, late, _dir: dir }
    }
}

fn copy_store(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in FILES {
        if from.join(file).exists() {
            std::fs::copy(from.join(file), to.join(file)).unwrap();
        }
    }
}

async fn keep(skep: &Skep, run: u64, batch: u64) -> Result<(), u16> {
    let body = request(run, batch).encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    if answer.status() == 200 { Ok(()) } else { Err(answer.status().as_u16()) }
}

/// Damages the copy in `dir` and says how.
fn damage(originals: &Originals, dir: &Path, chance: &mut StdRng) -> String {
    match chance.random_range(0..100) {
        0..3 => {
            std::fs::write(dir.join("skep.db"), b"").unwrap();
            return "an empty file beside its log".to_owned();
        }
        3..7 => {
            std::fs::copy(originals.early.join("skep.db-wal"), dir.join("skep.db-wal")).unwrap();
            return "the log of an earlier state".to_owned();
        }
        7..11 => {
            std::fs::copy(originals.early.join("skep.db"), dir.join("skep.db")).unwrap();
            return "the file of an earlier state".to_owned();
        }
        11..14 => {
            std::fs::remove_file(dir.join("skep.db-wal")).unwrap();
            return "no log".to_owned();
        }
        14..17 => {
            std::fs::remove_file(dir.join("skep.db-bodies")).unwrap();
            return "nothing beside".to_owned();
        }
        17..20 => {
            std::fs::copy(originals.early.join("skep.db-bodies"), dir.join("skep.db-bodies")).unwrap();
            return "what lay beside at an earlier time".to_owned();
        }
        _ => {}
    }
    let file = FILES[[0, 0, 0, 1, 1, 2, 3][chance.random_range(0..7)]];
    let path = dir.join(file);
    let mut bytes = std::fs::read(&path).unwrap();
    // A fifth of all damage is to the header, where it does most.
    let end = if chance.random_range(0..5) == 0 { HEADER_BYTES } else { bytes.len() };
    let at = chance.random_range(0..end);
    let version = bytes[VERSION_AT].to_vec();
    let how = match chance.random_range(0..4) {
        0 => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
        1 => {
            let until = (at + chance.random_range(1..8192)).min(bytes.len());
            bytes[at..until].fill(0);
            format!("zero from {at} to {until}")
        }
        2 => {
            let until = (at + chance.random_range(1..2048)).min(bytes.len());
            chance.fill(&mut bytes[at..until]);
            format!("noise from {at} to {until}")
        }
        _ => {
            let flips: Vec<usize> =
                (0..chance.random_range(1..9)).map(|_| chance.random_range(0..end)).collect();
            for at in &flips {
                bytes[*at] ^= 1 << chance.random_range(0..8);
            }
            format!("a bit flipped at each of {flips:?}")
        }
    };
    let is_small_version = |bytes: &[u8]| bytes.get(VERSION_AT).is_some_and(|version| version[..2] == [0, 0]);
    if file == "skep.db" && is_small_version(&bytes) {
        bytes[VERSION_AT].copy_from_slice(&version);
    }
    std::fs::write(&path, bytes).unwrap();
    format!("{file}: {how}")
}

#[derive(Debug, Default)]
struct Seen {
    put_aside: usize,
    entries_left_out: u64,
    refused_until_restart: usize,
    slowest: Duration,
}

/// Starts a program on a copy of `damaged`. `Err` says why it was not ready in time.
async fn start(damaged: &Path, data_dir: &Path) -> Result<(Skep, Duration), String> {
    for _ in 0..MEASURED {
        if data_dir.exists() {
            std::fs::remove_dir_all(data_dir).unwrap();
        }
        copy_store(damaged, data_dir);
        let started = clock::start();
        let skep = Serve::on(data_dir).arg("--no-keychain").try_start().await.map_err(|died| died.log)?;
        let took = started.elapsed();
        if took <= START_WITHIN {
            return Ok((skep, took));
        }
        println!("a start took {took:?}");
        skep.kill().await;
    }
    Err(format!("{MEASURED} starts took longer than {START_WITHIN:?}"))
}

fn count_of(status: &serde_json::Value, code: &str) -> u64 {
    let notices = status["notices"].as_array().unwrap();
    let notice = notices.iter().find(|notice| notice["code"] == code);
    notice.map_or(0, |notice| notice["count"].as_u64().unwrap())
}

async fn assert_starts(damaged: &Path, dir: &Path, how: &str, seen: &mut Seen) {
    let data_dir = dir.join("data");
    let (mut skep, took) = start(damaged, &data_dir).await.unwrap_or_else(|why| panic!("{how}: {why}"));
    seen.slowest = seen.slowest.max(took);
    if let Err(status) = keep(&skep, 9, 0).await {
        // Damage that only a write met: said, and put aside by the next start.
        assert_eq!(status, 503, "{how}");
        assert!(skep.log().contains("put aside at the next start"), "{how}: {}", skep.log());
        seen.refused_until_restart += 1;
        skep.terminate().await;
        skep = Serve::on(&data_dir).arg("--no-keychain").start().await;
        keep(&skep, 9, 0).await.unwrap_or_else(|status| panic!("{how}: still {status}: {}", skep.log()));
    }
    let status = skep.ask(["status"]);
    let n_aside = count_of(&status, "damaged_file");
    assert!(n_aside <= 1, "{how}: {status}");
    if n_aside == 1 {
        seen.put_aside += 1;
        let names = std::fs::read_dir(&data_dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let aside: Vec<String> = names.filter(|name| name.contains(".damaged-")).collect();
        let main =
            aside.iter().find(|name| name.ends_with('Z')).unwrap_or_else(|| panic!("{how}: {aside:?}"));
        assert!(skep.log().contains(main), "{how}: the log says so: {}", skep.log());
    }
    seen.entries_left_out += count_of(&status, "damaged");
    Audit::of(&data_dir, 9).assert_whole(&[0].into(), how);
    assert!(!skep.log().contains("panicked"), "{how}: {}", skep.log());
    skep.kill().await;
}

/// Scenario: the file, its log or its index is flipped, zeroed, overwritten, cut, emptied, missing, or of another
/// time; then the program starts.
/// Guarantees: it is ready within 3 s and takes more, and a file it cannot read is put aside, which it says.
#[tokio::test(flavor = "multi_thread")]
async fn no_damage_keeps_the_program_from_starting() {
    let campaign = Campaign::begin("R07 damage");
    let n_cases = campaign.choose(60, 1000);
    let originals = Originals::make().await;
    let mut seen = Seen::default();
    for case in 1..=n_cases {
        let dir = tempfile::tempdir().unwrap();
        let damaged = dir.path().join("damaged");
        copy_store(&originals.late, &damaged);
        let how = damage(&originals, &damaged, &mut campaign.chance(case));
        let how = format!("case {case} of seed {}, {how}", campaign.seed());
        assert_starts(&damaged, dir.path(), &how, &mut seen).await;
        campaign.progress(case as usize, n_cases as usize, format_args!("{seen:?}"));
    }
    assert!(seen.put_aside > 0 && seen.entries_left_out > 0, "no damage was seen: the rig is broken");
    campaign.result(format_args!("{n_cases} damaged files, all started, {seen:?}"));
}

/// Scenario: a file of a newer version, which is refused, and left where it is.
/// Guarantees: the rig sees a program that does not start.
#[tokio::test(flavor = "multi_thread")]
async fn the_rig_sees_a_program_that_does_not_start() {
    let originals = Originals::make().await;
    let dir = tempfile::tempdir().unwrap();
    let damaged = dir.path().join("newer");
    copy_store(&originals.early, &damaged);
    // Without the log, which would bring the old header back.
    std::fs::remove_file(damaged.join("skep.db-wal")).unwrap();
    let path = damaged.join("skep.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[VERSION_AT].copy_from_slice(&[0, 0, 3, 231]);
    std::fs::write(&path, &bytes).unwrap();
    let why = start(&damaged, &dir.path().join("data")).await.map(|_| ()).unwrap_err();
    assert!(why.contains("written by a newer Skep"), "{why}");
    assert_eq!(std::fs::read(dir.path().join("data/skep.db")).unwrap(), bytes, "it lies where it lay");
}
