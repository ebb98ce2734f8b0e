//! Waits end by the clock, by an order, when the machine wakes up, when its network changes; and bounds of the backlog.

use crate::rig::{Rig, ledger, names, save};
use crate::server::{Reply, Server};
use skep_forward::{Limits, Save, Settings, State};
use std::sync::atomic::Ordering;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// The wait is drawn from nothing to a ceiling: with this one it is long with near certainty.
fn long_waits() -> Limits {
    Limits { backoff_first: HOUR * 1000, backoff_max: HOUR * 1000, ..Limits::default() }
}

/// Scenario: a wait without a time that the destination asked for; the machine sleeps, or its network changes.
/// Guarantees: it is tried again at once, once each time.
#[tokio::test]
async fn waking_up_and_another_network_end_a_wait() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(503)).await;
    let rig = Rig::open_with(dir.path(), long_waits(), Vec::new()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a"]).await;
    server.wait_for(1).await;
    rig.wait_for(id, |status| status.state == State::Retrying).await;
    rig.clock.sleep(Duration::from_secs(60));
    server.wait_for(2).await;
    rig.wait_for(id, |status| status.sent == 2 && status.state == State::Retrying).await;
    rig.house.network.fetch_add(1, Ordering::SeqCst);
    server.wait_for(3).await;
    rig.wait_for(id, |status| status.sent == 3 && status.state == State::Retrying).await;
    rig.clock.advance(Duration::from_secs(60));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.requests().len(), 3, "time alone does not end it");
    rig.close().await;
}

/// Guarantees: a time that the destination asked for is waited for, asleep or not.
#[tokio::test]
async fn a_time_that_was_asked_for_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::Answer(429, "retry-after: 600\r\n".into(), Vec::new())).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a"]).await;
    rig.wait_for(id, |status| status.retry_in == Some(Duration::from_secs(600))).await;
    rig.clock.sleep(Duration::from_secs(300));
    rig.house.network.fetch_add(1, Ordering::SeqCst);
    rig.clock.advance(Duration::from_secs(299));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.requests().len(), 1);
    rig.clock.advance(Duration::from_secs(2));
    server.wait_for(2).await;
    rig.close().await;
}

/// Scenario: the destination is away for a day while a request comes every minute; it comes back.
/// Guarantees: nothing is given up; everything arrives once, in order, the first hour too.
#[tokio::test]
async fn a_day_without_the_destination() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(503)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    let minutes: Vec<String> = (0..24 * 60).map(|minute| format!("minute {minute}")).collect();
    for minute in &minutes {
        rig.keep(&[minute.as_str()]).await;
        rig.clock.advance(Duration::from_secs(60));
    }
    let status = rig.wait_for(id, |status| status.state == State::Retrying).await;
    assert_eq!((status.waiting, status.refused), (24 * 60, 0));
    assert_eq!(status.waiting_age, Some(Duration::from_secs(24 * 3600)));
    assert!(status.waiting_bytes > 0);
    let n_before = server.requests().len();
    assert!(n_before < 24 * 60, "it is not asked every minute");
    server.answer_with(|_| Reply::status(200));
    rig.forwarder.retry(id).await.unwrap();
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!((status.acknowledged, status.refused, status.possible_duplicates), (24 * 60, 0, 0));
    let arrived: Vec<String> = server.requests()[n_before..].iter().flat_map(names).collect();
    // The last try of the day may be among them.
    let arrived = &arrived[arrived.len() - minutes.len()..];
    assert_eq!(arrived, minutes);
    println!("a day away: asked {n_before} times, then {} events in order", arrived.len());
    rig.close().await;
}

/// Scenario: more waits than the backlog's bound; then the same for one that keeps everything.
/// Guarantees: the oldest leave and are counted exactly; the other one keeps all.
#[tokio::test]
async fn a_bounded_backlog_counts_what_leaves() {
    for keeps_all in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(|_| Reply::status(503)).await;
        let rig = Rig::open(dir.path()).await;
        let settings = Settings { backlog_bytes: Some(2_000), keeps_all, ..Settings::default() };
        let id = rig.forwarder.save(Save { settings: Some(settings), ..save(&server.url) }).await.unwrap();
        for n in 0..100 {
            rig.keep(&[&format!("span {n}")]).await;
        }
        let status = rig.status(id).unwrap();
        assert_eq!(status.waiting + status.refused, 100);
        assert_eq!(status.left_unsent, status.refused);
        if keeps_all {
            assert_eq!(status.refused, 0);
        } else {
            assert!(status.waiting_bytes <= 2_000 && status.refused > 50, "{status:?}");
            assert_eq!(
                status.last_refusal.as_deref(),
                Some("left the backlog at its bound before it could be sent")
            );
        }
        let n_before = server.requests().len();
        server.answer_with(|_| Reply::status(200));
        rig.forwarder.retry(id).await.unwrap();
        let after = rig.wait_for(id, |status| status.waiting == 0).await;
        assert_eq!(after.acknowledged, status.waiting);
        let arrived: Vec<String> = server.requests()[n_before..].iter().flat_map(names).collect();
        assert_eq!(arrived.last().map(String::as_str), Some("span 99"));
        assert_eq!(ledger(&after)[3], status.refused);
        rig.close().await;
    }
}
