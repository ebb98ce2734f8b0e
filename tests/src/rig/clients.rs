//! What the real clients need: Python environments, Node packages, Go programs and Java libraries, each made once and
//! kept below `target`, or beside the client where its language looks for it there.

use super::program::run_to_end;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

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
    once_for(&environment.join("made-of"), &[&requirements], || {
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
    once_for(&dir.join("node_modules/.made-of"), &[&dir.join("package-lock.json")], || {
        run_to_end(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&dir));
    });
    dir
}

/// A client of one file, `main.go`, built; none where there is no Go, and then it says so.
#[must_use]
pub fn go_client(client: &str) -> Option<PathBuf> {
    let dir = clients_dir().join(client);
    // Fails where it is older than `go.mod` asks for.
    if !is_here(client, go().current_dir(&dir).args(["list", "-m"])) {
        return None;
    }
    let built = root().join("target/test-go").join(client);
    std::fs::create_dir_all(&built).unwrap();
    let sources = ["main.go", "go.mod", "go.sum"].map(|name| dir.join(name));
    once_for(&built.join("made-of"), &sources.each_ref().map(PathBuf::as_path), || {
        let mut build = go();
        run_to_end(build.current_dir(&dir).args(["build", "-mod=readonly", "-o"]).arg(built.join("main")));
    });
    Some(built.join("main"))
}

/// The class path of a client of one file, `Main.java`, compiled; none where Java or Maven is missing, and then it says
/// so.
#[must_use]
pub fn java_client(client: &str) -> Option<String> {
    let tools = [("javac", "-version"), ("mvn", "--version")];
    if !tools.iter().all(|(tool, probe)| is_here(client, Command::new(tool).arg(probe))) {
        return None;
    }
    let dir = clients_dir().join(client);
    let built = root().join("target/test-java").join(client);
    std::fs::create_dir_all(&built).unwrap();
    let class_path = format!("{0}:{0}/libraries/*", built.display());
    let sources = ["Main.java", "pom.xml"].map(|name| dir.join(name));
    once_for(&built.join("made-of"), &sources.each_ref().map(PathBuf::as_path), || {
        let libraries = format!("-DoutputDirectory={}", built.join("libraries").display());
        let mut fetch = Command::new("mvn");
        fetch.args(["--quiet", "--batch-mode", "dependency:copy-dependencies", "-DincludeScope=runtime"]);
        run_to_end(fetch.arg(libraries).arg("--file").arg(&sources[1]));
        let mut compile = Command::new("javac");
        run_to_end(compile.args(["-classpath", &class_path, "-d"]).arg(&built).arg(&sources[0]));
    });
    Some(class_path)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie below the root")
}

/// The Go that is installed: it would get itself a newer one.
fn go() -> Command {
    let mut go = Command::new("go");
    go.env("GOTOOLCHAIN", "local");
    go
}

/// Whether a toolchain that not everybody has is installed.
fn is_here(client: &str, probe: &mut Command) -> bool {
    let found = probe.output().is_ok_and(|output| output.status.success());
    if !found {
        let tool = probe.get_program().display();
        println!("{client}: NOT RUN, there is no {tool} on this system, or not one that is new enough");
    }
    found
}

/// Runs `make` unless the stamp already holds what the sources do. Tests of one process that need the same wait for it.
fn once_for(stamp: &Path, sources: &[&Path], make: impl FnOnce()) {
    static MADE: Mutex<BTreeMap<PathBuf, Arc<Mutex<()>>>> = Mutex::new(BTreeMap::new());
    let making =
        Arc::clone(MADE.lock().unwrap_or_else(PoisonError::into_inner).entry(stamp.to_owned()).or_default());
    let _making = making.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted: Vec<u8> = sources.iter().flat_map(|source| std::fs::read(source).unwrap()).collect();
    if std::fs::read(stamp).is_ok_and(|made_of| made_of == wanted) {
        return;
    }
    make();
    std::fs::write(stamp, wanted).unwrap();
}
