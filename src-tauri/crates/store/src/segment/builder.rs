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
    pub(crate) fn push(&mut self, entry: EntryInfo, columns: &EventColumns, kept: Option<&KeptBits>) {
        self.last_seq = entry.seq;
        self.received = self.received.max(entry.received);
        self.request_bytes += entry.raw_bytes;
        match kept {
            Some(kept) => self.columns.append(columns, |row| kept.contains(row)),
            None => self.columns.append(columns, |_| true),
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

#[cfg(test)]
mod tests {
    use super::*;
    use skep_model::columns::{Head, ValueRef};
    use skep_model::{EventFlags, EventKind, Place, Resource, Scope, Text};
    use std::sync::Arc;

    #[test]
    fn requests_share_what_is_the_same() {
        let mut room = EventColumns::default();
        let mut request = |value: &str| {
            let field = room.field(Place::Own, &Text::from("k"));
            room.set(field, ValueRef::Text(value));
            room.end_row(Head {
                kind: EventKind::Log,
                time: Nanos(0),
                end: Nanos(0),
                trace_id: None,
                span_id: None,
                parent_id: None,
                name: "work",
                resource: &Arc::new(Resource::default()),
                scope: &Arc::new(Scope::default()),
                flags: EventFlags::default(),
                fingerprint: None,
            });
            room.take_packed()
        };
        let mut builder = SegmentBuilder::default();
        for (seq, value) in (1..).zip(["a", "a", "b", "a"]) {
            builder.push(EntryInfo { seq, received: Nanos(0), raw_bytes: 1 }, &request(value), None);
        }
        let columns = builder.freeze().columns;
        let values = columns.find(Place::Own, &Text::from("k")).expect("each has it");
        assert_eq!(
            (columns.n_rows(), values.dictionary().len(), columns.names.dictionary().len()),
            (4, 2, 1)
        );
        assert_eq!((columns.resources.records().len(), columns.scopes.records().len()), (1, 1));
    }
}
