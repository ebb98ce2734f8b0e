//! 36,000 secrets, in every place that telemetry has for text, and none arrives.

#![allow(clippy::unwrap_used, reason = "test code")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use serde::Serialize;
use skep_tests::rig::http::{Connection, post};
use skep_tests::rig::{Serve, Skep, until};
use skep_tests::standin::Standin;

const KEY: &str = "canary-key-77aa";

/// Each is in all positions, in each of three ways of writing it.
const SECRETS: usize = 1_000;
const POSITIONS: usize = 12;
const WAYS: usize = 3;

/// Part of every secret.
const MARK: &str = "CANARY";

/// One secret of the forms that their makers document.
fn secret(n: usize) -> String {
    let id = format!("{n:010}");
    match n % 8 {
        0 => format!("AKIA{MARK}{id}"),
        1 => format!("ghp_{MARK}{id}abcdef"),
        2 => format!("eyJhbGci{MARK}{id}.eyJzdWIi{id}.c2lnbmF0dXJl{id}"),
        3 => format!("xoxb-{MARK}-{id}"),
        4 => format!("sk_live_{MARK}{id}"),
        5 => format!("AIza{MARK}{id}{}", "x".repeat(19)),
        6 => format!("Bearer {MARK}{id}tokentoken"),
        _ => format!("-----BEGIN RSA PRIVATE KEY-----\n{MARK}{id}\n-----END RSA PRIVATE KEY-----"),
    }
}

/// As it is, percent-encoded, in base64.
fn written(secret: &str, way: usize) -> String {
    match way {
        0 => format!("before {secret} after"),
        1 => secret.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        _ => STANDARD.encode(secret),
    }
}

fn any(value: Any) -> Option<AnyValue> {
    Some(AnyValue { value: Some(value) })
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: any(Any::StringValue(value.to_owned())), ..KeyValue::default() }
}

/// A span, with a secret in nine places, and a log record with it in three more.
fn requests(n: usize, secret: &str) -> (ExportTraceServiceRequest, ExportLogsServiceRequest) {
    let array = ArrayValue { values: vec![any(Any::StringValue(secret.to_owned())).unwrap()] };
    let map = KeyValueList { values: vec![text("inner", secret)] };
    let n = (n as u64 + 1).to_be_bytes();
    let span = Span {
        trace_id: [n, n].concat(),
        span_id: n.to_vec(),
        name: format!("GET {secret}"),
        status: Some(Status { code: 2, message: secret.to_owned() }),
        attributes: vec![
            text("plain", secret),
            KeyValue { key: "array".to_owned(), value: any(Any::ArrayValue(array)), ..KeyValue::default() },
            KeyValue { key: "map".to_owned(), value: any(Any::KvlistValue(map)), ..KeyValue::default() },
            text(secret, "in the key"),
        ],
        events: vec![Event {
            name: "event".to_owned(),
            attributes: vec![text("of.event", secret)],
            ..Event::default()
        }],
        links: vec![Link {
            trace_id: [n, n].concat(),
            span_id: n.to_vec(),
            attributes: vec![text("of.link", secret)],
            ..Link::default()
        }],
        start_time_unix_nano: 1_767_225_600_000_000_000,
        end_time_unix_nano: 1_767_225_600_001_000_000,
        ..Span::default()
    };
    let resource = || {
        Some(Resource {
            attributes: vec![text("service.name", "shop"), text("host", secret)],
            ..Resource::default()
        })
    };
    let scope = ScopeSpans {
        scope: Some(InstrumentationScope { name: secret.to_owned(), ..InstrumentationScope::default() }),
        spans: vec![span],
        schema_url: String::new(),
    };
    let traces = ResourceSpans { resource: resource(), scope_spans: vec![scope], schema_url: String::new() };
    let record = LogRecord {
        body: any(Any::StringValue(format!("said {secret}"))),
        attributes: vec![text("url.full", &format!("https://example.com/?next={secret}"))],
        time_unix_nano: 1_767_225_600_000_000_000,
        ..LogRecord::default()
    };
    let logs = ScopeLogs { log_records: vec![record], ..ScopeLogs::default() };
    let logs = ResourceLogs { resource: resource(), scope_logs: vec![logs], schema_url: String::new() };
    (
        ExportTraceServiceRequest { resource_spans: vec![traces] },
        ExportLogsServiceRequest { resource_logs: vec![logs] },
    )
}

/// Sends many as one request: the bytes of many are the bytes of one. As JSON each goes alone.
async fn send<M: Message + Serialize>(
    connection: &mut Connection,
    path: &str,
    messages: &[M],
    as_json: bool,
) {
    let bodies: Vec<(&str, Bytes)> = match as_json {
        true => {
            messages.iter().map(|one| ("application/json", serde_json::to_vec(one).unwrap().into())).collect()
        }
        false => {
            let all: Vec<u8> = messages.iter().flat_map(Message::encode_to_vec).collect();
            vec![("application/x-protobuf", all.into())]
        }
    };
    for (content_type, body) in bodies {
        assert_eq!(connection.send(post(path, content_type, body)).await.unwrap().status(), 200);
    }
}

/// Sends all, and counts how often the mark, in any way of writing it, is found in what arrived.
async fn arrived(scrub: bool) -> usize {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(KEY).await;
    let serve = Serve::on(dir.path().join("data")).forward_to(&standin.url(), KEY);
    let skep = if scrub { serve.arg("--forward-scrub") } else { serve }.start().await;
    let mut connection = Connection::open(skep.ready.otlp_http).await.unwrap();
    for way in 0..WAYS {
        let all: Vec<_> =
            (0..SECRETS).map(|n| requests(way * SECRETS + n, &written(&secret(n), way))).collect();
        let (traces, logs): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        for (idx, (traces, logs)) in traces.chunks(100).zip(logs.chunks(100)).enumerate() {
            let as_json = idx % 2 == 1;
            send(&mut connection, "/v1/traces", traces, as_json).await;
            send(&mut connection, "/v1/logs", logs, as_json).await;
        }
    }
    let destination = |skep: &Skep| skep.ask(["status"])["forward"][0].clone();
    let all = (SECRETS * WAYS * 4) as u64;
    until("everything sent on", || destination(&skep), |now| now["acknowledged"] == all).await;
    let ledger = standin.ledger();
    assert_eq!(ledger.spans.len(), SECRETS * WAYS, "every span arrives, with its secrets or without");
    let text = serde_json::to_string(&ledger.events).unwrap();
    forms().iter().map(|form| text.matches(form.as_str()).count()).sum()
}

/// The mark as it is, percent-encoded, and in base64 at each of its three offsets.
fn forms() -> Vec<String> {
    let percent = MARK.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let in_base64 = (0..3).map(|offset| {
        let encoded = STANDARD.encode(format!("{}{MARK}", "_".repeat(offset)));
        // Without the characters that what stands around it has a part in.
        encoded[[0, 2, 3][offset]..].trim_end_matches('=')[..6].to_owned()
    });
    [MARK.to_owned(), percent].into_iter().chain(in_base64).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn none_of_36_000_secrets_arrives() {
    let found = arrived(true).await;
    println!("{found} of {} secrets arrived", SECRETS * POSITIONS * WAYS);
    assert_eq!(found, 0);
}

/// The control: without scrubbing all of them do.
#[tokio::test(flavor = "multi_thread")]
async fn without_scrubbing_they_all_arrive() {
    let found = arrived(false).await;
    assert!(found >= SECRETS * POSITIONS * WAYS, "{found}: the search would miss some");
}
