use super::{TraceView, read};
use crate::view::AskError;
use skep_model::TraceId;
use skep_query::Cancel;
use skep_store::Snapshot;
use std::sync::{Arc, Mutex, PoisonError};

/// Traces kept open: the one that is looked at, and those it is compared with.
const TRACES_MAX: usize = 3;

/// The traces that were opened last. Laying one out costs more than any question about it. An open one holds its
/// segments, and so keeps those that were merged in the file: it is let go when nobody asks for it.
#[derive(Default)]
pub(crate) struct TraceCache {
    /// The one asked for last stands last.
    open: Mutex<Vec<Entry>>,
}

struct Entry {
    trace_id: TraceId,
    /// Held while it is read, so that two questions do not both read it.
    opened: Arc<Mutex<Option<Opened>>>,
    /// Asked for since the last look for idle ones.
    is_used: bool,
}

struct Opened {
    generation: u64,
    trace: Arc<TraceView>,
}

impl TraceCache {
    /// The trace as the snapshot has it; nothing when it has no event of it.
    pub(crate) fn get(
        &self,
        snapshot: &Snapshot,
        trace_id: TraceId,
        cancel: &Cancel,
    ) -> Result<Option<Arc<TraceView>>, AskError> {
        let slot = self.slot(trace_id);
        let mut opened = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &mut *opened {
            if known.generation == snapshot.generation() {
                return Ok(Some(Arc::clone(&known.trace)));
            }
            // Events are never changed: as many as before are the same.
            let mut n_events = 0;
            for segment in snapshot.segments() {
                n_events += segment.rows_of_trace(trace_id)?.len();
            }
            if n_events == known.trace.n_events() {
                known.generation = snapshot.generation();
                return Ok(Some(Arc::clone(&known.trace)));
            }
        }
        let trace = read::read(snapshot, trace_id, cancel)?.map(Arc::new);
        *opened = trace.clone().map(|trace| Opened { generation: snapshot.generation(), trace });
        Ok(trace)
    }

    fn slot(&self, trace_id: TraceId) -> Arc<Mutex<Option<Opened>>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.iter().position(|entry| entry.trace_id == trace_id);
        let mut entry = known
            .map_or_else(|| Entry { trace_id, opened: Arc::default(), is_used: true }, |at| open.remove(at));
        entry.is_used = true;
        let opened = Arc::clone(&entry.opened);
        open.push(entry);
        let n_over = open.len().saturating_sub(TRACES_MAX);
        open.drain(..n_over);
        opened
    }

    /// Lets go of what was not asked for since the last time.
    pub(crate) fn let_go_of_idle(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain_mut(|entry| std::mem::take(&mut entry.is_used));
    }
}
