//! Everything that can be asked of one moment of the store. Works the same beside a running engine and on a file
//! that a second process reads.

mod ask;
mod logs;
mod marks;
mod memos;
mod orders;
mod shape;
mod totals;
mod trace;
mod traces;

pub use ask::AskError;
pub(crate) use ask::filter;
pub use logs::{LogFilter, LogList};
pub use marks::{MARKS_MAX, Marker};
pub use orders::OrderId;
pub use shape::{OtherTrace, TraceShape};
pub use trace::{
    Analysis, Mark, MarkKind, Order, OrderBy, Picture, PictureSpec, SpanRef, SpanView, TraceView,
};
pub use traces::{PlacedTrace, TRACE_FIELDS, TraceFilter, TraceList, TraceSort, TraceSummary};

use crate::scan::SnapshotScan;
use memos::Memos;
use orders::Orders;
use skep_model::TraceId;
use skep_query::{Cancel, Scan};
use skep_store::Snapshot;
use std::sync::Arc;
use std::time::Duration;
use totals::Totals;
use trace::TraceCache;

/// One moment of the store. Cheap to make and to clone; holding it costs memory, never locks.
#[derive(Clone)]
pub struct View {
    snapshot: Arc<Snapshot>,
    scan: SnapshotScan,
    known: Arc<Known>,
}

/// What views of one store have found out, for those to come.
#[derive(Default)]
pub(crate) struct Known {
    traces: TraceCache,
    totals: Totals,
    orders: Orders,
    memos: Memos,
}

/// What nobody has asked for during so long is let go.
const IDLE_MAX: Duration = Duration::from_secs(120);

impl Known {
    /// Nothing yet; lets go by itself of what nobody asks for. Needs a runtime.
    pub(crate) fn let_go_by_itself() -> Arc<Self> {
        let known = Arc::new(Self::default());
        let weak = Arc::downgrade(&known);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(IDLE_MAX).await;
                let Some(known) = weak.upgrade() else { return };
                known.traces.let_go_of_idle();
                known.memos.let_go_of_idle();
            }
        });
        known
    }
}

impl View {
    /// Looks at a snapshot.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>) -> Self {
        Self::beside(snapshot, Arc::default())
    }

    /// Looks at a snapshot beside what earlier ones have found out.
    pub(crate) fn beside(snapshot: Arc<Snapshot>, known: Arc<Known>) -> Self {
        Self { scan: SnapshotScan::new(&snapshot), snapshot, known }
    }

    /// One trace, opened; nothing when the store has no event of it.
    ///
    /// # Errors
    /// When the store cannot be read, or `cancel` was called.
    pub fn trace(&self, trace_id: TraceId, cancel: &Cancel) -> Result<Option<Arc<TraceView>>, AskError> {
        self.known.traces.get(&self.snapshot, trace_id, cancel)
    }

    /// What is looked at.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The fields of the snapshot's segments by the names of the query language, one for one in the same order.
    #[must_use]
    pub fn scan(&self) -> &dyn Scan {
        &self.scan
    }
}
