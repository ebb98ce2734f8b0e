//! The stand-in keeps Honeycomb's rules: what it takes, how it refuses, what events it makes.

#![allow(clippy::unwrap_used, reason = "test code")]

use bytes::Bytes;
use expect_test::expect;
use http::{Request, Response};
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use skep_tests::load;
use skep_tests::rig::http::{Connection, get, once, post};
use skep_tests::standin::{Answer, Standin};
use std::io::Write;

const KEY: &str = "a-test-key";
const RUN: u64 = 7;

fn with_key(mut request: Request<Full<Bytes>>, key: &str) -> Request<Full<Bytes>> {
    request.headers_mut().insert("x-honeycomb-team", key.parse().unwrap());
    request
}

/// Batch 0 of the load as protobuf, with the key.
fn traces() -> Request<Full<Bytes>> {
    let body = load::request(RUN, 0).encode_to_vec();
    with_key(post("/v1/traces", "application/x-protobuf", body), KEY)
}

fn message(response: &Response<Bytes>) -> String {
    let is_json = response.headers()["content-type"] == "application/json";
    assert!(is_json, "{response:?}");
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    body["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_request_is_taken_in_every_encoding_and_counted_each_time() {
    let standin = Standin::start(KEY).await;
    let message = load::request(RUN, 0);
    let plain = message.encode_to_vec();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let cases = [
        ("application/x-protobuf", "", plain.clone()),
        ("application/protobuf", "gzip", gzip.finish().unwrap()),
        ("application/x-protobuf", "zstd", zstd::encode_all(&*plain, 1).unwrap()),
        ("application/json", "identity", serde_json::to_vec(&message).unwrap()),
    ];
    for (content_type, content_encoding, body) in cases.clone() {
        let mut request = with_key(post("/v1/traces", content_type, body), KEY);
        if !content_encoding.is_empty() {
            request.headers_mut().insert("content-encoding", content_encoding.parse().unwrap());
        }
        let response = once(standin.address(), request).await;
        assert_eq!(response.status(), 200, "{content_type} {content_encoding}");
        let empty = if content_type.ends_with("json") { "{}" } else { "" };
        assert_eq!(response.body(), empty, "{content_type}");
    }
    let ledger = standin.ledger();
    assert_eq!(ledger.requests.len(), cases.len());
    assert_eq!(ledger.spans.len(), 50);
    assert!(ledger.spans.values().all(|count| *count == cases.len()));
    assert!(ledger.spans.contains_key(&(load::trace_id(RUN, 0), load::spans_of(0).next().unwrap())));
}

#[tokio::test]
async fn a_request_that_honeycomb_would_refuse_is_refused_in_its_words() {
    let standin = Standin::start(KEY).await;
    let check = async |request| {
        let response = once(standin.address(), request).await;
        let text = match response.headers()["content-type"].to_str().unwrap() {
            "application/json" => message(&response),
            "text/plain" => String::from_utf8(response.body().to_vec()).unwrap(),
            other => panic!("{other}"),
        };
        format!("{} {text}", response.status().as_u16())
    };
    let json = |body: &'static str| post("/v1/traces", "application/json", body);
    expect!["401 missing 'x-honeycomb-team' header"].assert_eq(&check(json("{}")).await);
    expect!["401 unknown API key - check your credentials"]
        .assert_eq(&check(with_key(json("{}"), "another-key")).await);
    expect![
        "415 unsupported content-type, valid types are: application/protobuf, application/x-protobuf, application/json"
    ]
    .assert_eq(&check(with_key(post("/v1/traces", "application/json; charset=utf-8", "{}"), KEY)).await);
    expect!["400 failed to parse OTLP request body: EOF while parsing an object at line 1 column 1"]
        .assert_eq(&check(with_key(json("{"), KEY)).await);
    assert!(standin.ledger().spans.is_empty());
    let headers = format!("{:?}", standin.ledger().requests);
    assert!(headers.contains("x-honeycomb-team") && !headers.contains("another-key"), "{headers}");
}

#[tokio::test]
async fn each_answer_is_what_it_says() {
    let standin = Standin::start(KEY).await;
    let check = async |answer: &str| {
        standin.answer_with(answer.parse().unwrap());
        match Connection::open(standin.address()).await.unwrap().send(traces()).await {
            Err(error) if error.is_incomplete_message() || error.is_body_write_aborted() => "cut".to_owned(),
            Err(error) => format!("cut: {error}"),
            Ok(response) => {
                let header = |name| response.headers().get(name).map_or("-", |value| value.to_str().unwrap());
                format!("{} {} {}", response.status().as_u16(), header("retry-after"), header("location"))
            }
        }
    };
    let mut seen = String::new();
    let answers = "ok 401 403 404 413 429 429:2 503:61 bad-span:load bad-span:other over:100 over:1000000 \
                   redirect:http://127.0.0.1:9/v1/traces cut slow:1 silent-drop garbage";
    for answer in answers.split_whitespace() {
        seen += &format!("{answer} -> {}\n", check(answer).await);
    }
    expect![[r#"
        ok -> 200 - -
        401 -> 401 - -
        403 -> 403 - -
        404 -> 404 - -
        413 -> 413 - -
        429 -> 429 - -
        429:2 -> 429 2 -
        503:61 -> 503 61 -
        bad-span:load -> 400 - -
        bad-span:other -> 200 - -
        over:100 -> 413 - -
        over:1000000 -> 200 - -
        redirect:http://127.0.0.1:9/v1/traces -> 307 - http://127.0.0.1:9/v1/traces
        cut -> cut
        slow:1 -> 200 - -
        silent-drop -> 200 - -
        garbage -> 200 - -
    "#]]
    .assert_eq(&seen);
    assert!(["", "200", "nonsense", "over:many"].iter().all(|text| text.parse::<Answer>().is_err()));
    let kept: Vec<_> = standin.ledger().spans.values().copied().collect();
    assert_eq!(
        kept,
        vec![5; 50],
        "only what was answered with 200 is kept, and not what is dropped in silence"
    );
}

#[tokio::test]
async fn one_answer_is_given_once_and_a_hanging_one_never() {
    let standin = Standin::start(KEY).await;
    standin.answer_next([Answer::status(503), Answer::Hang]);
    assert_eq!(once(standin.address(), traces()).await.status(), 503);
    let hanging = tokio::spawn(once(standin.address(), traces()));
    standin.until(|ledger| ledger.requests.len() == 2).await;
    assert_eq!(once(standin.address(), traces()).await.status(), 200);
    assert!(!hanging.is_finished());
    assert_eq!(standin.ledger().requests[1].status, None);
}

#[tokio::test]
async fn rejected_spans_are_counted_in_the_answer_and_not_kept() {
    let standin = Standin::start(KEY).await;
    standin.answer_with(Answer::RejectSpans { count: 3 });
    let response = once(standin.address(), traces()).await;
    let partial = ExportTraceServiceResponse::decode(&**response.body()).unwrap().partial_success.unwrap();
    assert_eq!((partial.rejected_spans, partial.error_message.is_empty()), (3, false));
    assert_eq!(standin.ledger().spans.len(), 47);
    assert_eq!(standin.ledger().span_events().count(), 47);
}

#[tokio::test]
async fn auth_tells_whose_key_it_is() {
    let standin = Standin::start(KEY).await;
    let good = once(standin.address(), with_key(get("/1/auth"), KEY)).await;
    let body: serde_json::Value = serde_json::from_slice(good.body()).unwrap();
    assert_eq!((good.status().as_u16(), &body["type"]), (200, &serde_json::json!("ingest")));
    let bad = once(standin.address(), with_key(get("/1/auth"), "another-key")).await;
    assert_eq!(bad.status(), 401);
    assert_eq!(bad.body(), r#"{"error":"unknown API key - check your credentials"}"#);
}

#[tokio::test]
async fn a_span_its_events_and_its_links_become_the_events_honeycomb_would_make() {
    let standin = Standin::start(KEY).await;
    let request = r#"{"resourceSpans": [{
      "resource": {"attributes": [
        {"key": "service.name", "value": {"stringValue": " shop "}},
        {"key": "name", "value": {"stringValue": "the resource's"}},
        {"key": "sampleRate", "value": {"intValue": "4"}}]},
      "scopeSpans": [{
        "scope": {"name": "opentelemetry.instrumentation.flask", "version": "0.5", "attributes": []},
        "spans": [{
          "traceId": "0000000000000000aaaaaaaaaaaaaaaa", "spanId": "bbbbbbbbbbbbbbbb",
          "parentSpanId": "cccccccccccccccc", "name": "GET /cart", "kind": 2, "traceState": "a=b",
          "startTimeUnixNano": "1000000", "endTimeUnixNano": "3500000",
          "status": {"code": 2, "message": "boom"},
          "attributes": [
            {"key": "status_code", "value": {"intValue": "500"}},
            {"key": "tags", "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}]}}},
            {"key": "user", "value": {"kvlistValue": {"values": [
              {"key": "id", "value": {"intValue": "7"}}]}}},
            {"key": "", "value": {"intValue": "1"}}],
          "events": [{"timeUnixNano": "2000000", "name": "exception", "attributes": [
            {"key": "exception.type", "value": {"stringValue": "KeyError"}}]}],
          "links": [{"traceId": "dddddddddddddddddddddddddddddddd", "spanId": "eeeeeeeeeeeeeeee",
            "attributes": []}]
        }]
      }]
    }]}"#;
    let parsed: ExportTraceServiceRequest = serde_json::from_str(request).unwrap();
    let body = parsed.encode_to_vec();
    let response =
        once(standin.address(), with_key(post("/v1/traces", "application/protobuf", body), KEY)).await;
    assert_eq!(response.status(), 200);
    let events = serde_json::to_string_pretty(&standin.ledger().events).unwrap();
    expect![[r#"
        [
          {
            "dataset": "shop",
            "time": "2000000",
            "sample_rate": 4,
            "data": {
              "error": true,
              "exception.type": "KeyError",
              "library.name": "opentelemetry.instrumentation.flask",
              "library.version": "0.5",
              "meta.annotation_type": "span_event",
              "meta.signal_type": "trace",
              "meta.time_since_span_start_ms": 1.0,
              "name": "exception",
              "parent_name": "GET /cart",
              "service.name": " shop ",
              "telemetry.instrumentation_library": true,
              "trace.parent_id": "bbbbbbbbbbbbbbbb",
              "trace.trace_id": "aaaaaaaaaaaaaaaa"
            }
          },
          {
            "dataset": "shop",
            "time": "1000000",
            "sample_rate": 4,
            "data": {
              "error": true,
              "library.name": "opentelemetry.instrumentation.flask",
              "library.version": "0.5",
              "meta.annotation_type": "link",
              "meta.signal_type": "trace",
              "name": "the resource's",
              "parent_name": "GET /cart",
              "service.name": " shop ",
              "telemetry.instrumentation_library": true,
              "trace.link.span_id": "eeeeeeeeeeeeeeee",
              "trace.link.trace_id": "dddddddddddddddddddddddddddddddd",
              "trace.parent_id": "bbbbbbbbbbbbbbbb",
              "trace.trace_id": "aaaaaaaaaaaaaaaa"
            }
          },
          {
            "dataset": "shop",
            "time": "1000000",
            "sample_rate": 4,
            "data": {
              "duration_ms": 2.5,
              "error": true,
              "exception.type": "KeyError",
              "library.name": "opentelemetry.instrumentation.flask",
              "library.version": "0.5",
              "meta.signal_type": "trace",
              "name": "GET /cart",
              "service.name": " shop ",
              "span.kind": "server",
              "span.num_events": 1,
              "span.num_links": 1,
              "status_code": 500,
              "status_message": "boom",
              "tags": "[\"a\",1]\n",
              "telemetry.instrumentation_library": true,
              "trace.parent_id": "cccccccccccccccc",
              "trace.span_id": "bbbbbbbbbbbbbbbb",
              "trace.trace_id": "aaaaaaaaaaaaaaaa",
              "trace.trace_state": "a=b",
              "type": "server",
              "user.id": 7
            }
          }
        ]"#]]
    .assert_eq(&events);
}

/// Guarantees: a batch is answered event by event, and what its answer leaves out is a mode of its own.
#[tokio::test]
async fn a_batch_is_answered_event_by_event() {
    let standin = Standin::start(KEY).await;
    let batch = r#"[{"data":{"a":1}},{"data":{"a":2}},{"data":{"a":3}}]"#;
    let mut seen = String::new();
    for answer in "ok per-event short-array empty-array 429:2 413 silent-drop".split(' ') {
        standin.answer_with(answer.parse().unwrap());
        let response =
            once(standin.address(), with_key(post("/1/batch/shop", "application/json", batch), KEY)).await;
        let body = String::from_utf8_lossy(response.body()).into_owned();
        seen += &format!(
            "{answer} -> {} {body}, {} kept\n",
            response.status().as_u16(),
            standin.ledger().events.len()
        );
    }
    expect![[r#"
        ok -> 200 [{"status":202},{"status":202},{"status":202}], 3 kept
        per-event -> 200 [{"status":202},{"error":"bratelimited","status":429},{"status":202}], 5 kept
        short-array -> 200 [{"status":202}], 8 kept
        empty-array -> 200 [], 11 kept
        429:2 -> 429 {"error":"Request dropped due to rate limiting."}, 11 kept
        413 -> 413 {"error":"Request body is too large."}, 11 kept
        silent-drop -> 200 [{"status":202},{"status":202},{"status":202}], 11 kept
    "#]]
    .assert_eq(&seen);
    let empty = |key| with_key(post("/1/batch/shop", "application/json", "[]"), key);
    standin.answer_with(Answer::Accept);
    assert_eq!(once(standin.address(), empty(KEY)).await.status(), 400);
    assert_eq!(once(standin.address(), empty("another-key")).await.status(), 401);
}
