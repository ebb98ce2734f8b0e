use crate::letter::NewLetter;
use crate::log::{BODY_BYTES, LogPosition};
use rusqlite::{Connection, OptionalExtension, Row, params};
use skep_model::Nanos;

/// Where the tee sends, how far it is and what came back. Counts are events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Stable for the life of the store.
    pub id: u64,
    /// Base URL.
    pub url: String,
    /// Whether anything is sent, and kept for it.
    pub enabled: bool,
    /// How it is sent to.
    pub settings: DestinationSettings,
    /// Entries up to here are settled: acknowledged, refused or left out.
    pub cursor: LogPosition,
    /// Put on the wire, repeats included.
    pub sent: u64,
    /// The destination said yes.
    pub acknowledged: u64,
    /// The destination said no, for good, or they left the log before they could be sent.
    pub refused: u64,
    /// Of the refused, those that left the log before they could be sent.
    pub left_unsent: u64,
    /// Not for it: the settings filter or sample them out.
    pub left_out: u64,
    /// Of the acknowledged, those whose answer said yes in a way that could not be read.
    pub unread: u64,
    /// Of the refused, those that are kept as dead letters.
    pub lettered: u64,
    /// Sent again after no answer came.
    pub possible_duplicates: u64,
    /// What was said of the last refusal.
    pub last_refusal: Option<String>,
    /// When the destination last said yes.
    pub last_acknowledged: Option<Nanos>,
}

impl Destination {
    /// Bytes of bodies that wait for it, of a log of so many.
    pub(crate) fn waiting_bytes(&self, logged_bytes: u64) -> u64 {
        if self.enabled { logged_bytes.saturating_sub(self.cursor.bytes) } else { 0 }
    }

    /// Whether more waits than its bound allows.
    pub(crate) fn is_over_bound(&self, logged_bytes: u64) -> bool {
        let waiting = self.waiting_bytes(logged_bytes);
        !self.settings.keeps_all && self.settings.backlog_bytes.is_some_and(|max| waiting > max)
    }
}

/// What of a destination's settings the store keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DestinationSettings {
    /// The tee's own affair.
    pub text: String,
    /// Bytes of the log that may wait for it. Above, the oldest leave and count as refused. Nothing: the store's cap
    /// alone is the bound.
    pub backlog_bytes: Option<u64>,
    /// Nothing that waits for it leaves; at the cap other events do, and where none are left receiving pauses.
    pub keeps_all: bool,
}

/// Adds or changes a destination; the URL is its identity.
#[derive(Clone, Debug)]
pub struct NewDestination {
    /// The destination to change; by URL when not given.
    pub id: Option<u64>,
    /// Base URL.
    pub url: String,
    /// Whether to send. What arrived while it was off is never sent.
    pub enabled: bool,
    /// How; as it was, or the usual way, when not given.
    pub settings: Option<DestinationSettings>,
}

/// What became of entries: moves a destination's cursor and adds to its ledger, in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// The new cursor; not before the old one. The same as the old one to add to the ledger only.
    pub to_seq: u64,
    /// Put on the wire.
    pub sent: u64,
    /// The destination said yes.
    pub acknowledged: u64,
    /// The destination said no, for good.
    pub refused: u64,
    /// Sent again after no answer came.
    pub possible_duplicates: u64,
    /// Filtered or sampled out.
    pub left_out: u64,
    /// Of the acknowledged, those whose answer could not be read.
    pub unread: u64,
    /// What was said of the refusal, if there was one.
    pub refusal: Option<String>,
    /// What was refused, to be kept.
    pub letters: Vec<NewLetter>,
    /// When the destination said yes, if it did.
    pub acknowledged_at: Option<Nanos>,
}

const COLUMNS: &str = "id, url, enabled, cursor_seq, cursor_events, cursor_bytes, sent, acknowledged, refused, \
                       possible_duplicates, last_refusal, last_acknowledged_ns, settings, backlog_bytes, \
                       keeps_all, left_unsent, left_out, unread, lettered";

fn destination(row: &Row<'_>) -> rusqlite::Result<Destination> {
    let count = |idx| row.get::<_, i64>(idx).map(i64::cast_unsigned);
    Ok(Destination {
        id: count(0)?,
        url: row.get(1)?,
        enabled: row.get(2)?,
        cursor: LogPosition { seq: count(3)?, events: count(4)?, bytes: count(5)? },
        sent: count(6)?,
        acknowledged: count(7)?,
        refused: count(8)?,
        possible_duplicates: count(9)?,
        last_refusal: row.get(10)?,
        last_acknowledged: row.get::<_, Option<i64>>(11)?.map(|ns| Nanos(ns.cast_unsigned())),
        settings: DestinationSettings {
            text: row.get(12)?,
            backlog_bytes: row.get::<_, Option<i64>>(13)?.map(i64::cast_unsigned),
            keeps_all: row.get(14)?,
        },
        left_unsent: count(15)?,
        left_out: count(16)?,
        unread: count(17)?,
        lettered: count(18)?,
    })
}

/// Every destination, in the order they were added.
pub(crate) fn load(db: &Connection) -> rusqlite::Result<Vec<Destination>> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM destination ORDER BY id"))?;
    statement.query_map([], destination)?.collect()
}

/// Adds or changes one within the caller's transaction. `end` is the log's end: sending begins there when the
/// destination is new or was off.
pub(crate) fn put(db: &Connection, new: &NewDestination, end: LogPosition) -> rusqlite::Result<u64> {
    let known = db
        .prepare_cached("SELECT id FROM destination WHERE id = ?1 OR (?1 IS NULL AND url = ?2)")?
        .query_row(params![new.id.map(u64::cast_signed), new.url], |row| row.get::<_, i64>(0))
        .optional()?;
    let id = match known {
        Some(id) => {
            db.prepare_cached(
                "UPDATE destination SET url = ?2, enabled = ?3, cursor_seq = iif(enabled, cursor_seq, ?4),
                     cursor_events = iif(enabled, cursor_events, ?5), cursor_bytes = iif(enabled, cursor_bytes, ?6)
                 WHERE id = ?1",
            )?
            .execute(params![id, new.url, new.enabled, end.seq.cast_signed(), end.events.cast_signed(), end.bytes.cast_signed()])?;
            id
        }
        None => {
            db.prepare_cached(
                "INSERT INTO destination (url, enabled, cursor_seq, cursor_events, cursor_bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                new.url,
                new.enabled,
                end.seq.cast_signed(),
                end.events.cast_signed(),
                end.bytes.cast_signed()
            ])?;
            db.last_insert_rowid()
        }
    };
    if let Some(DestinationSettings { text, backlog_bytes, keeps_all }) = &new.settings {
        db.prepare_cached(
            "UPDATE destination SET settings = ?2, backlog_bytes = ?3, keeps_all = ?4 WHERE id = ?1",
        )?
        .execute(params![id, text, backlog_bytes.map(u64::cast_signed), keeps_all])?;
    }
    Ok(id.cast_unsigned())
}

/// Forgets one within the caller's transaction.
pub(crate) fn remove(db: &Connection, id: u64) -> rusqlite::Result<()> {
    db.execute("DELETE FROM destination WHERE id = ?1", [id.cast_signed()])?;
    Ok(())
}

/// Moves a cursor within the caller's transaction.
pub(crate) fn advance(db: &Connection, id: u64, advance: &Advance) -> rusqlite::Result<()> {
    db.prepare_cached(&format!(
        "UPDATE destination SET (cursor_events, cursor_bytes) = (
             SELECT cursor_events + coalesce(sum(n_events), 0), cursor_bytes + coalesce(sum({BODY_BYTES}), 0)
             FROM log WHERE seq > cursor_seq AND seq <= ?2),
             cursor_seq = max(cursor_seq, ?2), sent = sent + ?3, acknowledged = acknowledged + ?4,
             refused = refused + ?5, possible_duplicates = possible_duplicates + ?6,
             last_refusal = coalesce(?7, last_refusal),
             last_acknowledged_ns = coalesce(?8, last_acknowledged_ns),
             left_out = left_out + ?9, unread = unread + ?10
         WHERE id = ?1"
    ))?
    .execute(params![
        id.cast_signed(),
        advance.to_seq.cast_signed(),
        advance.sent.cast_signed(),
        advance.acknowledged.cast_signed(),
        advance.refused.cast_signed(),
        advance.possible_duplicates.cast_signed(),
        advance.refusal,
        advance.acknowledged_at.map(|ns| ns.0.cast_signed()),
        advance.left_out.cast_signed(),
        advance.unread.cast_signed(),
    ])?;
    Ok(())
}
