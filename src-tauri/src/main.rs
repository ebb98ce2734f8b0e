//! Skep's window: the engine behind the system's web view.
//!
//! Invariant: no port that reads data is opened here; the window asks over its own channel.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod appearance;
mod autostart;
mod drops;
mod files;
mod graphics;
mod host;
mod ipc;
mod known;
mod notify;
mod opened;
mod recent;
mod rest;
mod settings;
mod tray;
mod window;

use drops::Drops;
use host::Host;
use ipc::Asked;
use opened::{Opened, Wanted};
use recent::Recent;
use settings::Start;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tauri::plugin::TauriPlugin;
use tauri::{App, AppHandle, Manager, RunEvent, Window, WindowEvent, Wry};
use tauri_plugin_window_state::StateFlags;

const HELP: &str = "\
Opens Skep's window. What else there is says `skep --help`.

Usage: skep-desktop [FILE | LINK]...

  FILE  imported, told by its content
  LINK  such as skep://trace/4bf92f3577b34da6a3ce929d0e0e4736

SKEP_SETTINGS, SKEP_DATA_DIR, SKEP_OTLP_GRPC, SKEP_OTLP_HTTP and SKEP_LISTEN_CONTAINERS say for one run what the settings
say otherwise; SKEP_LOG=info makes it talk.";

fn main() -> ExitCode {
    skep_engine::give_back_large_blocks();
    graphics::fit();
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(says) = says(&arguments) {
        #[allow(clippy::print_stdout, reason = "it was asked for")]
        {
            println!("{says}");
        }
        return ExitCode::SUCCESS;
    }
    let _log = skep_engine::begin_log(true);
    if !window::is_display_there() {
        eprintln!(
            "skep: there is no display to open a window on; run `skep serve` and open the address it prints"
        );
        return ExitCode::FAILURE;
    }
    let start = match Start::from_env() {
        Ok(start) => start,
        Err(error) => {
            eprintln!("skep: {error}");
            return ExitCode::from(2);
        }
    };
    let here = std::env::current_dir().unwrap_or_default();
    let wanted = Wanted::of(&arguments, &here);
    let builder = tauri::Builder::default()
        // First, so that a second start does nothing but hand over what it was asked for.
        .plugin(single_instance(&start.data_dir))
        .plugin(window_state())
        .plugin(tauri_plugin_notification::init());
    #[cfg(not(target_os = "linux"))]
    let builder = builder.plugin(tauri_plugin_autostart::Builder::new().arg(opened::AUTOSTARTED).build());
    let built = builder
        .invoke_handler(tauri::generate_handler![
            ipc::call,
            ipc::live,
            ipc::stop,
            drops::drops,
            files::feed,
            files::save,
            opened::opened,
            recent::recent,
            recent::recent_open,
        ])
        .on_window_event(on_window_event)
        .setup(|app| set_up(app, start, wanted).map_err(Into::into))
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            eprintln!("skep: cannot open a window: {error}");
            return ExitCode::FAILURE;
        }
    };
    app.run(|handle, event| match event {
        RunEvent::Exit => tauri::async_runtime::block_on(handle.state::<Host>().stop()),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            opened::open(handle, Wanted::of(urls.iter().map(tauri::Url::as_str), Path::new("/")));
        }
        _ => {}
    });
    ExitCode::SUCCESS
}

/// What is printed instead of opening a window.
fn says(arguments: &[std::ffi::OsString]) -> Option<String> {
    match arguments.first()?.to_str()? {
        "--help" | "-h" => Some(HELP.to_owned()),
        "--version" | "-V" => Some(format!("skep-desktop {}", env!("CARGO_PKG_VERSION"))),
        _ => None,
    }
}

fn set_up(app: &App, start: Start, wanted: Wanted) -> tauri::Result<()> {
    let settings = Arc::clone(&start.live);
    // Without an icon to bring it back by, a window is always shown.
    let is_visible = !(wanted.is_autostarted && settings.in_force().tray);
    app.manage(Recent::in_dir(&start.data_dir));
    app.manage(Arc::clone(&settings));
    app.manage(Host::start(start));
    app.manage(Asked::default());
    app.manage(Drops::default());
    app.manage(Opened::default());
    app.manage(tray::Shown::default());
    window::open(app, is_visible)?;
    opened::open(app.handle(), wanted);
    tauri::async_runtime::spawn(tray::follow(app.handle().clone(), Arc::clone(&settings)));
    tauri::async_runtime::spawn(appearance::follow(app.handle().clone(), Arc::clone(&settings)));
    tauri::async_runtime::spawn(autostart::follow(app.handle().clone(), Arc::clone(&settings)));
    tauri::async_runtime::spawn(notify::follow(app.handle().clone(), settings));
    tauri::async_runtime::spawn(rest::follow(app.handle().clone()));
    Ok(())
}

/// One window a data directory: one that is started later hands over what it was asked for and ends.
fn single_instance(data_dir: &Path) -> TauriPlugin<Wry> {
    let instance =
        tauri_plugin_single_instance::Builder::new().callback(|app: &AppHandle, arguments, dir| {
            opened::open(app, Wanted::of(arguments.iter().skip(1), Path::new(&dir)));
            window::show(app);
        });
    match skep_engine::default_data_dir() {
        Some(usual) if usual == data_dir => instance,
        // Another store is another Skep.
        _ => instance.dbus_id(format!("dev.skep.desktop.at{:016x}", skep_engine::name_of(data_dir))),
    }
    .build()
}

fn window_state() -> TauriPlugin<Wry> {
    // Whether it is shown is the tray's matter.
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::all() - StateFlags::VISIBLE)
        .build()
}

fn on_window_event(window: &Window, event: &WindowEvent) {
    match event {
        WindowEvent::DragDrop(event) => drops::on_window_event(window, event),
        WindowEvent::CloseRequested { api, .. } => {
            let app = window.app_handle();
            let keeps = app.state::<Arc<skep_engine::settings::LiveSettings>>().in_force().close_to_tray;
            // Never where there would be no way back.
            if keeps && tray::is_there(app) && window.hide().is_ok() {
                api.prevent_close();
            }
        }
        _ => {}
    }
}
