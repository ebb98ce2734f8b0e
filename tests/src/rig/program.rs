use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The `skep` binary: `SKEP_BIN` when it is set, as `make test` does, else what cargo builds now.
pub fn skep_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| given_or_built("SKEP_BIN", &["-p", "skep-cli", "--bin", "skep"]))
}

/// The desktop binary with the built pages inside: `SKEP_DESKTOP_BIN` when it is set, else what cargo builds now.
pub fn desktop_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    let package = ["-p", "skep-desktop", "--features", "custom-protocol"];
    BINARY.get_or_init(|| given_or_built("SKEP_DESKTOP_BIN", &package))
}

fn given_or_built(variable: &str, package: &[&str]) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        let path = std::path::absolute(path).unwrap();
        assert!(path.is_file(), "{variable} names no file: {}", path.display());
        return path;
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--message-format", "json"]).args(package);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "cargo build {package:?} failed");
    let messages = String::from_utf8(output.stdout).unwrap();
    let built = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable =
        built.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).next_back();
    executable.unwrap_or_else(|| panic!("cargo build {package:?} made no program"))
}

/// Runs a program to its end and gives its output.
pub fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Runs a program that must succeed, with its output shown when it does not; gives its standard output.
pub fn run_to_end(command: &mut Command) -> String {
    let output = run(command);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}\n{stdout}\n{stderr}", output.status);
    stdout
}
