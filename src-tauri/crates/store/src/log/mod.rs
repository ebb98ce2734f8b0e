//! What was received, in order, as it was sent: the truth that everything else can be made from again.

mod bodies;
mod codec;
mod read;
mod room;

pub(crate) use bodies::{BESIDE_BYTES_MIN, Bodies, BodiesReader, Place, Reading, as_sqlite};
pub(crate) use codec::{compress, decompress};
pub(crate) use read::{Replayed, places, read, replay};

use crate::append::KeptBits;
use rusqlite::{Connection, OptionalExtension, params};
use skep_model::{Encoding, Nanos, Signal, Text};
use xxhash_rust::xxh3::xxh3_64;

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
    /// The body as it is kept.
    pub body: Body,
}

/// A request's body as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// As it was sent, decompressed.
    Plain(Vec<u8>),
    /// As one frame of zstd (RFC 8878) with its size and a checksum. One frame after another is a body again.
    Zstd(Vec<u8>),
}

impl Body {
    /// Its bytes as they are kept.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Body::Plain(bytes) | Body::Zstd(bytes) => bytes,
        }
    }

    /// As one frame of zstd: of a plain one that takes some milliseconds a megabyte.
    #[must_use]
    pub fn into_zstd(self) -> Vec<u8> {
        match self {
            Body::Plain(body) => compress(&body),
            Body::Zstd(frame) => frame,
        }
    }
}

impl LogFrame {
    /// The request again; nothing where its bytes are damaged.
    #[must_use]
    pub fn open(self) -> Option<LogEntry> {
        let Self { seq, received, signal, encoding, dataset, n_events, raw_bytes, body } = self;
        let body = match body {
            Body::Plain(body) => Some(body),
            Body::Zstd(frame) => decompress(&frame, raw_bytes),
        };
        if body.is_none() {
            tracing::warn!(seq, "a request in the log is damaged and left out");
        }
        body.map(|body| LogEntry { seq, received, signal, encoding, dataset, n_events, body })
    }
}

/// A point between two entries of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition {
    /// The entry before the point; 0 at the very beginning.
    pub seq: u64,
    /// Events in all entries up to there.
    pub events: u64,
    /// Bytes of their bodies as the log keeps them.
    pub bytes: u64,
}

/// An entry on its way in.
#[derive(Debug)]
pub(crate) struct NewEntry {
    pub(crate) received: Nanos,
    pub(crate) signal: Signal,
    pub(crate) encoding: Encoding,
    pub(crate) dataset: Option<Text>,
    pub(crate) n_events: u64,
    pub(crate) raw_bytes: u64,
    pub(crate) body: Body,
    /// The XXH3-64 of a plain body. A frame has a checksum of its own.
    pub(crate) checksum: Option<u64>,
}

impl NewEntry {
    /// What tells a plain body's damage.
    pub(crate) fn checksum(body: &Body) -> Option<u64> {
        match body {
            Body::Plain(bytes) => Some(xxh3_64(bytes)),
            Body::Zstd(_) => None,
        }
    }
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

/// Adds an entry within the caller's transaction, its body beside where there is room within `bodies_bytes_max`, and
/// tells its place and how many bytes its body has now.
pub(crate) fn insert(
    db: &Connection,
    bodies: &mut Bodies,
    bodies_bytes_max: u64,
    entry: NewEntry,
    kept: Option<&KeptBits>,
) -> rusqlite::Result<(u64, u64)> {
    let NewEntry { received, signal, encoding, dataset, n_events, raw_bytes, body, checksum } = entry;
    // A frame lies in its row.
    let place = match (&body, checksum) {
        (Body::Plain(bytes), Some(checksum)) => {
            let place = bodies.put(bytes, bodies_bytes_max).map_err(|error| as_sqlite(&error))?;
            place.map(|place| (place, checksum))
        }
        _ => None,
    };
    let in_row = match place {
        Some((_, checksum)) => checksum.to_le_bytes().to_vec(),
        None => body.into_zstd(),
    };
    let place = place.map(|(place, _)| place);
    let n_bytes = place.map_or(in_row.len() as u64, |place| place.n_bytes);
    db.prepare_cached(
        "INSERT INTO log (received_ns, signal, encoding, dataset, n_events, raw_bytes, body, kept, at, at_bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        received.0.cast_signed(),
        signal_code(signal),
        encoding_code(encoding),
        dataset.as_deref(),
        n_events.cast_signed(),
        raw_bytes.cast_signed(),
        in_row,
        kept.map(|bits| &bits.0),
        place.map(|place| place.at.cast_signed()),
        place.map(|place| place.n_bytes.cast_signed()),
    ])?;
    let seq = db.last_insert_rowid().cast_unsigned();
    if let Some(place) = place {
        bodies.assign(place, seq);
    }
    Ok((seq, n_bytes))
}

/// When the oldest entry after `seq` came; nothing when there is none.
pub(crate) fn oldest_after(db: &Connection, seq: u64) -> rusqlite::Result<Option<Nanos>> {
    db.prepare_cached("SELECT received_ns FROM log WHERE seq > ?1 ORDER BY seq LIMIT 1")?
        .query_row([seq.cast_signed()], |row| row.get::<_, i64>(0))
        .optional()
        .map(|ns| ns.map(|ns| Nanos(ns.cast_unsigned())))
}

/// SQL for how many bytes an entry's body has as it is kept.
pub(crate) const BODY_BYTES: &str = "coalesce(at_bytes, length(body))";

/// The last place the log has ever given to an entry.
pub(crate) fn end_seq(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'log'")?
        .query_row([], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))
}
