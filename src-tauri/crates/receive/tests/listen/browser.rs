use crate::http1::{Answer, post, send};
use crate::recorder::Recorder;
use crate::start;
use skep_receive::{Limits, Refusal, RefusedReason};

const PAGE: (&str, &str) = ("origin", "http://localhost:5173");
const JSON: (&str, &str) = ("content-type", "application/json");

fn is_readable(answer: &Answer) -> bool {
    answer.header("access-control-allow-origin") == Some(PAGE.1)
        && answer.header("access-control-allow-credentials") == Some("true")
        && answer.header("vary") == Some("origin")
}

#[tokio::test]
async fn pages_of_this_machine_may_send_and_read_every_answer() {
    let recorder = Recorder::new(Err(Refusal::Busy { retry_after_secs: 1 }));
    let receiver = start(Limits::default(), &recorder).await;
    for endpoint in receiver.endpoints {
        let asked = [
            PAGE,
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,x-honeycomb-team"),
        ];
        let preflight = send(endpoint.bound, "OPTIONS /v1/traces", &asked, b"").await;
        assert_eq!(preflight.status, 204);
        assert!(is_readable(&preflight));
        assert_eq!(preflight.header("access-control-allow-methods"), Some("post, options"));
        assert_eq!(
            preflight.header("access-control-allow-headers"),
            Some(
                "content-type, content-encoding, authorization, x-honeycomb-team, x-honeycomb-dataset, \
                 x-honeycomb-event-time, x-honeycomb-samplerate, x-otlp-api-key, traceparent, tracestate, baggage"
            )
        );
        assert_eq!(preflight.header("access-control-max-age"), Some("7200"));

        let log = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}"#;
        for (path, headers, body, status) in [
            ("/v1/traces", &[PAGE, JSON][..], &b"{}"[..], 200),
            ("/v1/traces", &[PAGE, JSON], b"?", 400),
            ("/v1/traces", &[PAGE], b"{}", 415),
            ("/v1/none", &[PAGE, JSON], b"{}", 404),
            ("/v1/logs", &[PAGE, JSON], log, 503),
        ] {
            let answer = post(endpoint.bound, path, headers, body).await;
            assert_eq!(answer.status, status, "{path}");
            assert!(is_readable(&answer), "{path} {answer:?}");
        }
    }
}

/// Scenario: pages from elsewhere, by preflight, by a simple request, and by gRPC-Web.
/// Guarantees: nothing reaches the sink, the page reads nothing, and the refusals are counted.
#[tokio::test]
async fn other_pages_are_kept_out() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let grpc = ("content-type", "application/grpc");
    let log = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}"#;
    for origin in ["https://example.com", "null", "http://localhost.example.com"] {
        for (line, headers) in [
            ("OPTIONS /v1/logs", &[("origin", origin)][..]),
            ("POST /v1/logs", &[("origin", origin), JSON]),
            ("POST /v1/logs", &[("origin", origin), grpc]),
        ] {
            let answer = send(addr, line, headers, log).await;
            assert_eq!(answer.status, 403, "{origin} {line}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin} {line}");
            assert_eq!(recorder.refused(), [RefusedReason::Origin], "{origin} {line}");
        }
    }
    assert_eq!(recorder.submissions().len(), 0);
}
