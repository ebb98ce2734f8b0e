//! Whether Skep starts with its user's session: off until the settings say otherwise.

use skep_engine::settings::LiveSettings;
use std::sync::Arc;
use tauri::AppHandle;
use tauri_plugin_autostart::ManagerExt;

/// Keeps the system's entry there or away as the settings have it. Where the settings never said it, what a user did with
/// the system's own means stays.
pub(crate) async fn follow(app: AppHandle, settings: Arc<LiveSettings>) {
    let mut changes = settings.changes();
    let mut before = false;
    loop {
        let is_wanted = settings.in_force().autostart;
        if is_wanted != before {
            let autostart = app.autolaunch();
            let done = if is_wanted { autostart.enable() } else { autostart.disable() };
            if let Err(error) = done {
                tracing::warn!(%error, "the system does not start Skep with the session");
            }
            before = is_wanted;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}
