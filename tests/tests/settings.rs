//! `settings.toml`: read by every program, followed while Skep runs, written without losing what a person wrote.

#![allow(clippy::unwrap_used, reason = "test code")]

use serde_json::{Value, json};
use skep_tests::clock;
use skep_tests::rig::http::{get, once, post};
use skep_tests::rig::{Serve, Skep, run, skep_binary};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("settings.toml")
    }

    fn serve(&self) -> Serve {
        let file = self.file().display().to_string();
        Serve::on(self.dir.path().join("data")).env("SKEP_SETTINGS", file)
    }

    fn settings(&self, words: &[&str]) -> Output {
        let mut command = Command::new(skep_binary());
        command.arg("settings").args(words).env("SKEP_SETTINGS", self.file());
        run(&mut command)
    }
}

async fn rpc(skep: &Skep, command: &str, request: Value) -> (u16, Value) {
    let entered = once(skep.ui_address(), get(&format!("/?token={}", skep.token()))).await;
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let mut request = post(&format!("/rpc/{command}"), "application/json", request.to_string());
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let answer = once(skep.ui_address(), request).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

async fn until(skep: &Skep, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let waited = clock::start();
    loop {
        let (_, status) = rpc(skep, "status", json!({})).await;
        if holds(&status) {
            return status;
        }
        assert!(waited.elapsed().as_secs() < 60, "{what}: {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn field<'a>(settings: &'a Value, key: &str) -> &'a Value {
    settings["fields"].as_array().unwrap().iter().find(|field| field["key"] == key).unwrap()
}

/// Scenario: the file is there before Skep, is edited by hand while it runs, from the page, and by the command line.
/// Guarantees: what can take effect does at once, what waits says so, what the command line said stays; comments stay.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_skep_follows_its_file() {
    let home = Home::new();
    std::fs::write(home.file(), "# mine\n[storage]\nmax = \"1GiB\" # enough\nkeep = \"2d\"\n").unwrap();
    let skep = home.serve().arg("--keep").arg("3d").start().await;
    until(&skep, "the cap of the file", |status| status["bytes_limit"] == 1_u64 << 30).await;

    let text = std::fs::read_to_string(home.file()).unwrap().replace("1GiB", "3GiB");
    std::fs::write(home.file(), text).unwrap();
    until(&skep, "the cap of the edited file", |status| status["bytes_limit"] == 3_u64 << 30).await;

    let (code, saved) =
        rpc(&skep, "settings_save", json!({ "key": "receiver.limits.streams", "value": "64" })).await;
    assert_eq!(
        (code, &field(&saved, "receiver.limits.streams")["waits_for_start"]),
        (200, &json!(true)),
        "{saved}"
    );
    assert_eq!(field(&saved, "storage.keep")["overridden_by"], "--keep");
    let (code, refused) = rpc(&skep, "settings_save", json!({ "key": "storage.max", "value": "big" })).await;
    assert_eq!((code, &refused["code"]), (400, &json!("bad_request")), "{refused}");
    assert_eq!(refused["message"], "\"big\" is not a size; try 500MiB or 2GiB");

    assert!(home.settings(&["storage.max", "512MiB"]).status.success());
    until(&skep, "the cap of the command line", |status| status["bytes_limit"] == 512_u64 << 20).await;
    let text = std::fs::read_to_string(home.file()).unwrap();
    assert!(text.starts_with("# mine\n[storage]\nmax = \"512MiB\" # enough\nkeep = \"2d\"\n"), "{text}");
    let (status, _) = skep.terminate().await;
    assert!(status.success());
}

/// Guarantees: a file that is wrong stops nothing, is told, and is never written over.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_file_is_told_and_left_alone() {
    let home = Home::new();
    let wrong = "[storage]\nmax = \"big\"\nkeep = \"2d\"\n[colours]\nsky = 1\n";
    std::fs::write(home.file(), wrong).unwrap();
    let skep = home.serve().start().await;
    let (_, settings) = rpc(&skep, "settings", json!({})).await;
    assert_eq!(field(&settings, "storage.max")["problem"], "\"big\" is not a size; try 500MiB or 2GiB");
    assert_eq!(field(&settings, "storage.keep")["value"], "2d");
    assert_eq!(settings["problems"], json!(["there is no setting colours.sky"]));
    assert!(skep.log().contains("storage.max"), "{}", skep.log());

    std::fs::write(home.file(), "[storage\n").unwrap();
    let (code, _) = rpc(&skep, "settings_save", json!({ "key": "storage.keep", "value": "1d" })).await;
    assert_eq!(code, 400);
    assert_eq!(std::fs::read_to_string(home.file()).unwrap(), "[storage\n");
}

#[test]
fn the_command_line_lists_reads_and_refuses() {
    let home = Home::new();
    let said = |output: &Output| {
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, listed, _) = said(&home.settings(&[]));
    assert!(
        code == Some(0) && listed.contains("# max = \"2GiB\"") && listed.contains("[receiver.limits]"),
        "{listed}"
    );
    assert_eq!(said(&home.settings(&["storage.max"])).1, "2GiB\n");
    assert_eq!(said(&home.settings(&["appearance.theme", "dark"])).0, Some(0));
    assert_eq!(said(&home.settings(&["appearance.theme"])).1, "dark\n");
    assert_eq!(said(&home.settings(&["appearance.theme", "--unset"])).0, Some(0));
    assert_eq!(said(&home.settings(&["appearance.theme"])).1, "system\n");
    let (code, _, why) = said(&home.settings(&["storage.keep", "soon"]));
    assert!(code == Some(2) && why.contains("is not a length of time"), "{why}");
    let (code, _, why) = said(&home.settings(&["storage.size"]));
    assert!(code == Some(2) && why.contains("storage.max, storage.keep"), "{why}");
}

/// Guarantees: a folder that the settings name is where the readers look, too.
#[tokio::test(flavor = "multi_thread")]
async fn readers_look_where_the_settings_say() {
    let home = Home::new();
    let dir: &Path = &home.dir.path().join("data");
    let skep = home.serve().start().await;
    let (code, demo) = rpc(&skep, "demo", json!({})).await;
    assert_eq!(code, 200);
    assert!(home.settings(&["storage.dir", dir.to_str().unwrap()]).status.success());
    let mut status = Command::new(skep_binary());
    status.args(["status", "--json"]).env("SKEP_SETTINGS", home.file()).env_remove("SKEP_DATA_DIR");
    let status: Value = serde_json::from_slice(&run(&mut status).stdout).unwrap();
    assert_eq!(status["spans"]["stored"], demo["n_spans"]);
}

/// Scenario: the demo is sent; what is slow is compared with the rest.
/// Guarantees: the planted fault is found as what it is, one version in one region; the report names nothing of it; paused,
/// the receiver refuses so that senders try again; cleared, nothing is left.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_can_be_explained_and_leaves_no_trace_in_the_report() {
    let home = Home::new();
    let skep = home.serve().start().await;
    rpc(&skep, "demo", json!({})).await;
    let slow = ["bubbleup", "--where", "name = \"POST /checkout\"", "--selection", "duration_ms > 350"];
    let found = skep.ask(slow);
    let terms = found["explanations"][0]["terms"].as_array().unwrap();
    let holds = |field: &str, value: &str| {
        terms.iter().any(|term| term["field"] == field && term["op"] == "=" && term["value"] == value)
    };
    assert!(holds("cloud.region", "eu-west-1") && holds("service.version", "1.2.0"), "{found}");
    // Each item of a cart is queried for itself, so a small cart is quick despite both.
    let third = terms.iter().filter(|term| term["field"] == "cart.items").count();
    assert_eq!(terms.len(), 2 + third, "{found}");

    let (_, report) = rpc(&skep, "report", json!({})).await;
    let text = report["text"].as_str().unwrap();
    assert!(text.contains("| received |") && text.contains("| SQLite |"), "{text}");
    for name in ["checkout", "eu-west-1", "cart", "declined", home.dir.path().to_str().unwrap()] {
        assert!(!text.contains(name), "{name} in {text}");
    }

    rpc(&skep, "pause", json!({ "paused": true })).await;
    let body = r#"{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "x"}]}]}]}"#;
    let send = || once(skep.ready.otlp_http, post("/v1/traces", "application/json", body));
    let refused = send().await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"), "{refused:?}");
    rpc(&skep, "pause", json!({ "paused": false })).await;
    assert_eq!(send().await.status(), 200);

    assert_eq!(rpc(&skep, "clear", json!({})).await.0, 200);
    until(&skep, "an empty store", |status| status["readable"] == 0).await;
    assert_eq!(rpc(&skep, "compact", json!({})).await.0, 200);
}
