//! What is refused for good: found with few requests, kept, looked at, sent once more.

use crate::rig::{Rig, ledger, names};
use crate::server::{Reply, Server};
use skep_forward::Limits;

/// Scenario: a request of 10,000 spans, one of which the destination refuses.
/// Guarantees: 9,999 arrive once, the one is a letter with the reason, within 30 requests.
#[tokio::test]
async fn one_bad_span_in_ten_thousand() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|request| match names(request).iter().any(|name| name == "poison") {
        true => Reply::Answer(400, "content-type: text/plain\r\n".into(), b"bad span".to_vec()),
        false => Reply::status(200),
    })
    .await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    let mut spans: Vec<String> = (0..10_000).map(|n| format!("span {n}")).collect();
    spans[6_789] = "poison".to_owned();
    rig.keep(&spans.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!((status.acknowledged, status.refused, status.lettered), (9_999, 1, 1));
    let n_requests = server.requests().len();
    assert!(n_requests <= 30, "{n_requests} requests");
    let mut arrived: Vec<String> = Vec::new();
    for request in server.requests() {
        let names = names(&request);
        if !names.contains(&"poison".to_owned()) {
            arrived.extend(names);
        }
    }
    spans.remove(6_789);
    assert_eq!(arrived, spans, "once each, in order");
    let letters = rig.forwarder.letters(id, 10).await.unwrap();
    assert_eq!(letters[0].letter.reason, "the destination cannot use the data (400): bad span");
    println!("one bad span in 10,000: {n_requests} requests");
    rig.close().await;
}

/// Scenario: every span of a large request is refused.
/// Guarantees: the search has an end; what is left is kept together.
#[tokio::test]
async fn where_all_is_bad_the_search_has_an_end() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(400)).await;
    let limits = Limits { splits_max: 20, ..Limits::default() };
    let rig = Rig::open_with(dir.path(), limits, Vec::new()).await;
    let id = rig.add(&server.url).await;
    let spans: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    rig.keep(&spans.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!((status.refused, status.lettered), (1_000, 1_000));
    assert_eq!(server.requests().len(), 1 + 2 * 20);
    rig.close().await;
}

/// Scenario: two letters; the destination is asked again while it still refuses, and once more when it does not.
/// Guarantees: what is taken is no letter any more; what is not stays; the bytes are those that were refused.
#[tokio::test]
async fn letters_are_sent_once_more() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply::status(400)).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    rig.keep(&["a"]).await;
    rig.keep(&["b"]).await;
    let status = rig.wait_for(id, |status| status.lettered == 2).await;
    assert_eq!(ledger(&status)[3], 2);
    let came = rig.forwarder.resend(id, None).await.unwrap();
    assert_eq!((came.acknowledged, came.refused, came.unsent), (0, 2, 0));
    server.answer_with(|_| Reply::status(503));
    let came = rig.forwarder.resend(id, None).await.unwrap();
    assert_eq!((came.acknowledged, came.refused, came.unsent), (0, 0, 2));
    assert_eq!(came.reason.as_deref(), Some("the destination is not available (503)"));

    server.answer_with(|_| Reply::status(200));
    let letters = rig.forwarder.letters(id, 10).await.unwrap();
    let one = letters.last().unwrap().id;
    let came = rig.forwarder.resend(id, Some(vec![one])).await.unwrap();
    assert_eq!((came.acknowledged, rig.status(id).unwrap().lettered), (1, 1));
    assert_eq!(names(server.requests().last().unwrap()), ["a"]);
    rig.forwarder.forget_letters(id, None).await.unwrap();
    assert_eq!(rig.status(id).unwrap().lettered, 0);
    assert!(rig.forwarder.letters(id, 10).await.unwrap().is_empty());
    rig.close().await;
}

/// Scenario: a destination that takes at most three spans at once.
/// Guarantees: requests are halved until they fit, and all arrives in order.
#[tokio::test]
async fn what_is_too_large_is_halved() {
    let dir = tempfile::tempdir().unwrap();
    let server =
        Server::start(|request| Reply::status(if names(request).len() > 3 { 413 } else { 200 })).await;
    let rig = Rig::open(dir.path()).await;
    let id = rig.add(&server.url).await;
    let spans: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    rig.keep(&spans.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let status = rig.wait_for(id, |status| status.waiting == 0).await;
    assert_eq!((status.acknowledged, status.refused), (10, 0));
    let arrived: Vec<String> =
        server.requests().iter().map(names).filter(|names| names.len() <= 3).flatten().collect();
    assert_eq!(arrived, spans);
    rig.close().await;
}
