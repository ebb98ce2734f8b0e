//! What leaves when a cap is reached: the oldest segments, and with them their log entries.

use crate::counters::Counters;
use crate::memory::Surplus;
use rusqlite::{Connection, params};

/// What a destination is told of entries that left before they could be sent.
const LEFT_UNSENT: &str = "left the store at its cap before it could be sent";

/// Bytes of the file that hold something. Freed pages are used again before the file grows.
pub(crate) fn used_bytes(db: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0).map(i64::cast_unsigned));
    Ok((pragma("page_count")? - pragma("freelist_count")?) * pragma("page_size")?)
}

/// Lets `surplus` leave, within the caller's transaction.
///
/// Entries that a destination has yet to pass stay in the log, unreadable but unsent, unless `for_space`: then they
/// go, and are counted as refused in its ledger.
pub(crate) fn evict(
    db: &Connection,
    surplus: &Surplus,
    for_space: bool,
    counters: &mut Counters,
) -> rusqlite::Result<()> {
    counters.evicted += surplus.n_rows;
    counters.floor_seq = surplus.last_seq;
    let floor = surplus.last_seq.cast_signed();
    if for_space {
        db.execute(
            "UPDATE destination SET (refused, cursor_events, cursor_seq, last_refusal) = (
                 SELECT refused + n, cursor_events + n, ?1, ?2 FROM (
                     SELECT coalesce(sum(n_events), 0) AS n FROM log
                     WHERE seq > cursor_seq AND seq <= ?1))
             WHERE enabled AND cursor_seq < ?1",
            params![floor, LEFT_UNSENT],
        )?;
    }
    trim(db, surplus.last_seq)
}

/// Deletes entries that are neither readable nor awaited by a destination, within the caller's transaction.
pub(crate) fn trim(db: &Connection, floor_seq: u64) -> rusqlite::Result<()> {
    db.execute(
        "DELETE FROM log WHERE seq <= min(?1, coalesce(
             (SELECT min(cursor_seq) FROM destination WHERE enabled), ?1))",
        [floor_seq.cast_signed()],
    )?;
    Ok(())
}
