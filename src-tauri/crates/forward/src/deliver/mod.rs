//! One destination's task: it alone reads the log for it, sends, judges the answer and moves the cursor.

mod answer;
mod backoff;
mod batch;
mod client;
mod settle;

pub(crate) use client::Tls;

use crate::address;
use crate::keys::{Credentials, KeyStore};
use crate::limits::Limits;
use crate::live::Live;
use crate::status::State;
use batch::Batch;
use client::Client;
use skep_model::Nanos;
use skep_store::clock::Clock;
use skep_store::{Destination, LogEntry, LogPosition, Store};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// Entries read from the log at once.
const READ_ENTRIES: u32 = 256;

/// A wait is slept through in naps of this length: the machine may sleep meanwhile, and timers do not count that.
const NAP: Duration = Duration::from_secs(5);

/// What a task is told to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    /// Counts up when settings changed or a wait is to end: look at everything again.
    pub(crate) generation: u64,
    /// End after the request on its way.
    pub(crate) stop: bool,
}

/// A destination's task and all its state.
pub(crate) struct Courier {
    id: u64,
    store: Store,
    keys: KeyStore,
    clock: Arc<dyn Clock>,
    limits: Limits,
    tls: Arc<Tls>,
    live: Arc<Live>,
    from_command_line: Option<Credentials>,
    orders: watch::Receiver<Orders>,
    log: watch::Receiver<u64>,
    /// Nothing while it is off or cannot be used.
    client: Option<Client>,
    url: String,
    /// What follows the cursor in the log: first batches that were tried already, whole or halved, then entries that
    /// were read and not yet sent.
    batches: VecDeque<Batch>,
    read: VecDeque<LogEntry>,
    /// In a row.
    n_failures: u32,
    /// When the next try is allowed; nothing when it is now.
    due: Option<Due>,
}

/// When a wait ends: by either clock. The wall clock goes on while the machine sleeps, so that waking up ends the wait.
#[derive(Clone, Copy)]
struct Due {
    elapsed: Duration,
    wall: Nanos,
}

/// The task is to end: orders say so, or no one is left to give any.
struct Stop;

impl Courier {
    #[allow(clippy::too_many_arguments, reason = "called in one place, with each named there")]
    pub(crate) fn new(
        id: u64,
        store: Store,
        keys: KeyStore,
        clock: Arc<dyn Clock>,
        limits: Limits,
        tls: Arc<Tls>,
        live: Arc<Live>,
        from_command_line: Option<Credentials>,
        mut orders: watch::Receiver<Orders>,
    ) -> Self {
        let log = store.subscribe();
        // So that the task begins with a look at its settings.
        orders.mark_changed();
        Self {
            id,
            store,
            keys,
            clock,
            limits,
            tls,
            live,
            from_command_line,
            orders,
            log,
            client: None,
            url: String::new(),
            batches: VecDeque::new(),
            read: VecDeque::new(),
            n_failures: 0,
            due: None,
        }
    }

    /// Delivers until told to stop.
    pub(crate) async fn run(mut self) {
        while self.step().await.is_ok() {}
    }

    async fn step(&mut self) -> Result<(), Stop> {
        if self.orders.has_changed().map_err(|_| Stop)? {
            if self.orders.borrow_and_update().stop {
                return Err(Stop);
            }
            self.configure().await;
        }
        if let Some(due) = self.due {
            return self.rest(due).await;
        }
        // Before the log is read, so that what is written meanwhile is not waited for in vain.
        self.log.mark_unchanged();
        if self.client.is_some()
            && let Some(mut batch) = self.next_batch().await
            && let Some(client) = &self.client
        {
            let outcome = client.send(&mut batch).await;
            return self.settle(batch, outcome).await;
        }
        if self.due.is_some() {
            return Ok(());
        }
        tokio::select! {
            ordered = self.orders.changed() => {
                ordered.map_err(|_| Stop)?;
                self.orders.mark_changed();
            }
            grown = self.log.changed(), if self.client.is_some() => grown.map_err(|_| Stop)?,
        }
        Ok(())
    }

    /// This destination as the store has it; nothing once it was removed.
    fn ledger(&self) -> Option<Destination> {
        self.store.destinations().iter().find(|destination| destination.id == self.id).cloned()
    }

    /// Entries up to here are settled.
    fn cursor(&self) -> LogPosition {
        self.ledger().map(|ledger| ledger.cursor).unwrap_or_default()
    }

    /// Looks at the settings and the key, and ends a wait.
    async fn configure(&mut self) {
        self.due = None;
        self.n_failures = 0;
        self.client = None;
        let Some(Destination { url, enabled, .. }) = self.ledger() else { return };
        if url != self.url || !enabled {
            self.batches.clear();
            self.read.clear();
            self.url = url;
        }
        match self.open(enabled).await {
            Ok(client) => {
                self.client = client;
                let is_tried = !self.batches.is_empty();
                self.live.update(|shown| {
                    shown.retry_at = None;
                    if is_tried {
                        shown.state = State::Retrying;
                    } else {
                        (shown.state, shown.detail) = (State::Healthy, None);
                    }
                });
            }
            Err(reason) => self.pause(reason),
        }
    }

    /// The client for the settings, or why there is none; nothing when it is off.
    async fn open(&self, enabled: bool) -> Result<Option<Client>, String> {
        let base = Url::parse(&self.url).map_err(|_| "the address cannot be read; enter it again")?;
        let credentials = match &self.from_command_line {
            Some(credentials) => credentials.clone(),
            None => {
                let stored = self.keys.describe(self.id).await.map_err(|error| error.to_string())?;
                self.live.update(|shown| {
                    shown.key = stored.key;
                    shown.header_names = stored.header_names;
                });
                let origin = address::origin(&base);
                match enabled {
                    true => self.keys.load(self.id, &origin).await.map_err(|error| error.to_string())?,
                    false => return Ok(None),
                }
            }
        };
        Client::new(base, &credentials, &self.tls, &self.limits).map(Some)
    }

    /// The entries after the cursor that go next; nothing if all were sent, or the log cannot be read now.
    async fn next_batch(&mut self) -> Option<Batch> {
        // It moves without us when the store has to let go of entries that were not sent.
        let cursor = self.cursor();
        while let Some(batch) = self.batches.pop_front() {
            if let Some(batch) = batch.after(cursor.seq) {
                return Some(batch);
            }
        }
        self.read.retain(|entry| entry.seq > cursor.seq);
        if self.read.is_empty() {
            match self.store.read_log(cursor, READ_ENTRIES, self.limits.batch_bytes).await {
                Ok(entries) => self.read = entries.into(),
                Err(error) => self.retry_later(None, error.to_string()),
            }
        }
        Batch::take(&mut self.read, &self.limits)
    }

    /// Waits until the time has come or orders do.
    async fn rest(&mut self, due: Due) -> Result<(), Stop> {
        let left = due.elapsed.saturating_sub(self.clock.elapsed());
        if left.is_zero() || self.clock.now() >= due.wall {
            self.due = None;
            // Without a client the key is what is missing: ask for it again.
            if self.client.is_none() {
                self.orders.mark_changed();
            }
            return Ok(());
        }
        tokio::select! {
            ordered = self.orders.changed() => {
                ordered.map_err(|_| Stop)?;
                self.orders.mark_changed();
            }
            () = tokio::time::sleep(left.min(NAP)) => {}
        }
        Ok(())
    }

    /// Tries again after a wait, for as long as it takes.
    fn retry_later(&mut self, asked: Option<Duration>, reason: String) {
        self.n_failures = self.n_failures.saturating_add(1);
        let wait = backoff::wait(&self.limits, self.n_failures, asked, rand::random());
        self.wait(State::Retrying, wait, reason);
    }

    /// Tries again when a person acts, or after a long wait.
    fn pause(&mut self, reason: String) {
        self.wait(State::Paused, self.limits.probe_interval, reason);
    }

    fn wait(&mut self, state: State, wait: Duration, reason: String) {
        let elapsed = self.clock.elapsed() + wait;
        let wall = Nanos(self.clock.now().0.saturating_add(wait.as_nanos().try_into().unwrap_or(u64::MAX)));
        self.due = Some(Due { elapsed, wall });
        self.live.update(|shown| {
            shown.state = state;
            shown.detail = Some(reason);
            shown.retry_at = Some(elapsed);
        });
    }
}
