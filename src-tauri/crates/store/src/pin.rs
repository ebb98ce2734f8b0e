//! Traces that retention leaves alone.

use rusqlite::{Connection, params};
use skep_model::{Nanos, TraceId};
use std::collections::HashSet;

/// Every pinned trace.
pub(crate) fn load(db: &Connection) -> rusqlite::Result<HashSet<TraceId>> {
    let mut statement = db.prepare_cached("SELECT trace_id FROM pin")?;
    let ids = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    Ok(ids
        .collect::<rusqlite::Result<Vec<_>>>()?
        .iter()
        .filter_map(|id| TraceId::from_bytes(id).ok())
        .collect())
}

/// Pins a trace or lets it go, within the caller's transaction.
pub(crate) fn set(db: &Connection, trace_id: TraceId, is_pinned: bool, now: Nanos) -> rusqlite::Result<()> {
    let id = trace_id.as_bytes().as_slice();
    if is_pinned {
        db.prepare_cached("INSERT OR IGNORE INTO pin (trace_id, pinned_ns) VALUES (?1, ?2)")?
            .execute(params![id, now.0.cast_signed()])?;
    } else {
        db.prepare_cached("DELETE FROM pin WHERE trace_id = ?1")?.execute([id])?;
    }
    Ok(())
}
