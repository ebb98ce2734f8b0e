//! Adding, changing and removing.

use crate::rig::{Rig, ledger, save};
use crate::server::{Reply, Server};
use skep_forward::{ForwardError, Save, Secret, State};

/// Scenario: a paused destination gets a new key.
/// Guarantees: it tries at once, and everything that waited arrives.
#[tokio::test]
async fn a_new_key_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|request| match request.header("x-honeycomb-team") {
        Some("right") => Reply::status(200),
        _ => Reply::status(401),
    })
    .await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a"]).await;
    rig.wait_for(id, |status| status.state == State::Paused).await;
    rig.keep(&["b"]).await;
    let change = Save { id: Some(id), key: Some(Secret::new("right")), ..save(&server.url) };
    rig.forwarder.save(change).await.unwrap();
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!((status.state, ledger(&status)), (State::Healthy, [3, 2, 0, 0, 0]));
    rig.close().await;
}

/// Guarantees: what cannot be used is said and changes nothing; one address is one destination.
#[tokio::test]
async fn what_cannot_be_used_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    let url = "https://api.honeycomb.io";
    let bad_header = Some(vec![("host".to_owned(), Secret::new("x"))]);
    for (change, error) in [
        (save("ftp://example.com"), "Address"),
        (save(&format!("{}/", server.url)), "Duplicate"),
        (Save { key: Some(Secret::new("hcamk_x:y")), ..save(url) }, "Key"),
        (Save { headers: bad_header, ..save(url) }, "Header"),
        (Save { id: Some(id + 1), ..save(url) }, "Unknown"),
    ] {
        let refused: ForwardError = rig.forwarder.save(change).await.unwrap_err();
        assert!(format!("{refused:?}").starts_with(error), "{refused:?}");
    }
    assert_eq!(rig.forwarder.status().len(), 1);
    assert!(matches!(rig.forwarder.retry(id + 1).await, Err(ForwardError::Unknown(_))));
    rig.close().await;
}

/// Scenario: a destination is removed while its request is on its way.
/// Guarantees: it is gone with its ledger and its key.
#[tokio::test]
async fn removing_forgets_everything() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::Silence).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a"]).await;
    server.wait_for(1).await;
    rig.forwarder.remove(id).await.unwrap();
    assert!(rig.forwarder.status().is_empty());
    assert!(matches!(rig.forwarder.remove(id).await, Err(ForwardError::Unknown(_))));
    rig.close().await;
    assert_eq!(std::fs::read_to_string(dir.path().join("keys.json")).unwrap(), "{}");
}
