use rusqlite::{Connection, params};
use std::ops::AddAssign;

/// Running totals since the store began, in events unless a name says otherwise.
///
/// `received = stored + rejected + dropped + duplicate`, for all events and for spans alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the status page's, explained there")]
pub struct Counters {
    pub received: u64,
    pub stored: u64,
    pub rejected: u64,
    pub dropped: u64,
    pub duplicate: u64,
    pub spans_received: u64,
    pub spans_stored: u64,
    pub spans_rejected: u64,
    pub spans_dropped: u64,
    pub spans_duplicate: u64,
    /// Kept after a repair.
    pub repaired: u64,
    /// Kept after a cut.
    pub truncated: u64,
    /// Stored, and gone again for space.
    pub evicted: u64,
    /// Events in all log entries ever written, repeats included: what the tee counts by.
    pub logged: u64,
    /// Bytes of the bodies of all log entries ever written, as they were kept: what a backlog is bounded by.
    pub logged_bytes: u64,
    /// Entries up to this one are no longer readable: replay begins after it.
    pub floor_seq: u64,
    /// Log entries whose bytes could not be read. Not kept, but found anew by each replay.
    pub damaged: u64,
}

impl Counters {
    /// Every total that is kept, with its stored name; a new field is a compile error here.
    fn fields(&mut self) -> [(&'static str, &mut u64); 16] {
        let Counters {
            received,
            stored,
            rejected,
            dropped,
            duplicate,
            spans_received,
            spans_stored,
            spans_rejected,
            spans_dropped,
            spans_duplicate,
            repaired,
            truncated,
            evicted,
            logged,
            logged_bytes,
            floor_seq,
            damaged: _,
        } = self;
        [
            ("received", received),
            ("stored", stored),
            ("rejected", rejected),
            ("dropped", dropped),
            ("duplicate", duplicate),
            ("spans_received", spans_received),
            ("spans_stored", spans_stored),
            ("spans_rejected", spans_rejected),
            ("spans_dropped", spans_dropped),
            ("spans_duplicate", spans_duplicate),
            ("repaired", repaired),
            ("truncated", truncated),
            ("evicted", evicted),
            ("logged", logged),
            ("logged_bytes", logged_bytes),
            ("floor_seq", floor_seq),
        ]
    }

    /// Reads the totals; what the file does not have is zero.
    pub(crate) fn load(db: &Connection) -> rusqlite::Result<Counters> {
        let mut counters = Counters::default();
        let mut statement = db.prepare_cached("SELECT value FROM counter WHERE name = ?1")?;
        for (name, total) in counters.fields() {
            let mut rows = statement.query([name])?;
            if let Some(row) = rows.next()? {
                *total = row.get::<_, i64>(0)?.cast_unsigned();
            }
        }
        Ok(counters)
    }

    /// Writes the totals that differ from `before`, within the caller's transaction.
    pub(crate) fn save(mut self, mut before: Counters, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare_cached(
            "INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        )?;
        for ((name, total), (_, old)) in self.fields().into_iter().zip(before.fields()) {
            if total != old {
                statement.execute(params![name, total.cast_signed()])?;
            }
        }
        Ok(())
    }
}

impl AddAssign for Counters {
    fn add_assign(&mut self, mut more: Counters) {
        for ((_, total), (_, more)) in self.fields().into_iter().zip(more.fields()) {
            *total += *more;
        }
    }
}
