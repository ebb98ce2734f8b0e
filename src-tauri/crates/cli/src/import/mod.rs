//! Files of telemetry into a store: to the Skep that runs on it, or straight into its file where none does.
//!
//! ```text
//! files --blocking thread: skep_import--> queue, bounded in bytes --> workers --> HTTP or the store
//! ```

mod http;
mod progress;
mod target;
mod totals;

use crate::args::ImportArgs;
use crate::failure::Failure;
use progress::{Counted, Progress};
use skep_engine::receive::Limits;
use skep_import::Request;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use target::Target;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, watch};
use totals::Totals;

/// Requests under way at once: many share one sync of the store.
const WORKERS: usize = 32;

/// What the budget of bytes is counted in.
const UNIT_BYTES: usize = 1 << 10;

/// How an import that was interrupted twice ends, as shells have it.
const INTERRUPTED: i32 = 130;

/// A request, and what it holds of the budget.
type Queued = (Request, OwnedSemaphorePermit);

pub(crate) fn run(args: ImportArgs) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let result = runtime.block_on(import(args));
    // A reader of standard input may wait for more for ever.
    runtime.shutdown_background();
    result
}

async fn import(args: ImportArgs) -> Result<(), Failure> {
    let target = Target::choose(&args).await?;
    let import = Arc::new(Import {
        budget: Arc::new(Semaphore::new(Limits::default().in_flight_bytes / UNIT_BYTES)),
        progress: Progress::new(),
        totals: Totals::default(),
        is_stopped: watch::Sender::new(false),
    });
    tokio::spawn(interrupts(Arc::clone(&import)));
    let (queue, requests) = mpsc::channel::<Queued>(WORKERS);
    let requests = Arc::new(Mutex::new(requests));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| tokio::spawn(Arc::clone(&import).work(target.clone(), Arc::clone(&requests))))
        .collect();
    let reader = {
        let (import, files, handle) = (Arc::clone(&import), args.files, Handle::current());
        tokio::task::spawn_blocking(move || import.read(&files, &queue, &handle))
    };
    let mut stopped = import.is_stopped.subscribe();
    tokio::select! {
        read = import.progress.show_until(reader) => read?,
        _ = stopped.wait_for(|is_stopped| *is_stopped) => {}
    }
    for worker in workers {
        worker.await?;
    }
    target.close().await;
    let totals = &import.totals;
    totals.print(&target, args.json)?;
    if let Some(failure) = totals.failure() {
        return Err(Failure::Other(failure));
    }
    if import.is_stopped() {
        return Err(Failure::Other(anyhow::anyhow!("stopped before the end")));
    }
    match totals.n_files_without_requests() {
        0 => Ok(()),
        1 => Err(Failure::Other(anyhow::anyhow!("nothing could be read of a file"))),
        n => Err(Failure::Other(anyhow::anyhow!("nothing could be read of {n} files"))),
    }
}

struct Import {
    budget: Arc<Semaphore>,
    progress: Progress,
    totals: Totals,
    is_stopped: watch::Sender<bool>,
}

impl Import {
    fn is_stopped(&self) -> bool {
        *self.is_stopped.borrow()
    }

    /// Reads all files, one after the other.
    fn read(&self, files: &[PathBuf], queue: &mpsc::Sender<Queued>, handle: &Handle) {
        let limits = skep_import::Limits { request_bytes: Limits::default().body_bytes };
        for file in files {
            if self.is_stopped() {
                return;
            }
            let opened = match open(file) {
                Ok((opened, n_bytes)) => {
                    self.progress.begin(file, n_bytes);
                    Counted::new(opened, &self.progress)
                }
                Err(error) => {
                    self.totals.note_unopened(file, &error);
                    continue;
                }
            };
            let summary = skep_import::read(opened, limits, &mut |request| {
                let units = u32::try_from(request.body.len() / UNIT_BYTES + 1).unwrap_or(u32::MAX);
                let permit = handle.block_on(Arc::clone(&self.budget).acquire_many_owned(units));
                let is_queued = permit.is_ok_and(|permit| queue.blocking_send((request, permit)).is_ok());
                if is_queued && !self.is_stopped() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            self.totals.note_file(file, &summary);
        }
    }

    /// Passes requests on until there are no more.
    async fn work(self: Arc<Self>, target: Target, requests: Arc<Mutex<mpsc::Receiver<Queued>>>) {
        let mut sender = target.sender();
        while let Some((request, _permit)) = self.next(&requests).await {
            match sender.send(request).await {
                Ok(taken) => self.totals.note_request(&taken),
                Err(failure) => {
                    self.totals.note_failure(&failure);
                    self.is_stopped.send_replace(true);
                    return;
                }
            }
        }
    }

    /// The next request; what is queued when it is stopped is still taken.
    async fn next(&self, requests: &Mutex<mpsc::Receiver<Queued>>) -> Option<Queued> {
        let mut requests = requests.lock().await;
        let mut stopped = self.is_stopped.subscribe();
        tokio::select! {
            biased;
            queued = requests.recv() => queued,
            _ = stopped.wait_for(|is_stopped| *is_stopped) => None,
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
async fn interrupts(import: Arc<Import>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        import.is_stopped.send_replace(true);
        eprintln!("skep: stopping after what is under way");
    }
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(INTERRUPTED);
    }
}
