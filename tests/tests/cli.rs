//! The command line as scripts rely on it: exit codes, where errors go, the shapes of its JSON.

#![allow(clippy::unwrap_used, reason = "test code")]

use expect_test::expect;
use prost::Message;
use serde_json::Value;
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{Serve, Skep, run, skep_binary};
use skep_tests::{clock, load};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn skep(arguments: &[&str]) -> Output {
    run(Command::new(skep_binary()).args(arguments))
}

/// Its exit code, with nothing said on standard output and something on standard error.
fn refused(output: &Output) -> i32 {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(stdout, "", "an error leaves standard output to answers");
    assert!(!stderr.trim().is_empty() && !stderr.contains("panicked"), "{stderr:?}");
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", output.status))
}

async fn with_one_batch(dir: &Path) -> Skep {
    let skep = Serve::on(dir.join("data")).start().await;
    let body = load::request(1, 0).encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200);
    skep
}

fn has_keys(value: &Value, wanted: &str) {
    for key in wanted.split(' ') {
        assert!(value.get(key).is_some(), "no {key} in {value}");
    }
}

#[test]
fn a_wrong_usage_ends_with_two_and_help_with_zero() {
    for arguments in [
        &["nonsense"][..],
        &[],
        &["query", "SELECT COUNT", "--select", "COUNT"],
        &["query", "--since", "yesterday"],
        &["query", "--since", "1h", "--end", "5"],
        &["trace"],
        &["serve", "--nonsense"],
        &["status", "extra"],
    ] {
        assert_eq!(refused(&skep(arguments)), 2, "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["query", "--help"]] {
        let output = skep(arguments);
        assert!(output.status.success() && !output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_answered_says_whose_fault_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    for (code, arguments) in [
        (2, &["query", "SELECT nonsense("][..]),
        (2, &["query", "SELECT COUNT WHERE ="]),
        (2, &["trace", "no-id"]),
        (2, &["bubbleup", "--selection", "("]),
        (1, &["trace", "00000000000000000000000000000abc"]),
    ] {
        assert_eq!(refused(&Skep::try_ask(&skep.ready.data_dir, arguments)), code, "{arguments:?}");
    }
    let nowhere = dir.path().join("nowhere");
    assert_eq!(refused(&Skep::try_ask(&nowhere, ["query", "SELECT COUNT"])), 1, "a store that is not there");
    assert!(!nowhere.exists(), "a question makes no store");
}

#[tokio::test]
async fn answers_have_the_promised_shapes() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;

    let query = "SELECT COUNT, P99(duration_ms) WHERE service.name = \"load\" GROUP BY service.name";
    let answer = skep.ask(["query", query]);
    has_keys(&answer, "columns rows rows_examined elapsed_ms");
    assert_eq!(answer["columns"], serde_json::json!(["service.name", "COUNT", "P99(duration_ms)"]));
    assert_eq!((&answer["rows"][0][0], &answer["rows"][0][1]), (&Value::from("load"), &Value::from(50)));
    assert!(answer["rows"][0][2].is_f64() && answer["elapsed_ms"].is_number(), "{answer}");
    const HOUR_NS: u64 = 3_600_000_000_000;
    let now = clock::unix_nanos();
    for (times, n_spans) in [
        ("--since 1h".to_owned(), 50),
        (format!("--start {} --end {}", now - HOUR_NS, now + HOUR_NS), 50),
        ("--start 1970-01-01T00:00:00Z --end 2000".to_owned(), 0),
    ] {
        let asked = ["query", "SELECT COUNT"].into_iter().chain(times.split(' '));
        assert_eq!(skep.ask(asked)["rows"], serde_json::json!([[n_spans]]), "{times}");
    }

    let trace = skep.ask(["trace", &load::trace_id(1, 0)]);
    has_keys(&trace, "trace_id spans events links logs");
    let span = &trace["spans"][0];
    has_keys(
        span,
        "span_id parent_id name service start_ns duration_ns self_ns kind status depth attributes",
    );
    assert_eq!(trace["spans"].as_array().unwrap().len(), 50);
    for field in ["start_ns", "duration_ns", "self_ns"] {
        assert!(span[field].as_str().is_some_and(|text| text.parse::<u64>().is_ok()), "{field}: {span}");
    }
    assert_eq!(
        (&span["name"], &span["service"], &span["depth"]),
        (&"load".into(), &"load".into(), &0.into())
    );
    assert_eq!(span["attributes"]["load.batch"], 0);

    let status = skep.ask(["status"]);
    has_keys(&status, "received stored rejected dropped duplicate bytes segments forward spans");
    has_keys(&status["spans"], "received stored rejected dropped duplicate");
    assert_eq!(
        (&status["received"], &status["stored"], &status["forward"]),
        (&50.into(), &50.into(), &Value::Array(Vec::new()))
    );
}

#[tokio::test]
async fn what_is_slow_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    let body = load::story().encode_to_vec();
    once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    let story = "is_root AND service.name = \"shop\"";
    let answer =
        skep.ask(["bubbleup", "--where", story, "--selection", "duration_ms > 500", "--unit", "event"]);
    has_keys(&answer, "selection baseline fields explanations");
    let n = |side: &str| answer[side]["n"].as_u64().unwrap();
    assert_eq!((n("selection"), n("baseline")), (60, 540), "the selection, and the rest");
    let field = &answer["fields"][0];
    has_keys(field, "field score q populated values");
    assert_eq!(field["field"], "region", "{answer}");
    let value = &field["values"][0];
    assert_eq!(
        (&value["value"], &value["selection"], &value["baseline"]),
        (&"eu-west".into(), &1.0.into(), &0.0.into())
    );
    let explanation = &answer["explanations"][0];
    has_keys(explanation, "terms coverage baseline");
    let term = &explanation["terms"][0];
    assert_eq!(
        (&term["field"], &term["op"], &term["value"]),
        (&"region".into(), &"=".into(), &"eu-west".into())
    );
}

/// A second one on the same data directory must not write beside the first.
#[tokio::test]
async fn one_store_has_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    let second = Serve::on(&skep.ready.data_dir).refused().await;
    assert_eq!(refused(&second), 1);
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains(&skep.ready.data_dir.display().to_string()), "it says which directory: {said}");
    assert_eq!(skep.ask(["query", "SELECT COUNT"])["rows"][0][0], 50, "the first goes on");
    skep.kill().await;
    let third = Serve::on(dir.path().join("data")).start().await;
    assert_eq!(third.ask(["query", "SELECT COUNT"])["rows"][0][0], 50, "a dead one holds no lock");
}

#[tokio::test]
async fn a_taken_port_moves_on_to_a_free_one() {
    let dir = tempfile::tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().port();
    let skep = Serve::on(dir.path().join("data")).http_port(taken).start().await;
    assert_ne!(skep.ready.otlp_http.port(), taken);
    let body = load::request(1, 0).encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200, "and the ready line says which");
}

#[tokio::test]
async fn a_polite_signal_ends_it_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    let data_dir = skep.ready.data_dir.clone();
    let asked = clock::start();
    let (status, said) = skep.terminate().await;
    println!("ended {:?} after SIGTERM", asked.elapsed());
    assert!(status.success(), "{status}");
    assert_eq!(said.stdout.lines().count(), 1, "only the ready line: {}", said.stdout);
    assert_eq!(Skep::ask_store(&data_dir, ["query", "SELECT COUNT"])["rows"][0][0], 50);
    expect!["otlp_grpc otlp_http ui data_dir pid"].assert_eq(&ready_keys(&said.stdout));
}

/// The keys of the ready line as they stand in it.
fn ready_keys(line: &str) -> String {
    line.split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| line.contains(&format!("\"{text}\":")))
        .collect::<Vec<_>>()
        .join(" ")
}
