//! `skep export` from outside: what one store exports another takes, and exports again.

#![allow(clippy::unwrap_used, reason = "test code")]

use prost::Message;
use serde_json::{Value, json};
use skep_tests::load;
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{Serve, Skep, run, skep_binary};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

const TRACE_ID: &str = "5b8efff798038103d269b633813fc60c";

/// A request of each signal that holds what is easily lost.
fn requests() -> [(&'static str, Value); 3] {
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
    let span = json!({
        "traceId": TRACE_ID, "spanId": "eee19b7ec3c1b174", "traceState": "a=b", "flags": 257, "name": "=HYPERLINK(1)",
        "kind": 3, "startTimeUnixNano": "1700000000000000001", "endTimeUnixNano": "1700000000000000009",
        "attributes": [
            {"key": "twice", "value": {"intValue": "1"}}, {"key": "twice", "value": {"intValue": "2"}},
            {"key": "nan", "value": {"doubleValue": "NaN"}}, {"key": "bytes", "value": {"bytesValue": "AP8="}},
            {"key": "+formula", "value": {"stringValue": "@SUM(1)"}}, {"key": "below", "value": {"intValue": "-5"}},
            {"key": "nested", "value": {"kvlistValue": {"values": [
                {"key": "b", "value": {"arrayValue": {"values": [{}, {"stringValue": "\"\n,"}]}}}]}}}],
        "events": [{"timeUnixNano": "3", "name": "second"}, {"timeUnixNano": "2", "name": "first"}],
        "links": [{"traceId": "000000000000000000000000000000ab", "spanId": "00000000000000cd", "flags": 1}],
        "status": {"message": "no", "code": 2}, "droppedEventsCount": 4});
    let log = json!({"observedTimeUnixNano": "1700000000000000005", "severityNumber": 17, "traceId": TRACE_ID,
        "body": {"stringValue": "went wrong"}});
    let point = json!({"timeUnixNano": "1700000000000000007", "startTimeUnixNano": "18446744073709551615",
        "count": "3", "sum": 0.1, "bucketCounts": ["1", "2"], "explicitBounds": [0.5],
        "exemplars": [{"asDouble": 0.25, "timeUnixNano": "8", "traceId": TRACE_ID, "spanId": "eee19b7ec3c1b174"}]});
    let metric = json!({"name": "h", "unit": "s", "metadata": [{"key": "k", "value": {"boolValue": true}}],
        "histogram": {"aggregationTemporality": 1, "dataPoints": [point]}});
    [
        (
            "/v1/traces",
            json!({"resourceSpans": [{"resource": resource, "schemaUrl": "u", "scopeSpans": [{"spans": [span]}]}]}),
        ),
        ("/v1/logs", json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [log]}]}]})),
        (
            "/v1/metrics",
            json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}),
        ),
    ]
}

async fn send(to: SocketAddr, path: &str, media_type: &str, body: Vec<u8>) {
    let answer = once(to, post(path, media_type, body)).await;
    assert_eq!(answer.status(), 200);
    let answer = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(!answer.contains("rejected"), "{answer}");
}

async fn filled(dir: &Path) -> Skep {
    let skep = Serve::on(dir.join("first")).start().await;
    for (path, request) in requests() {
        send(skep.ready.otlp_http, path, "application/json", request.to_string().into_bytes()).await;
    }
    for batch in 0..60 {
        let body = load::request(1, batch).encode_to_vec();
        send(skep.ready.otlp_http, "/v1/traces", "application/x-protobuf", body).await;
    }
    skep
}

fn export(data_dir: &Path, arguments: &[&str]) -> Output {
    run(Command::new(skep_binary()).arg("export").args(arguments).arg("--data-dir").arg(data_dir))
}

fn exported(data_dir: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = export(data_dir, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn lines(file: &[u8]) -> Vec<Value> {
    let lines = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// Each span, log and metric of some lines with what stands above it, sorted.
fn records(file: &[u8]) -> Vec<String> {
    let mut records = Vec::new();
    for request in lines(file) {
        for (groups, scopes, list) in [
            ("resourceSpans", "scopeSpans", "spans"),
            ("resourceLogs", "scopeLogs", "logRecords"),
            ("resourceMetrics", "scopeMetrics", "metrics"),
        ] {
            for group in request[groups].as_array().into_iter().flatten() {
                for scope in group[scopes].as_array().unwrap() {
                    for record in scope[list].as_array().unwrap() {
                        let above =
                            [&group["resource"], &group["schemaUrl"], &scope["scope"], &scope["schemaUrl"]];
                        records.push(json!([groups, above, record]).to_string());
                    }
                }
            }
        }
    }
    records.sort_unstable();
    records
}

fn path_of(line: &Value) -> &'static str {
    let lists =
        [("resourceSpans", "/v1/traces"), ("resourceLogs", "/v1/logs"), ("resourceMetrics", "/v1/metrics")];
    lists.into_iter().find(|(list, _)| line[list].is_array()).unwrap().1
}

/// Scenario: a store with all signals is exported while it is served, and after that process was killed; what comes out
/// is sent to a second one as JSON, to a third as protobuf, and exported from there.
/// Guarantees: all exports hold the same.
#[tokio::test]
async fn what_is_exported_can_be_sent_and_exported_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = filled(dir.path()).await;
    let data_dir = first.ready.data_dir.clone();
    let file = exported(&data_dir, &[]);
    let sent = records(&file);
    assert_eq!(sent.len(), 3 + 60 * 50);
    for (groups, record) in
        [("resourceSpans", "span"), ("resourceLogs", "log"), ("resourceMetrics", "metric")]
    {
        let whole = sent.iter().find(|text| text.contains(groups) && text.contains("\"shop\"")).unwrap();
        let (_, request) = requests().into_iter().find(|(_, request)| request[groups].is_array()).unwrap();
        for part in leaves(&request) {
            assert!(whole.contains(&part), "the {record} kept {part}: {whole}");
        }
    }
    first.kill().await;
    assert_eq!(exported(&data_dir, &[]), file, "after it died");

    let second = Serve::on(dir.path().join("second")).start().await;
    for line in lines(&file) {
        send(second.ready.otlp_http, path_of(&line), "application/json", line.to_string().into_bytes()).await;
    }
    assert_eq!(records(&exported(&second.ready.data_dir, &["--format", "otlp-json"])), sent);

    let third = Serve::on(dir.path().join("third")).start().await;
    for signal in ["traces", "logs", "metrics"] {
        let file = exported(&data_dir, &["--format", "otlp-proto", "--signal", signal]);
        let mut rest = &file[..];
        while let Some((length, behind)) = rest.split_first_chunk() {
            let (message, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
            let path = format!("/v1/{signal}");
            send(third.ready.otlp_http, &path, "application/x-protobuf", message.to_vec()).await;
            rest = behind;
        }
    }
    assert_eq!(records(&exported(&third.ready.data_dir, &[])), sent);
}

/// The texts and numbers of a request as its export has them.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(members) => members.values().flat_map(leaves).collect(),
        Value::String(_) | Value::Number(_) => vec![value.to_string()],
        _ => Vec::new(),
    }
}

/// Scenario: parts of a store are asked for.
/// Guarantees: a trace comes with its logs, a span with its events and links whichever of them matches, times and
/// signals are kept to.
#[tokio::test]
async fn a_part_of_a_store_can_be_exported() {
    let dir = tempfile::tempdir().unwrap();
    let skep = filled(dir.path()).await;
    let of = |arguments: &[&str]| records(&exported(&skep.ready.data_dir, arguments));
    assert_eq!(of(&["--trace", TRACE_ID]).len(), 2);
    assert_eq!(of(&["--trace", TRACE_ID, "--signal", "logs"]).len(), 1);
    assert_eq!(of(&["--trace", &load::trace_id(1, 7)]).len(), 50);
    for filter in ["name = \"first\"", "trace.link.span_id = \"00000000000000cd\"", "twice = 1"] {
        let found = of(&["--where", filter]);
        assert_eq!(found.len(), 1, "{filter}");
        assert!(found[0].contains("second") && found[0].contains("00000000000000cd"), "{filter}: {found:?}");
    }
    assert_eq!(of(&["--where", "load.batch = 3", "--since", "1h"]).len(), 50);
    let old = ["--start", "2023-11-14T00:00:00Z", "--end", "2023-11-15T00:00:00Z"];
    assert_eq!(of(&old).len(), 3);
    assert_eq!(of(&[&old[..], &["--signal", "metrics"]].concat()).len(), 1);
    assert_eq!(of(&["--start", "1700000000000000002", "--end", "1700000000000000006"]).len(), 1, "the log");
    assert_eq!(of(&["--where", "name = \"nobody\""]).len(), 0);
}

/// Guarantees: flat forms name what queries name, and no text in CSV is a formula.
#[tokio::test]
async fn flat_forms_are_for_other_tools() {
    let dir = tempfile::tempdir().unwrap();
    let skep = filled(dir.path()).await;
    let trace = |format| exported(&skep.ready.data_dir, &["--trace", TRACE_ID, "--format", format]);
    let events = lines(&trace("jsonl"));
    assert_eq!(events.len(), 5, "a span, two events, a link and a log");
    let span = &events[0];
    for (field, value) in [
        ("timestamp_ns", json!("1700000000000000001")),
        ("meta.signal_type", json!("trace")),
        ("trace.trace_id", json!(TRACE_ID)),
        ("service.name", json!("shop")),
        ("span.kind", json!("client")),
        ("twice", json!(1)),
        ("nan", json!("NaN")),
        ("nested", json!({"b": [null, "\"\n,"]})),
    ] {
        assert_eq!(span[field], value, "{field} of {span}");
    }

    let csv = String::from_utf8(trace("csv")).unwrap();
    let (names, cells) = csv.split_once('\n').unwrap();
    assert!(
        names.starts_with("timestamp_ns,trace.trace_id,trace.span_id,service.name,name,duration_ms,"),
        "{names}"
    );
    assert!(
        cells.starts_with(&format!("1700000000000000001,{TRACE_ID},eee19b7ec3c1b174,shop,'=HYPERLINK(1),"))
    );
    assert!(names.contains(",'+formula,") && cells.contains(",'@SUM(1),"), "{csv}");
    assert!(cells.contains(",-5,"), "a number is a number: {cells}");
    assert!(!names.contains("severity"), "only what a span has: {names}");
    assert!(cells.contains("\"{\"\"b\"\":[null,\"\"\\\"\"\\n,\"\"]}\""), "{cells}");
}

/// Guarantees: every signal goes into one file of Parquet, whole, wherever it is written. What stands in it is read back by
/// the engine's own tests.
#[tokio::test]
async fn parquet_is_written_to_a_file_or_a_pipe() {
    let dir = tempfile::tempdir().unwrap();
    let skep = filled(dir.path()).await;
    let data_dir = &skep.ready.data_dir;
    let piped = exported(data_dir, &["--format", "parquet"]);
    let is_whole = |file: &[u8]| file.starts_with(b"PAR1") && file.ends_with(b"PAR1");
    assert!(is_whole(&piped));
    for name in ["meta.signal_type", "metric.type", "severity", "=HYPERLINK(1)", "+formula"] {
        assert!(piped.windows(name.len()).any(|bytes| bytes == name.as_bytes()), "{name}");
    }
    let path = dir.path().join("all.parquet");
    exported(data_dir, &["--format", "parquet", "--out", path.to_str().unwrap()]);
    assert!(std::fs::read(&path).unwrap() == piped);
    let spans = exported(data_dir, &["--format", "parquet", "--signal", "traces"]);
    assert!(is_whole(&spans) && spans.len() < piped.len());
}

/// Guarantees: errors go to standard error with their codes, a file is there when it is whole, and a reader that has
/// had enough is no error.
#[tokio::test]
async fn a_failed_export_says_why_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let skep = filled(dir.path()).await;
    let data_dir = &skep.ready.data_dir;
    for (code, arguments) in [
        (2, &["--format", "otlp-proto"][..]),
        (2, &["--format", "otlp-proto", "--signal", "traces", "--signal", "logs"]),
        (2, &["--format", "csv", "--signal", "logs"]),
        (2, &["--where", "name ="]),
        (2, &["--trace", "no-id"]),
        (2, &["--trace", TRACE_ID, "--since", "1h"]),
        (1, &["--trace", "00000000000000000000000000000abc"]),
        (1, &["--out", "/nonsense/file"]),
    ] {
        let output = export(data_dir, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    }
    assert_eq!(export(&dir.path().join("nowhere"), &[]).status.code(), Some(1));

    let file = dir.path().join("traces.jsonl");
    let path = file.to_str().unwrap();
    let n_files = || std::fs::read_dir(dir.path()).unwrap().count();
    let n_before = n_files();
    let output = export(data_dir, &["--trace", "00000000000000000000000000000abc", "--out", path]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(n_files(), n_before, "no file, nor a part of one");
    let output = export(data_dir, &["--out", path]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && output.stdout.is_empty());
    assert!(said.starts_with("3001 spans, 1 logs and 1 data points written to "), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), exported(data_dir, &[]));

    let mut command = Command::new(skep_binary());
    let command = command.arg("export").arg("--data-dir").arg(data_dir).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success(), "a pipe that was closed is no error");
}
