use crate::settings::Start;
use serde::Serialize;
use skep_api::{ApiError, ErrorCode};
use skep_engine::forward::KeyStore;
use skep_engine::store::clock::SystemClock;
use skep_engine::{Config, Engine};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long closing the window may take at most.
const STOP_DEADLINE: Duration = Duration::from_millis(4_500);

/// The engine behind the window. It starts beside the window, which is there first and waits for it.
pub(crate) struct Host {
    started: watch::Receiver<Option<Result<Arc<Engine>, String>>>,
}

/// Printed once everything listens, for whoever started the window from a terminal.
#[derive(Serialize)]
struct Ready<'a> {
    otlp_grpc: String,
    otlp_http: String,
    data_dir: &'a Path,
    pid: u32,
}

impl Host {
    pub(crate) fn start(start: Start) -> Self {
        let (sender, started) = watch::channel(None);
        tauri::async_runtime::spawn(async move {
            let Start { data_dir, settings, live } = start;
            let store_limits = settings.store_limits();
            let config = Config {
                keys: KeyStore::open(&data_dir).await,
                data_dir,
                grpc: settings.grpc,
                http: settings.http,
                containers: settings.containers,
                allowed: Vec::new(),
                forward: Vec::new(),
                store_limits,
                receive_limits: settings.limits,
                settings: live,
                clock: Arc::new(SystemClock::new()),
            };
            let result = Engine::start(config).await.map(Arc::new).map_err(|error| error.to_string());
            match &result {
                Ok(engine) => print_ready(engine),
                Err(error) => tracing::error!(%error, "the engine did not start"),
            }
            sender.send_replace(Some(result));
        });
        Self { started }
    }

    /// The engine, once it runs; why not, if it does not.
    pub(crate) async fn engine(&self) -> Result<Arc<Engine>, ApiError> {
        let mut started = self.started.clone();
        let not_running = |message: String| ApiError::new(ErrorCode::NotRunning, message);
        match started.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(Ok(engine))) => Ok(Arc::clone(engine)),
            Ok(Some(Err(error))) => Err(not_running(error.clone())),
            Ok(None) | Err(_) => Err(not_running("the engine stopped while starting".to_owned())),
        }
    }

    /// Drains and closes; what was acknowledged is kept either way.
    pub(crate) async fn stop(&self) {
        let engine = match &*self.started.borrow() {
            Some(Ok(engine)) => Arc::clone(engine),
            _ => return,
        };
        if tokio::time::timeout(STOP_DEADLINE, engine.stop()).await.is_err() {
            tracing::warn!("closed before everything was drained");
        }
    }
}

fn print_ready(engine: &Engine) {
    let [grpc, http] = engine.endpoints() else { return };
    let ready = Ready {
        otlp_grpc: grpc.bound.to_string(),
        otlp_http: http.bound.to_string(),
        data_dir: engine.data_dir(),
        pid: std::process::id(),
    };
    let mut line = serde_json::to_vec(&ready).unwrap_or_default();
    line.push(b'\n');
    // Started from a desktop there may be nobody to read it.
    std::io::stdout().write_all(&line).ok();
}
