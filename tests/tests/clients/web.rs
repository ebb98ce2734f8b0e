use crate::of_service;
use expect_test::expect;
use serde_json::Value;
use skep_tests::rig::{Serve, Skep, node_client, picture, run_to_end, until};
use std::net::SocketAddr;
use std::process::Command;

/// Opens the page under the name of a host, and gives what it says of its sending.
fn open(host: &str, otlp: SocketAddr) -> Value {
    let mut node = Command::new("node");
    node.current_dir(node_client("web_sdk")).args(["send.mjs", &format!("http://{otlp}"), host]);
    serde_json::from_str(&run_to_end(&mut node)).unwrap()
}

fn refused(skep: &Skep) -> Vec<String> {
    let status = skep.ask(["status"]);
    let refused = status["arrivals"]["refused"].as_array().unwrap();
    refused.iter().map(|notice| notice["code"].as_str().unwrap().to_owned()).collect()
}

/// Scenario: a page of this machine with the web SDK, whose exporter sends a header that needs a preflight, and which
/// says its last word by `sendBeacon`, with credentials, as that always does.
/// Guarantees: the browser lets both through, on either port, and the exporter may read its answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_this_machine_is_received() {
    let dir = tempfile::tempdir().unwrap();
    let mut pictures = Vec::new();
    for is_http_port in [true, false] {
        let skep = Serve::on(dir.path().join(format!("data-{is_http_port}"))).start().await;
        let said = open("localhost", if is_http_port { skep.ready.otlp_http } else { skep.ready.otlp_grpc });
        expect![[r#"{"failures":[],"isQueued":true}"#]].assert_eq(&said.to_string());
        let is_shown = |key: &str| ["http.response.status_code", "visited"].contains(&key);
        let picture = picture(&skep.ready.data_dir, &of_service("page"), is_shown);
        // The browser's own marks follow the first semicolon, and differ from load to load.
        let spans = picture.lines().filter_map(|line| line.split(';').next());
        pictures.push(spans.map(|span| format!("{span}\n")).collect::<String>());
    }
    expect![[r#"
        span GET: client, unset {http.response.status_code: 200}
        span documentFetch in documentLoad: internal, unset
        span documentLoad: internal, unset
        span goodbye: internal, unset {visited: [1, 2.5]}
        span resourceFetch in documentLoad: internal, unset
    "#]]
    .assert_eq(&pictures[0]);
    assert_eq!(pictures[0], pictures[1], "the gRPC port speaks it too");
}

/// Scenario: the same page, and what a page can send without asking first, from a name that is not this machine's.
/// Guarantees: nothing of it is kept, and the status says why.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_elsewhere_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let said = open("shop.example.com", skep.ready.otlp_http);
    expect![[r#"["Error: Fetch request encountered a network error"]"#]]
        .assert_eq(&said["failures"].to_string());
    let refused = until("the refusals", || refused(&skep), |refused| !refused.is_empty()).await;
    assert_eq!(refused, ["refused_origin"]);
    assert_eq!(skep.ask(["status"])["received"], 0);
}
