use crate::http1::{post, send};
use crate::recorder::{NOW, Recorder};
use crate::{compress, start};
use expect_test::expect;
use serde_json::{Value, json};
use skep_model::{Encoding, Signal};
use skep_receive::{Limits, Receiver, Refusal, RefusedReason};

const JSON: (&str, &str) = ("content-type", "application/json");
const MSGPACK: (&str, &str) = ("content-type", "application/msgpack");
const KEY: (&str, &str) = ("x-honeycomb-team", "secret-key");

async fn any() -> (Receiver, Recorder) {
    let recorder = Recorder::new(Ok(()));
    (start(Limits::default(), &recorder).await, recorder)
}

fn batch() -> Value {
    json!([{"time": "2023-11-14T22:13:20Z", "samplerate": 2, "data": {"a": 1}}, {"data": {}}, {"data": {"a": 2}}])
}

/// Scenario: a batch with a bad event in the middle, in every encoding and compression, to either port.
/// Guarantees: one status for each event, in the batch's encoding; the sink gets the bytes that were sent, for the
/// dataset in the path.
#[tokio::test]
async fn each_event_of_a_batch_has_a_status() {
    let (receiver, recorder) = any().await;
    let statuses = json!([{"status": 202}, {"status": 400, "error": "Request body should not be empty."}, {"status": 202}]);
    let in_msgpack = rmp_serde::to_vec(&batch()).unwrap();
    for endpoint in receiver.endpoints {
        for compression in ["identity", "gzip", "deflate", "zstd"] {
            for (media_type, encoding, body) in [
                (JSON, Encoding::HoneycombJson, batch().to_string().as_bytes()),
                (MSGPACK, Encoding::HoneycombMsgpack, &in_msgpack),
                (("content-type", "application/x-msgpack"), Encoding::HoneycombMsgpack, &in_msgpack),
            ] {
                let headers = [media_type, ("content-encoding", compression), KEY];
                let path = "/1/batch/my%20shop";
                let answer = post(endpoint.bound, path, &headers, &compress(compression, body)).await;
                let case = format!("{endpoint:?} {media_type:?} {compression}");
                let answered: Value = match encoding {
                    Encoding::HoneycombMsgpack => rmp_serde::from_slice(&answer.body).unwrap(),
                    _ => serde_json::from_slice(&answer.body).unwrap(),
                };
                assert_eq!((answer.status, answered), (200, statuses.clone()), "{case}");
                let answered_as = if encoding == Encoding::HoneycombJson { JSON.1 } else { MSGPACK.1 };
                assert_eq!(answer.header("content-type"), Some(answered_as), "{case}");
                let submission = recorder.submission().await;
                assert_eq!((submission.signal, submission.encoding), (Signal::Logs, encoding), "{case}");
                assert_eq!(submission.dataset.as_deref(), Some("my shop"), "{case}");
                assert_eq!(submission.body, *body, "{case}");
                let times: Vec<u64> = submission.decoded.events().iter().map(|event| event.time.0).collect();
                assert_eq!(times, [1_700_000_000_000_000_000, NOW.0], "{case}");
                assert_eq!(submission.decoded.problems.rejected_events, 1, "{case}");
            }
        }
    }
    assert_eq!(recorder.refused(), []);
}

/// Guarantees: what is kept of a single event is a batch of one that says what its headers said.
#[tokio::test]
async fn a_single_event_is_kept_with_its_headers() {
    let (receiver, recorder) = any().await;
    let addr = receiver.endpoints[1].bound;
    let time = ("x-honeycomb-event-time", "1700000001.5");
    let rate = ("x-honeycomb-samplerate", "3");
    let answer = post(addr, "/1/events/shop", &[JSON, KEY, time, rate], b"{\"a\":1}").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    let submission = recorder.submission().await;
    let expected = r#"[{"time":"1700000001.5","samplerate":3,"data":{"a":1}}]"#;
    assert_eq!(submission.body, expected.as_bytes());
    assert_eq!(submission.decoded.events()[0].time.0, 1_700_000_001_500_000_000);

    let answer = post(addr, "/1/events/shop", &[MSGPACK], b"\x81\xa1a\x01").await;
    assert_eq!(answer.status, 200);
    assert_eq!(recorder.submission().await.body, b"\x91\x81\xa4data\x81\xa1a\x01"[..]);
    // As `curl -d` sends it.
    let form = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(post(addr, "/1/events/shop", &[form], b"{\"a\":1}").await.status, 200);
    assert_eq!(post(addr, "/1/events/shop", &[], b"{\"a\":1}").await.status, 200);
    assert_eq!(recorder.submissions().len(), 2);
}

/// Guarantees: every refusal is an error in Honeycomb's shape, stores nothing and is counted.
#[tokio::test]
async fn refusals_are_in_honeycombs_words() {
    use RefusedReason::{Compression, Malformed, MediaType, Method, Origin, Path, TooLarge};
    let recorder = Recorder::new(Ok(()));
    let limits = Limits { body_bytes: 1_000, ..Limits::default() };
    let receiver = start(limits, &recorder).await;
    let addr = receiver.endpoints[0].bound;
    let page = ("origin", "http://localhost");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let (batch, event) = ("POST /1/batch/shop", "POST /1/events/shop");
    let cases = [
        (batch, &[JSON][..], &b"[]"[..], Malformed),
        (batch, &[JSON], b"", Malformed),
        (batch, &[JSON], b"[{\"data\"", Malformed),
        (batch, &[MSGPACK], b"\x81", Malformed),
        (event, &[JSON], b"[{\"data\":{\"a\":1}}]", Malformed),
        (event, &[JSON], b"{\"a\":1}},{\"data\":{\"b\":1}", Malformed),
        (batch, &[JSON], &[b' '; 1_001], TooLarge),
        (batch, &[JSON, ("content-encoding", "br")], b"[]", Compression),
        (batch, &[("content-type", "text/plain")], b"[]", MediaType),
        (event, &[form, page], b"{}", MediaType),
        (event, &[form, ("sec-fetch-site", "none")], b"{}", MediaType),
        ("POST /1/markers/shop", &[MSGPACK], b"\x80", MediaType),
        ("POST /1/events/a%ff", &[JSON], b"{}", Malformed),
        ("POST /1/events/", &[JSON], b"{}", Path),
        ("GET /1/columns/shop", &[], b"", Path),
        ("GET /1/markers/shop", &[], b"", Method),
        ("POST /1/auth", &[JSON], b"{}", Method),
        ("GET /1/auth", &[("origin", "https://example.com")], b"", Origin),
    ];
    let mut seen = String::new();
    for (line, headers, body, reason) in cases {
        let answer = send(addr, line, headers, body).await;
        seen += &format!("{line} {headers:?}: {} {}\n", answer.status, answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"), "{line}");
        assert_eq!(recorder.refused(), [reason], "{line}");
    }
    expect![[r#"
        POST /1/batch/shop [("content-type", "application/json")]: 400 {"error":"Request body should not be empty."}
        POST /1/batch/shop [("content-type", "application/json")]: 400 {"error":"Request body should not be empty."}
        POST /1/batch/shop [("content-type", "application/json")]: 400 {"error":"Request body is malformed and cannot be read."}
        POST /1/batch/shop [("content-type", "application/msgpack")]: 400 {"error":"Request body is malformed and cannot be read."}
        POST /1/events/shop [("content-type", "application/json")]: 400 {"error":"Request body is malformed and cannot be read."}
        POST /1/events/shop [("content-type", "application/json")]: 400 {"error":"Request body is malformed and cannot be read."}
        POST /1/batch/shop [("content-type", "application/json")]: 413 {"error":"Request body is too large."}
        POST /1/batch/shop [("content-type", "application/json"), ("content-encoding", "br")]: 415 {"error":"the compression must be one of gzip, deflate, zstd, or none"}
        POST /1/batch/shop [("content-type", "text/plain")]: 415 {"error":"the content type must be application/json or application/msgpack"}
        POST /1/events/shop [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://localhost")]: 415 {"error":"the content type must be application/json or application/msgpack"}
        POST /1/events/shop [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "none")]: 415 {"error":"the content type must be application/json or application/msgpack"}
        POST /1/markers/shop [("content-type", "application/msgpack")]: 415 {"error":"the content type must be application/json"}
        POST /1/events/a%ff [("content-type", "application/json")]: 400 {"error":"the dataset in the path is not UTF-8"}
        POST /1/events/ [("content-type", "application/json")]: 404 {"error":"nothing is here: send OTLP to /v1/traces, /v1/metrics or /v1/logs, and Honeycomb's own events to /1/batch/DATASET or /1/events/DATASET"}
        GET /1/columns/shop []: 404 {"error":"nothing is here: send OTLP to /v1/traces, /v1/metrics or /v1/logs, and Honeycomb's own events to /1/batch/DATASET or /1/events/DATASET"}
        GET /1/markers/shop []: 405 {"error":"this path does not take this method"}
        POST /1/auth [("content-type", "application/json")]: 405 {"error":"this path does not take this method"}
        GET /1/auth [("origin", "https://example.com")]: 403 {"error":"telemetry is taken only from pages of this machine, not from https://example.com: serve the page from localhost, or allow it on Skep's Connect page"}
    "#]].assert_eq(&seen);
    assert_eq!(recorder.submissions().len(), 0);

    let empty = post(addr, "/1/events/shop", &[JSON], b"{}").await;
    assert_eq!(
        (empty.status, empty.text().as_str()),
        (400, r#"{"error":"Request body should not be empty."}"#)
    );
    assert_eq!(recorder.submissions()[0].decoded.problems.rejected_events, 1, "it is counted by the store");
}

#[tokio::test]
async fn what_cannot_be_kept_now_is_to_be_sent_again() {
    let recorder = Recorder::new(Err(Refusal::Busy { retry_after_secs: 3 }));
    let receiver = start(Limits::default(), &recorder).await;
    let addr = receiver.endpoints[1].bound;
    for (path, body) in [("/1/batch/shop", &b"[{\"data\":{\"a\":1}}]"[..]), ("/1/markers/shop", b"{}")] {
        let answer = post(addr, path, &[JSON], body).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("3")), "{path}");
        assert!(answer.text().starts_with("{\"error\":"), "{path}");
    }
}

#[tokio::test]
async fn any_key_may_send_and_a_page_of_this_machine_may_ask() {
    let (receiver, _) = any().await;
    for endpoint in receiver.endpoints {
        let answer =
            send(endpoint.bound, "GET /1/auth", &[KEY, ("origin", "http://localhost:80")], b"").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some("http://localhost:80"));
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            (&said["api_key_access"]["events"], &said["team"]["slug"]),
            (&json!(true), &json!("skep"))
        );
        assert!(!answer.text().contains(KEY.1));
        let preflight =
            send(endpoint.bound, "OPTIONS /1/batch/shop", &[("origin", "http://localhost:80")], b"").await;
        assert_eq!(preflight.status, 204);
    }
}

#[tokio::test]
async fn a_marker_is_kept_as_it_came_and_answered_with_its_id() {
    let (receiver, recorder) = any().await;
    let body = br#"{"message":"deploy #5","type":"deploy","start_time":1600000000}"#;
    let answer = post(receiver.endpoints[1].bound, "/1/markers/__all__", &[JSON, KEY], body).await;
    let submission = recorder.submission().await;
    assert_eq!((submission.encoding, &submission.body[..]), (Encoding::HoneycombMarker, &body[..]));
    let event = &submission.decoded.events()[0];
    let (_, id) = event.attributes.iter().find(|(key, _)| &**key == "marker.id").unwrap();
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.status, 201);
    assert_eq!(said["id"].as_str(), id.as_str());
    assert_eq!(event.resource.service_name(), None, "it belongs to no dataset");
    expect![[r#""2023-11-14T22:13:20Z" 1600000000 "deploy #5""#]]
        .assert_eq(&format!("{} {} {}", said["created_at"], said["start_time"], said["message"]));
}
