//! What was received, in order, as it was sent: the truth that everything else can be made from again.

mod codec;

pub(crate) use codec::{compress, decompress};

use crate::append::KeptBits;
use crate::error::ReadError;
use rusqlite::{Connection, Row, params};
use skep_model::{Encoding, Nanos, Signal, Text};

/// One request as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place in the log; grows, never repeats, may skip.
    pub seq: u64,
    /// When it arrived.
    pub received: Nanos,
    /// By which service.
    pub signal: Signal,
    /// How the body is written.
    pub encoding: Encoding,
    /// `x-honeycomb-dataset`, if the sender set it.
    pub dataset: Option<Text>,
    /// Events in the body, repeats of earlier ones included.
    pub n_events: u64,
    /// The body as sent, decompressed.
    pub body: Vec<u8>,
}

/// A point between two entries of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition {
    /// The entry before the point; 0 at the very beginning.
    pub seq: u64,
    /// Events in all entries up to there.
    pub events: u64,
}

/// A compressed entry on its way in.
#[derive(Debug)]
pub(crate) struct NewEntry {
    pub(crate) received: Nanos,
    pub(crate) signal: Signal,
    pub(crate) encoding: Encoding,
    pub(crate) dataset: Option<Text>,
    pub(crate) n_events: u64,
    pub(crate) raw_bytes: u64,
    pub(crate) compressed: Vec<u8>,
}

/// An entry as it is replayed.
pub(crate) struct Replayed {
    pub(crate) entry: LogEntry,
    /// Which of its events are no repeats; nothing: all. Empty: not known.
    pub(crate) kept: Option<KeptBits>,
}

fn signal_code(signal: Signal) -> i64 {
    match signal {
        Signal::Traces => 0,
        Signal::Metrics => 1,
        Signal::Logs => 2,
    }
}

fn encoding_code(encoding: Encoding) -> i64 {
    match encoding {
        Encoding::Protobuf => 0,
        Encoding::Json => 1,
    }
}

/// Adds an entry within the caller's transaction and tells its place.
pub(crate) fn insert(
    db: &Connection,
    entry: &NewEntry,
    kept: Option<&KeptBits>,
) -> rusqlite::Result<u64> {
    db.prepare_cached(
        "INSERT INTO log (received_ns, signal, encoding, dataset, n_events, raw_bytes, body, kept)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        entry.received.0.cast_signed(),
        signal_code(entry.signal),
        encoding_code(entry.encoding),
        entry.dataset.as_deref(),
        entry.n_events.cast_signed(),
        entry.raw_bytes.cast_signed(),
        entry.compressed,
        kept.map(|bits| &bits.0),
    ])?;
    Ok(db.last_insert_rowid().cast_unsigned())
}

/// Reads up to `n_limit` entries after `seq`, in order, and stops early once their bodies reach `bytes_limit`.
pub(crate) fn read(
    db: &Connection,
    after_seq: u64,
    n_limit: u32,
    bytes_limit: usize,
) -> Result<Vec<LogEntry>, ReadError> {
    let mut entries = Vec::new();
    let mut n_bytes = 0;
    each(db, after_seq, n_limit, |row| {
        let entry = entry(row)?;
        n_bytes += entry.body.len();
        entries.push(entry);
        Ok(n_bytes < bytes_limit)
    })?;
    Ok(entries)
}

/// Hands every entry after `seq` to `take`, in order.
pub(crate) fn replay(
    db: &Connection,
    after_seq: u64,
    mut take: impl FnMut(Replayed),
) -> Result<(), ReadError> {
    each(db, after_seq, u32::MAX, |row| {
        let kept = row.get::<_, Option<Vec<u8>>>(8)?.map(KeptBits);
        take(Replayed { entry: entry(row)?, kept });
        Ok(true)
    })
}

fn each(
    db: &Connection,
    after_seq: u64,
    n_limit: u32,
    mut take: impl FnMut(&Row<'_>) -> Result<bool, ReadError>,
) -> Result<(), ReadError> {
    let mut statement = db.prepare_cached(
        "SELECT seq, received_ns, signal, encoding, dataset, n_events, raw_bytes, body, kept
         FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = statement.query(params![after_seq.cast_signed(), n_limit])?;
    while let Some(row) = rows.next()? {
        if !take(row)? {
            break;
        }
    }
    Ok(())
}

fn entry(row: &Row<'_>) -> Result<LogEntry, ReadError> {
    let seq = row.get::<_, i64>(0)?.cast_unsigned();
    let damaged = || ReadError::Damaged { seq };
    let signal = usize::try_from(row.get::<_, i64>(2)?).ok().and_then(|code| Signal::ALL.get(code).copied());
    let encoding = match row.get(3)? {
        0 => Encoding::Protobuf,
        1 => Encoding::Json,
        _ => return Err(damaged()),
    };
    let raw_bytes = usize::try_from(row.get::<_, i64>(6)?).map_err(|_| damaged())?;
    Ok(LogEntry {
        seq,
        received: Nanos(row.get::<_, i64>(1)?.cast_unsigned()),
        signal: signal.ok_or_else(damaged)?,
        encoding,
        dataset: row.get::<_, Option<String>>(4)?.map(Text::from),
        n_events: row.get::<_, i64>(5)?.cast_unsigned(),
        body: decompress(row.get_ref(7)?.as_blob().map_err(|_| damaged())?, raw_bytes).ok_or_else(damaged)?,
    })
}
