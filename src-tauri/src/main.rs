//! Skep's window: the engine behind the system's web view.
//!
//! Invariant: no port that reads data is opened here; the window asks over its own channel.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod drops;
mod files;
mod host;
mod ipc;
mod settings;
mod window;

use drops::Drops;
use host::Host;
use ipc::Asked;
use settings::Settings;
use std::process::ExitCode;
use tauri::{Manager, RunEvent};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    skep_engine::give_back_large_blocks();
    let filter = EnvFilter::try_from_env("SKEP_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    if !window::is_display_there() {
        eprintln!(
            "skep: there is no display to open a window on; run `skep serve` and open the address it prints"
        );
        return ExitCode::FAILURE;
    }
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("skep: {error}");
            return ExitCode::from(2);
        }
    };
    let built = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![
            ipc::call,
            ipc::live,
            ipc::stop,
            drops::drops,
            files::feed,
            files::save,
        ])
        .on_window_event(drops::on_window_event)
        .setup(|app| {
            app.manage(Host::start(settings));
            app.manage(Asked::default());
            app.manage(Drops::default());
            window::open(app)?;
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            eprintln!("skep: cannot open a window: {error}");
            return ExitCode::FAILURE;
        }
    };
    app.run(|handle, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(handle.state::<Host>().stop());
        }
    });
    ExitCode::SUCCESS
}
