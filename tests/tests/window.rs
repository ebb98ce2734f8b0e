//! The real desktop window, under a virtual display and WebKitWebDriver: `tests/window/*.test.mjs`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code")]

use prost::Message;
use skep_tests::load;
use skep_tests::rig::{Skep, artifacts_dir, desktop_binary, run_to_end, skep_binary};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A home of its own, with a story to send.
struct Home {
    dir: tempfile::TempDir,
    data_dir: PathBuf,
    story: PathBuf,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (story, data_dir) = (dir.path().join("story.pb"), dir.path().join("data"));
        std::fs::write(&story, load::story().encode_to_vec()).unwrap();
        Self { dir, data_dir, story }
    }

    /// Runs a file of `tests/window`, under a display and, where there is one to be had, a session bus.
    fn run(&self, file: &str) {
        let mut words = Vec::new();
        if cfg!(target_os = "linux") {
            if Command::new("dbus-run-session").arg("--version").output().is_ok() {
                words.extend(["dbus-run-session", "--"]);
            }
            words.extend(["xvfb-run", "-a", "-s", "-screen 0 1440x900x24 -nolisten tcp"]);
        }
        words.extend(["node", "--test", "--test-reporter=spec", "--test-concurrency=1"]);
        let mut node = Command::new(words[0]);
        node.args(&words[1..]).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("window").join(file));
        node.env("SKEP_DESKTOP_BIN", desktop_binary()).env("SKEP_BIN", skep_binary());
        node.env("SKEP_ARTIFACTS", artifacts_dir()).env("SKEP_STORY", &self.story);
        node.env("SKEP_DATA_DIR", &self.data_dir);
        node.env("SKEP_TRACE_ID", self.trace_id());
        node.env("SKEP_SETTINGS", self.dir.path().join("settings.toml"));
        // A developer's own settings and cache stay out of it.
        for (variable, name) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "share"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_STATE_HOME", "state"),
        ] {
            node.env(variable, self.dir.path().join(name));
        }
        println!("{}", run_to_end(&mut node));
    }

    /// The first trace of the story.
    fn trace_id(&self) -> String {
        let story = load::story();
        let span = &story.resource_spans[0].scope_spans[0].spans[0];
        span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[test]
fn the_window_receives_shows_and_keeps_spans() {
    let home = Home::new();
    home.run("window.test.mjs");
    let status = Skep::ask_store(&home.data_dir, ["status"]);
    let n_spans = load::STORY_TRACES * load::STORY_SPANS_PER_TRACE;
    assert_eq!(status["spans"]["stored"], n_spans, "kept after the window closed: {status}");
}

/// Guarantees: a query typed, a box dragged, the first explanation the right one, verified by its negation, its traces
/// opened, each step undone by back.
#[test]
fn the_window_explains_what_is_slow() {
    Home::new().run("explore.test.mjs");
}

/// Guarantees: axe finds nothing to mend on any page, light or dark, wide or narrow, with data or without.
#[test]
fn no_page_of_the_window_breaks_a_rule() {
    Home::new().run("pages.test.mjs");
}

/// Guarantees: a link only leads, a file is taken in, also at a cold start; a second start hands over; the settings' file
/// is followed and keeps its comments; the log is JSON without data.
#[test]
fn the_window_has_manners() {
    Home::new().run("manners.test.mjs");
}

/// Guarantees: the icon, notifications and the session's start do what the settings say and nothing before; closing to the
/// icon, the window's size, dropped files and `skep open` work. Asks for a session's bus and a display to speak to by hand.
#[test]
#[cfg(target_os = "linux")]
fn the_window_fits_a_desktop() {
    Home::new().run("desktop.test.mjs");
}
