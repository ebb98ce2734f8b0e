//! The window's commands, those for files aside. What they carry is `skep_api`'s; nothing is declared here.

use crate::host::Host;
use skep_api::wire::Status;
use skep_api::{ApiError, ErrorCode};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tauri::State;
use tauri::ipc::{Channel, Response};
use tokio::sync::oneshot;

/// Between two pieces of news at least, and at most.
const LIVE_MIN: Duration = Duration::from_millis(250);
const LIVE_MAX: Duration = Duration::from_secs(1);

/// While nothing changes it is said so often: to a window that is gone, nothing more can be said.
const LIVE_STILL: Duration = Duration::from_secs(10);

/// Runs one command of the api; the answer travels as bytes, whatever it is.
#[tauri::command]
pub(crate) async fn call(
    host: State<'_, Host>,
    asked: State<'_, Asked>,
    name: String,
    request: serde_json::Value,
    ask: u32,
) -> Result<Response, ApiError> {
    let engine = host.engine().await?;
    let body = serde_json::to_vec(&request).unwrap_or_default();
    let reply = asked.until_stopped(ask, skep_api::dispatch(&engine, &name, &body)).await?;
    Ok(Response::new(reply.into_bytes()))
}

/// Stops a call that is still under way. A browser closes the connection instead.
#[allow(clippy::needless_pass_by_value, reason = "the shape of a command")]
#[tauri::command]
pub(crate) fn stop(asked: State<'_, Asked>, ask: u32) {
    asked.end(ask);
}

/// The calls under way, by the numbers that the page gave them.
#[derive(Default)]
pub(crate) struct Asked(Mutex<HashMap<u32, oneshot::Sender<()>>>);

impl Asked {
    fn calls(&self) -> MutexGuard<'_, HashMap<u32, oneshot::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work` until the call is stopped. Dropped, it stops what it does.
    pub(crate) async fn until_stopped<T>(
        &self,
        ask: u32,
        work: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        let stopped = self.begin(ask);
        let result = tokio::select! {
            result = work => result,
            () = stopped => Err(ApiError::new(ErrorCode::Internal, "the question was stopped")),
        };
        self.end(ask);
        result
    }

    /// Ends when the call is stopped.
    fn begin(&self, ask: u32) -> impl Future<Output = ()> + use<> {
        let (stop, stopped) = oneshot::channel();
        self.calls().insert(ask, stop);
        async move {
            stopped.await.ok();
        }
    }

    fn end(&self, ask: u32) {
        self.calls().remove(&ask);
    }
}

/// Sends the state of the house whenever it changed, and now and then while it does not, until the window is gone. Time
/// passing is a change too: the rate falls when nothing arrives.
#[tauri::command]
pub(crate) async fn live(host: State<'_, Host>, on: Channel<Status>) -> Result<(), ApiError> {
    let engine = host.engine().await?;
    tauri::async_runtime::spawn(async move {
        let mut changes = engine.changes();
        let (mut said, mut still) = (Vec::new(), Duration::ZERO);
        loop {
            let status = skep_api::status(&engine);
            let text = serde_json::to_vec(&status).unwrap_or_default();
            // A page that is told nothing does nothing: an idle window costs next to no CPU.
            if text != said || still >= LIVE_STILL {
                if on.send(status).is_err() {
                    return;
                }
                (said, still) = (text, Duration::ZERO);
            }
            still += LIVE_MAX;
            tokio::time::sleep(LIVE_MIN).await;
            tokio::time::timeout(LIVE_MAX - LIVE_MIN, changes.changed()).await.ok();
        }
    });
    Ok(())
}
