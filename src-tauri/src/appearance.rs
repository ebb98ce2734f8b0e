//! The size of text: the whole page is drawn larger, so that lines, bars and their labels keep fitting each other.

use crate::window::MAIN;
use skep_engine::settings::LiveSettings;
use std::sync::Arc;
use tauri::{AppHandle, Manager};

/// Keeps the window's zoom as the settings have it.
pub(crate) async fn follow(app: AppHandle, settings: Arc<LiveSettings>) {
    let mut changes = settings.changes();
    let mut before = 100;
    loop {
        let percent = settings.in_force().text_percent;
        if percent != before
            && let Some(window) = app.get_webview_window(MAIN)
        {
            if let Err(error) = window.set_zoom(f64::from(percent) / 100.0) {
                tracing::warn!(%error, "the size of text cannot be changed");
            }
            before = percent;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}
