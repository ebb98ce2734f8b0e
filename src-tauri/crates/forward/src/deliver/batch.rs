use crate::limits::Limits;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use skep_model::{Encoding, Signal};
use skep_store::LogEntry;
use std::collections::VecDeque;
use std::io::Write;

/// Above this a body is compressed off the async threads: it takes about a millisecond.
const COMPRESS_INLINE_BYTES: usize = 64 << 10;

/// Entries that follow one another in the log and go in one request. Never empty.
pub(super) struct Batch {
    entries: Vec<LogEntry>,
    /// The request's body, once it was asked for.
    compressed: Option<Bytes>,
    /// It was sent and no answer came: sending it again may double it.
    pub(super) is_unanswered: bool,
    /// Answers of 408 and 500 so far.
    pub(super) n_server_errors: u32,
}

impl Batch {
    fn new(entries: Vec<LogEntry>) -> Self {
        Self { entries, compressed: None, is_unanswered: false, n_server_errors: 0 }
    }

    /// Takes the next request's entries from what was read; nothing if nothing was.
    ///
    /// Protobuf requests of one signal and one dataset go together, up to the limits; a JSON request goes alone.
    pub(super) fn take(read: &mut VecDeque<LogEntry>, limits: &Limits) -> Option<Self> {
        let first = read.pop_front()?;
        let (mut n_events, mut n_bytes) = (first.n_events, first.body.len());
        let mut entries = vec![first];
        while let Some(next) = read.front() {
            let first = &entries[0];
            n_events += next.n_events;
            n_bytes += next.body.len();
            let joins = first.encoding == Encoding::Protobuf
                && next.encoding == Encoding::Protobuf
                && next.signal == first.signal
                && next.dataset == first.dataset
                && n_events <= limits.batch_events
                && n_bytes <= limits.batch_bytes;
            if !joins {
                break;
            }
            entries.extend(read.pop_front());
        }
        Some(Self::new(entries))
    }

    fn first(&self) -> &LogEntry {
        &self.entries[0]
    }

    pub(super) fn signal(&self) -> Signal {
        self.first().signal
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.first().encoding
    }

    pub(super) fn dataset(&self) -> Option<&str> {
        self.first().dataset.as_deref()
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }

    pub(super) fn n_events(&self) -> u64 {
        self.n_events_after(0)
    }

    /// Events in the entries beyond `seq`.
    pub(super) fn n_events_after(&self, seq: u64) -> u64 {
        self.entries.iter().filter(|entry| entry.seq > seq).map(|entry| entry.n_events).sum()
    }

    /// The entries beyond `seq`; nothing if there are none.
    pub(super) fn after(mut self, seq: u64) -> Option<Self> {
        if self.first().seq > seq {
            return Some(self);
        }
        self.entries.retain(|entry| entry.seq > seq);
        self.compressed = None;
        (!self.entries.is_empty()).then_some(self)
    }

    /// Two halves, or the same again if there is only one entry.
    pub(super) fn split(mut self) -> Result<(Self, Self), Self> {
        if self.entries.len() < 2 {
            return Err(self);
        }
        let second = self.entries.split_off(self.entries.len() / 2);
        Ok((Self::new(self.entries), Self::new(second)))
    }

    /// The request's body: the bytes as they were received, one request after another, in gzip.
    ///
    /// Joining protobuf messages by joining their bytes is the format's own rule: a parser appends the elements of
    /// repeated fields, and an OTLP export request has no other field than its one repeated list of resources
    /// (Protocol Buffers documentation, "Encoding", "Last One Wins"). Nothing is parsed or written anew, so fields
    /// that Skep does not know are passed on.
    pub(super) async fn body(&mut self) -> Bytes {
        if let Some(compressed) = &self.compressed {
            return compressed.clone();
        }
        let bodies: Vec<u8> = self.entries.iter().flat_map(|entry| entry.body.iter().copied()).collect();
        let compressed = if bodies.len() <= COMPRESS_INLINE_BYTES {
            compress(&bodies)
        } else {
            // It fails only when the runtime ends, and this task with it.
            tokio::task::spawn_blocking(move || compress(&bodies)).await.unwrap_or_default()
        };
        self.compressed.insert(compressed.into()).clone()
    }
}

/// The fastest level: it leaves some 15 % more than the default one and takes a third of its time.
fn compress(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).expect("a vector takes any bytes");
    encoder.finish().expect("a vector takes any bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use skep_model::Nanos;

    /// Each word an entry: signal, encoding, events, dataset; `t5` or `mJ2@a`.
    fn entries(text: &str) -> VecDeque<LogEntry> {
        let entry = |(idx, word): (usize, &str)| {
            let (word, dataset) = word.split_once('@').map_or((word, None), |(word, set)| (word, Some(set)));
            let signal = Signal::ALL.into_iter().find(|signal| signal.as_str()[..1] == word[..1]).unwrap();
            let count = word[1..].trim_start_matches('J');
            let encoding = if count.len() < word.len() - 1 { Encoding::Json } else { Encoding::Protobuf };
            let n_events = count.parse().unwrap();
            LogEntry {
                seq: idx as u64 + 1,
                received: Nanos(0),
                signal,
                encoding,
                dataset: dataset.map(Into::into),
                n_events,
                body: vec![0; n_events as usize],
            }
        };
        text.split_whitespace().enumerate().map(entry).collect()
    }

    fn check(text: &str, expect: &Expect) {
        let limits = Limits { batch_events: 10, batch_bytes: 10, ..Limits::default() };
        let mut read = entries(text);
        let mut batches = Vec::new();
        while let Some(batch) = Batch::take(&mut read, &limits) {
            batches.push(format!("{}..={}", batch.first().seq, batch.last_seq()));
        }
        expect.assert_eq(&batches.join(" "));
    }

    #[test]
    fn entries_of_one_kind_go_together_up_to_the_limits() {
        check("", &expect![[""]]);
        check("t4 t4 t4", &expect!["1..=2 3..=3"]);
        check("t5 t5 t1", &expect!["1..=2 3..=3"]);
        check("t50 t1", &expect!["1..=1 2..=2"]);
        check("t1 t50 t1", &expect!["1..=1 2..=2 3..=3"]);
        check("t1 l1 l1 m1 t1", &expect!["1..=1 2..=3 4..=4 5..=5"]);
        check("tJ1 tJ1 t1 t1 tJ1", &expect!["1..=1 2..=2 3..=4 5..=5"]);
        check("m1 m1@a m1@a m1@b m1", &expect!["1..=1 2..=3 4..=4 5..=5"]);
    }

    #[test]
    fn halves_keep_the_order_and_one_entry_stays_whole() {
        let batch = Batch::take(&mut entries("t1 t1 t1"), &Limits::default()).unwrap();
        let (first, second) = batch.split().ok().unwrap();
        assert_eq!((first.first().seq, first.last_seq()), (1, 1));
        assert_eq!((second.first().seq, second.last_seq()), (2, 3));
        assert!(first.split().is_err());
    }

    #[test]
    fn entries_that_left_are_left_out() {
        let batch = || Batch::take(&mut entries("t1 t2 t3"), &Limits::default()).unwrap();
        assert_eq!(batch().after(0).unwrap().n_events(), 6);
        assert_eq!(batch().after(2).unwrap().n_events(), 3);
        assert!(batch().after(3).is_none());
        assert_eq!(batch().n_events_after(1), 5);
    }
}
