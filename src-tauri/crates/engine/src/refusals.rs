//! What a receiver has refused, in a file beside its store: the counts are in its memory, and another process asks for
//! them. They stay after it has ended, and are those of the next one once that starts.

use crate::arrivals::Arrivals;
use crate::beside;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

const FILE_NAME: &str = "skep.refused.json";

/// Between two writes at least: a sender that is refused all the time costs no more than this.
const WRITE_PAUSE: Duration = Duration::from_secs(1);

/// Keeps the file up to date until it is dropped.
pub(crate) struct RefusalsFile {
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

struct Counts {
    dir: PathBuf,
    arrivals: Arc<Arrivals>,
    /// Held while the file is written: the last write and one under way must not mix, nor an older one win.
    writing: Mutex<()>,
}

impl RefusalsFile {
    /// Takes away what an earlier process left, and begins to write.
    pub(crate) fn start(dir: &Path, arrivals: &Arc<Arrivals>) -> Self {
        std::fs::remove_file(dir.join(FILE_NAME)).ok();
        let (dir, arrivals) = (dir.to_owned(), Arc::clone(arrivals));
        let counts = Arc::new(Counts { dir, arrivals, writing: Mutex::default() });
        Self { task: tokio::spawn(keep(Arc::clone(&counts))), counts }
    }

    /// Writes the last counts, of a receiver that has stopped.
    pub(crate) fn finish(&self) {
        self.task.abort();
        self.counts.write();
    }
}

impl Drop for RefusalsFile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(counts: Arc<Counts>) {
    loop {
        counts.arrivals.more_refused().await;
        let writer = Arc::clone(&counts);
        // A slow disk must not hold up what is being received.
        tokio::task::spawn_blocking(move || writer.write()).await.ok();
        tokio::time::sleep(WRITE_PAUSE).await;
    }
}

impl Counts {
    fn write(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = self.arrivals.refused();
        if refused.is_empty() {
            return;
        }
        if let Err(error) = beside::write_json(&self.dir, FILE_NAME, &refused) {
            tracing::warn!(%error, "cannot write down what was refused: other processes do not see it");
        }
    }
}

/// Requests that were refused before they were read, by reason: by the Skep that receives on a directory or, where
/// none does, by the last one. It may be a second behind. Empty where nothing was refused, or the file cannot be read.
#[must_use]
pub fn refused_of(dir: &Path) -> Vec<(String, u64)> {
    let file = std::fs::read(dir.join(FILE_NAME)).ok();
    let refused: Option<BTreeMap<String, u64>> = file.and_then(|file| serde_json::from_slice(&file).ok());
    refused.unwrap_or_default().into_iter().collect()
}
