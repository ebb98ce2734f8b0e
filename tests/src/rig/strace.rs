//! Faults at the border to the system: `strace` kills the program at a chosen call, or lets a call fail.
//!
//! Calls are counted for each thread, and each kind of call for itself. One thread opens the store and one writes it,
//! so the count is theirs.

use std::path::Path;
use std::process::Command;

/// Writes to the store's files.
pub const WRITE: &str = "pwrite64";
/// Syncs: SQLite makes one of the two, as it was built.
pub const SYNC: &str = "fsync,fdatasync";
/// Calls that cut, delete or rename a file.
pub const FILE: &str = "ftruncate,?unlink,?rename";

/// Whether this system has it. Says so where it cannot; on Linux `make test` installs it, and without it the test
/// fails.
#[must_use]
pub fn is_here(test: &str) -> bool {
    let probe = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
    if probe.is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(
        std::env::consts::OS != "linux",
        "{test} needs strace, and the right to trace: tests/setup/system.sh test"
    );
    println!("{test}: NOT RUN, there is no strace on this system");
    false
}

/// Runs a program that is killed at the `n`-th such call of a thread, before the call is made.
#[must_use]
pub fn kill_at(call: &str, n: u32) -> Vec<String> {
    inject(call, &format!("signal=SIGKILL:when={n}"), Path::new("/dev/null"))
}

/// Runs a program in which `call` ends as `outcome` says, such as `error=EIO:when=7` (the seventh only), `when=7+`
/// (from the seventh on) or `retval=0` (said to be done, and not done). Every such call is noted in `record`.
#[must_use]
pub fn inject(call: &str, outcome: &str, record: &Path) -> Vec<String> {
    let record = record.to_str().expect("a path in UTF-8").to_owned();
    let words = ["strace", "-f", "-qq", "-o", &record, "-e"];
    let mut words: Vec<String> = words.map(str::to_owned).to_vec();
    words.extend([format!("trace={call}"), "-e".to_owned(), format!("inject={call}:{outcome}")]);
    words
}

/// The same, for calls on one file alone.
#[must_use]
pub fn inject_on(file: &Path, call: &str, outcome: &str, record: &Path) -> Vec<String> {
    let mut words = inject(call, outcome, record);
    words.extend(["-P".to_owned(), file.to_str().expect("a path in UTF-8").to_owned()]);
    words
}

/// What a record says of the calls in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Made, and answered by the system.
    pub real: usize,
    /// Answered by `strace`.
    pub injected: usize,
}

/// Counts such calls in a record.
#[must_use]
pub fn count(record: &Path, call: &str) -> Calls {
    let text = std::fs::read_to_string(record).unwrap_or_default();
    let mut calls = Calls::default();
    let is_end = |line: &str, call: &str| {
        line.contains(&format!(" {call}(")) || line.contains(&format!("... {call} resumed>"))
    };
    let ended = |line: &&str| call.split(',').any(|call| is_end(line, call));
    for line in text.lines().filter(ended).filter(|line| !line.contains("unfinished")) {
        if line.contains("(INJECTED)") {
            calls.injected += 1;
        } else {
            calls.real += 1;
        }
    }
    calls
}
