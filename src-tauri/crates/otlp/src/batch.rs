use crate::limits::{Limits, REQUEST_VALUES_MAX};
use crate::problem::{Problem, Tally};
use crate::texts::Texts;
use crate::{Decoded, Problems, Rejection};
use skep_model::columns::{EventColumns, Head, RowPlace, ValueRef};
use skep_model::{Attributes, EventFlags, EventKind, Place, Resource, Scope, Signal, Text, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    /// Where the requests that this thread reads are put together, one after another.
    static ROOM: Cell<EventColumns> = Cell::default();
}

/// What the events of one scope share.
pub(crate) struct Group {
    pub(crate) resource: Arc<Resource>,
    pub(crate) scope: Arc<Scope>,
    /// What had to be done to either, passed on to every event that shows them.
    pub(crate) flags: EventFlags,
}

/// One request being read: its events and counts so far, its shared texts, its budgets.
pub(crate) struct Batch {
    signal: Signal,
    pub(crate) limits: Limits,
    /// A record's fields are set as they are read; [`Batch::keep`] makes them an event, [`Batch::reject`] takes them
    /// back.
    pub(crate) columns: EventColumns,
    n_spans: u64,
    /// Envelopes that broke off.
    n_rests: u64,
    problems: Problems,
    tally: Tally,
    rejections: Vec<Rejection>,
    names: Texts,
    values: Texts,
    n_values_left: usize,
    folded: Text,
}

impl Batch {
    pub(crate) fn new(signal: Signal, limits: Limits) -> Self {
        Batch {
            signal,
            limits,
            columns: ROOM.take(),
            n_spans: 0,
            n_rests: 0,
            problems: Problems::default(),
            tally: Tally::default(),
            rejections: Vec::new(),
            names: Texts::new(),
            values: Texts::new(),
            n_values_left: REQUEST_VALUES_MAX,
            folded: Text::from("…"),
        }
    }

    pub(crate) fn signal(&self) -> Signal {
        self.signal
    }

    /// Keeps the record whose fields were set, or rejects it where the request holds too many.
    pub(crate) fn keep(&mut self, head: Head<'_>) {
        let is_item = !matches!(head.kind, EventKind::SpanEvent | EventKind::Link);
        if self.columns.n_rows() >= self.limits.request_events {
            return self.reject(1, u64::from(is_item), Problem::RequestTooLarge);
        }
        self.n_spans += u64::from(head.kind == EventKind::Span);
        self.problems.repaired += u64::from(head.flags.contains(EventFlags::REPAIRED));
        self.problems.truncated += u64::from(head.flags.contains(EventFlags::TRUNCATED));
        self.columns.end_row(head);
    }

    /// Gives the events since `first`, of one group, another scope, and flags beside their own.
    pub(crate) fn change_group(&mut self, first: RowPlace, scope: &Arc<Scope>, flags: EventFlags) {
        self.columns.change_scope(first, scope);
        for of_event in self.columns.flags_since(first) {
            let before = EventFlags(*of_event);
            let mut now = before;
            now.insert(flags);
            let is_new = |flag| u64::from(now.contains(flag) && !before.contains(flag));
            self.problems.repaired += is_new(EventFlags::REPAIRED);
            self.problems.truncated += is_new(EventFlags::TRUNCATED);
            *of_event = now.0;
        }
    }

    /// Counts events that cannot be kept; `n_items` of them are items of the signal. What was set of a record that is
    /// being read is taken back.
    pub(crate) fn reject(&mut self, n_events: u64, n_items: u64, problem: Problem) {
        self.columns.abort_row();
        self.problems.rejected_events += n_events;
        self.problems.rejected_items += n_items;
        self.tally.note(problem);
    }

    /// Rejects the event at `idx` of a batch whose events are answered one by one.
    pub(crate) fn reject_at(&mut self, idx: usize, problem: Problem, error: &'static str) {
        self.reject(1, 1, problem);
        self.rejections.push(Rejection { idx, error });
    }

    /// Sets a field of the record that is being read.
    pub(crate) fn put(&mut self, field: &'static str, value: ValueRef<'_>) {
        self.columns.set_record(field, value);
    }

    /// The same, where it says something.
    pub(crate) fn put_text(&mut self, field: &'static str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.put(field, ValueRef::Text(text));
        }
    }

    /// The same.
    pub(crate) fn put_count(&mut self, field: &'static str, count: impl Into<i64>) {
        match count.into() {
            0 => {}
            count => self.put(field, ValueRef::Int(count)),
        }
    }

    /// The same.
    pub(crate) fn put_double(&mut self, field: &'static str, double: Option<f64>) {
        if let Some(double) = double {
            self.put(field, ValueRef::Double(double));
        }
    }

    /// Sets attributes of the record that is being read.
    pub(crate) fn put_attributes(&mut self, attributes: &Attributes) {
        for (key, value) in attributes {
            self.put_attribute(key, value);
        }
    }

    /// Sets one of them.
    pub(crate) fn put_attribute(&mut self, key: &Text, value: &Value) {
        let field = self.columns.field(Place::Own, key);
        self.columns.set(field, ValueRef::Any(value));
    }

    /// The rest of an envelope is unreadable: nobody knows how many records it held, so it counts as one.
    pub(crate) fn reject_rest(&mut self) {
        self.n_rests += 1;
        self.reject(1, 1, Problem::EnvelopeDamaged);
    }

    /// Notes what had to be done to keep an event, and flags it.
    pub(crate) fn repair(&mut self, problem: Problem, flags: &mut EventFlags) {
        self.tally.note(problem);
        flags.insert(EventFlags::REPAIRED);
    }

    /// Notes what had to be cut from an event, and flags it.
    pub(crate) fn truncate(&mut self, problem: Problem, flags: &mut EventFlags) {
        self.tally.note(problem);
        flags.insert(EventFlags::TRUNCATED);
    }

    /// An attribute key.
    pub(crate) fn key(&mut self, bytes: &[u8], flags: &mut EventFlags) -> Text {
        match self.names.share(&bytes[..bytes.len().min(self.limits.key_bytes)]) {
            Ok(text) if bytes.len() <= self.limits.key_bytes => text,
            _ => self.mend(bytes, self.limits.key_bytes, flags),
        }
    }

    /// A name, or another text that is not an attribute value.
    pub(crate) fn name(&mut self, bytes: &[u8], flags: &mut EventFlags) -> Text {
        match self.names.share(&bytes[..bytes.len().min(self.limits.name_bytes)]) {
            Ok(text) if bytes.len() <= self.limits.name_bytes => text,
            _ => self.mend(bytes, self.limits.name_bytes, flags),
        }
    }

    /// A name for a column of its own, which shares what is the same: borrowed, unless it has to be mended.
    pub(crate) fn own_name<'a>(&mut self, bytes: &'a [u8], flags: &mut EventFlags) -> Cow<'a, str> {
        match str::from_utf8(bytes) {
            Ok(text) if bytes.len() <= self.limits.name_bytes => Cow::Borrowed(text),
            _ => Cow::Owned(self.mend(bytes, self.limits.name_bytes, flags).as_ref().to_owned()),
        }
    }

    /// An attribute value, or a log's body, that is a text.
    pub(crate) fn value_text(&mut self, bytes: &[u8], flags: &mut EventFlags) -> Text {
        match self.values.share(&bytes[..bytes.len().min(self.limits.value_bytes)]) {
            Ok(text) if bytes.len() <= self.limits.value_bytes => text,
            _ => self.mend(bytes, self.limits.value_bytes, flags),
        }
    }

    /// A byte string.
    pub(crate) fn value_bytes(&mut self, bytes: &[u8], flags: &mut EventFlags) -> Value {
        if bytes.len() > self.limits.value_bytes {
            self.truncate(Problem::TextCut, flags);
        }
        Value::Bytes(Arc::from(&bytes[..bytes.len().min(self.limits.value_bytes)]))
    }

    /// Cuts at a character's edge and replaces what is not UTF-8.
    #[cold]
    fn mend(&mut self, bytes: &[u8], bytes_max: usize, flags: &mut EventFlags) -> Text {
        // A character is at most four bytes: the cap's last one is still whole here.
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(bytes_max + 4)]);
        let cut = &text[..text.floor_char_boundary(bytes_max)];
        let kept_bytes = bytes.get(..cut.len());
        if bytes.len() > bytes_max || cut.len() < text.len() {
            self.truncate(Problem::TextCut, flags);
        }
        if kept_bytes != Some(cut.as_bytes()) {
            self.repair(Problem::Utf8, flags);
        }
        Text::from(cut)
    }

    /// What stands for a value that is nested too deep.
    pub(crate) fn folded(&mut self, flags: &mut EventFlags) -> Value {
        self.truncate(Problem::TooDeep, flags);
        Value::Text(Text::clone(&self.folded))
    }

    /// Whether a list of `len` values may grow by one, within its own cap and the request's.
    pub(crate) fn may_grow(
        &mut self,
        len: usize,
        len_max: usize,
        problem: Problem,
        flags: &mut EventFlags,
    ) -> bool {
        if len >= len_max {
            self.truncate(problem, flags);
            return false;
        }
        if self.n_values_left == 0 {
            self.truncate(Problem::TooManyValues, flags);
            return false;
        }
        self.n_values_left -= 1;
        true
    }

    /// What was read; nothing where envelopes broke off before any record.
    pub(crate) fn finish(mut self) -> Option<Decoded> {
        let columns = self.columns.take_packed();
        ROOM.set(self.columns);
        let mut problems = self.problems;
        problems.rejected_spans = if self.signal == Signal::Traces { problems.rejected_items } else { 0 };
        problems.messages = self.tally.sentences(&self.limits);
        let n_received = columns.n_rows() as u64 + problems.rejected_events;
        (self.n_rests == 0 || n_received > self.n_rests).then(|| Decoded {
            n_received,
            n_spans_received: self.n_spans + problems.rejected_spans,
            columns,
            problems,
            rejections: self.rejections,
        })
    }
}
