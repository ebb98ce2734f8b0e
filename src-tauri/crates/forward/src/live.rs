use crate::history::History;
use crate::status::{KeyStatus, State};
use skep_model::Nanos;
use skep_policy::Tally;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What a destination's task tells of itself, beside the ledger in the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) state: State,
    pub(crate) detail: Option<String>,
    /// By the clock's `elapsed`.
    pub(crate) retry_at: Option<Duration>,
    pub(crate) key: KeyStatus,
    pub(crate) header_names: Vec<String>,
    /// What scrubbing found in this run.
    pub(crate) tally: Tally,
    pub(crate) history: History,
    /// When the oldest entry on its way came.
    pub(crate) oldest: Option<Nanos>,
}

/// Shared by the task, which writes it, and the handle, which reads it.
#[derive(Debug)]
pub(crate) struct Live {
    shown: Mutex<Shown>,
    /// Counts changes of any destination.
    changes: Arc<watch::Sender<u64>>,
}

impl Live {
    pub(crate) fn new(changes: Arc<watch::Sender<u64>>) -> Self {
        Self { shown: Mutex::default(), changes }
    }

    pub(crate) fn shown(&self) -> Shown {
        self.lock().clone()
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.lock());
        self.changes.send_modify(|n_changes| *n_changes += 1);
    }

    /// Each field is whole on its own, whatever a panic left undone.
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
