//! Files of telemetry into a store: to the Skep that runs on it, or straight into its file where none does.

mod http;
mod progress;
mod target;
mod totals;

use crate::args::ImportArgs;
use crate::failure::Failure;
use progress::{Progress, say};
use skep_engine::import::{Bounds, Counted, FileReader, Stop, pipeline};
use skep_engine::receive::Limits;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use target::Target;
use totals::Totals;

/// Requests under way at once: many share one sync of the store.
const WORKERS: usize = 32;

/// How an import that was interrupted twice ends, as shells have it.
const INTERRUPTED: i32 = 130;

pub(crate) fn run(args: ImportArgs) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let result = runtime.block_on(import(args));
    // A reader of standard input may wait for more for ever.
    runtime.shutdown_background();
    result
}

async fn import(args: ImportArgs) -> Result<(), Failure> {
    let stop = Arc::new(Stop::default());
    tokio::spawn(interrupts(Arc::clone(&stop)));
    let target = tokio::select! {
        target = Target::choose(&args) => target?,
        () = stop.wait() => return Err(Failure::Other(anyhow::anyhow!("stopped before the beginning"))),
    };
    let totals = Arc::new(Totals::default());
    let progress = Arc::new(Progress::new(Arc::clone(&totals)));
    let bounds = Bounds {
        workers: WORKERS,
        request_bytes: Limits::default().body_bytes,
        in_flight_bytes: Limits::default().in_flight_bytes,
    };
    let (reader, workers) =
        pipeline(bounds, Arc::clone(&stop), || target.keeper(Arc::clone(&totals), Arc::clone(&stop)));
    let read = {
        let (totals, progress, stop) = (Arc::clone(&totals), Arc::clone(&progress), Arc::clone(&stop));
        tokio::task::spawn_blocking(move || read(&args.files, &reader, &totals, &progress, &stop))
    };
    let finished = async {
        tokio::select! {
            read = read => read?,
            () = stop.wait() => {}
        }
        workers.finish().await;
        Ok::<_, Failure>(())
    };
    progress.show_until(finished).await?;
    target.close().await;
    totals.print(&target, args.json)?;
    if let Some(failure) = stop.failure() {
        return Err(Failure::Other(anyhow::anyhow!(failure)));
    }
    if stop.is_set() {
        return Err(Failure::Other(anyhow::anyhow!("stopped before the end")));
    }
    match totals.n_files_without_requests() {
        0 => Ok(()),
        1 => Err(Failure::Other(anyhow::anyhow!("nothing could be read of a file"))),
        n => Err(Failure::Other(anyhow::anyhow!("nothing could be read of {n} files"))),
    }
}

/// Reads all files, one after the other.
fn read(files: &[PathBuf], reader: &FileReader, totals: &Totals, progress: &Progress, stop: &Stop) {
    for file in files {
        if stop.is_set() {
            return;
        }
        match open(file) {
            Ok((opened, n_bytes)) => {
                progress.begin(file, n_bytes);
                let opened = Counted::new(opened, Arc::clone(totals.counts()));
                let summary = reader.read(opened, totals.counts());
                totals.note_file(file, &summary);
            }
            Err(error) => totals.note_unopened(file, &error),
        }
    }
}

/// Opens a file, with its length where that is known.
fn open(path: &Path) -> std::io::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path.as_os_str() == "-" {
        return Ok((Box::new(std::io::stdin()), None));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    let n_bytes = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(file), n_bytes))
}

/// The first interrupt lets what is under way finish, the second does not.
async fn interrupts(stop: Arc<Stop>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        say("stopping after what is under way");
        stop.ask();
    }
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(INTERRUPTED);
    }
}
