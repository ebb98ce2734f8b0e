use super::memory::MemorySegment;
use crate::append::KeptBits;
use skep_model::Nanos;
use skep_model::columns::EventColumns;

/// What a segment knows of the log entries its rows came with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryInfo {
    pub(crate) seq: u64,
    pub(crate) received: Nanos,
    /// Length of the body before compression.
    pub(crate) raw_bytes: usize,
}

/// A segment being filled.
#[derive(Debug, Default)]
pub(crate) struct SegmentBuilder {
    columns: EventColumns,
    request_bytes: usize,
    received: Nanos,
    last_seq: u64,
}

impl SegmentBuilder {
    pub(crate) fn n_rows(&self) -> usize {
        self.columns.n_rows()
    }

    pub(crate) fn n_spans(&self) -> usize {
        self.columns.n_spans()
    }

    /// Length of the requests so far.
    pub(crate) fn request_bytes(&self) -> usize {
        self.request_bytes
    }

    /// Adds the rows of a log entry that are no repeats.
    pub(crate) fn push(&mut self, entry: EntryInfo, columns: EventColumns, kept: Option<&KeptBits>) {
        self.last_seq = entry.seq;
        self.received = self.received.max(entry.received);
        self.request_bytes += entry.raw_bytes;
        match kept {
            Some(kept) => self.columns.append(&columns, |row| kept.contains(row)),
            None if self.columns.is_empty() => self.columns = columns,
            None => self.columns.append(&columns, |_| true),
        }
    }

    /// A segment of the rows so far; the builder can go on.
    pub(crate) fn snapshot(&self) -> MemorySegment {
        self.segment(self.columns.to_read())
    }

    /// A segment of all rows.
    pub(crate) fn freeze(self) -> MemorySegment {
        let Self { columns, .. } = self;
        Self { columns: EventColumns::default(), ..self }.segment(columns)
    }

    fn segment(&self, columns: EventColumns) -> MemorySegment {
        MemorySegment::new(columns, self.request_bytes, self.received, self.last_seq)
    }
}

pub(crate) fn row_id(row: usize) -> u32 {
    u32::try_from(row).expect("a segment has far fewer than 2^32 rows")
}
