//! Two real Flask services, instrumented as their users do it, configured by OTEL_* variables alone.

#![allow(clippy::unwrap_used, reason = "test code")]

use expect_test::expect;
use serde_json::Value;
use skep_tests::rig::http::{get, once};
use skep_tests::rig::{Serve, Skep, clients_dir, files_holding, python_of, until, within_patience};
use skep_tests::standin::Standin;
use skep_tests::{clock, standin::SpanKey};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What the services send their spans with, and what the tee sends them on with.
const CLIENT_KEY: &str = "client-key-6d1f5c0b7a";
const TEE_KEY: &str = "tee-key-93b2e84d05";

struct Service {
    address: SocketAddr,
    _process: Child,
}

impl Service {
    async fn start(python: &Path, name: &str, otlp: SocketAddr, prices: Option<SocketAddr>) -> Self {
        let mut command = Command::new(python);
        command.arg(clients_dir().join("flask_shop/app.py"));
        command.env("OTEL_SERVICE_NAME", name);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{otlp}"));
        command.env("OTEL_EXPORTER_OTLP_HEADERS", format!("x-honeycomb-team={CLIENT_KEY}"));
        // How long the SDK gathers before it sends; five seconds by default.
        command.env("OTEL_BSP_SCHEDULE_DELAY", "200");
        command.envs(prices.map(|address| ("PRICES_URL", format!("http://{address}"))));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).await.unwrap();
        let port: u16 =
            port.trim().parse().unwrap_or_else(|_| panic!("{name} printed {port:?} for its port"));
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), _process: process }
    }
}

/// The spans of a trace as `skep trace` gives them, or none when it is not known (yet).
fn trace(skep: &Skep, id: &str) -> Option<Value> {
    let output = Skep::try_ask(&skep.ready.data_dir, ["trace", id]);
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

fn spans(trace: &Value) -> &Vec<Value> {
    trace["spans"].as_array().unwrap_or_else(|| panic!("{trace}"))
}

/// One line a span, indented by depth.
fn tree(trace: &Value) -> String {
    let mut text = String::new();
    for span in spans(trace) {
        let field = |name: &str| span[name].as_str().unwrap_or_else(|| panic!("{name}: {span}")).to_owned();
        let indent = "  ".repeat(usize::try_from(span["depth"].as_u64().unwrap()).unwrap());
        text += &format!(
            "{indent}{}: {} ({}, {})\n",
            field("service"),
            field("name"),
            field("kind"),
            field("status")
        );
    }
    text
}

async fn until_whole(skep: &Skep, id: &str, n_spans: usize) -> Value {
    let is_whole = |trace: &Option<Value>| trace.as_ref().is_some_and(|trace| spans(trace).len() >= n_spans);
    until("the whole trace", || trace(skep, id), is_whole).await.unwrap()
}

/// Scenario: a request for a cart, which asks another service three times; a request that fails.
/// Guarantees: one tree across both services with names, kinds and attributes; the tee passes on exactly those spans;
/// no key stands in any file or output.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_through_two_flask_services_is_one_tree() {
    let dir = tempfile::tempdir().unwrap();
    let standin = Standin::start(TEE_KEY).await;
    let skep = Serve::on(dir.path().join("data")).forward_to(&standin.url(), TEE_KEY).start().await;
    let python = python_of("flask_shop");
    let prices = Service::start(&python, "prices", skep.ready.otlp_http, None).await;
    let shop = Service::start(&python, "shop", skep.ready.otlp_http, Some(prices.address)).await;

    let answer = once(shop.address, get("/cart/ann")).await;
    let answered = clock::start();
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    let cart = until_whole(&skep, body["trace_id"].as_str().unwrap(), 8).await;
    println!(
        "the whole trace could be read {:?} after the answer, of which 200 ms are the SDK's",
        answered.elapsed()
    );
    expect![[r"
        shop: GET /cart/<user> (server, unset)
          shop: read cart (internal, unset)
          shop: GET (client, unset)
            prices: GET /price/<item> (server, unset)
          shop: GET (client, unset)
            prices: GET /price/<item> (server, unset)
          shop: GET (client, unset)
            prices: GET /price/<item> (server, unset)
    "]]
    .assert_eq(&tree(&cart));
    let read_cart = &spans(&cart)[1]["attributes"];
    expect![[r#"{"cart.discount":0.25,"cart.is_empty":false,"cart.items":["tea","honey","bread"],"cart.size":3,"cart.user":"ann"}"#]]
        .assert_eq(&own_attributes(read_cart).to_string());
    assert_eq!(cart["events"][0]["name"], "cart read", "{cart}");

    assert_eq!(once(shop.address, get("/broken")).await.status(), 500);
    let failed = || skep.ask(["query", "SELECT COUNT WHERE error = true GROUP BY trace.trace_id"]);
    let is_there = |answer: &Value| answer["rows"].as_array().is_some_and(|rows| rows.len() == 1);
    let failed = until("the failed trace", failed, is_there).await;
    let broken = until_whole(&skep, failed["rows"][0][0].as_str().unwrap(), 1).await;
    expect!["shop: GET /broken (server, error)\n"].assert_eq(&tree(&broken));
    let exception = &broken["events"][0];
    assert_eq!(
        (&exception["name"], &exception["attributes"]["exception.type"]),
        (&Value::from("exception"), &Value::from("KeyError"))
    );

    let ids = |trace: &Value| -> BTreeSet<SpanKey> {
        let id = |value: &Value| value.as_str().unwrap().to_owned();
        spans(trace).iter().map(|span| (id(&trace["trace_id"]), id(&span["span_id"]))).collect()
    };
    let sent: BTreeSet<_> = ids(&cart).union(&ids(&broken)).cloned().collect();
    within_patience("the tee", standin.until(|ledger| sent.iter().all(|key| ledger.spans.contains_key(key))))
        .await;
    assert_eq!(standin.ledger().spans.keys().cloned().collect::<BTreeSet<_>>(), sent, "exactly those spans");
    let event =
        standin.ledger().span_events().find(|event| event.data["name"] == "read cart").cloned().unwrap();
    assert_eq!((event.dataset.as_str(), &event.data["cart.user"]), ("shop", &Value::from("ann")));

    let (status, said) = skep.terminate().await;
    assert!(status.success(), "{status}");
    for key in [CLIENT_KEY, TEE_KEY] {
        assert_eq!(
            files_holding(dir.path(), key),
            [""; 0].map(Into::<std::path::PathBuf>::into),
            "a key on the disk"
        );
        assert!(!said.stdout.contains(key) && !said.stderr.contains(key), "a key in the output");
    }
    std::fs::write(dir.path().join("planted"), format!("x={CLIENT_KEY}")).unwrap();
    assert_eq!(files_holding(dir.path(), CLIENT_KEY).len(), 1, "the search would find one");
}

/// Those under the prefix that the application set itself.
fn own_attributes(attributes: &Value) -> Value {
    let all = attributes.as_object().unwrap_or_else(|| panic!("{attributes}"));
    all.iter()
        .filter(|(key, _)| key.starts_with("cart."))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
