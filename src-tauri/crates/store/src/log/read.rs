//! Reading the log: for the tee, a piece at a time, and whole where it is replayed.

use super::bodies::{BodiesReader, Place};
use super::codec::BODY_BYTES_LIMIT;
use super::{Body, LogEntry, LogFrame, NewEntry, encoding_of, signal_of};
use crate::append::KeptBits;
use rusqlite::{Connection, Row, params};
use skep_model::{Nanos, Text};

/// An entry as it is replayed.
pub(crate) struct Replayed {
    pub(crate) entry: LogEntry,
    /// Which of its events are no repeats; nothing: all. Empty: not known.
    pub(crate) kept: Option<KeptBits>,
}

/// What stands for a body that cannot be had: no frame, so that whoever opens it or is sent it refuses it.
const NO_FRAME: [u8; 1] = [0];

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
    bodies: &BodiesReader,
    after_seq: u64,
    n_limit: u32,
    bytes_limit: usize,
) -> rusqlite::Result<Piece> {
    let mut piece = Piece::default();
    let mut n_bytes = 0;
    each(db, after_seq, n_limit, |seq, row| {
        piece.last_seq = Some(seq);
        if let Some((frame, body)) = frame(seq, row, bodies) {
            n_bytes += frame.raw_bytes;
            let body = body.unwrap_or_else(|| Body::Zstd(NO_FRAME.to_vec()));
            piece.frames.push(LogFrame { body, ..frame });
        }
        Ok(n_bytes < bytes_limit)
    })?;
    Ok(piece)
}

/// Hands every entry after `seq` to `take`, in order, with nothing for one whose bytes are damaged: it costs only
/// itself.
pub(crate) fn replay(
    db: &Connection,
    bodies: &BodiesReader,
    after_seq: u64,
    mut take: impl FnMut(u64, Option<Replayed>),
) -> rusqlite::Result<()> {
    each(db, after_seq, u32::MAX, |seq, row| {
        let kept = row.get::<_, Option<Vec<u8>>>(8)?.map(KeptBits);
        let entry =
            frame(seq, row, bodies).and_then(|(frame, body)| LogFrame { body: body?, ..frame }.open());
        take(seq, entry.map(|entry| Replayed { entry, kept }));
        Ok(true)
    })
}

/// Which entries have their bodies beside, and where; without those that are damaged in saying so.
pub(crate) fn places(db: &Connection) -> rusqlite::Result<Vec<(u64, Place)>> {
    let mut statement = db.prepare_cached("SELECT seq, at, at_bytes FROM log WHERE at IS NOT NULL")?;
    let place = |row: &Row<'_>| {
        let number = |idx| row.get::<_, i64>(idx).ok().map(i64::cast_unsigned);
        Some((number(0)?, Place { at: number(1)?, n_bytes: number(2)? }))
    };
    let places = statement.query_map([], |row| Ok(place(row)))?;
    places.filter_map(Result::transpose).collect()
}

fn each(
    db: &Connection,
    after_seq: u64,
    n_limit: u32,
    mut take: impl FnMut(u64, &Row<'_>) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "SELECT seq, received_ns, signal, encoding, dataset, n_events, raw_bytes, body, kept, at, at_bytes
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

/// An entry without its body, and that where it can be had; nothing where another value is not what was written.
fn frame(seq: u64, row: &Row<'_>, bodies: &BodiesReader) -> Option<(LogFrame, Option<Body>)> {
    let frame = intact_frame(seq, row);
    let body = frame.as_ref().and_then(|frame| intact_body(row, frame.raw_bytes, bodies));
    if body.is_none() {
        tracing::warn!(seq, "a request in the log is damaged and left out");
    }
    frame.map(|frame| (frame, body))
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
        body: Body::Zstd(Vec::new()),
    })
}

fn intact_body(row: &Row<'_>, raw_bytes: usize, bodies: &BodiesReader) -> Option<Body> {
    let in_row = row.get_ref(7).ok()?.as_blob().ok()?;
    let Some(at) = row.get::<_, Option<i64>>(9).ok()? else {
        return Some(Body::Zstd(in_row.to_vec()));
    };
    let n_bytes = row.get::<_, i64>(10).ok()?.cast_unsigned();
    if n_bytes != raw_bytes as u64 || n_bytes > BODY_BYTES_LIMIT {
        return None;
    }
    let body = Body::Plain(bodies.read(Place { at: at.cast_unsigned(), n_bytes })?);
    let is_as_written = NewEntry::checksum(&body).is_some_and(|checksum| checksum.to_le_bytes() == in_row);
    is_as_written.then_some(body)
}
