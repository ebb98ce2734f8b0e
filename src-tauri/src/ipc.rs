//! The window's two commands. What they carry is `skep_api`'s; nothing is declared here.

use crate::host::Host;
use skep_api::ApiError;
use skep_api::wire::Status;
use std::time::Duration;
use tauri::State;
use tauri::ipc::{Channel, Response};

/// Between two pieces of news at least, and at most.
const LIVE_MIN: Duration = Duration::from_millis(250);
const LIVE_MAX: Duration = Duration::from_secs(1);

/// Runs one command of the api; the answer travels as bytes, whatever it is.
#[tauri::command]
pub(crate) async fn call(
    host: State<'_, Host>,
    name: String,
    request: serde_json::Value,
) -> Result<Response, ApiError> {
    let engine = host.engine().await?;
    let body = serde_json::to_vec(&request).unwrap_or_default();
    let reply = skep_api::dispatch(&engine, &name, &body).await?;
    Ok(Response::new(reply.into_bytes()))
}

/// Sends the state of the house whenever something changed and once a second, until the window is gone.
#[tauri::command]
pub(crate) async fn live(host: State<'_, Host>, on: Channel<Status>) -> Result<(), ApiError> {
    let engine = host.engine().await?;
    tauri::async_runtime::spawn(async move {
        let mut changes = engine.changes();
        while on.send(skep_api::status(&engine)).is_ok() {
            tokio::time::sleep(LIVE_MIN).await;
            // Time passing is news as well: the rate falls when nothing arrives.
            tokio::time::timeout(LIVE_MAX - LIVE_MIN, changes.changed()).await.ok();
        }
    });
    Ok(())
}
