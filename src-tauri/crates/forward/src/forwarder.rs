use crate::deliver::{Courier, Orders, Tls};
use crate::error::ForwardError;
use crate::headers::TEAM;
use crate::keys::{Credentials, KeyStore, names};
use crate::limits::Limits;
use crate::live::Live;
use crate::look::Look;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::status::{DestinationStatus, KeyPlace, KeyStatus};
use crate::{address, headers};
use skep_policy::{Policy, PolicyError};
use skep_store::clock::Clock;
use skep_store::{Decode, Destination, DestinationSettings, NewDestination, Store};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

/// How the tee is started.
#[derive(Clone)]
pub struct Config {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where keys lie.
    pub keys: KeyStore,
    /// Destinations of this run.
    pub from_command_line: Vec<CommandLineDestination>,
    /// Where this process receives OTLP over HTTP: refused as destinations, since the data would go round in circles.
    pub own_addresses: Vec<SocketAddr>,
    /// Sizes and waits.
    pub limits: Limits,
    /// Reads log entries as the store does.
    pub decode: Decode,
    /// Asks the house around.
    pub look: Arc<dyn Look>,
    /// Keys the hashes of scrubbing; stays on this machine.
    pub salt: Vec<u8>,
}

/// A destination of this run. It begins where an earlier run with the same address ended; a run without it turns it
/// off.
#[derive(Clone, Debug)]
pub struct CommandLineDestination {
    /// Base URL.
    pub url: String,
    /// Names and values; `x-honeycomb-team` carries the key.
    pub headers: Vec<(String, Secret)>,
    /// How it is sent to.
    pub settings: Settings,
}

impl CommandLineDestination {
    /// Reads headers as `OTEL_EXPORTER_OTLP_HEADERS` writes them: `name=value,name=value`, values percent-encoded
    /// (OTLP exporter specification, "Specifying headers via environment variables").
    ///
    /// # Errors
    /// [`ForwardError::Header`] for a part without `=`; it is not quoted, since it may be a secret.
    pub fn new(url: impl Into<String>, headers: &str) -> Result<Self, ForwardError> {
        let headers = headers.split(',').map(str::trim).filter(|part| !part.is_empty());
        let headers = headers.map(|part| {
            let (name, value) = part.split_once('=').ok_or(ForwardError::Header {
                name: String::new(),
                reason: "headers are written as name=value,name=value",
            })?;
            let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            Ok((name.trim().to_owned(), Secret::new(value)))
        });
        Ok(Self {
            url: url.into(),
            headers: headers.collect::<Result<_, ForwardError>>()?,
            settings: Settings::default(),
        })
    }
}

/// Adds a destination or changes one.
#[derive(Clone, Debug)]
pub struct Save {
    /// The destination to change; a new one when not given.
    pub id: Option<u64>,
    /// Base URL; `/v1/traces` and its like are added.
    pub url: String,
    /// Whether to send. Sending begins with what arrives after it was turned on.
    pub enabled: bool,
    /// The Honeycomb key. Kept as it is when not given, removed when empty.
    pub key: Option<Secret>,
    /// Further headers, by name. Kept as they are when not given.
    pub headers: Option<Vec<(String, Secret)>>,
    /// How it is sent to. Kept as it is when not given.
    pub settings: Option<Settings>,
}

/// The tee. Cloning shares; dropping the last one ends it like [`Forwarder::close`], without waiting.
#[derive(Clone)]
pub struct Forwarder {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: KeyStore,
    pub(crate) own_addresses: Vec<SocketAddr>,
    pub(crate) limits: Limits,
    pub(crate) tls: Arc<Tls>,
    pub(crate) decode: Decode,
    pub(crate) look: Arc<dyn Look>,
    pub(crate) salt: Arc<[u8]>,
    handles: Mutex<BTreeMap<u64, Handle>>,
    /// Held across a change, so that each sees the whole of the one before.
    changing: tokio::sync::Mutex<()>,
    changes: Arc<watch::Sender<u64>>,
}

/// The handle's end of a destination's task.
pub(crate) struct Handle {
    orders: watch::Sender<Orders>,
    pub(crate) live: Arc<Live>,
    task: JoinHandle<()>,
    /// Those of a destination of the command line, which no file has.
    pub(crate) from_command_line: Option<Credentials>,
}

impl Forwarder {
    /// Starts a task for each destination, after adding those of the command line.
    ///
    /// # Errors
    /// When a destination of the command line cannot be used, or the ledger cannot be written.
    pub async fn start(store: Store, config: Config) -> Result<Self, ForwardError> {
        let Config { clock, keys, from_command_line, own_addresses, limits, decode, look, salt } = config;
        let tls = tokio::task::spawn_blocking(Tls::load).await.unwrap_or_else(|_| Tls::none());
        let inner = Inner {
            store,
            clock,
            keys,
            own_addresses,
            limits,
            tls: Arc::new(tls),
            decode,
            look,
            salt: salt.into(),
            handles: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            changes: Arc::new(watch::Sender::new(0)),
        };
        let mut of_this_run = BTreeMap::new();
        for destination in from_command_line {
            let (id, credentials) = inner.add_from_command_line(destination).await?;
            of_this_run.insert(id, credentials);
        }
        inner.turn_off_of_earlier_runs(&of_this_run).await?;
        for destination in inner.store.destinations().iter() {
            inner.spawn(destination.id, of_this_run.remove(&destination.id));
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Every destination, in the order they were added.
    #[must_use]
    pub fn status(&self) -> Vec<DestinationStatus> {
        let inner = &self.inner;
        let handles = inner.handles();
        // The end of the log is read last, so that nothing acknowledged is beyond it.
        let destinations = inner.store.destinations();
        let now = inner.clock.elapsed();
        let shown = |destination: &Destination| {
            let handle = handles.get(&destination.id);
            let from_command_line = handle.is_some_and(|handle| handle.from_command_line.is_some());
            let shown = handle.map(|handle| handle.live.shown()).unwrap_or_default();
            let oldest = inner.store.oldest_after(destination.cursor.seq).or(shown.oldest);
            let age = oldest.map(|oldest| Duration::from_nanos(inner.clock.now().0.saturating_sub(oldest.0)));
            let end = (inner.store.logged_events(), inner.store.logged_bytes());
            DestinationStatus::new(destination.clone(), shown, end, age, now, from_command_line)
        };
        destinations.iter().map(shown).collect()
    }

    /// Changes whenever a destination's state does. The ledger's numbers change with the store's own generation.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Adds a destination or changes one, and tells its id. Takes effect at once.
    ///
    /// # Errors
    /// When the address, the key or a header cannot be used, or nothing could be written.
    pub async fn save(&self, save: Save) -> Result<u64, ForwardError> {
        let inner = &self.inner;
        let Save { id, url, enabled, key, headers, settings } = save;
        if let Some(settings) = &settings {
            inner.check_policy(&settings.policy)?;
        }
        let settings = settings.as_ref().map(Settings::to_stored);
        let _changing = inner.changing.lock().await;
        let base = address::parse(&url, &inner.own_addresses)?;
        let (origin, url) = (address::origin(&base), address::text(&base));
        let given_key = key.map(headers::check_key).transpose()?;
        let given_headers = headers.map(headers::check_headers).transpose()?;
        if let Some(id) = id {
            inner.check_changeable(id)?;
        }
        if inner.store.destinations().iter().any(|other| other.url == url && Some(other.id) != id) {
            return Err(ForwardError::Duplicate);
        }
        let Some(id) = id else {
            let credentials =
                Credentials { key: given_key.flatten(), headers: given_headers.unwrap_or_default() };
            check_dataset(&base, &credentials)?;
            let id = inner.add(url, &origin, enabled, settings, &credentials).await?;
            inner.show_key(id).await?;
            return Ok(id);
        };
        let stored = inner.keys.describe(id).await?;
        let is_kept = given_key.is_none() && given_headers.is_none();
        if !is_kept || stored.from_command_line || stored.origin.as_ref() != Some(&origin) {
            let old = match (&stored.origin, &given_key, &given_headers) {
                (Some(old_origin), None, _) | (Some(old_origin), _, None) => {
                    inner.keys.load(id, old_origin).await?
                }
                _ => Credentials::default(),
            };
            let kept_headers = if given_headers.is_none() { old.headers.as_slice() } else { &[] };
            let kept_key = if given_key.is_none() { old.key.as_ref() } else { None };
            match stored.origin {
                Some(old) if old != origin && (kept_key.is_some() || !kept_headers.is_empty()) => {
                    return Err(ForwardError::OtherHost { origin: old });
                }
                _ => {}
            }
            let credentials = Credentials {
                key: given_key.unwrap_or(old.key),
                headers: given_headers.unwrap_or(old.headers),
            };
            check_dataset(&base, &credentials)?;
            inner.keys.save(id, &origin, &credentials).await?;
        }
        inner.store.put_destination(NewDestination { id: Some(id), url, enabled, settings }).await?;
        inner.wake(id);
        inner.show_key(id).await?;
        Ok(id)
    }

    /// Forgets a destination, its ledger and its key. A request on its way is broken off.
    ///
    /// # Errors
    /// When there is none, the command line set it, or nothing could be written.
    pub async fn remove(&self, id: u64) -> Result<(), ForwardError> {
        let inner = &self.inner;
        let _changing = inner.changing.lock().await;
        inner.check_changeable(id)?;
        inner.store.remove_destination(id).await?;
        if let Some(handle) = inner.handles().remove(&id) {
            handle.task.abort();
        }
        inner.changes.send_modify(|n_changes| *n_changes += 1);
        Ok(inner.keys.forget(id).await?)
    }

    /// Tries at once instead of waiting, and asks for the key again.
    ///
    /// # Errors
    /// When there is no such destination.
    pub async fn retry(&self, id: u64) -> Result<(), ForwardError> {
        let _changing = self.inner.changing.lock().await;
        match self.inner.wake(id) {
            true => Ok(()),
            false => Err(ForwardError::Unknown(id)),
        }
    }

    /// Ends every task. Requests on their way are waited for until `deadline` and then broken off: they are sent again
    /// by the next run. What waits stays in the log.
    pub async fn close(&self, deadline: Duration) {
        let _changing = self.inner.changing.lock().await;
        let handles = std::mem::take(&mut *self.inner.handles());
        for handle in handles.values() {
            handle.orders.send_modify(|orders| orders.stop = true);
        }
        let (aborts, tasks): (Vec<_>, Vec<_>) =
            handles.into_values().map(|handle| (handle.task.abort_handle(), handle.task)).unzip();
        let end = async {
            for task in tasks {
                task.await.ok();
            }
        };
        if tokio::time::timeout(deadline, end).await.is_err() {
            for abort in aborts {
                abort.abort();
            }
        }
    }
}

impl Inner {
    /// Whether what is set can be used.
    pub(crate) fn check_policy(&self, policy: &Policy) -> Result<(), ForwardError> {
        let gate = policy.compile(&self.salt)?;
        let checked = gate.filter().map_or(Ok(()), |filter| self.look.check(filter));
        checked.map_err(|reason| PolicyError::Filter(reason).into())
    }

    pub(crate) fn handles(&self) -> MutexGuard<'_, BTreeMap<u64, Handle>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_changeable(&self, id: u64) -> Result<(), ForwardError> {
        match self.handles().get(&id) {
            None => Err(ForwardError::Unknown(id)),
            Some(handle) if handle.from_command_line.is_some() => Err(ForwardError::FromCommandLine),
            Some(_) => Ok(()),
        }
    }

    /// Shows where a destination's key lies at once, not when its task next looks.
    async fn show_key(&self, id: u64) -> Result<(), ForwardError> {
        let stored = self.keys.describe(id).await?;
        if let Some(handle) = self.handles().get(&id) {
            handle.live.update(|shown| {
                shown.key = stored.key;
                shown.header_names = stored.header_names;
            });
        }
        Ok(())
    }

    /// Has a destination's task look at everything again; tells whether there is one.
    pub(crate) fn wake(&self, id: u64) -> bool {
        let handles = self.handles();
        let Some(handle) = handles.get(&id) else { return false };
        handle.orders.send_modify(|orders| orders.generation += 1);
        true
    }

    fn spawn(&self, id: u64, from_command_line: Option<Credentials>) {
        let live = Arc::new(Live::new(Arc::clone(&self.changes)));
        if let Some(Credentials { key, headers }) = &from_command_line {
            let place = if key.is_some() { KeyPlace::Environment } else { KeyPlace::None };
            let hint = key.as_ref().and_then(Secret::hint);
            let kind = key.as_ref().map(headers::key_kind).unwrap_or_default();
            live.update(|shown| {
                shown.key = KeyStatus { place, hint, kind, path: None };
                shown.header_names = names(headers);
            });
        }
        let (orders, receiver) = watch::channel(Orders::default());
        let courier = Courier::new(id, self, Arc::clone(&live), from_command_line.clone(), receiver);
        let task = tokio::spawn(courier.run());
        let handle = Handle { orders, live, task, from_command_line };
        self.handles().insert(id, handle);
    }

    /// Adds a destination with its key in place before anything is sent.
    async fn add(
        &self,
        url: String,
        origin: &str,
        enabled: bool,
        settings: Option<DestinationSettings>,
        credentials: &Credentials,
    ) -> Result<u64, ForwardError> {
        let put = |id, enabled| NewDestination { id, url: url.clone(), enabled, settings: settings.clone() };
        let id = self.store.put_destination(put(None, false)).await?;
        if let Err(error) = self.keys.save(id, origin, credentials).await {
            self.store.remove_destination(id).await?;
            return Err(error.into());
        }
        if enabled {
            self.store.put_destination(put(Some(id), true)).await?;
        }
        self.spawn(id, None);
        Ok(id)
    }

    async fn add_from_command_line(
        &self,
        destination: CommandLineDestination,
    ) -> Result<(u64, Credentials), ForwardError> {
        let CommandLineDestination { url, headers, settings } = destination;
        self.check_policy(&settings.policy)?;
        let base = address::parse(&url, &self.own_addresses)?;
        let (keys, further): (Vec<_>, Vec<_>) =
            headers.into_iter().partition(|(name, _)| name.eq_ignore_ascii_case(TEAM));
        let key = keys.into_iter().next_back().map(|(_, key)| headers::check_key(key)).transpose()?.flatten();
        let credentials = Credentials { key, headers: headers::check_headers(further)? };
        let settings = Some(settings.to_stored());
        let put = NewDestination { id: None, url: address::text(&base), enabled: true, settings };
        let id = self.store.put_destination(put).await?;
        self.keys.mark_command_line(id, &address::origin(&base)).await?;
        Ok((id, credentials))
    }

    /// What an earlier command line set is not sent to without being asked for again; its key is gone anyway.
    async fn turn_off_of_earlier_runs(
        &self,
        of_this_run: &BTreeMap<u64, Credentials>,
    ) -> Result<(), ForwardError> {
        for Destination { id, url, enabled, .. } in self.store.destinations().iter() {
            if !enabled || of_this_run.contains_key(id) {
                continue;
            }
            match self.keys.describe(*id).await {
                Ok(stored) if stored.from_command_line => {
                    let put =
                        NewDestination { id: Some(*id), url: url.clone(), enabled: false, settings: None };
                    self.store.put_destination(put).await?;
                }
                // A file that cannot be read pauses its destinations, which say so.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }
}

/// Honeycomb refuses what a classic key sends without a dataset.
pub(crate) fn check_dataset(base: &Url, credentials: &Credentials) -> Result<(), ForwardError> {
    let is_classic = credentials.key.as_ref().is_some_and(|key| headers::key_kind(key).is_classic());
    let has_dataset = credentials.headers.iter().any(|(name, _)| name == headers::DATASET);
    if is_classic && !has_dataset && address::is_honeycomb(base) {
        return Err(ForwardError::Key(
            "this is a classic key: it needs a dataset; add the header x-honeycomb-dataset, or use an ingest key of an \
             environment",
        ));
    }
    Ok(())
}
