//! The others: Python programs that hold a database, take a question as a line of JSON, and say what it cost them.

use super::data::Corpus;
use super::measure::{Cost, median};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Something quick is asked again for so long, or so often.
const REPEAT_WALL_S: f64 = 0.3;
const REPEAT_MAX: usize = 30;

/// Where the peers' programs lie, and what runs them.
#[derive(Clone, Debug)]
pub(super) struct Peers {
    python: PathBuf,
    programs: PathBuf,
}

/// A running peer; dropping it ends it.
pub(super) struct Peer {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// What a peer says.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// Nothing when it failed.
    #[serde(default)]
    pub(super) answer: Value,
    wall_s: f64,
    cpu_s: f64,
    /// Resident memory at its largest.
    pub(super) peak_mb: f64,
    error: Option<String>,
}

impl Answer {
    /// What it cost, by the peer's own count: the interpreter's start is left out.
    #[must_use]
    pub(super) fn cost(&self) -> Cost {
        Cost { wall_s: self.wall_s, cpu_s: self.cpu_s }
    }
}

impl Peers {
    /// Makes the environment where it is missing. A package that cannot be had is left out: whoever needs it says so
    /// when it is started.
    ///
    /// # Errors
    /// When there is no Python.
    pub(super) fn ready() -> Result<Self> {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let programs = tests.join("bench/peers");
        let environment = tests.with_file_name("target").join("bench/venv");
        let (python, stamp) = (environment.join("bin/python"), environment.join("made-of"));
        let wanted = std::fs::read_to_string(programs.join("requirements.txt"))?;
        if std::fs::read_to_string(&stamp).is_ok_and(|made_of| made_of == wanted) {
            return Ok(Self { python, programs });
        }
        let venv = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment).status()?;
        anyhow::ensure!(venv.success(), "python3 makes no environment: {venv}");
        let mut all = true;
        for package in wanted.lines() {
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package];
            all &= Command::new(&python).args(install).status()?.success();
        }
        if all {
            std::fs::write(&stamp, wanted)?;
        }
        Ok(Self { python, programs })
    }

    /// Starts one on a database, which need not exist.
    ///
    /// # Errors
    /// When the engine is not installed.
    pub(super) fn start(&self, engine: &str, database: &Path) -> Result<Peer> {
        let mut command = Command::new(&self.python);
        command.arg(self.programs.join("peer.py")).arg(engine).arg(database);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take().context("piped")?;
        let stdout = BufReader::new(child.stdout.take().context("piped")?);
        let mut peer = Peer { child, stdin, stdout };
        peer.ask(&json!({ "op": "ready" }))?;
        Ok(peer)
    }

    /// Decodes the corpus for the peers where that has not been done.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn convert(&self, corpus: &Corpus) -> Result<()> {
        let mut command = Command::new(&self.python);
        command.arg(self.programs.join("convert.py")).arg(&corpus.path);
        let status = command.status()?;
        if !status.success() {
            bail!("the corpus could not be decoded: {status}");
        }
        Ok(())
    }
}

impl Peer {
    /// Asks once.
    ///
    /// # Errors
    /// What the peer says.
    pub(super) fn ask(&mut self, question: &Value) -> Result<Answer> {
        writeln!(self.stdin, "{question}")?;
        self.stdin.flush()?;
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        let answer: Answer = serde_json::from_str(&line).with_context(|| format!("a peer said {line:?}"))?;
        match answer.error {
            Some(error) => bail!("{question}: {error}"),
            None => Ok(answer),
        }
    }

    /// Asks several times what is quick: the median by the clock, the mean of the CPU.
    ///
    /// # Errors
    /// As [`Peer::ask`].
    pub(super) fn ask_again(&mut self, question: &Value) -> Result<Cost> {
        repeated(|| Ok(self.ask(question)?.cost()))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn repeated(mut once: impl FnMut() -> Result<Cost>) -> Result<Cost> {
    let mut costs: Vec<Cost> = Vec::new();
    while costs.len() < REPEAT_MAX && costs.iter().map(|cost| cost.wall_s).sum::<f64>() < REPEAT_WALL_S {
        costs.push(once()?);
    }
    let cpu_s = costs.iter().map(|cost| cost.cpu_s).sum::<f64>() / costs.len() as f64;
    Ok(Cost { wall_s: median(costs.iter().map(|cost| cost.wall_s)), cpu_s })
}
