use super::parcel::Parcel;
use crate::limits::Limits;
use skep_model::{Encoding, Nanos};
use skep_store::{Advance, LogFrame, NewLetter};
use std::collections::VecDeque;

/// Entries that follow one another in the log, on their way: what of them is still to be sent, and what became of the
/// rest. The ledger is told when all of it is settled, so that a crash meanwhile repeats it and counts it once.
pub(super) struct Batch {
    /// Each entry's place and events.
    entries: Vec<(u64, u64)>,
    pub(super) received: Nanos,
    pub(super) parcels: VecDeque<Parcel>,
    so_far: Advance,
    /// Refused requests that may still be taken apart to tell good events from bad ones.
    pub(super) n_splits_left: u32,
    /// What was said with the last yes.
    pub(super) detail: Option<String>,
}

/// Takes the next entries from what was read; none if nothing was.
///
/// Protobuf requests of one signal and one dataset go together, up to the limits; a JSON request goes alone.
pub(super) fn take(read: &mut VecDeque<LogFrame>, limits: &Limits) -> Vec<LogFrame> {
    let Some(first) = read.pop_front() else { return Vec::new() };
    let (mut n_events, mut n_bytes) = (first.n_events, first.raw_bytes);
    let mut entries = vec![first];
    while let Some(next) = read.front() {
        let first = &entries[0];
        n_events += next.n_events;
        n_bytes += next.raw_bytes;
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
    entries
}

impl Batch {
    /// Of some entries, which go as `parcels`.
    pub(super) fn new(
        entries: &[LogFrame],
        parcels: impl IntoIterator<Item = Parcel>,
        limits: &Limits,
    ) -> Self {
        Self {
            entries: entries.iter().map(|entry| (entry.seq, entry.n_events)).collect(),
            received: entries.first().map_or(Nanos(0), |entry| entry.received),
            parcels: parcels.into_iter().collect(),
            so_far: Advance::default(),
            n_splits_left: limits.splits_max,
            detail: None,
        }
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.entries.last().map_or(0, |(seq, _)| *seq)
    }

    /// A request was put on the wire, with these events, which may have arrived before.
    pub(super) fn note_sent(&mut self, n_events: u64, is_repeat: bool) {
        self.so_far.sent += n_events;
        self.so_far.possible_duplicates += if is_repeat { n_events } else { 0 };
    }

    pub(super) fn note_acknowledged(&mut self, n_events: u64, is_unread: bool, at: Nanos) {
        self.so_far.acknowledged += n_events;
        self.so_far.unread += if is_unread { n_events } else { 0 };
        self.so_far.acknowledged_at = Some(at);
    }

    pub(super) fn note_left_out(&mut self, n_events: u64) {
        self.so_far.left_out += n_events;
    }

    pub(super) fn note_refused(&mut self, n_events: u64, reason: String, letter: Option<NewLetter>) {
        if n_events == 0 {
            return;
        }
        self.so_far.refused += n_events;
        self.so_far.refusal = Some(reason);
        self.so_far.letters.extend(letter);
    }

    /// What is known of requests on the wire, to be written before a wait; counted from then on anew.
    pub(super) fn take_sent(&mut self, at_seq: u64) -> Advance {
        Advance {
            to_seq: at_seq,
            sent: std::mem::take(&mut self.so_far.sent),
            possible_duplicates: std::mem::take(&mut self.so_far.possible_duplicates),
            ..Advance::default()
        }
    }

    /// Everything, once it is settled. Entries up to `cursor_seq` left the log meanwhile and were counted then.
    pub(super) fn settled(&mut self, cursor_seq: u64) -> Advance {
        let n_gone: u64 =
            self.entries.iter().filter(|(seq, _)| *seq <= cursor_seq).map(|(_, n_events)| n_events).sum();
        let mut advance = std::mem::take(&mut self.so_far);
        advance.to_seq = self.last_seq().max(cursor_seq);
        let mut n_over = n_gone;
        for count in [&mut advance.acknowledged, &mut advance.left_out, &mut advance.refused] {
            let taken = n_over.min(*count);
            *count -= taken;
            n_over -= taken;
        }
        advance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use skep_model::Signal;
    use skep_store::Body;

    /// Each word an entry: signal, encoding, events, dataset; `t5` or `mJ2@a`.
    fn entries(text: &str) -> VecDeque<LogFrame> {
        let entry = |(idx, word): (usize, &str)| {
            let (word, dataset) = word.split_once('@').map_or((word, None), |(word, set)| (word, Some(set)));
            let signal = Signal::ALL.into_iter().find(|signal| signal.as_str()[..1] == word[..1]).unwrap();
            let count = word[1..].trim_start_matches('J');
            let encoding = if count.len() < word.len() - 1 { Encoding::Json } else { Encoding::Protobuf };
            let n_events = count.parse().unwrap();
            LogFrame {
                seq: idx as u64 + 1,
                received: Nanos(0),
                signal,
                encoding,
                dataset: dataset.map(Into::into),
                n_events,
                raw_bytes: n_events as usize,
                body: Body::Zstd(Vec::new()),
            }
        };
        text.split_whitespace().enumerate().map(entry).collect()
    }

    fn check(text: &str, expect: &Expect) {
        let limits = Limits { batch_events: 10, batch_bytes: 10, ..Limits::default() };
        let mut read = entries(text);
        let mut batches = Vec::new();
        while let taken = take(&mut read, &limits)
            && let (Some(first), Some(last)) = (taken.first(), taken.last())
        {
            batches.push(format!("{}..={}", first.seq, last.seq));
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
    fn what_left_meanwhile_is_not_counted_twice() {
        let entries: Vec<_> = entries("t1 t2 t3").into();
        let batch = || {
            let mut batch = Batch::new(&entries, None, &Limits::default());
            batch.note_acknowledged(4, false, Nanos(1));
            batch.note_refused(2, "no".into(), None);
            batch
        };
        let counts = |advance: &Advance| (advance.to_seq, advance.acknowledged, advance.refused);
        assert_eq!(counts(&batch().settled(0)), (3, 4, 2));
        assert_eq!(counts(&batch().settled(2)), (3, 1, 2));
        assert_eq!(counts(&batch().settled(9)), (9, 0, 0));
    }
}
