//! R29: requests that are sent again.

use prost::Message;
use rand::seq::SliceRandom;
use skep_tests::load::{Audit, SPANS_PER_BATCH, request, request_of};
use skep_tests::rig::http::{Connection, post};
use skep_tests::rig::{Campaign, Serve, Skep};

const TIMES_SENT: u64 = 3;

async fn send(skep: &Skep, bodies: impl IntoIterator<Item = Vec<u8>>) {
    let mut connection = Connection::open(skep.ready.otlp_http).await.unwrap();
    for body in bodies {
        let answer = connection.send(post("/v1/traces", "application/x-protobuf", body)).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}

/// Scenario: each batch is sent three times, all in shuffled order, with kills and an orderly end between.
/// Guarantees: each span is there once, and the totals count the others to the last one.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_again_doubles_nothing_across_restarts() {
    let campaign = Campaign::begin("R29 retries");
    let n_batches: u64 = campaign.choose(40, 1000);
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let once = (0..n_batches).map(|batch| request(1, batch).encode_to_vec());
    let mut bodies: Vec<_> = once.flat_map(|body| vec![body; TIMES_SENT as usize]).collect();
    bodies.shuffle(&mut campaign.chance(1));
    let quarter = bodies.len().div_ceil(4);
    for (life, part) in bodies.chunks(quarter).enumerate() {
        let skep = Serve::on(&data_dir).arg("--no-keychain").start().await;
        send(&skep, part.iter().cloned()).await;
        if life == 1 {
            skep.terminate().await;
        } else {
            skep.kill().await;
        }
        campaign.progress(life + 1, 4, "lives");
    }
    let audit = Audit::of(&data_dir, 1);
    audit.assert_whole(&(0..n_batches).collect(), "sent three times each");
    assert_eq!(audit.n_batches() as u64, n_batches);
    let spans = &Skep::ask_store(&data_dir, ["status"])["spans"];
    let unique = n_batches * SPANS_PER_BATCH;
    let expected = serde_json::json!({
        "received": unique * TIMES_SENT, "stored": unique, "rejected": 0, "dropped": 0,
        "duplicate": unique * (TIMES_SENT - 1),
    });
    assert_eq!(*spans, expected);
    campaign.result(format_args!("{unique} spans sent {TIMES_SENT} times over 4 lives: each there once"));
}

/// Scenario: a batch is sent again with another name for one of its spans.
/// Guarantees: that span is another one and kept; what counts repeats does not count all that has known ids.
#[tokio::test(flavor = "multi_thread")]
async fn the_count_of_repeats_sees_other_content() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).arg("--no-keychain").start().await;
    let [one, mut other] = ["one", "other"].map(|name| request_of(1, 1, name));
    // Made a moment later: the same times, so that the name alone differs.
    let spans = |request: &opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest| {
        request.resource_spans[0].scope_spans[0].spans.clone()
    };
    for (span, first) in other.resource_spans[0].scope_spans[0].spans.iter_mut().zip(spans(&one)) {
        (span.start_time_unix_nano, span.end_time_unix_nano) =
            (first.start_time_unix_nano, first.end_time_unix_nano);
    }
    send(&skep, [one.encode_to_vec(), other.encode_to_vec()]).await;
    let spans = &skep.ask(["status"])["spans"];
    assert_eq!(
        (spans["stored"].as_u64(), spans["duplicate"].as_u64()),
        (Some(SPANS_PER_BATCH + 1), Some(SPANS_PER_BATCH - 1))
    );
}
