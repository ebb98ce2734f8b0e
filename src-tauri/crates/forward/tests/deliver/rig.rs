//! A real store, a forwarder on it, and a clock that stands still: waits end only by an order.

use crate::server::Request;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use skep_forward::{
    CommandLineDestination, Config, DestinationStatus, Forwarder, KeyStore, Limits, Save, Secret,
};
use skep_model::columns::EventColumns;
use skep_model::{Encoding, Event, EventFlags, EventKind, Nanos, Signal};
use skep_store::clock::Clock;
use skep_store::{Append, LogEntry, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// 2026-01-01T00:00:00Z
const NOW: Nanos = Nanos(1_767_225_600_000_000_000);

pub(crate) const KEY: &str = "hcaik_canary0000000000000000000070175875b5d2d47ba12f4dfab33bq7Fd";

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Nanos {
        NOW
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(1000)
    }
}

pub(crate) struct Rig {
    pub(crate) store: Store,
    pub(crate) forwarder: Forwarder,
}

impl Rig {
    pub(crate) async fn open(dir: &Path) -> Self {
        Self::open_with(dir, Limits::default(), Vec::new()).await
    }

    pub(crate) async fn open_with(
        dir: &Path,
        limits: Limits,
        from_command_line: Vec<CommandLineDestination>,
    ) -> Self {
        let config = skep_store::Config {
            dir: dir.to_owned(),
            decode: (|_: &LogEntry| EventColumns::default()).into(),
            limits: skep_store::Limits::default(),
            clock: Arc::new(StoppedClock),
        };
        let store = Store::open(config).unwrap();
        let config = Config {
            clock: Arc::new(StoppedClock),
            keys: KeyStore::file_only(dir),
            from_command_line,
            own_addresses: Vec::new(),
            limits,
        };
        let forwarder = Forwarder::start(store.clone(), config).await.unwrap();
        Self { store, forwarder }
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
        let body = match encoding {
            Encoding::Protobuf => request(names).encode_to_vec(),
            _ => format!("{names:?}").into_bytes(),
        };
        let append = Append {
            received: NOW,
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
    Save { id: None, url: url.into(), enabled: true, key: Some(Secret::new(KEY)), headers: None }
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
    let span = |name: &&str| Span { name: (*name).into(), ..Span::default() };
    let scope = ScopeSpans { spans: names.iter().map(span).collect(), ..ScopeSpans::default() };
    let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource] }
}

/// A log, which has no identity to be told apart by as a repeat.
fn event(name: &str) -> Event {
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
