//! The real desktop window, under a virtual display and WebKitWebDriver: `tests/window/window.test.mjs`.

#![allow(clippy::unwrap_used, reason = "test code")]

use prost::Message;
use skep_tests::load;
use skep_tests::rig::{Skep, artifacts_dir, desktop_binary, run_to_end};
use std::path::Path;
use std::process::Command;

#[test]
fn the_window_receives_shows_and_keeps_spans() {
    let dir = tempfile::tempdir().unwrap();
    let (story, data_dir) = (dir.path().join("story.pb"), dir.path().join("data"));
    std::fs::write(&story, load::story().encode_to_vec()).unwrap();
    let mut node = if cfg!(target_os = "linux") {
        let mut display = Command::new("xvfb-run");
        display.args(["-a", "-s", "-screen 0 1440x900x24 -nolisten tcp", "node"]);
        display
    } else {
        Command::new("node")
    };
    node.args(["--test", "--test-reporter=spec"]);
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("window/window.test.mjs"));
    node.env("SKEP_DESKTOP_BIN", desktop_binary()).env("SKEP_ARTIFACTS", artifacts_dir());
    node.env("SKEP_STORY", &story).env("SKEP_DATA_DIR", &data_dir);
    // A developer's own settings and cache stay out of it.
    for (variable, name) in
        [("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "share"), ("XDG_CACHE_HOME", "cache")]
    {
        node.env(variable, dir.path().join(name));
    }
    println!("{}", run_to_end(&mut node));
    let status = Skep::ask_store(&data_dir, ["status"]);
    let n_spans = load::STORY_TRACES * load::STORY_SPANS_PER_TRACE;
    assert_eq!(status["spans"]["stored"], n_spans, "kept after the window closed: {status}");
}
