//! Sealed segments in their tables. Everything here runs within the caller's transaction.

use super::frame;
use super::header::Header;
use super::layout::{RECENT, part_id, part_no};
use super::seal::SealedParts;
use super::segment::SealedSegment;
use super::source::Source;
use crate::error::ReadError;
use rusqlite::{Connection, OptionalExtension, params};
use skep_model::Nanos;
use std::sync::Arc;

/// Parts of a segment have ids from its first to its last.
fn ids(segment_id: u64) -> [i64; 2] {
    [part_id(segment_id, 0), part_id(segment_id + 1, 0) - 1]
}

/// Writes a segment, with the fingerprints of its spans, and tells its id.
pub(crate) fn insert(db: &Connection, sealed: &SealedParts, fingerprints: &[u64]) -> rusqlite::Result<u64> {
    let part_bytes: u64 = sealed.parts.iter().map(|(_, body)| body.len() as u64).sum();
    db.prepare_cached(
        "INSERT INTO segment (last_seq, received_ns, part_bytes, header) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        sealed.last_seq.cast_signed(),
        sealed.received.0.cast_signed(),
        part_bytes.cast_signed(),
        sealed.header.encode()
    ])?;
    let id = db.last_insert_rowid().cast_unsigned();
    let mut statement = db.prepare_cached("INSERT INTO part (id, body) VALUES (?1, ?2)")?;
    let fingerprints: Vec<u8> =
        fingerprints.iter().flat_map(|fingerprint| fingerprint.to_le_bytes()).collect();
    let recent = (!fingerprints.is_empty()).then(|| (part_no(RECENT, 0), frame::wrap_stored(&fingerprints)));
    let mut parts: Vec<&(u32, Vec<u8>)> = sealed.parts.iter().chain(&recent).collect();
    // In order of their keys the tree only ever grows at its end.
    parts.sort_unstable_by_key(|(number, _)| *number);
    for (number, body) in parts {
        statement.execute(params![part_id(id, *number), body])?;
    }
    Ok(id)
}

/// Every readable segment, oldest first.
pub(crate) fn load(db: &Connection, source: &Arc<Source>) -> Result<Vec<Arc<SealedSegment>>, ReadError> {
    let mut statement = db.prepare_cached(
        "SELECT id, last_seq, received_ns, part_bytes, header FROM segment WHERE NOT condemned
         ORDER BY last_seq, id",
    )?;
    let mut rows = statement.query([])?;
    let mut segments = Vec::new();
    while let Some(row) = rows.next()? {
        let number = |idx| row.get::<_, i64>(idx).map(i64::cast_unsigned);
        let id = number(0)?;
        let header = row.get_ref(4)?.as_blob().ok().and_then(Header::decode);
        let Some(header) = header else {
            return Err(ReadError::DamagedSegment { id, column: 0 });
        };
        let (last_seq, received, part_bytes) = (number(1)?, Nanos(number(2)?), number(3)?);
        let source = Arc::clone(source);
        segments.push(Arc::new(SealedSegment::new(id, header, last_seq, received, part_bytes, source)));
    }
    Ok(segments)
}

/// Fingerprints of a segment's spans in order of arrival; none once they are no longer recent.
pub(crate) fn fingerprints(db: &Connection, segment_id: u64) -> rusqlite::Result<Vec<u64>> {
    let body: Option<Vec<u8>> = db
        .prepare_cached("SELECT body FROM part WHERE id = ?1")?
        .query_row([part_id(segment_id, part_no(RECENT, 0))], |row| row.get(0))
        .optional()?;
    let read = |part: &[u8]| {
        let (chunks, rest) = part.as_chunks::<8>();
        rest.is_empty().then(|| chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect())
    };
    // Damage here only means that a retry could double an event.
    Ok(body.and_then(|body| frame::unwrap(&body, read)).unwrap_or_default())
}

/// Deletes a segment's fingerprints.
pub(crate) fn forget_fingerprints(db: &Connection, segment_id: u64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM part WHERE id = ?1")?
        .execute([part_id(segment_id, part_no(RECENT, 0))])?;
    Ok(())
}

/// Makes a segment unreadable for those who come later.
pub(crate) fn condemn(db: &Connection, segment_id: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE segment SET condemned = 1 WHERE id = ?1")?
        .execute([segment_id.cast_signed()])?;
    Ok(())
}

/// Deletes a segment.
pub(crate) fn delete(db: &Connection, segment_id: u64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM part WHERE id BETWEEN ?1 AND ?2")?.execute(ids(segment_id))?;
    db.prepare_cached("DELETE FROM segment WHERE id = ?1")?.execute([segment_id.cast_signed()])?;
    Ok(())
}

/// Deletes segments condemned by a process that ended before it could do so.
pub(crate) fn delete_condemned(db: &Connection) -> rusqlite::Result<()> {
    let mut statement = db.prepare("SELECT id FROM segment WHERE condemned")?;
    let ids = statement.query_map([], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))?;
    for id in ids.collect::<rusqlite::Result<Vec<u64>>>()? {
        let transaction = db.unchecked_transaction()?;
        delete(&transaction, id)?;
        transaction.commit()?;
    }
    Ok(())
}
