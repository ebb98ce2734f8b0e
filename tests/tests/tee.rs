//! The tee: at least once across kills, one request before a pause, no key to another host, counts that add up.

#![allow(clippy::unwrap_used, reason = "test code")]

use opentelemetry_proto::tonic::trace::v1::Status;
use prost::Message;
use rand::Rng;
use serde_json::{Value, json};
use skep_tests::load::{self, AckLog, Load, SPANS_PER_BATCH};
use skep_tests::rig::early_ack::EarlyAck;
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{Serve, Skep, until, within_patience};
use skep_tests::standin::{Answer, Ledger, Standin};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

const KEY: &str = "tee-key-0f4a";
const RUN: u64 = 3;
const KILLS: usize = 20;
const BATCHES_PER_ROUND: usize = 4;
const WORKERS: usize = 2;
const KILL_WITHIN: Duration = Duration::from_millis(30);
/// How long a request that must not come is waited for.
const SILENCE: Duration = Duration::from_secs(2);

async fn tee_to(data_dir: &Path, url: &str) -> Skep {
    Serve::on(data_dir).forward_to(url, KEY).start().await
}

/// Sends one batch, which must be acknowledged.
async fn send(skep: &Skep, batch: u64) {
    let body = load::request(RUN, batch).encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
}

/// Acknowledged spans that the stand-in never accepted.
fn missing(acked: &AckLog, ledger: &Ledger) -> usize {
    let span_keys = |batch: &u64| {
        let trace_id = load::trace_id(RUN, *batch);
        load::spans_of(*batch).map(move |span_id| (trace_id.clone(), span_id))
    };
    acked.iter().flat_map(span_keys).filter(|key| !ledger.spans.contains_key(key)).count()
}

fn batches(numbers: impl IntoIterator<Item = u64>) -> AckLog {
    numbers.into_iter().collect()
}

/// The tee's numbers for the one destination there is.
#[derive(Debug, PartialEq)]
struct Counts {
    acknowledged: u64,
    waiting: u64,
    refused: u64,
}

fn counts(skep: &Skep) -> Counts {
    let status = skep.ask(["status"]);
    let destinations = status["forward"].as_array().unwrap_or_else(|| panic!("{status}"));
    let [destination] = &destinations[..] else { panic!("one destination: {status}") };
    let count = |name: &str| destination[name].as_u64().unwrap_or_else(|| panic!("{name}: {status}"));
    let counts =
        Counts { acknowledged: count("acknowledged"), waiting: count("waiting"), refused: count("refused") };
    let stored = status["stored"].as_u64().unwrap();
    assert_eq!(counts.acknowledged + counts.waiting + counts.refused, stored, "the ledger adds up: {status}");
    counts
}

async fn until_counts(skep: &Skep, wanted: Counts) {
    until("the tee's counts", || counts(skep), |counts| *counts == wanted).await;
}

fn of(n_batches: u64) -> u64 {
    n_batches * SPANS_PER_BATCH
}

/// Scenario: a load, the tee on, twenty times `kill -9`.
/// Guarantees: every acknowledged span reaches the destination at least once, and the counts say so.
#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_span_is_forwarded_across_kills() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let standin = Standin::start(KEY).await;
    let mut load = Load::start(RUN, WORKERS);
    for round in 1..=KILLS {
        let skep = tee_to(&data_dir, &standin.url()).await;
        load.point_at(Some(skep.ready.otlp_http));
        within_patience("acknowledgements", load.until_acked(round * BATCHES_PER_ROUND)).await;
        tokio::time::sleep(rand::rng().random_range(Duration::ZERO..KILL_WITHIN)).await;
        skep.kill().await;
        load.point_at(None);
    }
    let skep = tee_to(&data_dir, &standin.url()).await;
    load.point_at(Some(skep.ready.otlp_http));
    let acked = within_patience("the last answers", load.finish()).await;
    within_patience("every span at the destination", standin.until(|ledger| missing(&acked, ledger) == 0))
        .await;
    let n_spans = of(acked.len() as u64);
    until_counts(&skep, Counts { acknowledged: n_spans, waiting: 0, refused: 0 }).await;
    let n_accepted: usize = standin.ledger().spans.values().sum();
    println!(
        "{n_spans} spans over {KILLS} kills: all forwarded, {} of them again",
        n_accepted as u64 - n_spans
    );
}

/// The control of what `missing` sees: a proxy that says 200 for a destination that keeps nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_span_that_the_destination_did_not_keep_is_seen_to_be_missing() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    standin.answer_with(Answer::status(503));
    let proxy = EarlyAck::before(standin.address()).await;
    let skep = tee_to(&dir.path().join("data"), &format!("http://{}", proxy.address())).await;
    send(&skep, 0).await;
    until_counts(&skep, Counts { acknowledged: of(1), waiting: 0, refused: 0 }).await;
    within_patience("the refused request", standin.until(|ledger| !ledger.requests.is_empty())).await;
    assert_eq!(missing(&batches([0]), &standin.ledger()), 50, "the rig counts what was lost on the way");
}

/// Scenario: the destination refuses the key; later a program with a good one starts.
/// Guarantees: one request and no more, nothing lost, everything delivered in the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_pauses_after_one_request_and_keeps_the_queue() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let standin = Standin::start(KEY).await;
    standin.answer_with(Answer::status(401));
    let skep = tee_to(&data_dir, &standin.url()).await;
    send(&skep, 0).await;
    within_patience("the refusal", standin.until(|ledger| ledger.requests.len() == 1)).await;
    for batch in 1..4 {
        send(&skep, batch).await;
    }
    tokio::time::sleep(SILENCE).await;
    assert_eq!(standin.ledger().requests.len(), 1, "paused after one request");
    assert_eq!(counts(&skep), Counts { acknowledged: 0, waiting: of(4), refused: 0 });
    let (status, _) = skep.terminate().await;
    assert!(status.success(), "{status}");

    standin.answer_with(Answer::Accept);
    let skep = tee_to(&data_dir, &standin.url()).await;
    within_patience("delivery", standin.until(|ledger| missing(&batches(0..4), ledger) == 0)).await;
    until_counts(&skep, Counts { acknowledged: of(4), waiting: 0, refused: 0 }).await;
}

/// Scenario: overload with `Retry-After`, a cut connection, no answer from a dead host, then success.
/// Guarantees: retried until delivered; nothing refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_passing_trouble_is_retried_until_it_passes() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    standin.answer_next([
        Answer::retry_after(503, "1"),
        Answer::retry_after(429, "1"),
        Answer::Cut,
        Answer::status(504),
    ]);
    let skep = tee_to(&dir.path().join("data"), &standin.url()).await;
    send(&skep, 0).await;
    within_patience("delivery", standin.until(|ledger| missing(&batches([0]), ledger) == 0)).await;
    until_counts(&skep, Counts { acknowledged: of(1), waiting: 0, refused: 0 }).await;
    let statuses: Vec<_> = standin.ledger().requests.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(503), Some(429), None, Some(504), Some(200)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_away_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    let (address, url) = (standin.address(), standin.url());
    drop(standin);
    let skep = tee_to(&dir.path().join("data"), &url).await;
    send(&skep, 0).await;
    assert_eq!(counts(&skep), Counts { acknowledged: 0, waiting: of(1), refused: 0 });
    let standin = Standin::start_at(address, KEY).await.unwrap();
    within_patience("delivery", standin.until(|ledger| missing(&batches([0]), ledger) == 0)).await;
}

/// Scenario: the destination answers with a redirect to another host.
/// Guarantees: it is not followed; the key reaches nobody else; the spans wait.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_never_followed() {
    let dir = tempfile::tempdir().unwrap();
    let other = Standin::start(KEY).await;
    let standin = Standin::start(KEY).await;
    standin.answer_with(Answer::Redirect { to: format!("{}/v1/traces", other.url()) });
    let skep = tee_to(&dir.path().join("data"), &standin.url()).await;
    send(&skep, 0).await;
    within_patience("the redirect", standin.until(|ledger| !ledger.requests.is_empty())).await;
    tokio::time::sleep(SILENCE).await;
    assert_eq!(other.ledger().requests.len(), 0, "the key went to a host nobody named");
    assert_eq!(counts(&skep), Counts { acknowledged: 0, waiting: of(1), refused: 0 });
    // A client that does follow would have been seen.
    follow(other.address()).await;
    assert!(other.ledger().requests[0].header_names.iter().any(|name| name == "x-honeycomb-team"));
}

async fn follow(address: SocketAddr) {
    let mut request = post("/v1/traces", "application/x-protobuf", load::request(RUN, 0).encode_to_vec());
    request.headers_mut().insert("x-honeycomb-team", KEY.parse().unwrap());
    once(address, request).await;
}

/// Scenario: the destination takes a request but rejects three of its spans; later it refuses every request that holds
/// a certain span, and such a request waits between others.
/// Guarantees: rejected spans are counted as refused and never sent again; of what was sent together only the bad span
/// is refused, and kept: it can be looked at, and sent again when the destination has changed its mind.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_counted_and_the_rest_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    standin.answer_with(Answer::RejectSpans { count: 3 });
    let skep = tee_to(&dir.path().join("data"), &standin.url()).await;
    send(&skep, 0).await;
    until_counts(&skep, Counts { acknowledged: of(1) - 3, waiting: 0, refused: 3 }).await;
    assert_eq!(standin.ledger().requests.len(), 1, "a partial success is not sent again");

    standin.answer_with(Answer::retry_after(503, "1"));
    send(&skep, 1).await;
    let poisoned = load::request_of(RUN, 2, "poison").encode_to_vec();
    once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", poisoned)).await;
    send(&skep, 3).await;
    standin.answer_with(Answer::RefuseSpanNamed("poison".to_owned()));
    until_counts(&skep, Counts { acknowledged: of(4) - 4, waiting: 0, refused: 4 }).await;
    assert_eq!(missing(&batches([1, 2, 3]), &standin.ledger()), 1, "the one bad span alone is missing");

    let id = destination(&skep)["id"].clone();
    let letters = skep.call("forward_letters", &json!({ "id": id, "limit": 10 })).await;
    let letter = &letters["letters"][0];
    assert_eq!((&letter["events"], &letter["summary"]), (&json!(1), &json!("load poison")), "{letters}");
    standin.answer_with(Answer::Accept);
    let sent = skep.call("forward_resend", &json!({ "id": id })).await;
    assert_eq!(sent["acknowledged"], 1, "{sent}");
    assert_eq!(missing(&batches([1, 2, 3]), &standin.ledger()), 0);
    assert_eq!(destination(&skep)["lettered"], 0);
}

/// The one destination there is, as the pages see it.
fn destination(skep: &Skep) -> Value {
    skep.ask(["status"])["forward"][0].clone()
}

/// Scenario: a destination that is off; later one trace, then everything of a time, is sent there by hand.
/// Guarantees: what arrives equals what the tee sends of the same requests.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_by_hand_equals_what_the_tee_sends() {
    let dir = tempfile::tempdir().unwrap();
    let (tee, by_hand) = (Standin::start(KEY).await, Standin::start(KEY).await);
    let skep = tee_to(&dir.path().join("data"), &tee.url()).await;
    let off = json!({ "url": by_hand.url(), "enabled": false, "key": KEY });
    let reply = skep.call("forward_save", &off).await;
    let id = reply["destinations"][1]["id"].clone();
    for batch in 0..3 {
        send(&skep, batch).await;
    }
    within_patience("the tee", tee.until(|ledger| missing(&batches(0..3), ledger) == 0)).await;
    let sent = skep.call("forward_send", &json!({ "id": id, "trace_id": load::trace_id(RUN, 1) })).await;
    assert_eq!(sent, json!({ "acknowledged": 50, "refused": 0, "unsent": 0, "reason": null }));
    assert_eq!(missing(&batches([1]), &by_hand.ledger()), 0);
    assert_eq!(by_hand.ledger().spans.len(), 50, "that trace alone");
    let sent = skep.call("forward_send", &json!({ "id": id, "filter": "load.batch != 1" })).await;
    assert_eq!(sent["acknowledged"], 100, "{sent}");
    let events = |standin: &Standin| {
        let mut events: Vec<String> =
            standin.ledger().events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        events.sort();
        events
    };
    assert_eq!(events(&by_hand), events(&tee));
}

/// Scenario: one trace in four, and every trace with an error; Honeycomb weighs what it is told.
/// Guarantees: whole traces alone; those with an error stand for themselves; the weights add up to what came in, within
/// what chance allows; what was left out is counted.
#[tokio::test(flavor = "multi_thread")]
async fn sampled_counts_stay_right() {
    const TRACES: u64 = 400;
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    let skep = Serve::on(dir.path().join("data"))
        .forward_to(&standin.url(), KEY)
        .arg("--forward-sample")
        .arg("4")
        .arg("--forward-wait")
        .arg("0")
        .start()
        .await;
    for batch in 0..TRACES {
        let mut request = load::request(RUN, batch);
        if batch % 40 == 0 {
            let span = &mut request.resource_spans[0].scope_spans[0].spans[7];
            span.status = Some(Status { code: 2, message: String::new() });
        }
        let answer =
            once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", request.encode_to_vec()));
        assert_eq!(answer.await.status(), 200);
    }
    until("nothing waits", || destination(&skep), |now| now["waiting"] == 0).await;
    let now = destination(&skep);
    let count = |name: &str| now[name].as_u64().unwrap();
    assert_eq!(count("acknowledged") + count("left_out"), of(TRACES), "{now}");
    let ledger = standin.ledger();
    let mut of_trace: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for event in ledger.span_events() {
        let trace = of_trace.entry(event.data["trace.trace_id"].to_string()).or_default();
        *trace = (trace.0 + 1, event.sample_rate);
    }
    assert!(of_trace.values().all(|(n_spans, _)| *n_spans == SPANS_PER_BATCH), "whole traces");
    let n_errors = of_trace.values().filter(|(_, rate)| *rate == 1).count();
    assert_eq!(n_errors, 10, "each trace with an error stands for itself");
    let weight: i64 = of_trace.values().map(|(_, rate)| rate).sum();
    // Five standard deviations of 4 times a binomial of 390 and 1/4.
    assert!((229..=571).contains(&weight), "{weight} for {TRACES} traces");
}

/// Scenario: the same over gRPC, from protobuf and JSON.
/// Guarantees: everything arrives with the same ids and fields.
#[tokio::test(flavor = "multi_thread")]
async fn a_destination_of_grpc_gets_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    let skep = tee_to(&dir.path().join("data"), &standin.url().replace("http:", "grpc:")).await;
    send(&skep, 0).await;
    let json = serde_json::to_vec(&load::request(RUN, 1)).unwrap();
    assert_eq!(once(skep.ready.otlp_http, post("/v1/traces", "application/json", json)).await.status(), 200);
    within_patience("delivery", standin.until(|ledger| missing(&batches(0..2), ledger) == 0)).await;
    until_counts(&skep, Counts { acknowledged: of(2), waiting: 0, refused: 0 }).await;
    let ledger = standin.ledger();
    assert!(ledger.requests.iter().all(|request| request.line == "gRPC TraceService/Export"));
    assert!(
        ledger
            .span_events()
            .all(|event| event.dataset == "load" && event.data["load.run"] == *RUN.to_string())
    );
}

/// Scenario: a key that is good, one that is not, and one that nobody may paste.
/// Guarantees: what a key opens is told before it is saved; a management key goes nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_tried_before_it_is_saved() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    let skep = Serve::on(dir.path().join("data")).arg("--no-keychain").start().await;
    let check = async |key: &str| {
        let asked = json!({ "url": standin.url(), "key": key });
        skep.call("forward_check", &asked).await
    };
    let good = check(KEY).await;
    assert_eq!(
        (&good["ready"], &good["sentence"]),
        (&json!(true), &json!("the key opens team Skep, environment Test"))
    );
    let bad = check("another").await;
    assert_eq!(bad["ready"], false);
    assert_eq!(bad["sentence"], "the key opens nothing (401): unknown API key - check your credentials");
    let n_before = standin.ledger().requests.len();
    let mut management = post(
        "/rpc/forward_check",
        "application/json",
        json!({ "url": standin.url(), "key": "hcamk_a:b" }).to_string(),
    );
    management.headers_mut().insert("authorization", format!("Bearer {}", skep.token()).parse().unwrap());
    assert_eq!(once(skep.ui_address(), management).await.status(), 400);
    assert_eq!(standin.ledger().requests.len(), n_before);
}

/// Headers and encoding of what is sent on, and that asking for the status changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_on_is_otlp_with_the_key_in_its_header() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    let skep = tee_to(&dir.path().join("data"), &standin.url()).await;
    send(&skep, 0).await;
    within_patience("delivery", standin.until(|ledger| missing(&batches([0]), ledger) == 0)).await;
    let ledger = standin.ledger();
    let request = ledger.requests_to("/v1/traces").next().unwrap();
    assert_eq!(request.content_type, "application/x-protobuf");
    assert!(["", "gzip", "zstd"].contains(&request.content_encoding.as_str()), "{request:?}");
    for name in ["x-honeycomb-team", "user-agent"] {
        assert!(request.header_names.iter().any(|header| header == name), "{name}: {request:?}");
    }
    let event = ledger.span_events().next().unwrap();
    assert_eq!((event.dataset.as_str(), &event.data["load.run"]), ("load", &Value::from(RUN.to_string())));
}
