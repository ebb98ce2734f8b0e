//! Gives memory back while nothing arrives: a window is left open for days.

use crate::host::Host;
use std::time::Duration;
use tauri::{AppHandle, Manager};

/// Between two looks; the first comes after the start has had its time.
const PERIOD: Duration = Duration::from_secs(10);

/// Looks whether anything arrived meanwhile, and gives back what is free where nothing did.
pub(crate) async fn follow(app: AppHandle) {
    let Ok(engine) = app.state::<Host>().engine().await else { return };
    let mut changes = engine.changes();
    loop {
        tokio::time::sleep(PERIOD).await;
        if !changes.has_changed().unwrap_or(true) {
            skep_engine::give_back_free_memory();
        }
        changes.mark_unchanged();
    }
}
