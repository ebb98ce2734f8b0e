//! What leaves when a cap is reached: the oldest events first, but of no service before those that hold more than
//! their fair share.

use crate::log::BODY_BYTES;
use crate::sealed::SealedSegment;
use crate::worker::{Keep, service_of};
use rusqlite::{Connection, OptionalExtension, params};
use skep_model::{Nanos, Text, TraceId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What a destination is told of entries that left before they could be sent.
const LEFT_UNSENT: &str = "left the store at its cap before it could be sent";

/// The same at the bound of its own backlog.
const OVER_BACKLOG: &str = "left the backlog at its bound before it could be sent";

/// Bytes of the file that hold something. Freed pages are used again before the file grows.
pub(crate) fn used_bytes(db: &Connection) -> rusqlite::Result<u64> {
    let pragma = |sql| -> rusqlite::Result<u64> {
        db.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))
    };
    let n_pages = pragma("PRAGMA page_count")? - pragma("PRAGMA freelist_count")?;
    Ok(n_pages * pragma("PRAGMA page_size")?)
}

/// What should leave next.
#[derive(Debug)]
pub(crate) enum Leave {
    /// A whole segment.
    Segment(Arc<SealedSegment>),
    /// A part of its rows.
    Rows(Arc<SealedSegment>, Keep),
}

/// Chooses what leaves for `surplus_bytes` to become free; nothing when there is nothing to choose from.
///
/// Shares are as fair as they can be (max-min): a service that uses less than an equal share keeps everything, and what
/// it leaves over goes to the others.
pub(crate) fn for_space(
    segments: &[Arc<SealedSegment>],
    surplus_bytes: u64,
    pinned: &Arc<HashSet<TraceId>>,
    stuck: &HashSet<u64>,
) -> Option<Leave> {
    let mut bytes_of: HashMap<&str, f64> = HashMap::new();
    for segment in segments {
        for (service, bytes) in shares(segment) {
            *bytes_of.entry(service).or_default() += bytes;
        }
    }
    let greedy = greedy(&bytes_of, surplus_bytes as f64);
    segments.iter().find_map(|segment| {
        let services: HashSet<&str> = shares(segment).map(|(service, _)| service).collect();
        if services.iter().all(|service| !greedy.contains(service)) {
            return None;
        }
        let without_services = services.iter().filter(|service| greedy.contains(*service));
        let keep = Keep {
            pinned_only: services.iter().all(|service| greedy.contains(service)),
            without_services: without_services.map(|service| Text::from(*service)).collect(),
            pinned: Arc::clone(pinned),
        };
        leave(segment, keep, stuck)
    })
}

/// Chooses what is older than `oldest`; nothing when all is newer.
pub(crate) fn for_age(
    segments: &[Arc<SealedSegment>],
    oldest: Nanos,
    pinned: &Arc<HashSet<TraceId>>,
    stuck: &HashSet<u64>,
) -> Option<Leave> {
    let old = segments.iter().filter(|segment| segment.received < oldest);
    let keep = Keep { pinned_only: true, pinned: Arc::clone(pinned), ..Keep::default() };
    old.into_iter().find_map(|segment| leave(segment, keep.clone(), stuck))
}

/// How to let go of some rows of a segment; nothing when it holds only what stays, or cannot be rewritten.
fn leave(segment: &Arc<SealedSegment>, keep: Keep, stuck: &HashSet<u64>) -> Option<Leave> {
    // What cannot be read is not known to hold a pinned trace, and leaves whole.
    let holds_pinned = keep.pinned.iter().any(|id| matches!(segment.rows_of_trace(*id), Ok(Some(_))));
    if keep.pinned_only && !holds_pinned {
        return Some(Leave::Segment(Arc::clone(segment)));
    }
    (!stuck.contains(&segment.id)).then(|| Leave::Rows(Arc::clone(segment), keep))
}

/// Each service's bytes in a segment, estimated by its rows; a service may come more than once.
fn shares(segment: &SealedSegment) -> impl Iterator<Item = (&str, f64)> {
    let bytes_a_row = segment.part_bytes as f64 / segment.n_rows().max(1) as f64;
    let resources = segment.header.resources.iter();
    resources.map(move |(resource, n_rows)| (service_of(resource), f64::from(*n_rows) * bytes_a_row))
}

/// The services above the level at which all that lies above it is the surplus.
fn greedy<'a>(bytes_of: &HashMap<&'a str, f64>, surplus_bytes: f64) -> HashSet<&'a str> {
    let mut by_bytes: Vec<(&str, f64)> = bytes_of.iter().map(|(service, bytes)| (*service, *bytes)).collect();
    by_bytes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let mut above = 0.0;
    let mut n_greedy = by_bytes.len();
    for (idx, (_, bytes)) in by_bytes.iter().enumerate() {
        // Were the level here, the `idx` services above it would have to leave this much.
        if above - bytes * idx as f64 >= surplus_bytes {
            n_greedy = idx;
            break;
        }
        above += bytes;
    }
    by_bytes.into_iter().take(n_greedy.max(1)).map(|(service, _)| service).collect()
}

/// The last entry up to `last_seq` that may leave before it was sent: a destination that keeps everything lets nothing
/// leave beyond its cursor.
pub(crate) fn may_leave_unsent(db: &Connection, last_seq: u64) -> rusqlite::Result<u64> {
    let last_seq = last_seq.min(i64::MAX as u64).cast_signed();
    db.query_row(
        "SELECT min(?1, coalesce((SELECT min(cursor_seq) FROM destination WHERE enabled AND keeps_all), ?1))",
        [last_seq],
        |row| row.get::<_, i64>(0).map(i64::cast_unsigned),
    )
}

/// Deletes the oldest entries that are kept for destinations only, up to `last_seq`: they are counted as refused in
/// the ledgers of those that did not pass them. Within the caller's transaction.
pub(crate) fn drop_unsent(db: &Connection, last_seq: u64) -> rusqlite::Result<()> {
    let last_seq = last_seq.cast_signed();
    db.execute(
        &format!("UPDATE destination {} WHERE enabled AND cursor_seq < ?1", pass_unsent()),
        params![last_seq, LEFT_UNSENT],
    )?;
    db.execute("DELETE FROM log WHERE seq <= ?1", [last_seq])?;
    Ok(())
}

/// Lets a destination's oldest entries pass unsent until no more than its bound wait, within the caller's transaction.
/// `logged_bytes` is the log's end.
pub(crate) fn bound_backlog(db: &Connection, id: u64, logged_bytes: u64) -> rusqlite::Result<()> {
    let id = id.cast_signed();
    let Some((seq, surplus)) = db
        .query_row(
            "SELECT cursor_seq, ?2 - cursor_bytes - backlog_bytes FROM destination
             WHERE id = ?1 AND enabled AND NOT keeps_all AND backlog_bytes < ?2 - cursor_bytes",
            params![id, logged_bytes.cast_signed()],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )
        .optional()?
    else {
        return Ok(());
    };
    let mut statement =
        db.prepare_cached(&format!("SELECT seq, {BODY_BYTES} FROM log WHERE seq > ?1 ORDER BY seq"))?;
    let mut rows = statement.query([seq])?;
    let (mut last_seq, mut left) = (seq, surplus);
    while left > 0
        && let Some(row) = rows.next()?
    {
        last_seq = row.get(0)?;
        left -= row.get::<_, i64>(1)?;
    }
    drop(rows);
    db.execute(
        &format!("UPDATE destination {} WHERE id = ?3", pass_unsent()),
        params![last_seq, OVER_BACKLOG, id],
    )?;
    Ok(())
}

/// Moves a cursor to `?1` over what was not sent, which `?2` explains.
fn pass_unsent() -> String {
    format!(
        "SET (refused, left_unsent, cursor_events, cursor_bytes, cursor_seq, last_refusal) = (
             SELECT refused + n, left_unsent + n, cursor_events + n, cursor_bytes + b, ?1, ?2 FROM (
                 SELECT coalesce(sum(n_events), 0) AS n, coalesce(sum({BODY_BYTES}), 0) AS b FROM log
                 WHERE seq > cursor_seq AND seq <= ?1))"
    )
}

/// Deletes entries that are sealed and that no destination waits for, within the caller's transaction, and tells up to
/// which.
pub(crate) fn trim(db: &Connection, floor_seq: u64) -> rusqlite::Result<u64> {
    let last_seq: i64 = db
        .prepare_cached(
            "SELECT min(?1, coalesce((SELECT min(cursor_seq) FROM destination WHERE enabled), ?1))",
        )?
        .query_row([floor_seq.cast_signed()], |row| row.get(0))?;
    db.prepare_cached("DELETE FROM log WHERE seq <= ?1")?.execute([last_seq])?;
    Ok(last_seq.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_above_a_fair_share_give() {
        let greedy = |bytes: &[(&'static str, f64)], surplus| {
            let mut names: Vec<&str> =
                greedy(&bytes.iter().copied().collect(), surplus).into_iter().collect();
            names.sort_unstable();
            names.join(" ")
        };
        let one_is_chatty = [("chatty", 900.0), ("a", 60.0), ("b", 40.0)];
        assert_eq!(greedy(&one_is_chatty, 1.0), "chatty");
        assert_eq!(greedy(&one_is_chatty, 800.0), "chatty");
        assert_eq!(greedy(&one_is_chatty, 845.0), "a chatty");
        assert_eq!(greedy(&one_is_chatty, 960.0), "a b chatty");
        assert_eq!(greedy(&[("a", 50.0), ("b", 50.0)], 10.0), "a b");
        assert_eq!(greedy(&[("only", 50.0)], 10.0), "only");
    }
}
