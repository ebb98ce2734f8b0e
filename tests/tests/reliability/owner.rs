//! R09: two programs on one data directory.

use skep_tests::rig::{Campaign, Serve};
use std::path::Path;

/// Starts two at once and says which were refused, and how; the others were ready.
async fn race(dirs: [&Path; 2]) -> (usize, Vec<String>) {
    let start = |dir: &Path| Serve::on(dir).arg("--no-keychain").try_start();
    let (one, other) = tokio::join!(start(dirs[0]), start(dirs[1]));
    let mut n_ready = 0;
    let mut refused = Vec::new();
    for outcome in [one, other] {
        match outcome {
            Ok(skep) => {
                n_ready += 1;
                // Still the owner after the other one ended.
                assert_eq!(skep.ask(["status"])["received"], 0);
                skep.kill().await;
            }
            Err(died) => {
                assert_eq!(died.status.code(), Some(1), "{}", died.log);
                refused.push(died.log);
            }
        }
    }
    (n_ready, refused)
}

/// Scenario: two programs start at the same moment, on a new directory and on one that exists.
/// Guarantees: exactly one owns it; the other says why it does not.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_programs_owns_a_directory() {
    let campaign = Campaign::begin("R09 owners");
    let n_races = campaign.choose(20, 100);
    let dir = tempfile::tempdir().unwrap();
    for race_idx in 0..n_races {
        let data_dir = dir.path().join(format!("data{}", race_idx / 2));
        let (n_ready, refused) = race([&data_dir, &data_dir]).await;
        assert_eq!((n_ready, refused.len()), (1, 1), "race {race_idx}: {refused:?}");
        assert!(refused[0].contains("another Skep is using"), "{refused:?}");
    }
    campaign.result(format_args!("{n_races} races, one owner each"));
}

/// Scenario: two programs start at the same moment on a directory each.
/// Guarantees: the race sees two owners where there are two.
#[tokio::test(flavor = "multi_thread")]
async fn the_race_sees_two_owners() {
    let dir = tempfile::tempdir().unwrap();
    let (n_ready, _) = race([&dir.path().join("one"), &dir.path().join("other")]).await;
    assert_eq!(n_ready, 2);
}
