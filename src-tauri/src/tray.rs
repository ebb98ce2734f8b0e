//! The icon among the system's, if its user wants one: what is received, pause, open, quit.

use crate::host::Host;
use crate::window;
use skep_engine::settings::LiveSettings;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::menu::{CheckMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager, Wry};

const ID: &str = "skep";

/// Between two looks at what its first line says.
const PERIOD: Duration = Duration::from_secs(2);

/// The icon and the parts of its menu that change.
struct Icon {
    tray: TrayIcon<Wry>,
    says: MenuItem<Wry>,
    pause: CheckMenuItem<Wry>,
}

/// Whether there is one to be seen.
#[derive(Default)]
pub(crate) struct Shown(AtomicBool);

pub(crate) fn is_there(app: &AppHandle) -> bool {
    app.state::<Shown>().0.load(Ordering::Relaxed)
}

/// Keeps the icon there or away as the settings have it, and its first line true.
pub(crate) async fn follow(app: AppHandle, settings: Arc<LiveSettings>) {
    let mut changes = settings.changes();
    let mut icon: Option<Icon> = None;
    loop {
        let is_wanted = settings.in_force().tray;
        if is_wanted && icon.is_none() {
            icon = on_main(&app, build).await.flatten();
        }
        let shown = icon.as_ref().filter(|_| is_wanted);
        if let Some(icon) = &icon
            && is_there(&app) != is_wanted
        {
            // Hidden and not removed: desktops are not told of a second one of the same name.
            icon.tray.set_visible(is_wanted).ok();
        }
        app.state::<Shown>().0.store(shown.is_some(), Ordering::Relaxed);
        if let Some(icon) = shown
            && let Ok(engine) = app.state::<Host>().engine().await
        {
            let status = skep_api::status(&engine);
            let n_per_second = status.arrivals.events_per_second.round();
            let says = match (status.paused, n_per_second > 0.0) {
                (true, _) => "Paused".to_owned(),
                (false, true) => format!("Receiving {n_per_second} events/s"),
                (false, false) => "Listening".to_owned(),
            };
            icon.says.set_text(says).ok();
            icon.pause.set_checked(status.paused).ok();
        }
        // Without an icon there is nothing to keep true.
        let period = if shown.is_some() { PERIOD } else { Duration::MAX };
        tokio::time::timeout(period, changes.changed()).await.ok();
    }
}

/// Runs on the thread that owns the toolkit.
async fn on_main<T: Send + 'static>(
    app: &AppHandle,
    work: impl FnOnce(&AppHandle) -> T + Send + 'static,
) -> Option<T> {
    let (done, wait) = tokio::sync::oneshot::channel();
    let handle = app.clone();
    let run = move || {
        done.send(work(&handle)).ok();
    };
    app.run_on_main_thread(run).ok()?;
    wait.await.ok()
}

fn build(app: &AppHandle) -> Option<Icon> {
    // Where the system's library for it is missing, its binding panics.
    match catch_unwind(AssertUnwindSafe(|| try_build(app))) {
        Ok(Ok(icon)) => return Some(icon),
        Ok(Err(error)) => tracing::warn!(%error, "no icon in the tray"),
        Err(_) => tracing::warn!("no icon in the tray: the system lacks libayatana-appindicator3"),
    }
    None
}

fn try_build(app: &AppHandle) -> tauri::Result<Icon> {
    let says = MenuItem::with_id(app, "says", "Listening", false, None::<&str>)?;
    let open = MenuItem::with_id(app, "open", "Open Skep", true, None::<&str>)?;
    let pause = CheckMenuItem::with_id(app, "pause", "Pause receiving", true, false, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(app)?;
    let menu = Menu::with_items(app, &[&says, &open, &pause, &line, &quit])?;
    let mut tray = TrayIconBuilder::with_id(ID).menu(&menu).tooltip("Skep").on_menu_event(on_menu);
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    let tray = tray.build(app)?;
    Ok(Icon { tray, says, pause })
}

#[allow(clippy::needless_pass_by_value, reason = "the shape of a handler")]
fn on_menu(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        "open" => window::show(app),
        "quit" => app.exit(0),
        "pause" => {
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                if let Ok(engine) = app.state::<Host>().engine().await {
                    engine.pause(!engine.is_paused());
                }
            });
        }
        _ => {}
    }
}
