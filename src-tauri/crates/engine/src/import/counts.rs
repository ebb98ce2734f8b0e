use skep_model::Nanos;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Distinct reasons that are kept for which requests were not kept as they came.
const REASONS_MAX: usize = 8;

/// What became of a request.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Events in it.
    pub n_received: u64,
    /// Of these the ones that were not kept, or refused.
    pub n_rejected: u64,
    /// Of these the ones that were there before, where that is known.
    pub n_duplicate: u64,
    /// Of these the ones that were kept after a repair.
    pub n_repaired: u64,
    /// Of these the ones that were kept after something over a cap was cut.
    pub n_truncated: u64,
    /// The earliest and the latest event, where that is known.
    pub times: Option<(Nanos, Nanos)>,
    /// Why nothing or not all of it was kept as it came.
    pub reason: Option<String>,
}

impl Taken {
    /// Nothing of it was kept.
    #[must_use]
    pub fn refused(n_events: u64, reason: String) -> Self {
        Self { n_received: n_events, n_rejected: n_events, reason: Some(reason), ..Self::default() }
    }
}

/// What became of all requests so far. `n_received = n_stored + n_duplicate + n_rejected`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is explained at the field of the same name in Taken")]
pub struct Tally {
    pub n_requests: u64,
    pub n_received: u64,
    /// Events that are kept now, or were accepted.
    pub n_stored: u64,
    pub n_duplicate: u64,
    pub n_rejected: u64,
    pub n_repaired: u64,
    pub n_truncated: u64,
    pub times: Option<(Nanos, Nanos)>,
    /// Why something was not kept as it came, each reason once.
    pub reasons: Vec<String>,
}

/// A [`Tally`] that many add to, and the bytes read for it.
#[derive(Default)]
pub struct Counts {
    tally: Mutex<Tally>,
    n_bytes: AtomicU64,
}

impl Counts {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request.
    pub fn note(&self, taken: &Taken) {
        let Taken { n_received, n_rejected, n_duplicate, n_repaired, n_truncated, times, reason } = taken;
        let mut tally = self.tally();
        tally.n_requests += 1;
        tally.n_received += n_received;
        tally.n_stored += n_received.saturating_sub(n_rejected + n_duplicate);
        tally.n_duplicate += n_duplicate;
        tally.n_rejected += n_rejected;
        tally.n_repaired += n_repaired;
        tally.n_truncated += n_truncated;
        tally.times = match (tally.times, *times) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (known, times) => known.or(times),
        };
        if let Some(reason) = reason
            && tally.reasons.len() < REASONS_MAX
            && !tally.reasons.contains(reason)
        {
            tally.reasons.push(reason.clone());
        }
    }

    /// What became of all so far.
    #[must_use]
    pub fn now(&self) -> Tally {
        self.tally().clone()
    }

    /// Bytes read so far, as they lie in the file.
    #[must_use]
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes.load(Ordering::Relaxed)
    }
}

/// A file that counts what is read of it.
pub struct Counted<R> {
    file: R,
    counts: Arc<Counts>,
}

impl<R> Counted<R> {
    /// Counts into `counts`.
    pub fn new(file: R, counts: Arc<Counts>) -> Self {
        Self { file, counts }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(into)?;
        self.counts.n_bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
