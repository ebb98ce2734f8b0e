use super::counts::{Counts, Taken};
use super::stop::Stop;
use skep_import::{Request, Summary};
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

/// What the budget of bytes is counted in.
const UNIT_BYTES: usize = 1 << 10;

/// How much is under way at a time.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Requests being kept at once: many share one sync of the store.
    pub workers: usize,
    /// Bytes of one request: what is longer and cannot be cut is counted as unreadable.
    pub request_bytes: usize,
    /// Bytes of all requests that were read and are not kept yet; more than one request may have.
    pub in_flight_bytes: usize,
}

/// Where requests are kept. Each worker has one of its own.
pub trait Keeper: Send + 'static {
    /// Keeps a request. One that is refused is no failure; that nothing more can be kept is.
    fn keep(&mut self, request: Request) -> impl Future<Output = Result<Taken, String>> + Send;
}

/// Reads files into a pipeline, whose workers end when it is dropped.
pub struct FileReader {
    bounds: Bounds,
    budget: Arc<Semaphore>,
    queue: mpsc::Sender<Queued>,
    stop: Arc<Stop>,
    runtime: Handle,
}

/// Keep what was read, many requests at a time.
pub struct Workers(JoinSet<()>);

/// A request, whose it is, and what it holds of the budget.
struct Queued {
    request: Request,
    counts: Arc<Counts>,
    _permit: OwnedSemaphorePermit,
}

type Queue = Arc<Mutex<mpsc::Receiver<Queued>>>;

/// Starts a pipeline, in a runtime.
pub fn pipeline<K: Keeper>(bounds: Bounds, stop: Arc<Stop>, keeper: impl Fn() -> K) -> (FileReader, Workers) {
    let (queue, requests) = mpsc::channel(bounds.workers);
    let requests = Arc::new(Mutex::new(requests));
    let mut workers = JoinSet::new();
    for _ in 0..bounds.workers {
        workers.spawn(work(keeper(), Arc::clone(&requests), Arc::clone(&stop)));
    }
    let budget = Arc::new(Semaphore::new(bounds.in_flight_bytes.div_ceil(UNIT_BYTES)));
    (FileReader { bounds, budget, queue, stop, runtime: Handle::current() }, Workers(workers))
}

impl FileReader {
    /// Reads a file to its end, or until it is stopped. Blocks: not for a thread of the runtime.
    pub fn read(&self, file: impl Read, counts: &Arc<Counts>) -> Summary {
        let limits = skep_import::Limits { request_bytes: self.bounds.request_bytes };
        skep_import::read(file, limits, &mut |request| {
            // No more than there is, so that none waits for ever.
            let n_units = (request.body.len() / UNIT_BYTES + 1).min(self.bounds.in_flight_bytes / UNIT_BYTES);
            let n_units = u32::try_from(n_units).unwrap_or(u32::MAX);
            let permit = self.runtime.block_on(Arc::clone(&self.budget).acquire_many_owned(n_units));
            let is_queued = permit.is_ok_and(|permit| {
                let queued = Queued { request, counts: Arc::clone(counts), _permit: permit };
                self.queue.blocking_send(queued).is_ok()
            });
            if is_queued && !self.stop.is_set() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    }
}

impl Workers {
    /// Waits until all that was read is kept, or, once it is stopped, what was under way.
    pub async fn finish(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

/// Keeps requests until there are no more.
async fn work(mut keeper: impl Keeper, requests: Queue, stop: Arc<Stop>) {
    while let Some(Queued { request, counts, _permit }) = next(&requests, &stop).await {
        match keeper.keep(request).await {
            Ok(taken) => counts.note(&taken),
            Err(reason) => return stop.fail(reason),
        }
    }
}

/// The next request; what is queued when it is stopped is still taken.
async fn next(requests: &Mutex<mpsc::Receiver<Queued>>, stop: &Stop) -> Option<Queued> {
    let mut requests = requests.lock().await;
    tokio::select! {
        biased;
        queued = requests.recv() => queued,
        () = stop.wait() => None,
    }
}
