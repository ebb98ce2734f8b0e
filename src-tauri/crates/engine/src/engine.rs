use crate::allowed::{AllowError, AllowedName, AllowedNames};
use crate::arrivals::ArrivalsNow;
use crate::caps;
use crate::demo::{Demo, demo};
use crate::follow;
use crate::import::Imports;
use crate::look::House;
use crate::queries::{KeptQueries, Queries, QueriesError, QueryView};
use crate::refusals::RefusalsFile;
use crate::running;
use crate::settings::LiveSettings;
use crate::sink::StoreSink;
use crate::token;
use crate::view::{Known, View};
use skep_forward::{CommandLineDestination, Forwarder, KeyStore};
use skep_model::{Encoding, TraceId};
use skep_otlp::Request;
use skep_receive::{Endpoint, NameKind, Protocol, Receiver, Submission, Transport};
use skep_store::clock::Clock;
use skep_store::{AppendError, Decode, Destination, OpenError, Reader, Snapshot, Store};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How an engine is started.
pub struct Config {
    /// Where the store lies; made when it is missing.
    pub data_dir: PathBuf,
    /// Where gRPC is received; port 0 means any.
    pub grpc: SocketAddr,
    /// Where HTTP is received; port 0 means any.
    pub http: SocketAddr,
    /// The network interface that containers reach this machine by, such as `docker0`; nothing: they do not.
    pub containers: Option<String>,
    /// Pages and names of this machine that are let in during this run, besides those that the data directory has.
    pub allowed: Vec<(NameKind, String)>,
    /// Destinations for this run.
    pub forward: Vec<CommandLineDestination>,
    /// Where keys are kept.
    pub keys: KeyStore,
    /// Caps of the store.
    pub store_limits: skep_store::Limits,
    /// What a sender may cost.
    pub receive_limits: skep_receive::Limits,
    /// What its user may change meanwhile. Only what can change while it runs is taken from here.
    pub settings: Arc<LiveSettings>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Why an engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The receiver.
    #[error("cannot listen: {0}")]
    Receive(std::io::Error),
    /// The token for senders beyond this machine.
    #[error("cannot keep the token for senders beyond this machine: {0}")]
    Token(std::io::Error),
    /// The salt of the tee's hashes.
    #[error("cannot keep the salt beside the store: {0}")]
    Salt(std::io::Error),
    /// The tee.
    #[error(transparent)]
    Forward(#[from] skep_forward::ForwardError),
}

/// A running Skep without a face.
pub struct Engine {
    data_dir: PathBuf,
    clock: Arc<dyn Clock>,
    store: Store,
    store_limits: Arc<Mutex<skep_store::Limits>>,
    sink: StoreSink,
    forwarder: Forwarder,
    decode: Decode,
    endpoints: Vec<Endpoint>,
    containers: Option<IpAddr>,
    token: Option<String>,
    allowed: AllowedNames,
    queries: Queries,
    refusals: RefusalsFile,
    known: Arc<Known>,
    imports: Imports,
    settings: Arc<LiveSettings>,
    /// Looks at the settings' file.
    following: JoinHandle<()>,
    /// Taken out when the engine stops.
    receiver: tokio::sync::Mutex<Option<Receiver>>,
}

/// What a demo sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoSent {
    /// Traces.
    pub n_traces: u32,
    /// Spans.
    pub n_spans: u32,
}

/// How long requests under way and the tee may take to finish when the engine stops.
const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// Opens a store for reading beside its writer, or after it died.
///
/// # Errors
/// When there is none, a newer Skep wrote it, or it is damaged.
pub fn open_reader(dir: &Path) -> Result<Reader, OpenError> {
    Reader::open(dir, caps::decoder(caps::of_dir(dir)))
}

impl Engine {
    /// Opens the store, replays its log, listens, and starts to send on.
    ///
    /// # Errors
    /// When the store cannot be opened or no port can be had. A taken port is no error: the next free one is used.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let Config {
            data_dir,
            grpc,
            http,
            containers,
            allowed,
            forward,
            keys,
            store_limits,
            receive_limits,
            settings,
            clock,
        } = config;
        let containers = containers.as_deref().map(skep_receive::interface_address).transpose();
        let containers = containers.map_err(StartError::Receive)?;
        let decoded_within = receive_limits.decoded;
        let decode = caps::decoder(decoded_within);
        let store_config = skep_store::Config {
            dir: data_dir.clone(),
            decode: decode.clone(),
            limits: store_limits,
            clock: Arc::clone(&clock),
        };
        // Replaying reads the whole log: long enough to starve the other tasks of this thread.
        let opened = tokio::task::spawn_blocking(move || Store::open(store_config)).await;
        let store = opened.map_err(|panic| StartError::Receive(std::io::Error::other(panic)))??;
        if let Err(error) = caps::write(&data_dir, &decoded_within) {
            tracing::warn!(%error, "cannot write down the caps: other processes may show what they cut");
        }
        let sink = StoreSink {
            store: store.clone(),
            clock: Arc::clone(&clock),
            arrivals: Arc::default(),
            is_paused: Arc::default(),
        };
        let addresses = [Some(grpc.ip()), Some(http.ip()), containers];
        let is_wide = addresses.into_iter().flatten().any(|ip| !ip.is_loopback());
        let token = is_wide.then(|| token::of_dir(&data_dir)).transpose().map_err(StartError::Token)?;
        let allowed = AllowedNames::open(&data_dir, allowed);
        let queries = Queries::open(&data_dir);
        let imports = Imports::new(sink.clone(), &receive_limits);
        let receive_config = skep_receive::Config {
            grpc,
            http,
            containers,
            token: token.as_deref().map(skep_receive::Token::new),
            allowed: allowed.shared(),
            limits: receive_limits,
        };
        let receiver =
            skep_receive::listen(receive_config, sink.clone()).await.map_err(StartError::Receive)?;
        let endpoints = receiver.endpoints.to_vec();
        let [grpc, http] = &receiver.endpoints;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), grpc = %grpc.bound, http = %http.bound, "receiving");
        if let Err(error) = running::write(&data_dir, &endpoints) {
            tracing::warn!(%error, "cannot write down where it listens: an import has to be told");
        }
        let refusals = RefusalsFile::start(&data_dir, &sink.arrivals);
        let forward_config = skep_forward::Config {
            clock: Arc::clone(&clock),
            keys,
            from_command_line: forward,
            own_addresses: endpoints.iter().map(|endpoint| endpoint.bound).collect(),
            limits: skep_forward::Limits::default(),
            decode: decode.clone(),
            look: Arc::new(House::new(store.clone())),
            salt: token::salt_of_dir(&data_dir).map_err(StartError::Salt)?.into_bytes(),
        };
        let forwarder = Forwarder::start(store.clone(), forward_config).await?;
        let store_limits = Arc::new(Mutex::new(store_limits));
        let following =
            tokio::spawn(follow::settings(Arc::clone(&settings), store.clone(), Arc::clone(&store_limits)));
        Ok(Self {
            data_dir,
            clock,
            store,
            store_limits,
            sink,
            forwarder,
            decode,
            endpoints,
            containers,
            token,
            allowed,
            queries,
            refusals,
            known: Known::let_go_by_itself(),
            imports,
            settings,
            following,
            receiver: tokio::sync::Mutex::new(Some(receiver)),
        })
    }

    /// Everything that can be asked of this moment.
    #[must_use]
    pub fn view(&self) -> View {
        View::beside(self.store.snapshot(), Arc::clone(&self.known))
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Where it receives.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// OTLP/HTTP as containers reach it, such as `http://172.17.0.1:4318`; nothing where they are not listened for.
    #[must_use]
    pub fn containers_url(&self) -> Option<String> {
        let http = self.endpoints.iter().find(|endpoint| endpoint.protocol == Protocol::Http)?;
        Some(format!("http://{}", SocketAddr::new(self.containers?, http.bound.port())))
    }

    /// The environment variable to set, with the token, for whoever reaches it neither by loopback nor from a network of
    /// containers; nothing where nobody can.
    #[must_use]
    pub fn otlp_headers(&self) -> Option<String> {
        Some(format!("OTEL_EXPORTER_OTLP_HEADERS=x-otlp-api-key={}", self.token.as_ref()?))
    }

    /// Pages and names of this machine that are let in besides the usual ones.
    #[must_use]
    pub fn allowed(&self) -> Vec<AllowedName> {
        self.allowed.list()
    }

    /// Lets a page or a name of this machine in from now on, or no longer. It is kept beside the store.
    ///
    /// # Errors
    /// See [`AllowError`].
    pub fn allow(&self, kind: NameKind, name: &str, is_allowed: bool) -> Result<(), AllowError> {
        let name = self.allowed.set(kind, name, is_allowed)?;
        self.sink.arrivals.forget_stranger(kind, &name);
        Ok(())
    }

    /// The queries that were asked, and those with a name.
    #[must_use]
    pub fn queries(&self) -> KeptQueries {
        self.queries.all()
    }

    /// Remembers a query that was asked.
    ///
    /// # Errors
    /// See [`QueriesError`]; here and below.
    pub fn query_ran(&self, view: QueryView) -> Result<KeptQueries, QueriesError> {
        self.queries.ran(view, self.clock.now())
    }

    /// Gives a query a name, in the place of what had it.
    ///
    /// # Errors
    /// See above.
    pub fn query_save(&self, name: &str, view: QueryView) -> Result<KeptQueries, QueriesError> {
        self.queries.save(name, view)
    }

    /// Takes a name back; without one forgets all that was asked.
    ///
    /// # Errors
    /// See above.
    pub fn query_forget(&self, name: Option<&str>) -> Result<KeptQueries, QueriesError> {
        name.map_or_else(|| self.queries.forget_history(), |name| self.queries.forget(name))
    }

    /// What has arrived since it started.
    #[must_use]
    pub fn arrivals(&self) -> ArrivalsNow {
        self.sink.arrivals.now(self.clock.now())
    }

    /// Files on their way in.
    #[must_use]
    pub fn imports(&self) -> &Imports {
        &self.imports
    }

    /// The tee.
    #[must_use]
    pub fn forwarder(&self) -> &Forwarder {
        &self.forwarder
    }

    /// Reads kept bodies again.
    pub(crate) fn decode(&self) -> &Decode {
        &self.decode
    }

    /// The tee's ledger.
    #[must_use]
    pub fn destinations(&self) -> Arc<[Destination]> {
        self.store.destinations()
    }

    /// Tells the time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The newest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.store.snapshot()
    }

    /// Bytes on disk, and their cap.
    #[must_use]
    pub fn disk_bytes(&self) -> (u64, u64) {
        (self.store.disk_bytes(), follow::limits_of(&self.store_limits).file_bytes)
    }

    /// Keeps a trace whatever else has to leave, or lets it go.
    ///
    /// # Errors
    /// When the store cannot write it down.
    pub async fn pin(&self, trace_id: TraceId, is_pinned: bool) -> Result<(), AppendError> {
        self.store.pin(trace_id, is_pinned).await
    }

    /// What its user may choose.
    #[must_use]
    pub fn settings(&self) -> &Arc<LiveSettings> {
        &self.settings
    }

    /// Lets everything that is stored go, pinned traces too; what a destination waits for is still sent.
    ///
    /// # Errors
    /// When the store cannot write it down.
    pub async fn clear(&self) -> Result<(), AppendError> {
        self.store.clear().await
    }

    /// Makes the store's file as small as what it holds. Senders wait meanwhile.
    ///
    /// # Errors
    /// When there is no space to write it anew.
    pub async fn compact(&self) -> Result<(), AppendError> {
        self.store.compact().await
    }

    /// Puts receiving off, or goes on. Senders are told to try again; what is imported is taken in.
    pub fn pause(&self, is_paused: bool) {
        self.sink.is_paused.store(is_paused, Ordering::Relaxed);
    }

    /// Whether its user has put receiving off.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.sink.is_paused.load(Ordering::Relaxed)
    }

    /// Whether nothing is received for want of space on the disk.
    #[must_use]
    pub fn is_disk_low(&self) -> bool {
        self.store.is_disk_low()
    }

    /// Damaged files that were put aside and are still there.
    #[must_use]
    pub fn files_aside(&self) -> &[PathBuf] {
        self.store.files_aside()
    }

    /// Changes with every commit.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.store.subscribe()
    }

    /// Sends a little traffic of a small shop through the receiver's own path.
    ///
    /// # Errors
    /// When the store cannot keep it.
    pub async fn send_demo(&self) -> Result<DemoSent, AppendError> {
        let Demo { bodies, n_traces, n_spans } = demo(self.clock.now());
        for (signal, body) in bodies {
            let encoding = Encoding::Protobuf;
            let request = Request::otlp(signal, encoding, &body);
            let decoded = skep_otlp::decode(request).expect("the demo encodes as any client does");
            let submission = Submission {
                received: self.clock.now(),
                signal,
                encoding,
                body: body.into(),
                dataset: None,
                decoded,
                client: Some("Skep demo".to_owned()),
                transport: Transport::Http,
            };
            self.sink.keep(submission).await?;
        }
        Ok(DemoSent { n_traces, n_spans })
    }

    /// Stops receiving, lets what is under way finish, and closes the file. What was acknowledged is kept either way.
    pub async fn stop(&self) {
        self.following.abort();
        if let Some(receiver) = self.receiver.lock().await.take() {
            receiver.shutdown(STOP_DEADLINE).await;
        }
        self.imports.close(STOP_DEADLINE).await;
        self.refusals.finish();
        self.forwarder.close(STOP_DEADLINE).await;
        running::remove(&self.data_dir);
        self.store.close().await;
    }
}
