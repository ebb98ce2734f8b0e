use super::http::{once, post};
use super::program::{run, run_to_end, skep_binary};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// How a `skep serve` is to be started: on free ports, on this data directory.
#[derive(Debug)]
pub struct Serve {
    data_dir: PathBuf,
    /// Flags and the addresses they are given.
    addresses: BTreeMap<&'static str, String>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    under: Vec<String>,
}

/// One that ended before it was ready.
#[derive(Debug)]
pub struct Died {
    /// How it ended.
    pub status: ExitStatus,
    /// Its log, and the logs of those before it on this data directory.
    pub log: String,
}

/// The line that `skep serve` prints when it listens.
#[derive(Clone, Debug, Deserialize)]
pub struct Ready {
    /// The gRPC port.
    pub otlp_grpc: SocketAddr,
    /// The HTTP port.
    pub otlp_http: SocketAddr,
    /// The address of the pages, token included.
    pub ui: String,
    /// Where the store is.
    pub data_dir: PathBuf,
    /// The process.
    pub pid: i32,
}

/// A running `skep serve`. Dropping it kills it.
#[derive(Debug)]
pub struct Skep {
    /// What it said when it was ready.
    pub ready: Ready,
    ready_line: String,
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: PathBuf,
}

impl Serve {
    /// On a data directory, which need not exist.
    pub fn on(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            addresses: ["--otlp-grpc", "--otlp-http", "--ui"]
                .map(|flag| (flag, "127.0.0.1:0".to_owned()))
                .into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            under: Vec::new(),
        }
    }

    /// With a further argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Run by another program, such as `strace`, which is given the program and its arguments.
    #[must_use]
    pub fn under(mut self, program: impl IntoIterator<Item = String>) -> Self {
        self.under.extend(program);
        self
    }

    /// With an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Listening at this address for what the flag names: `--otlp-grpc`, `--otlp-http` or `--ui`.
    #[must_use]
    pub fn at(mut self, flag: &'static str, address: impl Into<String>) -> Self {
        self.addresses.insert(flag, address.into());
        self
    }

    /// Receiving OTLP/HTTP on this port.
    #[must_use]
    pub fn http_port(self, port: u16) -> Self {
        self.at("--otlp-http", format!("127.0.0.1:{port}"))
    }

    /// Forwarding to `url` with this Honeycomb key.
    #[must_use]
    pub fn forward_to(self, url: &str, key: &str) -> Self {
        self.arg("--forward").arg(url).env("SKEP_FORWARD_HEADERS", format!("x-honeycomb-team={key}"))
    }

    fn command(&self) -> Command {
        let mut words = self.under.iter().map(OsStr::new).chain([skep_binary().as_os_str()]);
        let mut command = Command::new(words.next().expect("there is the program itself"));
        command.args(words).arg("serve");
        for (flag, address) in &self.addresses {
            command.args([flag, address.as_str()]);
        }
        command.arg("--data-dir").arg(&self.data_dir).args(&self.arguments);
        // A developer's own settings and log stay out of it.
        command.env("SKEP_SETTINGS", self.data_dir.with_extension("settings.toml"));
        command.env("XDG_STATE_HOME", self.data_dir.with_extension("state"));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Starts it and waits for its ready line.
    pub async fn start(self) -> Skep {
        self.try_start()
            .await
            .unwrap_or_else(|Died { status, log }| panic!("no ready line ({status}); its log:\n{log}"))
    }

    /// Starts it and waits for its ready line, or for its end.
    ///
    /// # Errors
    /// When it ends first.
    pub async fn try_start(self) -> Result<Skep, Died> {
        let stderr = self.data_dir.with_extension("stderr");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&stderr).unwrap();
        let mut command = self.command();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut ready_line = String::new();
        stdout.read_line(&mut ready_line).await.unwrap();
        let Ok(ready) = serde_json::from_str(&ready_line) else {
            let status = child.wait().await.unwrap();
            let log = std::fs::read_to_string(&stderr).unwrap_or_default();
            return Err(Died { status, log });
        };
        Ok(Skep { ready, ready_line, child, stdout, stderr })
    }

    /// Starts one that is expected to refuse, and waits for its end.
    pub async fn refused(self) -> Output {
        self.command().output().await.unwrap()
    }
}

impl Skep {
    /// SIGKILL, as the machine's end would have it; waits until it is gone.
    pub async fn kill(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().await.unwrap();
    }

    /// Sends a signal to the program itself, under whatever it runs. One that has just ended gets none.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.ready.pid).expect("a process id is above zero");
        kill_process(pid, signal).ok();
    }

    /// Stops every thread of it where it is, until [`Signal::CONT`]. A thread that is stopped late would still sync and
    /// answer.
    pub async fn hold(&self) {
        self.signal(Signal::STOP);
        while !self.is_held() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn is_held(&self) -> bool {
        let Ok(tasks) = std::fs::read_dir(format!("/proc/{}/task", self.ready.pid)) else { return true };
        let stats = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("stat")).ok());
        // The state follows the name, which stands in parentheses and may hold any character.
        let mut states = stats.filter_map(|stat| stat.rsplit_once(')')?.1.trim_start().chars().next());
        states.all(|state| matches!(state, 'T' | 't' | 'Z' | 'X'))
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        self.child.wait().await.unwrap()
    }

    /// Its log so far, and the logs of those before it on this data directory.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// SIGTERM; waits until it has ended.
    pub async fn terminate(mut self) -> (ExitStatus, Said) {
        self.signal(Signal::TERM);
        let status = self.child.wait().await.unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).await.unwrap();
        let stderr = std::fs::read_to_string(&self.stderr).unwrap();
        (status, Said { stdout: self.ready_line.clone() + &rest, stderr })
    }

    /// The token that guards the pages.
    #[must_use]
    pub fn token(&self) -> &str {
        let (_, token) = self.ready.ui.split_once("token=").expect("the address of the pages holds a token");
        token
    }

    /// Where the pages are.
    #[must_use]
    pub fn ui_address(&self) -> SocketAddr {
        let rest = self.ready.ui.strip_prefix("http://").expect("a plain HTTP address");
        let (address, _) = rest.split_once('/').expect("a path");
        address.parse().unwrap()
    }

    /// Calls a command as the pages do, which must be answered.
    pub async fn call(&self, command: &str, request: &Value) -> Value {
        let mut post = post(&format!("/rpc/{command}"), "application/json", request.to_string());
        let bearer = format!("Bearer {}", self.token());
        post.headers_mut().insert("authorization", bearer.parse().expect("a token is a header's text"));
        let answer = once(self.ui_address(), post).await;
        assert_eq!(answer.status(), 200, "{command}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// Asks the store, as a second process, while it runs.
    pub fn ask<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Value {
        Self::ask_store(&self.ready.data_dir, arguments)
    }

    /// Asks the store on a data directory, whether or not a `skep` serves it; the answer is JSON.
    pub fn ask_store<S: AsRef<OsStr>>(data_dir: &Path, arguments: impl IntoIterator<Item = S>) -> Value {
        let answer = run_to_end(&mut store_command(data_dir, arguments));
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Asks what may be refused.
    pub fn try_ask<S: AsRef<OsStr>>(data_dir: &Path, arguments: impl IntoIterator<Item = S>) -> Output {
        run(&mut store_command(data_dir, arguments))
    }
}

impl Drop for Skep {
    fn drop(&mut self) {
        // `kill_on_drop` reaches only what the program runs under.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::KILL);
        }
        if std::thread::panicking() {
            eprintln!("the log of the program in {}:\n{}", self.ready.data_dir.display(), self.log());
        }
    }
}

/// All that a process wrote.
#[derive(Debug)]
pub struct Said {
    /// Standard output, the ready line included.
    pub stdout: String,
    /// Standard error, of every process on this data directory.
    pub stderr: String,
}

fn store_command<S: AsRef<OsStr>>(
    data_dir: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> std::process::Command {
    let mut command = std::process::Command::new(skep_binary());
    command.args(arguments).arg("--json").arg("--data-dir").arg(data_dir);
    command
}
