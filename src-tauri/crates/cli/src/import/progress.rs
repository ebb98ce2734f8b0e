use skep_engine::store::clock::{Clock, SystemClock};
use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::{JoinError, JoinHandle};

/// How often the line is written anew.
const STEP: Duration = Duration::from_millis(200);

/// How far a file is, on standard error while that is a terminal.
pub(crate) struct Progress {
    clock: SystemClock,
    current: Mutex<Current>,
    /// Bytes read of all files.
    n_bytes: Arc<AtomicU64>,
}

#[derive(Default)]
struct Current {
    name: String,
    /// Where its first byte stands among those of all files.
    start: u64,
    n_bytes: Option<u64>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { clock: SystemClock::new(), current: Mutex::default(), n_bytes: Arc::default() }
    }

    /// The next file begins.
    pub(crate) fn begin(&self, file: &Path, n_bytes: Option<u64>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Current {
            name: file.display().to_string(),
            start: self.n_bytes.load(Ordering::Relaxed),
            n_bytes,
        };
    }

    /// Shows how far it is until `reader` ends.
    pub(crate) async fn show_until(&self, mut reader: JoinHandle<()>) -> Result<(), JoinError> {
        if !std::io::stderr().is_terminal() {
            return reader.await;
        }
        loop {
            match tokio::time::timeout(STEP, &mut reader).await {
                Ok(ended) => {
                    // Clears the line.
                    eprint!("\r\x1b[K");
                    return ended;
                }
                Err(_) => {
                    eprint!("\r\x1b[K{}", self.line());
                    std::io::stderr().flush().ok();
                }
            }
        }
    }

    fn line(&self) -> String {
        let read = self.n_bytes.load(Ordering::Relaxed);
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let of_file = read - current.start.min(read);
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let rate = mib(read) / self.clock.elapsed().as_secs_f64().max(0.001);
        let share = match current.n_bytes {
            Some(n_bytes) if n_bytes > 0 => format!("{:.0} % of ", of_file as f64 * 100.0 / n_bytes as f64),
            _ => String::new(),
        };
        format!(
            "{}: {share}{:.1} MiB, {rate:.1} MiB/s",
            current.name,
            mib(current.n_bytes.unwrap_or(of_file))
        )
    }
}

/// A file that counts what is read of it.
pub(crate) struct Counted<R> {
    file: R,
    n_bytes: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    pub(crate) fn new(file: R, progress: &Progress) -> Self {
        Self { file, n_bytes: Arc::clone(&progress.n_bytes) }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(into)?;
        self.n_bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
