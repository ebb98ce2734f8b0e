//! Honeycomb's own clients, unchanged but for the host they send to.

#![allow(clippy::unwrap_used, reason = "test code")]

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{
    Serve, Skep, clients_dir, files_holding, node_client, python_of, run_to_end, until, within_patience,
};
use skep_tests::standin::{HoneycombEvent, Standin};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

const KEY: &str = "client-key-6d1f5c0b7a";
const TEE_KEY: &str = "tee-key-93b2e84d05";

fn python(address: SocketAddr) -> String {
    let mut python = Command::new(python_of("honeycomb_python"));
    python.arg(clients_dir().join("honeycomb_python/send.py")).arg(format!("http://{address}")).arg(KEY);
    run_to_end(&mut python)
}

fn node(address: SocketAddr) -> String {
    let mut node = Command::new("node");
    node.current_dir(node_client("honeycomb_node")).args(["send.mjs", &format!("http://{address}"), KEY]);
    run_to_end(&mut node)
}

/// One line a span: its depth, its name, its service, and what of its fields the application set itself.
fn tree(trace: &Value) -> String {
    let mut text = String::new();
    for span in trace["spans"].as_array().unwrap_or_else(|| panic!("{trace}")) {
        let indent = "  ".repeat(usize::try_from(span["depth"].as_u64().unwrap()).unwrap());
        let fields = span["attributes"].as_object().unwrap().iter();
        let own = fields.filter(|(name, _)| {
            ["amount", "cards", "fast", "error", "app.user", "tries", "rollup.tries", "app.exception_type"]
                .contains(&name.as_str())
        });
        let own: Vec<_> = own.map(|(name, value)| format!("{name}={value}")).collect();
        let text_of = |name: &str| span[name].as_str().unwrap();
        text += &format!("{indent}{} {}: {}\n", text_of("service"), text_of("name"), own.join(" "));
    }
    text
}

/// Sends to `skep` by a client that prints a trace's id and its answers, and shows what is there.
fn check(data_dir: &Path, said: &str, events: &str, expected: &Expect) {
    let (trace_id, answers) = said.split_once('\n').unwrap();
    let trace = Skep::ask_store(data_dir, ["trace", trace_id]);
    let query = format!(
        "SELECT SUM(duration_ms), MAX(timestamp_ns) WHERE honeycomb.dataset = \"{events}\" \
         GROUP BY service.name, method, SampleRate, nested, meta.signal_type"
    );
    let rows = &Skep::ask_store(data_dir, ["query", &query])["rows"];
    let timed = "SELECT COUNT, MIN(duration_ms) WHERE meta.signal_type = trace AND duration_ms > 0 AND duration_ms < 60000";
    let timed = format!("{timed} AND trace.trace_id = \"{trace_id}\"");
    let timed = &Skep::ask_store(data_dir, ["query", &timed])["rows"][0][0];
    expected.assert_eq(&format!("{}{answers}{rows}\nspans that took some time: {timed}\n", tree(&trace)));
}

/// Scenario: libhoney and the beeline send to Skep, which forwards; so does a sender of msgpack in zstd, as Refinery is.
/// Guarantees: Honeycomb gets each event that Skep kept, as it was sent: dataset, time, sample rate and fields; the
/// ledger counts them as acknowledged and nothing as refused.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_from_honeycombs_clients_goes_on_to_honeycomb() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(TEE_KEY).await;
    let skep = Serve::on(dir.path().join("data")).forward_to(&standin.url(), TEE_KEY).start().await;
    let said = python(skep.ready.otlp_http);
    let batch = json!([{"time": "2023-11-14T22:13:20Z", "samplerate": 7, "data": {"from": "refinery"}}]);
    let packed = zstd::encode_all(&*rmp_serde::to_vec(&batch).unwrap(), 2).unwrap();
    let mut request = post("/1/batch/a%2Fb", "application/msgpack", packed);
    request.headers_mut().insert("content-encoding", "zstd".parse().unwrap());
    let answer = once(skep.ready.otlp_http, request).await;
    let statuses: Value = rmp_serde::from_slice(answer.body()).unwrap();
    assert_eq!(statuses, json!([{"status": 202}]));

    within_patience("the tee", standin.until(|ledger| ledger.events.len() == 5)).await;
    let seen: BTreeSet<String> = standin
        .ledger()
        .events
        .iter()
        .map(|event| {
            let HoneycombEvent { dataset, sample_rate, data, .. } = event;
            let of_trace = data.get("trace.trace_id").is_some_and(|id| *id == said.lines().next().unwrap());
            let time = if of_trace { "-" } else { &event.time };
            let fields = ["name", "amount", "cards", "duration_ms", "nested", "from"];
            let fields = fields.into_iter().filter(|name| !(of_trace && *name == "duration_ms"));
            let fields: Vec<_> =
                fields.filter_map(|name| Some(format!("{name}={}", data.get(name)?))).collect();
            format!("{dataset} {time} {sample_rate} in trace: {of_trace}, {}\n", fields.join(" "))
        })
        .collect();
    expect![[r#"
        a/b 2023-11-14T22:13:20Z 7 in trace: false, from="refinery"
        py events 2023-11-14T22:13:20.123456Z 4 in trace: false, duration_ms=153.125 nested={"a":[1,null]}
        py-shop - 1 in trace: true, name="order"
        py-shop - 1 in trace: true, name="pay" amount=12.5 cards=["a","b"]
        py-shop - 1 in trace: true, name="ship"
    "#]]
    .assert_eq(&seen.into_iter().collect::<String>());
    let tee = || skep.ask(["status"])["forward"][0].clone();
    let tee = until("the ledger", tee, |tee| tee["acknowledged"] == 5).await;
    assert_eq!((&tee["refused"], &tee["waiting"]), (&json!(0), &json!(0)), "{tee}");
}

/// Scenario: the beeline and libhoney of Python and of Node, to each port; then a kill and a restart.
/// Guarantees: the trace is one tree with its fields, the event has its time, dataset and sample rate, libhoney is
/// answered for each event; all of it is there again after the kill; no key is in any file.
#[tokio::test]
async fn honeycombs_clients_need_another_host_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let skep = Serve::on(&data_dir).start().await;
    let python = python(skep.ready.otlp_http);
    let node = node(skep.ready.otlp_grpc);
    let seen = || {
        check(
            &data_dir,
            &python,
            "py events",
            &expect![[r#"
            py-shop order: app.user="ann" rollup.tries=2.0
              py-shop pay: amount=12.5 app.user="ann" cards=["a","b"] fast=true tries=2.0
              py-shop ship: app.exception_type="<class 'KeyError'>" app.user="ann"
            ["good", 202, null]
            ["too wide", 400, "Event has too many columns."]
            [["py events","GET",4,"{\"a\":[1,null]}","log",612.5,1700000000123456000]]
            spans that took some time: 3
        "#]],
        );
        check(
            &data_dir,
            &node,
            "node events",
            &expect![[r#"
            node-shop order: app.user="ann"
              node-shop pay: amount=12.5 app.user="ann" cards=["a","b"] fast=true
              node-shop ship: app.user="ann" error="no such street"
            ["good",202]
            ["too wide",400]
            [["node events","GET",4,"{\"a\":[1,null]}","log",612.5,1700000000123000000]]
            spans that took some time: 3
        "#]],
        );
    };
    seen();
    let rejected = skep.ask(["status"]);
    assert_eq!(rejected["rejected"], 2, "{rejected}");
    skep.kill().await;
    let skep = Serve::on(&data_dir).start().await;
    seen();
    skep.terminate().await;
    assert_eq!(
        files_holding(dir.path(), KEY),
        [""; 0].map(Into::<std::path::PathBuf>::into),
        "a key on the disk"
    );
}
