use crate::caps;
use crate::running;
use skep_model::{Encoding, Signal};
use skep_otlp::{DecodeError, Problems};
use skep_store::clock::Clock;
use skep_store::{Append, AppendError, Limits, OpenError, Store};
use std::path::Path;
use std::sync::Arc;

/// More than any disk has, and still far below where sums would overflow.
const NO_CAP_BYTES: u64 = 1 << 60;

/// The store of a directory that no Skep runs on, opened to add to it. Nothing is received and nothing sent on; what is
/// added waits for a tee that was turned on, as if it had arrived.
pub struct LocalStore {
    store: Store,
    decoded_within: skep_otlp::Limits,
    clock: Arc<dyn Clock>,
}

/// What became of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Events in the request.
    pub n_received: u64,
    /// Events kept.
    pub n_stored: u64,
    /// Events that were there before.
    pub n_duplicate: u64,
    /// What could not be kept as it came.
    pub problems: Problems,
}

/// Why a request was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It is not OTLP.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The store could not keep it.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// What a request holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Events.
    pub n_received: u64,
    /// Of which some cannot be kept as they came.
    pub problems: Problems,
}

/// Looks into a request without keeping it.
///
/// # Errors
/// When it is not OTLP.
pub fn look_into(signal: Signal, encoding: Encoding, body: &[u8]) -> Result<Held, DecodeError> {
    let decoded = skep_otlp::decode(skep_otlp::Request::otlp(signal, encoding, body))?;
    Ok(Held { n_received: decoded.n_received, problems: decoded.problems })
}

impl LocalStore {
    /// Opens the store, making it if there is none. It grows without a cap: whoever runs on it next holds it to theirs.
    ///
    /// # Errors
    /// [`OpenError::InUse`] while a Skep runs on it; when a newer one wrote it, or the disk fails.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let limits = Limits { file_bytes: NO_CAP_BYTES, age_max: None, ..Limits::default() };
        let decoded_within = caps::of_dir(dir);
        let decode = caps::decoder(decoded_within);
        let config = skep_store::Config { dir: dir.to_owned(), decode, limits, clock: Arc::clone(&clock) };
        let store = Store::open(config)?;
        // Left behind by one that was killed.
        running::remove(dir);
        Ok(Self { store, decoded_within, clock })
    }

    /// Keeps a request. When this returns, its events are on disk.
    ///
    /// # Errors
    /// [`KeepError`]; nothing of it was kept.
    pub async fn keep(&self, signal: Signal, encoding: Encoding, body: Vec<u8>) -> Result<Kept, KeepError> {
        let request = skep_otlp::Request::otlp(signal, encoding, &body);
        let decoded = skep_otlp::decode(skep_otlp::Request { limits: self.decoded_within, ..request })?;
        let n_received = decoded.n_received;
        if n_received == 0 {
            return Ok(Kept::default());
        }
        let append = Append {
            received: self.clock.now(),
            signal,
            encoding,
            dataset: None,
            body,
            columns: decoded.columns,
            n_rejected: decoded.problems.rejected_events,
            n_spans_rejected: decoded.problems.rejected_spans,
        };
        let appended = self.store.append(append).await?;
        Ok(Kept {
            n_received,
            n_stored: appended.n_stored,
            n_duplicate: appended.n_duplicate,
            problems: decoded.problems,
        })
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
