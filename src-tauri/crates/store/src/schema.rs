//! The tables, and how an older file becomes a newer one.

use crate::recover;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

/// The file's name within the data directory.
pub(crate) const FILE_NAME: &str = "skep.db";

/// Beside it: large bodies of the log.
pub(crate) const BODIES_NAME: &str = "skep.db-bodies";

/// Held with a shared lock by processes that read those.
pub(crate) const READING_NAME: &str = "skep.reading";

/// Held with an exclusive lock by the one process that writes.
pub(crate) const LOCK_NAME: &str = "skep.lock";

/// Each step runs in a transaction; the number of steps done is the file's `user_version`.
const STEPS: &[M<'static>] = &[
    M::up(
    "
    -- What was received, in order of arrival. `seq` never repeats, even after rows left.
    CREATE TABLE log (
        seq          INTEGER PRIMARY KEY AUTOINCREMENT,
        received_ns  INTEGER NOT NULL,
        signal       INTEGER NOT NULL,  -- 0 traces, 1 metrics, 2 logs
        encoding     INTEGER NOT NULL,  -- 0 protobuf, 1 JSON
        dataset      TEXT,              -- x-honeycomb-dataset, as sent
        n_events     INTEGER NOT NULL,  -- events in the body, repeats included
        raw_bytes    INTEGER NOT NULL,  -- length of the body before compression
        body         BLOB NOT NULL      -- the request as sent, zstd
    ) STRICT;

    -- Running totals since the store began.
    CREATE TABLE counter (
        name   TEXT PRIMARY KEY,
        value  INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Where the tee goes, how far it is, and what came back. Keys and headers are kept elsewhere.
    CREATE TABLE destination (
        id                   INTEGER PRIMARY KEY AUTOINCREMENT,
        url                  TEXT NOT NULL UNIQUE,
        enabled              INTEGER NOT NULL,
        cursor_seq           INTEGER NOT NULL,  -- entries up to this one are settled
        cursor_events        INTEGER NOT NULL,  -- events in all entries up to the cursor
        sent                 INTEGER NOT NULL DEFAULT 0,
        acknowledged         INTEGER NOT NULL DEFAULT 0,
        refused              INTEGER NOT NULL DEFAULT 0,
        possible_duplicates  INTEGER NOT NULL DEFAULT 0,
        last_refusal         TEXT,
        last_acknowledged_ns INTEGER
    ) STRICT;
    ",
    ),
    M::up(
        "
    -- Which of the body's events are no repeats, one bit each, the lowest first; NULL: all of them. Empty in entries
    -- older than this column: replaying tells by the spans before.
    ALTER TABLE log ADD COLUMN kept BLOB;
    UPDATE log SET kept = x'';

    -- Sealed segments: what the log held up to `last_seq`, as columns. The bytes are described in the store's README.
    CREATE TABLE segment (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        last_seq     INTEGER NOT NULL,  -- the newest log entry with a row in it
        received_ns  INTEGER NOT NULL,  -- when that entry came
        part_bytes   INTEGER NOT NULL,
        condemned    INTEGER NOT NULL DEFAULT 0,  -- 1: no longer readable, kept for as long as someone still reads it
        header       BLOB NOT NULL
    ) STRICT;

    -- A column's dictionary or one of its pages. The id is segment << 24 | column << 8 | page.
    CREATE TABLE part (
        id    INTEGER PRIMARY KEY,
        body  BLOB NOT NULL
    ) STRICT;

    -- Traces that retention leaves alone.
    CREATE TABLE pin (
        trace_id   BLOB PRIMARY KEY,
        pinned_ns  INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
    ),
    M::up(
        "
    -- The tables stay. New are values of log.encoding (2 Honeycomb's batch in JSON, 3 the same in msgpack, 4 a marker),
    -- and segments of version 2. A program that does not know them would take them for damage, so it must not open the
    -- file.
    ",
    ),
    M::up(
        "
    -- How a destination is sent to is the tee's own affair; its backlog's bound is the store's.
    ALTER TABLE destination ADD COLUMN settings TEXT NOT NULL DEFAULT '';
    ALTER TABLE destination ADD COLUMN backlog_bytes INTEGER;  -- of log.body; NULL: the file's cap alone
    ALTER TABLE destination ADD COLUMN keeps_all INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE destination ADD COLUMN cursor_bytes INTEGER NOT NULL DEFAULT 0;  -- as cursor_events
    ALTER TABLE destination ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE destination ADD COLUMN left_unsent INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE destination ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE destination ADD COLUMN lettered INTEGER NOT NULL DEFAULT 0;
    UPDATE destination SET cursor_bytes = (
        SELECT coalesce(sum(length(body)), 0) FROM log WHERE seq <= cursor_seq);
    INSERT INTO counter (name, value) SELECT 'logged_bytes', coalesce(sum(length(body)), 0) FROM log;

    -- What a destination refused for good, as it was put on the wire.
    CREATE TABLE dead_letter (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        destination  INTEGER NOT NULL,
        refused_ns   INTEGER NOT NULL,
        signal       INTEGER NOT NULL,
        encoding     INTEGER NOT NULL,
        dataset      TEXT,
        n_events     INTEGER NOT NULL,
        reason       TEXT NOT NULL,
        raw_bytes    INTEGER NOT NULL,
        body         BLOB NOT NULL  -- zstd
    ) STRICT;
    CREATE INDEX dead_letter_of ON dead_letter (destination, id);
    ",
    ),
    M::up(
        "
    -- The tables stay. New are segments of version 3, which a program that does not know them would take for damage.
    ",
    ),
    M::up(
        "
    -- A body may lie beside, in skep.db-bodies, as sent; then `body` is the XXH3-64 of it, little-endian.
    ALTER TABLE log ADD COLUMN at INTEGER;  -- where it begins there; NULL: it is in `body`
    ALTER TABLE log ADD COLUMN at_bytes INTEGER;
    CREATE INDEX log_beside ON log (seq) WHERE at IS NOT NULL;
    ",
    ),
];

/// A version above this is no newer file but damage of the header.
const VERSION_MAX: u32 = 0xffff;

fn migrations() -> Migrations<'static> {
    Migrations::from_slice(STEPS)
}

/// Brings the file to the newest form.
pub(crate) fn migrate(db: &mut Connection) -> Result<(), rusqlite_migration::Error> {
    migrations().to_latest(db)
}

/// Of which form a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// It holds nothing: whoever makes it has not come that far.
    None,
    /// One that this version knows.
    Known,
    /// One that it does not know yet.
    Newer,
}

pub(crate) fn form(db: &Connection) -> rusqlite::Result<Form> {
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > VERSION_MAX {
        return Err(recover::corrupt(format!("no Skep has written version {version}")));
    }
    Ok(match version as usize {
        0 => Form::None,
        version if version > STEPS.len() => Form::Newer,
        _ => Form::Known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_valid() {
        migrations().validate().unwrap();
    }

    #[test]
    fn sqlite_is_past_the_wal_reset_defect() {
        // Versions 3.7.0 to 3.51.2 can corrupt a file in WAL mode that two connections use.
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
    }
}
