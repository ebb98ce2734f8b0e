//! What was received, in order, as it was sent: the truth that everything else can be made from again.

mod codec;

pub(crate) use codec::{compress, decompress};

use crate::append::KeptBits;
use rusqlite::{Connection, OptionalExtension, Row, params};
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
    /// `x-honeycomb-dataset`, if the sender set it; of Honeycomb's own events the dataset in their path.
    pub dataset: Option<Text>,
    /// Events in the body, repeats of earlier ones included.
    pub n_events: u64,
    /// The body as sent, decompressed; a single event of Honeycomb's as a batch of one.
    pub body: Vec<u8>,
}

/// One request as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFrame {
    /// As in [`LogEntry::seq`].
    pub seq: u64,
    /// As in [`LogEntry::received`].
    pub received: Nanos,
    /// As in [`LogEntry::signal`].
    pub signal: Signal,
    /// As in [`LogEntry::encoding`].
    pub encoding: Encoding,
    /// As in [`LogEntry::dataset`].
    pub dataset: Option<Text>,
    /// As in [`LogEntry::n_events`].
    pub n_events: u64,
    /// Bytes of the body, decompressed.
    pub raw_bytes: usize,
    /// The body as one frame of zstd (RFC 8878) with its size and a checksum. One frame after another is a body again.
    pub frame: Vec<u8>,
}

impl LogFrame {
    /// The request again; nothing where its bytes are damaged.
    #[must_use]
    pub fn open(&self) -> Option<LogEntry> {
        let Self { seq, received, signal, encoding, ref dataset, n_events, raw_bytes, ref frame } = *self;
        let Some(body) = decompress(frame, raw_bytes) else {
            tracing::warn!(seq, "a request in the log is damaged and left out");
            return None;
        };
        Some(LogEntry { seq, received, signal, encoding, dataset: dataset.clone(), n_events, body })
    }
}

/// A point between two entries of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition {
    /// The entry before the point; 0 at the very beginning.
    pub seq: u64,
    /// Events in all entries up to there.
    pub events: u64,
    /// Their bytes, compressed.
    pub bytes: u64,
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

pub(crate) fn signal_code(signal: Signal) -> i64 {
    match signal {
        Signal::Traces => 0,
        Signal::Metrics => 1,
        Signal::Logs => 2,
    }
}

pub(crate) fn encoding_code(encoding: Encoding) -> i64 {
    match encoding {
        Encoding::Protobuf => 0,
        Encoding::Json => 1,
        Encoding::HoneycombJson => 2,
        Encoding::HoneycombMsgpack => 3,
        Encoding::HoneycombMarker => 4,
    }
}

pub(crate) fn signal_of(code: i64) -> Option<Signal> {
    Signal::ALL.get(usize::try_from(code).ok()?).copied()
}

pub(crate) fn encoding_of(code: i64) -> Option<Encoding> {
    match code {
        0 => Some(Encoding::Protobuf),
        1 => Some(Encoding::Json),
        2 => Some(Encoding::HoneycombJson),
        3 => Some(Encoding::HoneycombMsgpack),
        4 => Some(Encoding::HoneycombMarker),
        _ => None,
    }
}

/// Adds an entry within the caller's transaction and tells its place.
pub(crate) fn insert(db: &Connection, entry: &NewEntry, kept: Option<&KeptBits>) -> rusqlite::Result<u64> {
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

/// When the oldest entry after `seq` came; nothing when there is none.
pub(crate) fn oldest_after(db: &Connection, seq: u64) -> rusqlite::Result<Option<Nanos>> {
    db.prepare_cached("SELECT received_ns FROM log WHERE seq > ?1 ORDER BY seq LIMIT 1")?
        .query_row([seq.cast_signed()], |row| row.get::<_, i64>(0))
        .optional()
        .map(|ns| ns.map(|ns| Nanos(ns.cast_unsigned())))
}

/// The last place the log has ever given to an entry.
pub(crate) fn end_seq(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'log'")?
        .query_row([], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))
}

/// A piece of the log.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// In order, without those that are damaged around their bodies; whether a body is, shows when it is opened.
    pub(crate) frames: Vec<LogFrame>,
    /// The last place looked at; none at the log's end.
    pub(crate) last_seq: Option<u64>,
}

/// Reads up to `n_limit` entries after `seq`, in order, and stops early once their bodies reach `bytes_limit`.
pub(crate) fn read(
    db: &Connection,
    after_seq: u64,
    n_limit: u32,
    bytes_limit: usize,
) -> rusqlite::Result<Piece> {
    let mut piece = Piece::default();
    let mut n_bytes = 0;
    each(db, after_seq, n_limit, |seq, row| {
        piece.last_seq = Some(seq);
        if let Some(frame) = frame(seq, row) {
            n_bytes += frame.raw_bytes;
            piece.frames.push(frame);
        }
        Ok(n_bytes < bytes_limit)
    })?;
    Ok(piece)
}

/// Hands every entry after `seq` to `take`, in order, with nothing for one whose bytes are damaged: it costs only
/// itself.
pub(crate) fn replay(
    db: &Connection,
    after_seq: u64,
    mut take: impl FnMut(u64, Option<Replayed>),
) -> rusqlite::Result<()> {
    each(db, after_seq, u32::MAX, |seq, row| {
        let kept = row.get::<_, Option<Vec<u8>>>(8)?.map(KeptBits);
        let entry = frame(seq, row).and_then(|frame| frame.open());
        take(seq, entry.map(|entry| Replayed { entry, kept }));
        Ok(true)
    })
}

fn each(
    db: &Connection,
    after_seq: u64,
    n_limit: u32,
    mut take: impl FnMut(u64, &Row<'_>) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "SELECT seq, received_ns, signal, encoding, dataset, n_events, raw_bytes, body, kept
         FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = statement.query(params![after_seq.cast_signed(), n_limit])?;
    while let Some(row) = rows.next()? {
        if !take(row.get::<_, i64>(0)?.cast_unsigned(), row)? {
            break;
        }
    }
    Ok(())
}

/// Nothing where a value is not what was written.
fn frame(seq: u64, row: &Row<'_>) -> Option<LogFrame> {
    let read = intact_frame(seq, row);
    if read.is_none() {
        tracing::warn!(seq, "a request in the log is damaged and left out");
    }
    read
}

fn intact_frame(seq: u64, row: &Row<'_>) -> Option<LogFrame> {
    let number = |idx| row.get::<_, i64>(idx).ok();
    let signal = signal_of(number(2)?)?;
    let encoding = encoding_of(number(3)?)?;
    Some(LogFrame {
        seq,
        received: Nanos(number(1)?.cast_unsigned()),
        signal,
        encoding,
        dataset: row.get::<_, Option<String>>(4).ok()?.map(Text::from),
        n_events: number(5)?.cast_unsigned(),
        raw_bytes: usize::try_from(number(6)?).ok()?,
        frame: row.get_ref(7).ok()?.as_blob().ok()?.to_vec(),
    })
}
