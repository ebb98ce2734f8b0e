//! What `make bench` measures on the real program, one JSON line a figure: `{"name", "value", "unit"}`.
#![allow(clippy::print_stdout, reason = "its answer")]

use serde_json::{Value, json};
use skep_tests::clock;
use skep_tests::load::{Load, SPANS_PER_BATCH};
use skep_tests::rig::{Serve, Skep, within_patience};

const BATCHES: usize = 2_000;
const WORKERS: usize = 8;
/// The best of so many is taken: a shared machine only ever makes an answer slower.
const REPEATS: usize = 5;

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let skep = Serve::on(dir.path().join("data")).start().await;
    let begun = clock::start();
    let mut load = Load::start(1, WORKERS);
    load.point_at(Some(skep.ready.otlp_http));
    within_patience("acknowledgements", load.until_acked(BATCHES)).await;
    let acked_per_s = load.n_acked() as f64 / begun.elapsed().as_secs_f64();
    load.finish().await;
    figure("ingest_requests_acknowledged", acked_per_s, "1/s");
    figure("ingest_spans_acknowledged", acked_per_s * SPANS_PER_BATCH as f64, "1/s");

    let status = skep.ask(["status"]);
    let per_span =
        status["bytes"].as_f64().unwrap_or(f64::NAN) / status["stored"].as_f64().unwrap_or(f64::NAN);
    figure("store_bytes_per_event", per_span, "B");
    let query = ["query", "SELECT COUNT, P99(duration_ms) GROUP BY http.route"];
    figure("query_count_p99_by_route", best(&skep, &query), "ms");
    let bubbleup = ["bubbleup", "--unit", "event", "--selection", "duration_ms > 20"];
    figure("bubbleup", best(&skep, &bubbleup), "ms");
}

/// The engine's own time, without the start of a process that reads the store.
fn best(skep: &Skep, question: &[&str]) -> f64 {
    let elapsed_ms = |answer: Value| answer["elapsed_ms"].as_f64().expect("an answer says how long it took");
    (0..REPEATS).map(|_| elapsed_ms(skep.ask(question))).fold(f64::INFINITY, f64::min)
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("{}", json!({ "name": name, "value": value, "unit": unit }));
}
