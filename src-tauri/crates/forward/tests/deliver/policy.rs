//! Filters, sampling and scrubbing on the way out.

use crate::rig::{BROKEN_FILTER, Rig, names, save};
use crate::server::{Reply, Server};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use prost::Message;
use skep_forward::policy::{Policy, Sampling, Scrubbing};
use skep_forward::{ForwardError, Save, Settings, State};
use std::time::Duration;

fn with(url: &str, policy: Policy) -> Save {
    Save { settings: Some(Settings { policy, ..Settings::default() }), ..save(url) }
}

fn filter(text: &str) -> Policy {
    Policy { filter: text.to_owned(), ..Policy::default() }
}

/// Guarantees: what the filter keeps back is counted as left out, and the ledger adds up.
#[tokio::test]
async fn a_filter_keeps_back() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.forwarder.save(with(&server.url, filter("good"))).await.unwrap();
    rig.keep(&["good 1", "bad 2", "good 3"]).await;
    rig.keep(&["bad 4"]).await;
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!((status.acknowledged, status.left_out, status.refused), (2, 2, 0));
    assert_eq!(server.requests().iter().flat_map(names).collect::<Vec<_>>(), ["good 1", "good 3"]);
    let refused = rig.forwarder.save(with("http://127.0.0.1:9", filter("two words"))).await;
    assert!(matches!(refused, Err(ForwardError::Policy(_))), "{refused:?}");
    rig.close().await;
}

/// Scenario: judging fails.
/// Guarantees: nothing leaves, everything is kept, its user is told; with a filter that works it goes on.
#[tokio::test]
async fn where_judging_fails_nothing_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.forwarder.save(with(&server.url, filter(BROKEN_FILTER))).await.unwrap();
    rig.keep(&["a secret"]).await;
    let status = rig.wait_for(id, |status| status.state == State::Paused).await;
    assert_eq!((status.sent, status.waiting), (0, 1));
    assert_eq!(status.detail.as_deref(), Some("a rule failed; nothing was sent"));
    assert_eq!(server.requests().len(), 0);
    rig.forwarder.save(Save { id: Some(id), ..with(&server.url, filter("secret")) }).await.unwrap();
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!(status.acknowledged, 1);
    rig.close().await;
}

/// Guarantees: with a rate, whole traces leave, each saying for how many it stands; the counts of those that leave and
/// of those that do not add up.
#[tokio::test]
async fn sampling_sets_the_rate() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    let sampling = Sampling { one_in: 4, keep_errors: false, ..Sampling::default() };
    let policy = Policy { sampling, ..Policy::default() };
    let id = rig.forwarder.save(with(&server.url, policy)).await.unwrap();
    let spans: Vec<String> = (0..4_000).map(|n| n.to_string()).collect();
    rig.keep(&spans.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!(status.acknowledged + status.left_out, 4_000);
    let mut weight = 0;
    for request in server.requests() {
        let request = ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap();
        let spans =
            request.resource_spans.iter().flat_map(|group| &group.scope_spans).flat_map(|scope| &scope.spans);
        for span in spans {
            let rate = span.attributes.iter().find(|attribute| attribute.key == "SampleRate").unwrap();
            match rate.value.as_ref().unwrap().value {
                Some(Any::IntValue(rate)) => weight += rate,
                ref other => panic!("{other:?}"),
            }
        }
    }
    // Five standard deviations of 4 times a binomial of 4,000 and 1/4.
    assert!((3_452..=4_548).contains(&weight), "{weight}");
    rig.close().await;
}

/// Scenario: sampling that keeps traces with errors needs to know traces as a whole.
/// Guarantees: nothing leaves before their time; then it does.
#[tokio::test]
async fn traces_are_given_time_to_be_whole() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(200)).await;
    let rig = Rig::open(dir.path()).await;
    let sampling = Sampling { one_in: 2, wait_secs: 30, ..Sampling::default() };
    let id = rig.forwarder.save(with(&server.url, Policy { sampling, ..Policy::default() })).await.unwrap();
    rig.keep(&["a", "b", "c", "d", "e", "f", "g", "h"]).await;
    rig.clock.advance(Duration::from_secs(29));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((rig.status(id).unwrap().waiting, server.requests().len()), (8, 0));
    rig.clock.advance(Duration::from_secs(2));
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!(status.acknowledged + status.left_out, 8);
    rig.close().await;
}

/// Guarantees: what scrubbing finds does not leave, neither by itself nor when it is sent by hand or as a letter; what it
/// found is counted.
#[tokio::test]
async fn what_is_scrubbed_does_not_leave() {
    const SECRET: &str = "AKIAIOSFODNN7EXAMPLE";
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(400)).await;
    let rig = Rig::open(dir.path()).await;
    let scrubbing = Scrubbing { enabled: true, ..Scrubbing::default() };
    let id = rig.forwarder.save(with(&server.url, Policy { scrubbing, ..Policy::default() })).await.unwrap();
    rig.keep(&[&format!("GET /{SECRET}")]).await;
    let status = rig.wait_for(id, |status| status.lettered == 1).await;
    assert_eq!(status.tally.0.iter().sum::<u64>(), 1);
    server.answer_with(|_| Reply::status(200));
    rig.forwarder.resend(id, None).await.unwrap();
    let mut sender = rig.forwarder.sender(id).await.unwrap();
    let by_hand = crate::rig::event(&format!("by hand {SECRET}"));
    assert_eq!(sender.send(vec![by_hand]).await.acknowledged, 1);
    assert_eq!(server.requests().len(), 3);
    for request in server.requests() {
        assert!(!String::from_utf8_lossy(&request.body).contains(SECRET), "{}", request.path);
    }
    rig.close().await;
}
