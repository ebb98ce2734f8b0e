//! The second thread: it turns segments into bytes, so that the writer need not stop receiving for that, and it tells
//! the writer when time passes. It never writes the file.

use crate::error::ReadError;
use crate::sealed::{SealedParts, SealedSegment, seal};
use crate::segment::MemorySegment;
use crate::writer::Command;
use skep_model::{Text, TraceId, fields};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use tokio::sync::mpsc;

/// How often the writer looks for what is due when nothing arrives.
pub(crate) const TICK: Duration = Duration::from_secs(1);

/// Work on segments that nobody changes meanwhile.
pub(crate) enum Job {
    /// Frozen segments, the oldest ones, become one in the file.
    Seal(Vec<Arc<MemorySegment>>),
    /// Sealed segments become one, or fewer rows.
    Rewrite(Vec<Arc<SealedSegment>>, Keep),
}

/// Which rows a rewritten segment keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keep {
    /// Rows of these services leave.
    pub(crate) without_services: HashSet<Text>,
    /// Every row leaves but those of pinned traces.
    pub(crate) pinned_only: bool,
    /// Rows of these traces stay whatever else is said.
    pub(crate) pinned: Arc<HashSet<TraceId>>,
}

/// A job's result.
pub(crate) enum Done {
    Seal { n_frozen: usize, n_spans: usize, sealed: Option<SealedParts> },
    Rewrite { old: Vec<Arc<SealedSegment>>, result: Result<Option<SealedParts>, ReadError> },
}

/// The writer's ends of the channels.
pub(crate) struct Worker {
    pub(crate) jobs: SyncSender<Job>,
    pub(crate) done: Receiver<Done>,
}

impl Worker {
    /// Starts the thread. It ends when the writer does.
    pub(crate) fn start(writer: mpsc::WeakSender<Command>) -> std::io::Result<Self> {
        // One job at a time: the writer asks for the next when it has the last one's result.
        let (jobs, queue) = sync_channel(1);
        let (results, done) = sync_channel(1);
        std::thread::Builder::new().name("store-worker".into()).spawn(move || {
            loop {
                match queue.recv_timeout(TICK) {
                    Ok(job) => {
                        if results.send(run(job)).is_err() {
                            return;
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                // With a full queue the writer is awake anyway; without a sender the store is closing.
                let Some(writer) = writer.upgrade() else { continue };
                writer.try_send(Command::Tend).ok();
            }
        })?;
        Ok(Self { jobs, done })
    }
}

fn run(job: Job) -> Done {
    match job {
        Job::Seal(inputs) => Done::Seal {
            n_frozen: inputs.len(),
            n_spans: inputs.iter().map(|input| input.census.kinds[0] as usize).sum(),
            sealed: seal(&inputs, |_, _| true),
        },
        Job::Rewrite(old, keep) => {
            let result = rewrite(&old, &keep);
            Done::Rewrite { old, result }
        }
    }
}

fn rewrite(old: &[Arc<SealedSegment>], keep: &Keep) -> Result<Option<SealedParts>, ReadError> {
    let inputs: Result<Vec<Arc<MemorySegment>>, ReadError> =
        old.iter().map(|segment| Ok(Arc::new(segment.slice(0..segment.n_rows())?))).collect();
    Ok(seal(&inputs?, |segment, row| keep.keeps(segment, row)))
}

impl Keep {
    fn keeps(&self, segment: &MemorySegment, row: usize) -> bool {
        if !self.pinned.is_empty() && segment.trace_id(row).is_some_and(|id| self.pinned.contains(&id)) {
            return true;
        }
        !self.pinned_only && !self.without_services.contains(segment.service(row))
    }
}

/// A resource's service, by Honeycomb's rule for those that do not say.
pub(crate) fn service_of(resource: &skep_model::Resource) -> &str {
    resource.service_name().unwrap_or(fields::UNKNOWN_SERVICE)
}
