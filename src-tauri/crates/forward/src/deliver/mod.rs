//! One destination's task: it alone reads the log for it, sends, judges the answer and moves the cursor.

mod answer;
mod backoff;
mod batch;
mod client;
mod grpc;
mod packed;
mod parcel;
mod prepare;
mod settle;

pub(crate) use answer::{Answer, Verdict, message};
pub(crate) use client::{Client, Outcome, Tls};
pub(crate) use parcel::Parcel;
pub(crate) use prepare::judge;

use crate::address;
use crate::forwarder::Inner;
use crate::keys::{Credentials, KeyStore};
use crate::limits::Limits;
use crate::live::Live;
use crate::look::Look;
use crate::settings::Settings;
use crate::status::State;
use batch::Batch;
use skep_model::Nanos;
use skep_policy::Gate;
use skep_store::clock::Clock;
use skep_store::{Decode, Destination, LogFrame, LogPosition, Store};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// Entries read from the log at once.
const READ_ENTRIES: u32 = 256;

/// The wall clock has run ahead of the other by so much: the machine has slept, or the clock was set.
const SLEPT: Duration = Duration::from_secs(10);

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
    decode: Decode,
    look: Arc<dyn Look>,
    salt: Arc<[u8]>,
    live: Arc<Live>,
    from_command_line: Option<Credentials>,
    orders: watch::Receiver<Orders>,
    log: watch::Receiver<u64>,
    /// Nothing while it is off or cannot be used.
    client: Option<Client>,
    /// Nothing where everything leaves as it came.
    gate: Option<Arc<Gate>>,
    /// How long a trace is given to be whole before it is judged.
    hold: Duration,
    /// Nothing is sent for now.
    is_paused: bool,
    url: String,
    settings: String,
    /// What follows the cursor in the log: what is on its way, then entries that were read and not yet sent.
    batch: Option<Batch>,
    read: VecDeque<LogFrame>,
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
    /// The machine waking up, or another network, is a reason to try at once: not where the destination named a time.
    may_end_early: bool,
    /// Both clocks and the network as they were when the wait began.
    began: (Duration, Nanos),
    network: u64,
}

/// The task is to end: orders say so, or no one is left to give any.
struct Stop;

impl Courier {
    pub(crate) fn new(
        id: u64,
        shared: &Inner,
        live: Arc<Live>,
        from_command_line: Option<Credentials>,
        mut orders: watch::Receiver<Orders>,
    ) -> Self {
        let log = shared.store.subscribe();
        // So that the task begins with a look at its settings.
        orders.mark_changed();
        Self {
            id,
            store: shared.store.clone(),
            keys: shared.keys.clone(),
            clock: Arc::clone(&shared.clock),
            limits: shared.limits,
            tls: Arc::clone(&shared.tls),
            decode: shared.decode.clone(),
            look: Arc::clone(&shared.look),
            salt: Arc::clone(&shared.salt),
            live,
            from_command_line,
            orders,
            log,
            client: None,
            gate: None,
            hold: Duration::ZERO,
            is_paused: false,
            url: String::new(),
            settings: String::new(),
            batch: None,
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
        {
            let Some(mut parcel) = batch.parcels.pop_front() else { return self.finish(batch).await };
            let Some(client) = &self.client else { return Ok(()) };
            let outcome = client.send(&mut parcel).await;
            return self.settle(batch, parcel, outcome).await;
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
        let Some(Destination { url, enabled, settings, .. }) = self.ledger() else { return };
        if url != self.url || !enabled || settings.text != self.settings {
            self.batch = None;
            self.read.clear();
            (self.url, self.settings) = (url, settings.text.clone());
        }
        if let Err(reason) = self.arrange(&settings) {
            return self.pause(reason);
        }
        match self.open(enabled).await {
            Ok(Some(_)) if self.is_paused => self.live.update(|shown| {
                shown.state = State::Paused;
                shown.detail = Some("paused by hand; what arrives is kept".to_owned());
                shown.retry_at = None;
            }),
            Ok(client) => {
                self.client = client;
                let is_tried = self.batch.is_some();
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

    /// Makes the gate for the settings, or says why nothing may leave.
    fn arrange(&mut self, stored: &skep_store::DestinationSettings) -> Result<(), String> {
        let Settings { policy, paused, .. } = Settings::of(stored).map_err(|error| error.to_string())?;
        self.is_paused = paused;
        self.hold = match policy.sampling.needs_facts() {
            true => Duration::from_secs(policy.sampling.wait_secs.into()),
            false => Duration::ZERO,
        };
        self.gate = match policy.lets_all_through() {
            true => None,
            false => Some(Arc::new(policy.compile(&self.salt).map_err(|error| error.to_string())?)),
        };
        Ok(())
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

    /// Events in the log that are still to be settled.
    fn waiting(&self) -> u64 {
        self.store.logged_events().saturating_sub(self.cursor().events)
    }

    /// The entries after the cursor that go next; nothing if all were sent, or the log cannot be read now.
    async fn next_batch(&mut self) -> Option<Batch> {
        // It moves without us when the store has to let go of entries that were not sent.
        let cursor = self.cursor();
        if let Some(batch) = self.batch.take().filter(|batch| batch.last_seq() > cursor.seq) {
            return Some(batch);
        }
        self.read.retain(|entry| entry.seq > cursor.seq);
        if self.read.is_empty() {
            match self.store.read_log(cursor, READ_ENTRIES, self.limits.batch_bytes).await {
                Ok(entries) => self.read = entries.into(),
                Err(error) => self.retry_later(None, error.to_string()),
            }
        }
        if self.holds() {
            return None;
        }
        let entries = batch::take(&mut self.read, &self.limits);
        let client = self.client.as_ref().filter(|_| !entries.is_empty())?;
        let prepared =
            prepare::prepare(entries, client, self.gate.as_ref(), &self.decode, &self.look, &self.limits)
                .await;
        // An order that came meanwhile may forbid it: what arrives after a destination was turned off does not leave.
        if self.orders.has_changed().unwrap_or(true) {
            self.read.clear();
            return None;
        }
        match prepared {
            Ok((batch, tally)) => {
                self.live.update(|shown| {
                    shown.tally.add(&tally);
                    shown.oldest = Some(batch.received);
                });
                Some(batch)
            }
            Err(reason) => {
                // They are read again.
                self.read.clear();
                self.pause(reason);
                None
            }
        }
    }

    /// Whether the next entries are too young for their traces to be judged: then it waits.
    fn holds(&mut self) -> bool {
        let Some(first) = self.read.front().filter(|_| !self.hold.is_zero()) else { return false };
        let age = Duration::from_nanos(self.clock.now().0.saturating_sub(first.received.0));
        let left = self.hold.saturating_sub(age);
        if left.is_zero() {
            return false;
        }
        self.due = Some(self.due_in(left, false));
        true
    }

    /// Waits until the time has come or orders do.
    async fn rest(&mut self, due: Due) -> Result<(), Stop> {
        let (elapsed, wall) = (self.clock.elapsed(), self.clock.now());
        let left = due.elapsed.saturating_sub(elapsed);
        // The wall clock goes on while the machine sleeps.
        if left.is_zero() || wall >= due.wall {
            return self.try_again();
        }
        // In naps: the machine may sleep meanwhile, and timers do not count that.
        tokio::select! {
            ordered = self.orders.changed() => {
                ordered.map_err(|_| Stop)?;
                self.orders.mark_changed();
            }
            () = tokio::time::sleep(left.min(self.limits.nap)) => {}
        }
        if due.may_end_early {
            let waited = self.clock.elapsed().saturating_sub(due.began.0);
            let passed = Duration::from_nanos(self.clock.now().0.saturating_sub(due.began.1.0));
            if passed > waited + SLEPT || self.look.network() != due.network {
                return self.try_again();
            }
        }
        Ok(())
    }

    fn try_again(&mut self) -> Result<(), Stop> {
        self.due = None;
        // Without a client the key is what is missing: ask for it again.
        if self.client.is_none() {
            self.orders.mark_changed();
        }
        Ok(())
    }

    /// Tries again after a wait, for as long as it takes.
    fn retry_later(&mut self, asked: Option<Duration>, reason: String) {
        self.n_failures = self.n_failures.saturating_add(1);
        let wait = backoff::wait(&self.limits, self.n_failures, asked, rand::random());
        self.wait(State::Retrying, self.due_in(wait, asked.is_none()), reason);
    }

    /// Tries again when a person acts, or after a long wait.
    fn pause(&mut self, reason: String) {
        self.wait(State::Paused, self.due_in(self.limits.probe_interval, false), reason);
    }

    fn due_in(&self, wait: Duration, may_end_early: bool) -> Due {
        let (elapsed, wall) = (self.clock.elapsed(), self.clock.now());
        Due {
            elapsed: elapsed + wait,
            wall: Nanos(wall.0.saturating_add(wait.as_nanos().try_into().unwrap_or(u64::MAX))),
            may_end_early,
            began: (elapsed, wall),
            network: self.look.network(),
        }
    }

    fn wait(&mut self, state: State, due: Due, reason: String) {
        self.due = Some(due);
        let waiting = self.waiting();
        let now = self.clock.elapsed();
        self.live.update(|shown| {
            shown.state = state;
            shown.detail = Some(reason);
            shown.retry_at = Some(due.elapsed);
            shown.history.note(now, 0, waiting);
        });
    }
}
