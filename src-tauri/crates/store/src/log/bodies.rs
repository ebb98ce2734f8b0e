//! Large bodies lie beside the database until they are sealed: in a flat file of their own, whose parts are used again
//! and again. SQLite writes a value of many pages twice, each page with its place among the others; here it is written
//! once, and compressing it first would cost more than that.
//!
//! Which bodies lie where is said by the log's rows alone. A body is synced before the row that names it is committed,
//! and its part is used again only after the row's deletion was: so whatever row there is, its bytes are whole.

use super::room::Room;
use crate::{open, schema};
use rusqlite::ffi;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A body of at least so many bytes, decompressed, may lie beside. Beside costs a second sync, which smaller ones are
/// not worth.
pub(crate) const BESIDE_BYTES_MIN: u64 = 64 << 10;

/// Where a body lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) at: u64,
    pub(crate) n_bytes: u64,
}

/// The file as the writer has it.
#[derive(Debug)]
pub(crate) struct Bodies {
    file: File,
    /// Locked by those who read: see [`Reading`].
    reading: File,
    room: Room,
    n_bytes: u64,
    is_synced: bool,
    /// Entries up to this one have left the log.
    gone_seq: u64,
    /// Someone was reading when they left: their parts are not free yet.
    is_read: bool,
}

impl Bodies {
    /// Opens the file, making it if there is none. `taken` are the parts that entries of the log have.
    pub(crate) fn open(dir: &Path, taken: &[(u64, Place)]) -> io::Result<Self> {
        let path = dir.join(schema::BODIES_NAME);
        let is_new = !path.exists();
        let file = open::private_file(&path)?;
        let reading = open::private_file(&dir.join(schema::READING_NAME))?;
        // Its name has to last as long as what is written under it.
        #[cfg(unix)]
        if is_new {
            File::open(dir)?.sync_all()?;
        }
        let mut room = Room::default();
        for (seq, Place { at, n_bytes }) in taken {
            room.take_at(*at, *n_bytes, *seq);
        }
        let n_bytes = file.metadata()?.len();
        let mut bodies = Self { file, reading, room, n_bytes, is_synced: true, gone_seq: 0, is_read: false };
        bodies.shrink();
        Ok(bodies)
    }

    /// Writes a body where there is room within `bytes_max`, and tells where; nothing where there is none. It is synced
    /// by [`Bodies::sync`] and belongs to nobody before [`Bodies::assign`].
    pub(crate) fn put(&mut self, body: &[u8], bytes_max: u64) -> io::Result<Option<Place>> {
        if self.is_read {
            self.reclaim();
        }
        let n_bytes = body.len() as u64;
        let Some(at) = self.room.take(n_bytes, bytes_max) else { return Ok(None) };
        self.is_synced = false;
        self.n_bytes = self.n_bytes.max(at + n_bytes);
        write_at(&self.file, body, at)?;
        Ok(Some(Place { at, n_bytes }))
    }

    /// Says which entry a body belongs to.
    pub(crate) fn assign(&mut self, place: Place, seq: u64) {
        self.room.assign(place.at, seq);
    }

    /// Returns when everything that was put is on disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if !self.is_synced {
            self.file.sync_data()?;
            self.is_synced = true;
        }
        Ok(())
    }

    /// Entries up to this one have left the log, and that is on disk.
    pub(crate) fn free_up_to(&mut self, last_seq: u64) {
        if last_seq > self.gone_seq {
            self.gone_seq = last_seq;
            self.reclaim();
        }
    }

    /// Entries after this one were not committed.
    pub(crate) fn free_after(&mut self, last_seq: u64) {
        self.room.free_after(last_seq);
    }

    /// Makes what entries left free for others, unless someone reads; then it is tried again later.
    fn reclaim(&mut self) -> bool {
        match self.reading.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                self.is_read = true;
                return false;
            }
            // Where there are no locks nobody waits for one either: a reader finds other bytes than it looks for, and
            // says so.
            Err(TryLockError::Error(error)) => tracing::debug!(%error, "who reads cannot be told"),
        }
        // Whoever begins to read from now on finds none of these entries.
        self.reading.unlock().ok();
        self.room.free_up_to(self.gone_seq);
        self.is_read = false;
        true
    }

    /// Gives back what lies behind the last body.
    pub(crate) fn shrink(&mut self) {
        if self.n_bytes == self.room.end() || !self.reclaim() || self.n_bytes <= self.room.end() {
            return;
        }
        match self.file.set_len(self.room.end()) {
            Ok(()) => self.n_bytes = self.room.end(),
            Err(error) => tracing::warn!(%error, "the file of bodies stays as long as it is"),
        }
    }

    /// Whether no entry has its body here.
    pub(crate) fn is_empty(&self) -> bool {
        self.room.end() == 0
    }

    /// Bytes of the file.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }
}

/// The file as those who only read have it.
#[derive(Debug)]
pub(crate) struct BodiesReader {
    /// Nothing where there is none.
    file: Option<Mutex<File>>,
}

impl BodiesReader {
    pub(crate) fn open(dir: &Path) -> Self {
        Self { file: File::open(dir.join(schema::BODIES_NAME)).ok().map(Mutex::new) }
    }

    /// What lies at a place; nothing where that cannot be had.
    pub(crate) fn read(&self, place: Place) -> Option<Vec<u8>> {
        let mut file = self.file.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        // Before memory is asked for: a damaged row may say any number.
        let end = place.at.checked_add(place.n_bytes)?;
        if end > file.metadata().ok()?.len() {
            return None;
        }
        let n_bytes = usize::try_from(place.n_bytes).ok()?;
        let mut bytes = Vec::with_capacity(n_bytes);
        file.seek(SeekFrom::Start(place.at)).ok()?;
        (&mut *file).take(place.n_bytes).read_to_end(&mut bytes).ok()?;
        (bytes.len() == n_bytes).then_some(bytes)
    }
}

/// While a second process has this, no body is written over. It is had before the moment that is read, so that what was
/// freed before is none of its business; a body that cannot be put beside meanwhile goes into the database.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Nothing where there is no such file, or it cannot be locked: then nobody writes either, or it has to be risked.
    _lock: Option<File>,
}

impl Reading {
    pub(crate) fn begin(dir: &Path) -> Self {
        let file = File::open(dir.join(schema::READING_NAME)).ok();
        Self { _lock: file.filter(|file| file.lock_shared().is_ok()) }
    }
}

/// A failure of this file as one of the database's, so that it is judged by the same rules.
pub(crate) fn as_sqlite(error: &io::Error) -> rusqlite::Error {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let code = match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => ffi::SQLITE_FULL,
        _ => ffi::SQLITE_IOERR,
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(format!("beside the file: {error}")))
}

#[cfg(unix)]
fn write_at(file: &File, body: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, body, at)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, body: &[u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    io::Write::write_all(&mut file, body)
}
