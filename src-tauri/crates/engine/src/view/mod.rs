//! Everything that can be asked of one moment of the store. Works the same beside a running engine and on a file
//! that a second process reads.

mod ask;
mod span;
mod trace;
mod traces;

pub use ask::AskError;
pub use span::SpanView;
pub use trace::{Mark, MarkKind, TraceView};
pub use traces::{TraceFilter, TraceList, TraceSummary};

use crate::scan::SnapshotScan;
use skep_query::Scan;
use skep_store::Snapshot;
use std::sync::Arc;

/// One moment of the store. Cheap to make and to clone; holding it costs memory, never locks.
#[derive(Clone)]
pub struct View {
    snapshot: Arc<Snapshot>,
    scan: SnapshotScan,
}

impl View {
    /// Looks at a snapshot.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>) -> Self {
        Self { scan: SnapshotScan::new(&snapshot), snapshot }
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
