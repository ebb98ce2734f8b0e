//! What the real clients need: a Python environment and Node packages, made once and kept below `target`.

use super::program::run_to_end;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the real clients.
#[must_use]
pub fn clients_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// Where pictures of the pages go, for a person to look at.
#[must_use]
pub fn artifacts_dir() -> PathBuf {
    let dir = root().join("artifacts");
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// The Python of an environment that holds what a client's `requirements.txt` names.
#[must_use]
pub fn python_of(client: &str) -> PathBuf {
    let environment = root().join("target/test-venv").join(client);
    let requirements = clients_dir().join(client).join("requirements.txt");
    once_for(&environment.join("made-of"), &requirements, || {
        run_to_end(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run_to_end(Command::new(environment.join("bin/python")).args(install).arg(&requirements));
    });
    environment.join("bin/python")
}

/// A client's folder, with the packages of its lock file installed.
#[must_use]
pub fn node_client(client: &str) -> PathBuf {
    let dir = clients_dir().join(client);
    once_for(&dir.join("node_modules/.made-of"), &dir.join("package-lock.json"), || {
        run_to_end(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&dir));
    });
    dir
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie below the root")
}

/// Runs `make` unless the stamp already holds what `source` does.
fn once_for(stamp: &Path, source: &Path, make: impl FnOnce()) {
    let wanted = std::fs::read(source).unwrap();
    if std::fs::read(stamp).is_ok_and(|made_of| made_of == wanted) {
        return;
    }
    make();
    std::fs::write(stamp, wanted).unwrap();
}
