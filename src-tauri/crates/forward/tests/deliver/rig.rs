//! A real store, a forwarder on it, and a clock that stands still: waits end only by an order.

use crate::server::Request;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use skep_forward::policy::TraceFacts;
use skep_forward::{
    CommandLineDestination, Config, DestinationStatus, Forwarder, KeyStore, Limits, Look, Save, Secret,
};
use skep_model::columns::EventColumns;
use skep_model::{Bitmap, Encoding, Event, EventFlags, EventKind, Nanos, Signal, TraceId};
use skep_store::clock::Clock;
use skep_store::{Append, Decode, LogEntry, Store};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const NAP: Duration = Duration::from_millis(5);

/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// 2026-01-01T00:00:00Z
const NOW: Nanos = Nanos(1_767_225_600_000_000_000);

pub(crate) const KEY: &str = "hcaik_canary0000000000000000000070175875b5d2d47ba12f4dfab33bq7Fd";

/// Stands still until it is moved.
#[derive(Default)]
pub(crate) struct HandClock {
    moved_nanos: AtomicU64,
    /// What only the wall clock has moved, as while the machine sleeps.
    slept_nanos: AtomicU64,
}

impl HandClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.moved_nanos.fetch_add(by.as_nanos() as u64, Ordering::SeqCst);
    }

    pub(crate) fn sleep(&self, by: Duration) {
        self.slept_nanos.fetch_add(by.as_nanos() as u64, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Nanos {
        Nanos(NOW.0 + self.moved_nanos.load(Ordering::SeqCst) + self.slept_nanos.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(1000) + Duration::from_nanos(self.moved_nanos.load(Ordering::SeqCst))
    }
}

/// A house whose filter is one word of an event's name, and whose network is a number.
#[derive(Default)]
pub(crate) struct House {
    pub(crate) network: AtomicU64,
}

/// A filter that cannot be applied.
pub(crate) const BROKEN_FILTER: &str = "panic";

impl Look for House {
    fn check(&self, filter: &str) -> Result<(), String> {
        if filter.contains(' ') { Err("one word".to_owned()) } else { Ok(()) }
    }

    fn matching(&self, events: EventColumns, filter: &str) -> Result<Bitmap, String> {
        assert_ne!(filter, BROKEN_FILTER, "a filter that fails");
        Ok(Bitmap::from_fn(events.n_rows(), |row| events.event(row).name.contains(filter)))
    }

    fn traces(&self, _: &[TraceId]) -> Result<rustc_hash::FxHashMap<TraceId, TraceFacts>, String> {
        Ok(rustc_hash::FxHashMap::default())
    }

    fn network(&self) -> u64 {
        self.network.load(Ordering::SeqCst)
    }
}

pub(crate) struct Rig {
    pub(crate) store: Store,
    pub(crate) forwarder: Forwarder,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) house: Arc<House>,
}

fn decode(entry: &LogEntry) -> EventColumns {
    let LogEntry { received, signal, encoding, ref dataset, ref body, .. } = *entry;
    let limits = skep_otlp::Limits::DEFAULT;
    let request =
        skep_otlp::Request { signal, encoding, dataset: dataset.as_deref(), received, body, limits };
    skep_otlp::decode(request).map(|decoded| decoded.columns).unwrap_or_default()
}

impl Rig {
    pub(crate) async fn open(dir: &Path) -> Self {
        Self::open_with(dir, Limits::default(), Vec::new()).await
    }

    /// Where the servers of these tests are taken for what they are, on this machine.
    pub(crate) async fn open_locally(dir: &Path) -> Self {
        Self::start(dir, Limits::default(), Vec::new()).await
    }

    /// Where they are taken for servers elsewhere, which are sent compressed bodies.
    pub(crate) async fn open_with(
        dir: &Path,
        limits: Limits,
        from_command_line: Vec<CommandLineDestination>,
    ) -> Self {
        Self::start(dir, Limits { compresses_locally: true, ..limits }, from_command_line).await
    }

    async fn start(dir: &Path, limits: Limits, from_command_line: Vec<CommandLineDestination>) -> Self {
        let (clock, house) = (Arc::new(HandClock::default()), Arc::new(House::default()));
        let config = skep_store::Config {
            dir: dir.to_owned(),
            // What was kept is not asked for; what leaves is read by the tee itself.
            decode: (|_: &LogEntry| EventColumns::default()).into(),
            limits: skep_store::Limits::default(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        };
        let store = Store::open(config).unwrap();
        let config = Config {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            keys: KeyStore::file_only(dir),
            from_command_line,
            own_addresses: Vec::new(),
            // Waits end by the clock that is moved by hand: look at it often.
            limits: Limits { nap: NAP, ..limits },
            decode: Decode::from(decode),
            look: Arc::clone(&house) as Arc<dyn Look>,
            salt: b"salt".to_vec(),
        };
        let forwarder = Forwarder::start(store.clone(), config).await.unwrap();
        Self { store, forwarder, clock, house }
    }

    /// Ends as an ordinary shutdown does.
    pub(crate) async fn close(self) {
        self.forwarder.close(PATIENCE).await;
        self.store.close().await;
    }

    /// Ends without waiting for the answer to what is on its way.
    pub(crate) async fn break_off(self) {
        self.forwarder.close(Duration::ZERO).await;
        self.store.close().await;
    }

    pub(crate) async fn add(&self, url: &str) -> u64 {
        self.forwarder.save(save(url)).await.unwrap()
    }

    /// Keeps one request with these span names.
    pub(crate) async fn keep(&self, names: &[&str]) {
        self.keep_as(Signal::Traces, Encoding::Protobuf, None, names).await;
    }

    pub(crate) async fn keep_as(
        &self,
        signal: Signal,
        encoding: Encoding,
        dataset: Option<&str>,
        names: &[&str],
    ) {
        let items =
            || names.iter().map(|name| serde_json::json!({ "data": { "name": name } })).collect::<Vec<_>>();
        let body = match encoding {
            Encoding::Protobuf => request(names).encode_to_vec(),
            Encoding::Json => br#"{"a":1}"#.to_vec(),
            Encoding::HoneycombJson => serde_json::to_vec(&items()).unwrap(),
            Encoding::HoneycombMsgpack => rmp_serde::to_vec_named(&items()).unwrap(),
            Encoding::HoneycombMarker => format!(r#"{{"message":{:?}}}"#, names[0]).into_bytes(),
        };
        let append = Append {
            received: self.clock.now(),
            signal,
            encoding,
            dataset: dataset.map(Into::into),
            body,
            columns: EventColumns::of_events(&names.iter().map(|name| event(name)).collect::<Vec<_>>()),
            n_rejected: 0,
            n_spans_rejected: 0,
        };
        self.store.append(append).await.unwrap();
    }

    /// The destination's status once it is as wanted.
    pub(crate) async fn wait_for(
        &self,
        id: u64,
        wanted: impl Fn(&DestinationStatus) -> bool,
    ) -> DestinationStatus {
        let (mut states, mut commits) = (self.forwarder.subscribe(), self.store.subscribe());
        let wait = async {
            loop {
                states.mark_unchanged();
                commits.mark_unchanged();
                if let Some(status) = self.status(id).filter(&wanted) {
                    return status;
                }
                tokio::select! {
                    changed = states.changed() => changed.unwrap(),
                    changed = commits.changed() => changed.unwrap(),
                }
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(status) => status,
            Err(_) => panic!("never as wanted: {:#?}", self.status(id)),
        }
    }

    pub(crate) fn status(&self, id: u64) -> Option<DestinationStatus> {
        self.forwarder.status().into_iter().find(|status| status.id == id)
    }
}

pub(crate) fn save(url: &str) -> Save {
    Save {
        id: None,
        url: url.into(),
        enabled: true,
        key: Some(Secret::new(KEY)),
        headers: None,
        settings: None,
    }
}

/// `sent acknowledged waiting refused possible_duplicates`, in events.
pub(crate) fn ledger(status: &DestinationStatus) -> [u64; 5] {
    [status.sent, status.acknowledged, status.waiting, status.refused, status.possible_duplicates]
}

/// Names of the spans of a request, in order.
pub(crate) fn names(request: &Request) -> Vec<String> {
    let decoded = ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap();
    let scopes = decoded.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).map(|span| span.name).collect()
}

fn request(names: &[&str]) -> ExportTraceServiceRequest {
    static N_SPANS: AtomicU64 = AtomicU64::new(1);
    let span = |name: &&str| {
        let n = N_SPANS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Span { trace_id: [n, n].concat(), span_id: n.to_vec(), name: (*name).into(), ..Span::default() }
    };
    let scope = ScopeSpans { spans: names.iter().map(span).collect(), ..ScopeSpans::default() };
    let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource] }
}

/// A log, which has no identity to be told apart by as a repeat.
pub(crate) fn event(name: &str) -> Event {
    Event {
        kind: EventKind::Log,
        time: NOW,
        end: NOW,
        trace_id: None,
        span_id: None,
        parent_id: None,
        name: name.into(),
        record: Vec::new(),
        attributes: Vec::new(),
        resource: Arc::default(),
        scope: Arc::default(),
        flags: EventFlags::default(),
    }
}
