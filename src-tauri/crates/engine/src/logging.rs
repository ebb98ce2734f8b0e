//! Where a host's log goes: to whoever started it, and as lines of JSON into files that are kept for a week.

use std::path::PathBuf;
use std::sync::OnceLock;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// The folder's name: the app's bundle identifier, as the data's is.
const FOLDER: &str = "dev.skep.desktop";

/// Files kept, one a day.
const FILES_MAX: usize = 7;

/// What a log says, as `SKEP_LOG` has it: to the terminal what is wrong, to the files also what happened.
const FILTER: &str = "SKEP_LOG";
const TERMINAL: &str = "warn";
const FILES: &str = "warn,skep=info";

static DIR: OnceLock<PathBuf> = OnceLock::new();

/// The folder that this process's log files are in; nothing where it writes none.
#[must_use]
pub fn log_dir() -> Option<PathBuf> {
    DIR.get().cloned()
}

/// Begins to log to standard error, and for a host that stays also to files in the system's place for state, such as
/// `~/.local/state/dev.skep.desktop/logs`. The log ends with what is returned.
#[must_use]
pub fn begin_log(to_files: bool) -> Option<WorkerGuard> {
    let filter = |usual| EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new(usual));
    let terminal = fmt::layer().with_writer(std::io::stderr).with_filter(filter(TERMINAL));
    let files = to_files.then(files).flatten();
    let (layer, guard) = match files {
        Some((writer, guard)) => {
            let layer = fmt::layer().json().with_writer(writer).with_filter(filter(FILES));
            (Some(layer), Some(guard))
        }
        None => (None, None),
    };
    tracing_subscriber::registry().with(terminal).with(layer).init();
    guard
}

fn files() -> Option<(tracing_appender::non_blocking::NonBlocking, WorkerGuard)> {
    let base = dirs::state_dir().or_else(dirs::data_local_dir)?;
    let dir = base.join(FOLDER).join("logs");
    // Or it complains that there is nothing to tidy up yet.
    std::fs::create_dir_all(&dir).ok()?;
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("skep")
        .filename_suffix("jsonl")
        .max_log_files(FILES_MAX)
        .build(&dir);
    // Without a place to write, the terminal is enough.
    let appender = appender.ok()?;
    DIR.set(dir).ok();
    // What a slow disk cannot take is dropped, and nothing waits for it.
    Some(tracing_appender::non_blocking(appender))
}
