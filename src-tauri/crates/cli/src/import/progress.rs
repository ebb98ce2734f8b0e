use super::totals::Totals;
use skep_engine::import::Tally;
use skep_engine::store::clock::{Clock, SystemClock};
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often the line is written anew.
const STEP: Duration = Duration::from_millis(200);

/// Back to the line's start, and empties it.
const CLEAR: &str = "\r\x1b[K";

/// How far it is, on standard error while that is a terminal.
pub(crate) struct Progress {
    clock: SystemClock,
    current: Mutex<Current>,
    totals: Arc<Totals>,
}

#[derive(Default)]
struct Current {
    name: String,
    /// Where its first byte stands among those of all files.
    start: u64,
    n_bytes: Option<u64>,
}

impl Progress {
    pub(crate) fn new(totals: Arc<Totals>) -> Self {
        Self { clock: SystemClock::new(), current: Mutex::default(), totals }
    }

    /// The next file begins.
    pub(crate) fn begin(&self, file: &Path, n_bytes: Option<u64>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) =
            Current { name: file.display().to_string(), start: self.totals.counts().n_bytes(), n_bytes };
    }

    /// Shows how far it is until `work` ends.
    pub(crate) async fn show_until<T>(&self, work: impl Future<Output = T>) -> T {
        if !std::io::stderr().is_terminal() {
            return work.await;
        }
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(STEP, &mut work).await {
                Ok(ended) => {
                    eprint!("{CLEAR}");
                    return ended;
                }
                Err(_) => {
                    eprint!("{CLEAR}{}", self.line());
                    std::io::stderr().flush().ok();
                }
            }
        }
    }

    fn line(&self) -> String {
        let n_read = self.totals.counts().n_bytes();
        let Tally { n_received, n_duplicate, n_rejected, .. } = self.totals.counts().now();
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let of_file = n_read.saturating_sub(current.start);
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let rate = mib(n_read) / self.clock.elapsed().as_secs_f64().max(0.001);
        let share = match current.n_bytes {
            Some(n_bytes) if n_bytes > 0 => format!("{:.0} % of ", of_file as f64 * 100.0 / n_bytes as f64),
            _ => String::new(),
        };
        let size = mib(current.n_bytes.unwrap_or(of_file));
        let mut line =
            format!("{}: {share}{size:.1} MiB, {rate:.1} MiB/s, {n_received} events", current.name);
        for (n, what) in [(n_duplicate, "there before"), (n_rejected, "rejected")] {
            if n > 0 {
                line += &format!(", {n} {what}");
            }
        }
        line
    }
}

/// Says something on standard error, in place of the line of progress.
pub(crate) fn say(message: impl Display) {
    let clear = if std::io::stderr().is_terminal() { CLEAR } else { "" };
    eprintln!("{clear}skep: {message}");
}
