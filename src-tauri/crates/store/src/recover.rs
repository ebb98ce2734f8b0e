//! A file that cannot be read is put aside, whole, under a name that says when, and the store begins anew: an app that
//! does not start until someone deletes the right file helps nobody.
//!
//! ```text
//! skep.db      -> skep.db.damaged-20261125T041512Z        sqlite3 opens this one with its side files,
//! skep.db-wal  -> skep.db.damaged-20261125T041512Z-wal    to save what can be saved
//! ```
//!
//! Only whoever holds the directory's lock does this; a reader never moves anything. A newer file, a busy one, a full
//! disk and a failing one are not damage: those are refused as before.

use crate::clock::{Clock, SystemClock};
use crate::error::OpenError;
use crate::schema;
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};
use skep_model::Nanos;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What the store's file and the files beside it end in. The file itself goes first: a kill between two renames
/// then leaves side files without a file, which the next start takes for what they are.
const SUFFIXES: [&str; 5] = ["", "-wal", "-shm", "-journal", "-bodies"];

const DAMAGED: &str = ".damaged-";

/// There when a write found damage: the next start looks through the whole file, however big it is.
const SUSPECT_NAME: &str = "skep.suspect";

/// Up to here every start looks through the whole file, which takes some 0.1 s. Above it, damage is found where it is
/// read, or when a write meets it.
const CHECK_BYTES: u64 = 32 << 20;

/// Names tried when several files are put aside within a second.
const NAMES_TRIED: u32 = 1000;

/// Opens the store by `open`; when the file turns out to be damaged, puts it aside and opens a new one.
pub(crate) fn or_put_aside<T>(
    dir: &Path,
    mut open: impl FnMut() -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    let path = dir.join(schema::FILE_NAME);
    // SQLite would delete a log that it finds beside an empty file, with all that is in it.
    if len(&path) == 0 && len(&with_suffix(&path, "-wal")) > 0 {
        put_aside(&path, "its log lies beside an empty file")?;
    }
    let error = match open() {
        Err(OpenError::Damaged { source, .. }) if is_damage(&source) => source,
        other => return other,
    };
    put_aside(&path, &error.to_string())?;
    open()
}

/// Whether the file says by its state that it is not what was written, rather than the system that it cannot be had.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::NotADatabase
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::TypeMismatch
                // A flipped bit in the header makes a file read-only. One that truly is was refused before SQLite saw
                // it, since it is opened for writing to set its mode.
                | ErrorCode::ReadOnly
                // Tables that are missing, or there already.
                | ErrorCode::Unknown
        ),
        None => matches!(
            error,
            Error::SqlInputError { .. }
                | Error::InvalidColumnType(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::FromSqlConversionFailure(..)
                | Error::Utf8Error(..)
                | Error::InvalidQuery
        ),
    }
}

/// Looks for damage that reading the small tables and the log would not meet, and a later write would.
pub(crate) fn check(db: &Connection, dir: &Path) -> rusqlite::Result<()> {
    // Asks for the write lock and gives it back: refused where the header says read-only.
    db.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
    let path = dir.join(schema::FILE_NAME);
    let suspect = dir.join(SUSPECT_NAME);
    let is_suspect = suspect.exists();
    if is_suspect || len(&path) + len(&with_suffix(&path, "-wal")) <= CHECK_BYTES {
        let found: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            return Err(corrupt(found));
        }
    }
    if is_suspect && let Err(error) = std::fs::remove_file(&suspect) {
        tracing::warn!(%error, "the file will be looked through again at the next start");
    }
    Ok(())
}

/// Notes that a write met damage, if it did.
pub(crate) fn note_failed_write(dir: &Path, error: &rusqlite::Error) {
    if !matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
        return;
    }
    tracing::error!("the store's file is damaged; it will be looked through and put aside at the next start");
    if let Err(error) = File::create(dir.join(SUSPECT_NAME)) {
        tracing::error!(%error, "this could not be noted for the next start");
    }
}

/// The error for what SQLite reads without complaint and is damage all the same.
pub(crate) fn corrupt(found: impl Into<String>) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(found.into()))
}

/// Files that were put aside and are still there, by name.
pub(crate) fn files_aside(dir: &Path) -> Vec<PathBuf> {
    let prefix = format!("{}{DAMAGED}", schema::FILE_NAME);
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_main = |name: &String| {
        name.starts_with(&prefix) && !SUFFIXES[1..].iter().any(|suffix| name.ends_with(suffix))
    };
    let mut files: Vec<PathBuf> = names.filter(is_main).map(|name| dir.join(name)).collect();
    files.sort_unstable();
    files
}

fn put_aside(path: &Path, found: &str) -> Result<(), OpenError> {
    let new = free_name(path);
    let io = |path: &Path, source| OpenError::Io { path: path.to_owned(), source };
    for suffix in SUFFIXES {
        let from = with_suffix(path, suffix);
        match std::fs::rename(&from, with_suffix(&new, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(&from, error)),
            _ => {}
        }
    }
    // The new names last before anything new is written under the old ones.
    #[cfg(unix)]
    if let Some(dir) = path.parent() {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| io(dir, source))?;
    }
    tracing::error!(found, put_aside_as = %new.display(), "the store's file was damaged; a new one was begun");
    Ok(())
}

/// `skep.db.damaged-20261125T041512Z`, and `...Z.1` when that is taken.
fn free_name(path: &Path) -> PathBuf {
    let name = with_suffix(path, &format!("{DAMAGED}{}", timestamp(SystemClock::new().now())));
    let names = (1..NAMES_TRIED).map(|n| with_suffix(&name, &format!(".{n}")));
    let is_free = |name: &PathBuf| SUFFIXES.iter().all(|suffix| !with_suffix(name, suffix).exists());
    std::iter::once(name.clone()).chain(names).find(is_free).unwrap_or(name)
}

/// UTC to the second, in the basic form of ISO 8601, which every file system takes.
fn timestamp(now: Nanos) -> String {
    let moment = Timestamp::from_nanosecond(now.0.into()).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn len(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_utc_to_the_second() {
        let at = |secs: u64| timestamp(Nanos(secs * 1_000_000_000 + 999_999_999));
        assert_eq!(at(0), "19700101T000000Z");
        assert_eq!(at(951_782_399), "20000228T235959Z");
        assert_eq!(at(951_782_400), "20000229T000000Z");
        assert_eq!(at(1_795_580_112), "20261125T041512Z");
        assert_eq!(at(4_107_542_400), "21000301T000000Z");
    }
}
