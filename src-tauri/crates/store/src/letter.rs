//! Dead letters: what a destination refused for good, kept as it was put on the wire, to be looked at and sent again.

use crate::log::{compress, decompress, encoding_code, encoding_of, signal_code, signal_of};
use rusqlite::{Connection, OptionalExtension, Row, params};
use skep_model::{Encoding, Nanos, Signal, Text};

/// Letters of one destination at most; above, the oldest leave.
pub const LETTERS_MAX: usize = 1_000;

/// Their bytes at most, compressed.
pub const LETTERS_BYTES_MAX: usize = 16 << 20;

/// A refused request to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLetter {
    /// When it was refused.
    pub refused_at: Nanos,
    /// Which service it was for.
    pub signal: Signal,
    /// How the body is written.
    pub encoding: Encoding,
    /// As in [`crate::LogEntry::dataset`].
    pub dataset: Option<Text>,
    /// Events in the body.
    pub n_events: u64,
    /// What the destination said.
    pub reason: String,
    /// The body before compression.
    pub body: Vec<u8>,
}

/// One that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Grows, never repeats.
    pub id: u64,
    /// What was refused.
    pub letter: NewLetter,
}

/// Adds letters within the caller's transaction, and lets the oldest go where there are too many.
pub(crate) fn keep(db: &Connection, destination: u64, letters: &[NewLetter]) -> rusqlite::Result<()> {
    if letters.is_empty() {
        return Ok(());
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO dead_letter (destination, refused_ns, signal, encoding, dataset, n_events, reason, raw_bytes, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for letter in letters {
        insert.execute(params![
            destination.cast_signed(),
            letter.refused_at.0.cast_signed(),
            signal_code(letter.signal),
            encoding_code(letter.encoding),
            letter.dataset.as_deref(),
            letter.n_events.cast_signed(),
            letter.reason,
            letter.body.len().cast_signed(),
            compress(&letter.body),
        ])?;
    }
    db.prepare_cached(
        "DELETE FROM dead_letter WHERE destination = ?1 AND id <= (
             SELECT max(id) FROM (
                 SELECT id, row_number() OVER newest AS n, sum(length(body)) OVER newest AS bytes
                 FROM dead_letter WHERE destination = ?1 WINDOW newest AS (ORDER BY id DESC))
             WHERE n > ?2 OR bytes > ?3)",
    )?
    .execute(params![
        destination.cast_signed(),
        LETTERS_MAX.cast_signed(),
        LETTERS_BYTES_MAX.cast_signed()
    ])?;
    count(db, destination)
}

/// Forgets letters within the caller's transaction: these, or all of the destination's.
pub(crate) fn forget(db: &Connection, destination: u64, ids: Option<&[u64]>) -> rusqlite::Result<()> {
    match ids {
        None => {
            db.execute("DELETE FROM dead_letter WHERE destination = ?1", [destination.cast_signed()])?;
        }
        Some(ids) => {
            let mut delete =
                db.prepare_cached("DELETE FROM dead_letter WHERE destination = ?1 AND id = ?2")?;
            for id in ids {
                delete.execute(params![destination.cast_signed(), id.cast_signed()])?;
            }
        }
    }
    count(db, destination)
}

fn count(db: &Connection, destination: u64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE destination SET lettered = (
             SELECT coalesce(sum(n_events), 0) FROM dead_letter WHERE destination = ?1)
         WHERE id = ?1",
    )?
    .execute([destination.cast_signed()])?;
    Ok(())
}

const COLUMNS: &str = "id, refused_ns, signal, encoding, dataset, n_events, reason, raw_bytes, body";

/// The newest letters of a destination, newest first; those whose bytes are damaged are left out.
pub(crate) fn newest(db: &Connection, destination: u64, n_limit: u32) -> rusqlite::Result<Vec<DeadLetter>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM dead_letter WHERE destination = ?1 ORDER BY id DESC LIMIT ?2"
    ))?;
    let letters = statement.query_map(params![destination.cast_signed(), n_limit], |row| Ok(letter(row)))?;
    Ok(letters.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// One letter of a destination; nothing when it is gone or damaged.
pub(crate) fn one(db: &Connection, destination: u64, id: u64) -> rusqlite::Result<Option<DeadLetter>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM dead_letter WHERE destination = ?1 AND id = ?2"))?
        .query_row(params![destination.cast_signed(), id.cast_signed()], |row| Ok(letter(row)))
        .optional()
        .map(Option::flatten)
}

fn letter(row: &Row<'_>) -> Option<DeadLetter> {
    let number = |idx| row.get::<_, i64>(idx).ok();
    let raw_bytes = usize::try_from(number(7)?).ok()?;
    Some(DeadLetter {
        id: number(0)?.cast_unsigned(),
        letter: NewLetter {
            refused_at: Nanos(number(1)?.cast_unsigned()),
            signal: signal_of(number(2)?)?,
            encoding: encoding_of(number(3)?)?,
            dataset: row.get::<_, Option<String>>(4).ok()?.map(Text::from),
            n_events: number(5)?.cast_unsigned(),
            reason: row.get(6).ok()?,
            body: decompress(row.get_ref(8).ok()?.as_blob().ok()?, raw_bytes)?,
        },
    })
}
