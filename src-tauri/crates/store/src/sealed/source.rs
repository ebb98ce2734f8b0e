//! Where sealed segments are read: connections of their own, and what was read last.

use super::layout::{page_of, part_id, part_no};
use super::rare::RareFields;
use super::traces::{TraceFilter, TraceTable};
use crate::error::{OpenError, ReadError};
use crate::open;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use rusqlite::Connection;
use skep_model::{Bitmap, Codes, Column, Dictionary};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Decoded columns kept, in bytes. Thirty columns of five million events take about this much.
const CACHE_BYTES: u64 = 260 << 20;

/// The same for a process that answers one question: few columns are looked at twice, and reading those again costs
/// less than memory that was not used before.
const ONE_QUESTION_CACHE_BYTES: u64 = 24 << 20;

/// Entries the cache makes room for at first.
const CACHE_ENTRIES: usize = 4096;

/// Connections at most; who comes later waits. A query reads with as many threads as there are cores.
const CONNECTIONS_MAX: usize = 8;

/// Something decoded.
#[derive(Clone, Debug)]
pub(crate) enum Cached {
    Column(Column),
    /// Of a column whose codes nobody asked for.
    Dictionary(Arc<Dictionary>),
    /// Times, ends, or hashes.
    Words(Arc<[u64]>),
    /// Kinds, flags or ids.
    Bytes(Arc<[u8]>),
    /// Which resource or scope.
    Codes(Codes),
    /// Which rows are something.
    Rows(Arc<Bitmap>),
    Traces(Arc<TraceTable>),
    TraceFilter(Arc<TraceFilter>),
    Rare(Arc<RareFields>),
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<(u64, u32), Cached> for ByBytes {
    fn weight(&self, _: &(u64, u32), cached: &Cached) -> u64 {
        const ENTRY_BYTES: usize = 64;
        let bytes = match cached {
            Cached::Column(column) => column.memory_bytes(),
            Cached::Dictionary(dictionary) => dictionary.memory_bytes(),
            Cached::Words(words) => words.len() * 8,
            Cached::Bytes(bytes) => bytes.len(),
            Cached::Codes(codes) => codes.memory_bytes(),
            Cached::Rows(rows) => rows.n_rows() / 8,
            Cached::Traces(table) => table.memory_bytes(),
            Cached::TraceFilter(filter) => filter.memory_bytes(),
            Cached::Rare(rare) => rare.memory_bytes(),
        };
        (bytes + ENTRY_BYTES) as u64
    }
}

/// The sealed parts of one store. A segment is immutable and stays in the file for as long as anyone holds it, so
/// each read may be a transaction of its own; a second process holds one transaction instead.
pub(crate) struct Source {
    idle: Mutex<Idle>,
    freed: Condvar,
    /// Where to open more connections; nothing for a fixed set.
    dir: Option<PathBuf>,
    cache: Cache<(u64, u32), Cached, ByBytes>,
}

struct Idle {
    connections: Vec<Connection>,
    n_open: usize,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

impl Source {
    /// Reads beside this process's writer.
    pub(crate) fn of_dir(dir: &Path) -> Self {
        Self::new(Vec::new(), Some(dir.to_owned()), CACHE_BYTES)
    }

    /// Reads by these connections only, for one question.
    pub(crate) fn of_connections(connections: Vec<Connection>) -> Self {
        Self::new(connections, None, ONE_QUESTION_CACHE_BYTES)
    }

    fn new(connections: Vec<Connection>, dir: Option<PathBuf>, cache_bytes: u64) -> Self {
        let idle = Idle { n_open: connections.len(), connections };
        let cache = Cache::with_weighter(CACHE_ENTRIES, cache_bytes, ByBytes);
        Self { idle: Mutex::new(idle), freed: Condvar::new(), dir, cache }
    }

    /// Lets go of everything decoded, and of the connections' own caches.
    pub(crate) fn forget(&self) {
        self.cache.clear();
        if self.dir.is_some() {
            let mut idle = self.idle();
            idle.n_open -= idle.connections.len();
            idle.connections.clear();
        }
    }

    /// What was kept under a number.
    pub(crate) fn kept(&self, segment_id: u64, part_no: u32) -> Option<Cached> {
        self.cache.get(&(segment_id, part_no))
    }

    /// Keeps something under a number.
    pub(crate) fn keep(&self, segment_id: u64, part_no: u32, cached: Cached) {
        self.cache.insert((segment_id, part_no), cached);
    }

    /// What was decoded before under a number, or what `decode` makes of it now.
    pub(crate) fn cached(
        &self,
        segment_id: u64,
        part_no: u32,
        decode: impl FnOnce() -> Result<Cached, ReadError>,
    ) -> Result<Cached, ReadError> {
        if let Some(cached) = self.kept(segment_id, part_no) {
            return Ok(cached);
        }
        let cached = decode()?;
        self.keep(segment_id, part_no, cached.clone());
        Ok(cached)
    }

    /// Calls `take` with the frame of each part of a column whose page is in `pages`, in order; false when it says
    /// that one is damaged.
    pub(crate) fn frames(
        &self,
        segment_id: u64,
        column: usize,
        pages: std::ops::RangeInclusive<usize>,
        mut take: impl FnMut(usize, &[u8]) -> Option<()>,
    ) -> Result<(), ReadError> {
        self.with_connection(|db| {
            let mut statement =
                db.prepare_cached("SELECT id, body FROM part WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
            let ends = [*pages.start(), *pages.end()].map(|page| part_id(segment_id, part_no(column, page)));
            let mut rows = statement.query(ends)?;
            while let Some(row) = rows.next()? {
                let body = row.get_ref(1)?.as_blob().ok();
                if body.and_then(|body| take(page_of(row.get(0).ok()?), body)).is_none() {
                    return Err(ReadError::DamagedSegment { id: segment_id, column });
                }
            }
            Ok(())
        })
    }

    /// Lends a connection.
    pub(crate) fn with_connection<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let db = self.connection()?;
        let result = read(&db);
        self.give_back(db);
        result
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> Result<Connection, ReadError> {
        let mut idle = self.idle();
        loop {
            if let Some(db) = idle.connections.pop() {
                return Ok(db);
            }
            match &self.dir {
                Some(dir) if idle.n_open < CONNECTIONS_MAX => {
                    idle.n_open += 1;
                    drop(idle);
                    return open::readable(dir).map_err(|error| {
                        self.idle().n_open -= 1;
                        match error {
                            OpenError::Damaged { source, .. } => ReadError::Sqlite(source),
                            _ => ReadError::Sqlite(rusqlite::Error::InvalidQuery),
                        }
                    });
                }
                _ => idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn give_back(&self, db: Connection) {
        self.idle().connections.push(db);
        self.freed.notify_one();
    }
}
