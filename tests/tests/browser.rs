//! The pages as `skep serve` gives them to a browser: guarded, and what they show.

#![allow(clippy::unwrap_used, reason = "test code")]

use bytes::Bytes;
use expect_test::expect;
use http::{Request, Response};
use http_body_util::Full;
use prost::Message;
use serde_json::{Value, json};
use skep_tests::rig::http::{get, once, post};
use skep_tests::rig::{Serve, Skep, artifacts_dir, run_to_end};
use skep_tests::{clock, load};
use std::path::Path;
use std::process::Command;

async fn with_the_story(dir: &Path) -> Skep {
    let skep = Serve::on(dir.join("data")).start().await;
    let body = load::story().encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    skep
}

fn with_header(mut request: Request<Full<Bytes>>, name: &'static str, value: &str) -> Request<Full<Bytes>> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

/// The cookie that the address with the token sets.
async fn cookie(skep: &Skep) -> String {
    let answer = once(skep.ui_address(), get(&format!("/?token={}", skep.token()))).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for flag in ["HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_reads_data_is_guarded_by_token_host_and_origin() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_the_story(dir.path()).await;
    let address = skep.ui_address();
    let cookie = cookie(&skep).await;
    let status = || post("/rpc/status", "application/json", "{}");
    let known = || with_header(status(), "cookie", &cookie);
    let port = address.port();
    let own_origin = format!("http://{address}");
    let cases = [
        ("no token", status()),
        ("a wrong cookie", with_header(status(), "cookie", "skep=nonsense")),
        ("the cookie", known()),
        ("the cookie, own origin", with_header(known(), "origin", &own_origin)),
        ("the cookie, localhost", with_header(known(), "host", &format!("localhost:{port}"))),
        ("the cookie, another host", with_header(known(), "host", &format!("evil.example:{port}"))),
        ("the cookie, another origin", with_header(known(), "origin", "http://evil.example")),
        ("the cookie, no origin at all", with_header(known(), "origin", "null")),
        ("the cookie, as a form", with_header(known(), "content-type", "text/plain")),
        ("the live line, no token", get("/rpc/live")),
        ("a file, no token", post("/import/1", "application/octet-stream", "{}")),
        ("a file as a form", with_header(post("/import/1", "text/plain", "{}"), "cookie", &cookie)),
        (
            "a file that was not begun",
            with_header(post("/import/1", "application/octet-stream", "{}"), "cookie", &cookie),
        ),
        ("an export, no token", get("/export?format=csv")),
        ("an export", with_header(get("/export?format=csv"), "cookie", &cookie)),
        ("an export in no form", with_header(get("/export?format=pdf"), "cookie", &cookie)),
        (
            "an export that cannot be read",
            with_header(get("/export?format=csv&filter=a+%3D"), "cookie", &cookie),
        ),
    ];
    let mut seen = String::new();
    for (name, request) in cases {
        seen += &format!("{name}: {}\n", once(address, request).await.status().as_u16());
    }
    expect![[r"
        no token: 401
        a wrong cookie: 401
        the cookie: 200
        the cookie, own origin: 200
        the cookie, localhost: 200
        the cookie, another host: 403
        the cookie, another origin: 403
        the cookie, no origin at all: 403
        the cookie, as a form: 415
        the live line, no token: 401
        a file, no token: 401
        a file as a form: 415
        a file that was not begun: 404
        an export, no token: 401
        an export: 200
        an export in no form: 400
        an export that cannot be read: 400
    "]]
    .assert_eq(&seen);
    // The page itself holds nothing; it says that its token is missing.
    let locked = once(address, get("/?token=nonsense")).await;
    assert!(!locked.headers().contains_key("set-cookie"), "a wrong token opens nothing: {locked:?}");
}

/// Scenario: a page begins a file and sends its bytes, then asks for an export of what came.
/// Guarantees: the status tells what became of the file, and the download is what was asked for, under a harmless name.
#[tokio::test(flavor = "multi_thread")]
async fn files_come_in_and_go_out_as_streams() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let cookie = cookie(&skep).await;
    let ask = async |request: Request<Full<Bytes>>| {
        let answer = once(skep.ui_address(), with_header(request, "cookie", &cookie)).await;
        assert!(answer.status().is_success(), "{answer:?}");
        answer
    };
    let rpc = async |command: &str, request: &str| -> Value {
        let answer = ask(post(&format!("/rpc/{command}"), "application/json", request.to_owned())).await;
        serde_json::from_slice(answer.body()).unwrap()
    };
    let begun = rpc("import_begin", r#"{"name": "<b>story</b>.pb", "bytes": null}"#).await;
    let body = load::story().encode_to_vec();
    ask(post(&format!("/import/{}", begun["id"]), "application/octet-stream", body)).await;
    let waited = clock::start();
    let import = loop {
        let import = rpc("status", "{}").await["imports"][0].clone();
        if import["state"] == "done" {
            break import;
        }
        assert!(waited.elapsed().as_secs() < 60, "{import}");
    };
    let status = rpc("status", "{}").await;
    assert_eq!(status["spans"]["stored"], load::STORY_TRACES * load::STORY_SPANS_PER_TRACE);
    assert_eq!(
        (&import["name"], &import["stored"]),
        (&json!("<b>story</b>.pb"), &status["stored"]),
        "{import}"
    );

    let csv = ask(get("/export?format=csv&filter=is_root")).await;
    assert_eq!(csv.headers()["content-disposition"], "attachment; filename=\"skep-export.csv\"");
    assert_eq!(csv.body().iter().filter(|byte| **byte == b'\n').count() as u64, 1 + load::STORY_TRACES);
    let trace = rpc("traces", r#"{"filter": "", "limit": 1}"#).await["rows"][0]["trace_id"].clone();
    let trace = trace.as_str().unwrap();
    let otlp = ask(get(&format!("/export?format=otlp_json&trace_id={trace}"))).await;
    let name = format!("attachment; filename=\"skep-trace-{trace}.otlp.jsonl\"");
    assert_eq!(otlp.headers()["content-disposition"], name.as_str());
    assert!(otlp.body().starts_with(b"{\"resourceSpans\"") && otlp.body().ends_with(b"\n"));
}

#[tokio::test]
async fn the_page_may_load_nothing_from_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let skep = Serve::on(dir.path().join("data")).start().await;
    let page: Response<Bytes> = once(skep.ui_address(), get("/")).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{policy}");
    for loose in ["unsafe-eval", "script-src 'unsafe-inline'", "http:", "https:", "*"] {
        assert!(!policy.contains(loose), "{loose} in {policy}");
    }
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
}

/// The rest needs a browser: `tests/browser/*.test.mjs`, one after the other since files change what the store holds.
#[tokio::test(flavor = "multi_thread")]
async fn the_pages_work_in_a_browser() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_the_story(dir.path()).await;
    let empty = Serve::on(dir.path().join("empty")).start().await;
    let wide = Serve::on(dir.path().join("wide")).start().await;
    let failed = skep.ask(["query", "SELECT COUNT WHERE error GROUP BY trace.trace_id LIMIT 1"]);
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let files = ["explore", "bubbleup", "pages", "files", "bubbleup_wide"];
    node.args(files.map(|file| scripts.join(format!("{file}.test.mjs"))));
    node.env("SKEP_UI", &skep.ready.ui).env("SKEP_ARTIFACTS", artifacts_dir());
    node.env("SKEP_EMPTY_UI", &empty.ready.ui);
    node.env("SKEP_WIDE_UI", &wide.ready.ui);
    node.env("SKEP_WIDE_OTLP", format!("http://{}", wide.ready.otlp_http));
    node.env("SKEP_OTLP", format!("http://{}", skep.ready.otlp_http));
    node.env("SKEP_TRACE_ID", failed["rows"][0][0].as_str().unwrap());
    node.env("SKEP_TRACES", load::STORY_TRACES.to_string());
    println!("{}", run_to_end(&mut node));
}
