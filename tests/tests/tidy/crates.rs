//! Which crate may know which, and where `tauri` stands.

use crate::files;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::OnceLock;

/// model <- otlp, store, query, policy; {store, otlp, policy} <- forward; otlp <- receive, import; {import, store, query, receive, forward} <- engine
/// <- sql <- api <- {cli, desktop}. The vocabulary may be used anywhere; the engine decodes the log's tail, who starts an engine
/// hands it a clock, and the command line takes the rows of a SQL statement as they come.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("skep-model", &[]),
    ("skep-otlp", &["skep-model"]),
    ("skep-import", &["skep-model", "skep-otlp"]),
    ("skep-store", &["skep-model"]),
    ("skep-query", &["skep-model"]),
    ("skep-receive", &["skep-model", "skep-otlp"]),
    ("skep-policy", &["skep-model"]),
    ("skep-forward", &["skep-model", "skep-otlp", "skep-policy", "skep-store"]),
    (
        "skep-engine",
        &[
            "skep-model",
            "skep-otlp",
            "skep-import",
            "skep-store",
            "skep-query",
            "skep-receive",
            "skep-forward",
        ],
    ),
    ("skep-sql", &["skep-model", "skep-engine"]),
    ("skep-api", &["skep-model", "skep-engine", "skep-sql"]),
    ("skep-cli", &["skep-model", "skep-api", "skep-engine", "skep-sql", "skep-store"]),
    ("skep-desktop", &["skep-model", "skep-api", "skep-engine", "skep-store"]),
    ("skep-tests", &[]),
];

/// Packages that bring a window with them.
const WINDOW: [&str; 6] = ["tauri", "wry", "tao", "gtk", "gdk", "webkit2gtk"];

/// `cargo metadata` for this platform, which a build has already fetched.
pub(crate) fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let run = |command: &mut Command| {
            let output = command.current_dir(files::root()).output().unwrap();
            assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let version = run(Command::new("rustc").arg("-vV"));
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", host];
        serde_json::from_str(&run(Command::new(env!("CARGO")).args(arguments))).unwrap()
    })
}

pub(crate) fn packages() -> impl Iterator<Item = &'static Value> {
    metadata()["packages"].as_array().unwrap().iter()
}

pub(crate) fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

/// Names of the workspace's own crates that each depends on, development aside.
fn own_edges() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let own = packages().filter(|package| package["source"].is_null());
    let edges = own.map(|package| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let own =
            dependencies.filter(|dependency| dependency["path"].is_string() && dependency["kind"] != "dev");
        (name(package), own.map(name).collect())
    });
    edges.collect()
}

fn breaches(edges: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut breaches = Vec::new();
    for (package, known) in edges {
        match MAY_KNOW.iter().find(|(name, _)| name == package) {
            None => breaches.push(format!("{package} has no place in the table of edges")),
            Some((_, allowed)) => {
                let wrong = known.iter().filter(|other| !allowed.contains(other));
                breaches.extend(wrong.map(|other| format!("{package} may not know {other}")));
            }
        }
    }
    breaches
}

/// All that a package is built from, development and build scripts aside.
fn built_from(package: &str) -> BTreeSet<&'static str> {
    let nodes = metadata()["resolve"]["nodes"].as_array().unwrap();
    let names: BTreeMap<_, _> =
        packages().map(|package| (package["id"].as_str().unwrap(), name(package))).collect();
    let node_of = |id: &str| nodes.iter().find(|node| node["id"] == id).unwrap();
    let mut ids: Vec<_> = names.iter().filter(|(_, name)| **name == package).map(|(id, _)| *id).collect();
    let mut seen: BTreeSet<_> = ids.iter().copied().collect();
    while let Some(id) = ids.pop() {
        for dependency in node_of(id)["deps"].as_array().unwrap() {
            let is_linked =
                dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
            let id = dependency["pkg"].as_str().unwrap();
            if is_linked && seen.insert(id) {
                ids.push(id);
            }
        }
    }
    seen.into_iter().map(|id| names[id]).collect()
}

fn window_parts(names: &BTreeSet<&'static str>) -> Vec<&'static str> {
    names.iter().filter(|name| WINDOW.contains(name) || name.starts_with("tauri-")).copied().collect()
}

/// Whether a manifest names tauri as a dependency or a feature.
fn names_tauri(manifest: &str) -> bool {
    manifest.lines().map(str::trim).any(|line| {
        let line = line.trim_start_matches('[').replace("src-tauri", "");
        !line.starts_with('#')
            && (line.starts_with("tauri") || line.contains("dependencies.tauri") || line.contains("\"tauri"))
    })
}

#[test]
fn crates_know_only_whom_they_may() {
    let planted =
        BTreeMap::from([("skep-query", BTreeSet::from(["skep-store"])), ("skep-new", BTreeSet::new())]);
    assert_eq!(breaches(&planted).len(), 2, "the table finds a wrong edge and an unknown crate");
    let edges = own_edges();
    assert_eq!(edges.len(), MAY_KNOW.len(), "the table lists the crates there are");
    assert_eq!(breaches(&edges), Vec::<String>::new(), "the way through the house has one direction");
}

#[test]
fn the_command_line_needs_no_window() {
    let cli = built_from("skep-cli");
    assert!(cli.contains("skep-engine") && cli.contains("tokio"), "the walk reaches what is there: {cli:?}");
    let desktop = built_from("skep-desktop");
    assert!(window_parts(&desktop).contains(&"tauri"), "the walk would see tauri, where it is");
    assert_eq!(window_parts(&cli), Vec::<&str>::new(), "`skep` runs on a server without GTK");
}

#[test]
fn tauri_stands_in_one_manifest() {
    let red = ["tauri = \"2\"", "tauri-build.workspace = true", "[dependencies.tauri]", "x = [\"tauri/y\"]"];
    assert!(red.iter().all(|line| names_tauri(line)));
    assert!(!names_tauri("skep-model = { path = \"src-tauri/crates/model\" }\n# tauri stands elsewhere"));
    let manifests = files::all().into_iter().filter(|file| file.path.ends_with("Cargo.toml"));
    let naming: Vec<_> = manifests.filter(|file| names_tauri(&file.text)).map(|file| file.path).collect();
    assert_eq!(naming, ["src-tauri/Cargo.toml"], "only the shell knows what a window is made of");
}
