//! The answer table, row by row, against the stand-in: what each answer leads to and how long is waited.

use crate::rig::{KEY, Rig, save};
use expect_test::expect;
use skep_forward::{DestinationStatus, Limits, State};
use skep_tests::standin::{Answer, Standin};
use std::time::Duration;

/// How many rows the table has.
const ROWS: usize = 24;

/// Answers a request of three spans like this and shows where that leads.
async fn row(name: &str, answer: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    let mut url = standin.url();
    let mut limits = Limits { request_timeout: Duration::from_millis(300), ..Limits::default() };
    match answer {
        "tls" => url = url.replace("http:", "https:"),
        "away" => url = "http://127.0.0.1:1".to_owned(),
        // What is tried a few times is tried at once.
        "408" | "500" => limits.backoff_first = Duration::ZERO,
        _ => {}
    }
    if let Ok(answer) = answer.parse::<Answer>() {
        standin.answer_with(answer);
    }
    let rig = Rig::open_with(dir.path(), limits, Vec::new()).await;
    let id = rig.forwarder.save(save(&url)).await.unwrap();
    rig.keep(&["a", "b", "c"]).await;
    let settled = |status: &DestinationStatus| {
        let is_settled = status.waiting == 0 && status.state == State::Healthy;
        is_settled || status.waiting > 0 && status.retry_in.is_some_and(|wait| !wait.is_zero())
    };
    let status = rig.wait_for(id, settled).await;
    let wait = match status.retry_in {
        None => String::new(),
        // A wait of its own choice is a matter of chance, below a ceiling.
        Some(wait) if status.state == State::Retrying && wait <= limits.backoff_first => {
            ", within 1s".to_owned()
        }
        Some(wait) => format!(", in {wait:?}"),
    };
    let n_requests = standin.ledger().requests.len();
    let text = format!(
        "{name}: {:?}{wait}; {} yes, {} unread, {} waiting, {} refused, {} kept; {n_requests} requests\n",
        status.state, status.acknowledged, status.unread, status.waiting, status.refused, status.lettered
    );
    rig.close().await;
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_consequence() {
    let rows = [
        ("200", "ok"),
        ("200 and some rejected", "reject:2"),
        ("200 and garbage", "garbage"),
        ("200 and more than is read", "huge"),
        ("200 late", "slow:50"),
        ("429", "429"),
        ("429, Retry-After in seconds", "429:61"),
        ("429, Retry-After as a date", "429:Thu, 01 Jan 2026 00:02:00 GMT"),
        ("502", "502"),
        ("503, Retry-After in seconds", "503:2"),
        ("504", "504"),
        ("no one listens", "away"),
        ("the answer breaks off", "cut"),
        ("no answer", "hang"),
        ("408", "408"),
        ("500", "500"),
        ("400", "bad-span:b"),
        ("413", "over:80"),
        ("401", "401"),
        ("403", "403"),
        ("404", "404"),
        ("415", "415"),
        ("307", "redirect:http://127.0.0.1:9/v1/traces"),
        ("no TLS that can be trusted", "tls"),
    ];
    assert_eq!(rows.len(), ROWS);
    let mut table = String::new();
    for (name, answer) in rows {
        table += &row(name, answer).await;
    }
    expect![[r#"
        200: Healthy; 3 yes, 0 unread, 0 waiting, 0 refused, 0 kept; 1 requests
        200 and some rejected: Healthy; 1 yes, 0 unread, 0 waiting, 2 refused, 0 kept; 1 requests
        200 and garbage: Healthy; 3 yes, 3 unread, 0 waiting, 0 refused, 0 kept; 1 requests
        200 and more than is read: Healthy; 3 yes, 3 unread, 0 waiting, 0 refused, 0 kept; 1 requests
        200 late: Healthy; 3 yes, 0 unread, 0 waiting, 0 refused, 0 kept; 1 requests
        429: Retrying, within 1s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        429, Retry-After in seconds: Retrying, in 61s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        429, Retry-After as a date: Retrying, in 120s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        502: Retrying, within 1s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        503, Retry-After in seconds: Retrying, in 2s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        504: Retrying, within 1s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        no one listens: Retrying, within 1s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 0 requests
        the answer breaks off: Retrying, within 1s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        no answer: Retrying, within 1s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        408: Healthy; 0 yes, 0 unread, 0 waiting, 3 refused, 3 kept; 3 requests
        500: Healthy; 0 yes, 0 unread, 0 waiting, 3 refused, 3 kept; 3 requests
        400: Healthy; 2 yes, 0 unread, 0 waiting, 1 refused, 1 kept; 5 requests
        413: Healthy; 3 yes, 0 unread, 0 waiting, 0 refused, 0 kept; 3 requests
        401: Paused, in 900s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        403: Paused, in 900s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        404: Paused, in 900s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        415: Paused, in 900s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        307: Paused, in 900s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 1 requests
        no TLS that can be trusted: Paused, in 900s; 0 yes, 0 unread, 3 waiting, 0 refused, 0 kept; 0 requests
    "#]]
    .assert_eq(&table);
    println!("answer matrix: {ROWS} of {ROWS}");
}

/// Guarantees: over gRPC each answer leads where it leads over HTTP; a JSON request is sent as the protobuf it means.
#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_it_is_the_same() {
    let mut table = String::new();
    for answer in
        ["ok", "reject:2", "429", "429:61", "503", "bad-span:b", "over:80", "401", "403", "404", "500"]
    {
        let dir = tempfile::tempdir().unwrap();
        let standin = Standin::start(KEY).await;
        standin.answer_with(answer.parse().unwrap());
        let backoff_first = if answer == "500" { Duration::ZERO } else { Duration::from_secs(1) };
        let rig = Rig::open_with(dir.path(), Limits { backoff_first, ..Limits::default() }, Vec::new()).await;
        let id = rig.forwarder.save(save(&format!("grpc://{}", standin.address()))).await.unwrap();
        rig.keep(&["a", "b", "c"]).await;
        let settled = |status: &DestinationStatus| {
            let is_settled = status.waiting == 0 && status.state == State::Healthy;
            is_settled || status.waiting > 0 && status.retry_in.is_some_and(|wait| !wait.is_zero())
        };
        let status = rig.wait_for(id, settled).await;
        let asked = status.retry_in.filter(|wait| *wait > Duration::from_secs(1));
        table += &format!(
            "{answer}: {:?} {asked:?}; {} yes, {} waiting, {} refused; {} spans there\n",
            status.state,
            status.acknowledged,
            status.waiting,
            status.refused,
            standin.ledger().spans.len()
        );
        rig.close().await;
    }
    expect![[r#"
        ok: Healthy None; 3 yes, 0 waiting, 0 refused; 3 spans there
        reject:2: Healthy None; 1 yes, 0 waiting, 2 refused; 1 spans there
        429: Retrying None; 0 yes, 3 waiting, 0 refused; 0 spans there
        429:61: Retrying Some(61s); 0 yes, 3 waiting, 0 refused; 0 spans there
        503: Retrying None; 0 yes, 3 waiting, 0 refused; 0 spans there
        bad-span:b: Healthy None; 2 yes, 0 waiting, 1 refused; 2 spans there
        over:80: Healthy None; 3 yes, 0 waiting, 0 refused; 3 spans there
        401: Paused Some(900s); 0 yes, 3 waiting, 0 refused; 0 spans there
        403: Paused Some(900s); 0 yes, 3 waiting, 0 refused; 0 spans there
        404: Paused Some(900s); 0 yes, 3 waiting, 0 refused; 0 spans there
        500: Healthy None; 0 yes, 0 waiting, 3 refused; 0 spans there
    "#]]
    .assert_eq(&table);
}
