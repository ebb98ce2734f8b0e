//! `skep serve`: the engine, and the app in a browser.

mod assets;
mod chosen;
mod files;
mod guard;
mod http;
mod rpc;

use crate::args::ServeArgs;
use crate::ask::data_dir;
use crate::failure::Failure;
use guard::Token;
use serde::Serialize;
use skep_engine::forward::policy::Policy;
use skep_engine::forward::{CommandLineDestination, KeyStore};
use skep_engine::receive::{NameKind, parse_name};
use skep_engine::store::Limits;
use skep_engine::store::clock::SystemClock;
use skep_engine::{Config, Engine};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Headers of forwarded requests, as `name=value,name=value`.
const FORWARD_HEADERS: &str = "SKEP_FORWARD_HEADERS";

/// Ports tried after the one asked for.
const NEXT_PORTS: u16 = 64;

/// After a signal, draining ends no later than this.
const STOP_DEADLINE: Duration = Duration::from_millis(4_500);

/// What is printed once everything listens, as one line of JSON.
#[derive(Serialize)]
struct Ready {
    otlp_grpc: String,
    otlp_http: String,
    ui: String,
    /// OTLP/HTTP as containers reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    containers: Option<String>,
    /// What senders beyond this machine set, ready to copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    otlp_headers: Option<String>,
    data_dir: String,
    pid: u32,
}

pub(crate) fn run(args: ServeArgs) -> Result<(), Failure> {
    if !args.ui.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "--ui {} is not a loopback address: the app reads your data",
            args.ui
        )));
    }
    tokio::runtime::Runtime::new()?.block_on(serve(args))
}

async fn serve(args: ServeArgs) -> Result<(), Failure> {
    let (settings, live) = chosen::settings(&args)?;
    let allowed = allowed(&args)?;
    let policy = policy(&args);
    let default_limits = settings.store_limits();
    let segment_rows = args.seal_rows.unwrap_or(default_limits.segment_rows);
    let ServeArgs { store, ui, forward, no_keychain, .. } = args;
    let data_dir = data_dir(&store)?;
    let keys = if no_keychain { KeyStore::file_only(&data_dir) } else { KeyStore::open(&data_dir).await };
    let config = Config {
        data_dir,
        grpc: settings.grpc,
        http: settings.http,
        containers: settings.containers,
        allowed,
        forward: destinations(forward, &policy)?,
        keys,
        store_limits: Limits { segment_rows, ..default_limits },
        receive_limits: settings.limits,
        settings: Arc::new(live),
        clock: Arc::new(SystemClock::new()),
    };
    let signals = Signals::new()?;
    let engine = Arc::new(Engine::start(config).await?);
    let listener = listen(ui).await?;
    let token = Token::new();
    print_ready(&engine, listener.local_addr()?, &token)?;
    let app = http::router(Arc::clone(&engine), token);
    let served = axum::serve(listener, app).into_future();
    tokio::select! {
        result = served => result?,
        () = signals.any() => {}
    }
    if tokio::time::timeout(STOP_DEADLINE, engine.stop()).await.is_err() {
        tracing::warn!("stopped before everything was drained; what was acknowledged is kept");
    }
    Ok(())
}

/// The pages and names that the command line lets in.
fn allowed(args: &ServeArgs) -> Result<Vec<(NameKind, String)>, Failure> {
    let origins = args.allow_origin.iter().map(|name| (NameKind::Origin, "--allow-origin", name));
    let hosts = args.allow_host.iter().map(|name| (NameKind::Host, "--allow-host", name));
    let parse = |(kind, flag, name): (NameKind, &str, &String)| {
        let parsed = parse_name(kind, name).map_err(|why| Failure::Usage(format!("{flag} {name}: {why}")));
        Ok((kind, parsed?))
    };
    origins.chain(hosts).map(parse).collect()
}

/// What of everything is sent on.
fn policy(args: &ServeArgs) -> Policy {
    let filter = args.forward_where.clone().unwrap_or_default();
    let mut policy = Policy { filter, ..Policy::default() };
    policy.sampling.wait_secs = args.forward_wait;
    policy.sampling.one_in = args.forward_sample.unwrap_or(1);
    policy.scrubbing.enabled = args.forward_scrub;
    policy
}

/// The destinations of the command line; every one gets the headers of the environment, and the same policy.
fn destinations(urls: Vec<String>, policy: &Policy) -> Result<Vec<CommandLineDestination>, Failure> {
    let headers = std::env::var(FORWARD_HEADERS).unwrap_or_default();
    urls.into_iter()
        .map(|url| {
            let mut destination = CommandLineDestination::new(&url, &headers)
                .map_err(|error| Failure::Usage(format!("--forward, {FORWARD_HEADERS}: {error}")))?;
            destination.settings.policy = policy.clone();
            Ok(destination)
        })
        .collect()
}

/// Listens on the port asked for, or on the next free one.
async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let mut next = address;
    loop {
        match TcpListener::bind(next).await {
            Err(error)
                if error.kind() == std::io::ErrorKind::AddrInUse
                    && next.port() - address.port() < NEXT_PORTS =>
            {
                next.set_port(next.port().checked_add(1).ok_or(error)?);
            }
            other => return other,
        }
    }
}

fn print_ready(engine: &Engine, ui: SocketAddr, token: &Token) -> Result<(), Failure> {
    let bound = |protocol: &str| {
        let endpoint = engine.endpoints().iter().find(|endpoint| endpoint.protocol.as_str() == protocol);
        endpoint.map(|endpoint| endpoint.bound.to_string()).unwrap_or_default()
    };
    for endpoint in engine.endpoints().iter().filter(|endpoint| endpoint.taken) {
        eprintln!(
            "skep: {} is taken by another program; listening on {} instead",
            endpoint.requested, endpoint.bound
        );
    }
    let ready = Ready {
        otlp_grpc: bound("grpc"),
        otlp_http: bound("http"),
        ui: format!("http://{ui}/?token={}", token.as_str()),
        containers: engine.containers_url(),
        otlp_headers: engine.otlp_headers(),
        data_dir: engine.data_dir().display().to_string(),
        pid: std::process::id(),
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &ready)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// The signals that end the process; listened for before anything is opened, so that none is missed.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn any(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }

    #[cfg(not(unix))]
    async fn any(self) {
        tokio::signal::ctrl_c().await.ok();
    }
}
