use super::packed::{Compression, Packed};
use bytes::Bytes;
use flate2::write::GzEncoder;
use skep_model::{Encoding, Event, EventKind, Signal, Text, Value};
use skep_otlp::encode::Encoder;
use skep_otlp::honeycomb;
use skep_store::{Body, Decode, LogEntry, LogFrame, NewLetter};
use std::io::Write;

/// Above this a body is compressed off the async threads: it takes about a millisecond.
const COMPRESS_INLINE_BYTES: usize = 64 << 10;

/// Bytes of a body, decompressed, that goes as it lies in the log. Refinery and Honeycomb's husky decompress zstd to 8 MiB.
const FRAMES_BYTES_MAX: usize = 7 << 20;

/// Bytes that are left of a value in an event that was too large to be taken whole.
const TRIMMED_VALUE_BYTES: usize = 1 << 10;

/// Says that values of an event were cut to make it small enough.
const TRIMMED: &str = "skep.trimmed";

/// What goes in one request.
pub(crate) struct Parcel {
    pub(crate) signal: Signal,
    pub(crate) encoding: Encoding,
    pub(crate) dataset: Option<Text>,
    pub(crate) n_events: u64,
    content: Content,
    /// The request's body, once it was asked for.
    packed: Option<Packed>,
    /// It was sent and no answer came: sending it again may double it.
    pub(crate) is_unanswered: bool,
    /// Answers of 408 and 500 so far.
    pub(crate) n_server_errors: u32,
    is_trimmed: bool,
}

enum Content {
    /// Log entries of one kind, as they lie there.
    Frames(Vec<LogFrame>),
    /// Log entries of one kind, as they came.
    Entries(Vec<LogEntry>),
    /// Events, written anew.
    Events(Vec<Event>),
    /// A body that is neither joined nor taken apart.
    Bytes(Vec<u8>),
}

impl Parcel {
    /// Entries of one signal, one encoding and one dataset; more than one only in protobuf.
    pub(crate) fn of_entries(entries: Vec<LogEntry>) -> Option<Self> {
        let first = entries.first()?;
        let (signal, encoding, dataset) = (first.signal, first.encoding, first.dataset.clone());
        let n_events = entries.iter().map(|entry| entry.n_events).sum();
        Some(Self::new(signal, encoding, dataset, n_events, Content::Entries(entries)))
    }

    /// The same without opening them.
    pub(crate) fn of_frames(frames: Vec<LogFrame>) -> Option<Self> {
        let first = frames.first()?;
        let (signal, encoding, dataset) = (first.signal, first.encoding, first.dataset.clone());
        let n_events = frames.iter().map(|frame| frame.n_events).sum();
        Some(Self::new(signal, encoding, dataset, n_events, Content::Frames(frames)))
    }

    /// Whether entries can leave as they lie: receivers bound what they decompress to.
    pub(crate) fn may_be_frames(frames: &[LogFrame]) -> bool {
        frames.iter().map(|frame| frame.raw_bytes).sum::<usize>() <= FRAMES_BYTES_MAX
    }

    /// Events as OTLP, one parcel a signal, and links that have no place there. A span event whose span is not with it
    /// goes as a log record of that span, as Honeycomb would show either.
    pub(crate) fn of_events(events: Vec<Event>, dataset: Option<&Text>) -> (Vec<Self>, u64) {
        let mut by_signal: [Vec<Event>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        let (mut span, mut n_orphans) = (None, 0);
        for mut event in events {
            let signal = match event.kind {
                EventKind::Span => {
                    span = Some((event.trace_id, event.span_id));
                    Signal::Traces
                }
                EventKind::SpanEvent | EventKind::Link if span == Some((event.trace_id, event.parent_id)) => {
                    Signal::Traces
                }
                EventKind::SpanEvent => {
                    event.kind = EventKind::Log;
                    Signal::Logs
                }
                EventKind::Link => {
                    n_orphans += 1;
                    continue;
                }
                EventKind::Log => Signal::Logs,
                EventKind::MetricPoint => Signal::Metrics,
            };
            by_signal[signal as usize].push(event);
        }
        let of = |(signal, events): (Signal, Vec<Event>)| Self::of_signal(signal, dataset.cloned(), events);
        let signals = [Signal::Traces, Signal::Metrics, Signal::Logs];
        (
            signals.into_iter().zip(by_signal).filter(|(_, events)| !events.is_empty()).map(of).collect(),
            n_orphans,
        )
    }

    fn of_signal(signal: Signal, dataset: Option<Text>, events: Vec<Event>) -> Self {
        Self::new(signal, Encoding::Protobuf, dataset, events.len() as u64, Content::Events(events))
    }

    /// A letter, as it was refused.
    pub(crate) fn of_letter(letter: NewLetter) -> Self {
        let NewLetter { signal, encoding, dataset, n_events, body, .. } = letter;
        Self::new(signal, encoding, dataset, n_events, Content::Bytes(body))
    }

    fn new(
        signal: Signal,
        encoding: Encoding,
        dataset: Option<Text>,
        n_events: u64,
        content: Content,
    ) -> Self {
        Self {
            signal,
            encoding,
            dataset,
            n_events,
            content,
            packed: None,
            is_unanswered: false,
            n_server_errors: 0,
            is_trimmed: false,
        }
    }

    /// The body before compression: entries as they were received, one after another, or events as OTLP.
    ///
    /// Joining protobuf messages by joining their bytes is the format's own rule: a parser appends the elements of
    /// repeated fields, and an OTLP export request has no other field than its one repeated list of resources
    /// (Protocol Buffers documentation, "Encoding", "Last One Wins"). Nothing is parsed or written anew, so fields
    /// that Skep does not know are passed on.
    pub(crate) fn plain(&self) -> Vec<u8> {
        match &self.content {
            Content::Frames(frames) => {
                let opened = frames.iter().cloned().filter_map(LogFrame::open);
                opened.map(|entry| entry.body).collect::<Vec<_>>().concat()
            }
            Content::Entries(entries) => {
                entries.iter().map(|entry| &*entry.body).collect::<Vec<_>>().concat()
            }
            Content::Bytes(body) => body.clone(),
            Content::Events(events) => {
                let mut encoder = Encoder::default();
                events.iter().for_each(|event| encoder.push(event));
                let requests = encoder.finish().requests;
                requests.iter().flat_map(|request| request.to_bytes(Encoding::Protobuf)).collect()
            }
        }
    }

    /// The request's body. Entries that are kept as frames cost no work: one frame of zstd after another is one stream
    /// (RFC 8878, section 3.1).
    pub(crate) async fn body(&mut self, compression: Compression) -> Packed {
        if let Some(packed) = &self.packed {
            return packed.clone();
        }
        let (parts, encoding) = match (&self.content, compression) {
            (Content::Entries(entries), Compression::None) => {
                (entries.iter().map(|entry| Bytes::copy_from_slice(&entry.body)).collect(), None)
            }
            (_, Compression::None) => (vec![self.plain().into()], None),
            (Content::Frames(frames), _) => {
                let bodies: Vec<Body> = frames.iter().map(|frame| frame.body.clone()).collect();
                let has_plain = bodies.iter().any(|body| matches!(body, Body::Plain(_)));
                (vec![off_thread(has_plain, move || frames_of(bodies)).await.into()], Some("zstd"))
            }
            _ => {
                let plain = self.plain();
                let is_long = plain.len() > COMPRESS_INLINE_BYTES;
                (vec![off_thread(is_long, move || compress(&plain)).await.into()], Some("gzip"))
            }
        };
        self.packed.insert(Packed::new(parts, encoding)).clone()
    }

    /// Two halves, or the same again if there is only one event. Entries are told apart first, then the events of one:
    /// a span stays with its events and links.
    pub(crate) fn split(mut self, decode: &Decode) -> Result<(Self, Self), Self> {
        if let Content::Frames(frames) = &mut self.content {
            if frames.len() > 1 {
                let second = frames.split_off(frames.len() / 2);
                let first = std::mem::take(frames);
                return match (Self::of_frames(first), Self::of_frames(second)) {
                    (Some(first), Some(second)) => Ok((first, second)),
                    _ => Err(self),
                };
            }
            self.open_frames();
        }
        if let Content::Entries(entries) = &mut self.content
            && entries.len() > 1
        {
            let second = entries.split_off(entries.len() / 2);
            let first = std::mem::take(entries);
            return match (Self::of_entries(first), Self::of_entries(second)) {
                (Some(first), Some(second)) => Ok((first, second)),
                _ => Err(self),
            };
        }
        if self.encoding.is_honeycomb() {
            return self.split_batch();
        }
        if let Content::Entries(entries) = &self.content
            && let [entry] = &entries[..]
        {
            let events = decode.events(entry).events();
            // What this version reads otherwise is not taken apart by it.
            if events.len() as u64 != self.n_events {
                return Err(self);
            }
            self.content = Content::Events(events);
        }
        let Content::Events(events) = &mut self.content else { return Err(self) };
        let starts: Vec<usize> = (0..events.len()).filter(|row| begins_record(&events[*row])).collect();
        if starts.len() < 2 {
            return Err(self);
        }
        let second = events.split_off(starts[starts.len() / 2]);
        let first = std::mem::take(events);
        let (signal, dataset) = (self.signal, self.dataset);
        Ok((Self::of_signal(signal, dataset.clone(), first), Self::of_signal(signal, dataset, second)))
    }

    /// What lies in the log, opened; what is damaged there is not in it.
    fn open_frames(&mut self) {
        if let Content::Frames(frames) = &mut self.content {
            self.content =
                Content::Entries(std::mem::take(frames).into_iter().filter_map(LogFrame::open).collect());
            self.packed = None;
        }
    }

    fn split_batch(self) -> Result<(Self, Self), Self> {
        let plain = self.plain();
        let halves =
            honeycomb::items(self.encoding, &plain).filter(|items| items.len() > 1).and_then(|items| {
                let (first, second) = items.split_at(items.len() / 2);
                Some((self.of_items(first)?, self.of_items(second)?))
            });
        halves.ok_or(self)
    }

    fn of_items(&self, items: &[&[u8]]) -> Option<Self> {
        let body = honeycomb::batch_of(self.encoding, items)?;
        let (signal, dataset) = (self.signal, self.dataset.clone());
        Some(Self::new(signal, self.encoding, dataset, items.len() as u64, Content::Bytes(body)))
    }

    /// Some events of a batch of Honeycomb's, by their places in it.
    pub(crate) fn only(&self, places: &[usize]) -> Option<Self> {
        let plain = self.plain();
        let items = honeycomb::items(self.encoding, &plain)?;
        self.of_items(&places.iter().filter_map(|idx| items.get(*idx).copied()).collect::<Vec<_>>())
    }

    /// The one event there is with its values cut; nothing where that was done, or nothing is long.
    pub(crate) fn trimmed(&mut self) -> bool {
        let Content::Events(events) = &mut self.content else { return false };
        if std::mem::replace(&mut self.is_trimmed, true) {
            return false;
        }
        let n_cut: usize = events.iter_mut().map(trim).sum();
        if n_cut == 0 {
            return false;
        }
        if let Some(first) = events.first_mut() {
            first.attributes.push((Text::from(TRIMMED), Value::Int(n_cut.cast_signed() as i64)));
        }
        self.packed = None;
        true
    }

    /// The same as OTLP, where it is in Honeycomb's own form or in JSON; and events that cannot be said there.
    pub(crate) fn rewrite_as_otlp(&mut self, decode: &Decode) -> Option<(Vec<Self>, u64)> {
        self.open_frames();
        let Content::Entries(entries) = &self.content else { return None };
        let events: Vec<Event> = entries.iter().flat_map(|entry| decode.events(entry).events()).collect();
        let n_unread = self.n_events.saturating_sub(events.len() as u64);
        let dataset = self.dataset.as_ref().filter(|_| !self.encoding.is_honeycomb());
        let (parcels, n_orphans) = Self::of_events(events, dataset);
        Some((parcels, n_orphans + n_unread))
    }

    /// To be kept as it was refused.
    pub(crate) fn letter(&self, refused_at: skep_model::Nanos, reason: String) -> NewLetter {
        NewLetter {
            refused_at,
            signal: self.signal,
            encoding: self.encoding,
            dataset: self.dataset.clone(),
            n_events: self.n_events,
            reason,
            body: self.plain(),
        }
    }
}

/// Runs what takes about a millisecond or more beside the async threads.
async fn off_thread(is_long: bool, work: impl FnOnce() -> Vec<u8> + Send + 'static) -> Vec<u8> {
    match is_long {
        // It fails only when the runtime ends, and this task with it.
        true => tokio::task::spawn_blocking(work).await.unwrap_or_default(),
        false => work(),
    }
}

fn frames_of(bodies: Vec<Body>) -> Vec<u8> {
    bodies.into_iter().map(Body::into_zstd).collect::<Vec<_>>().concat()
}

fn begins_record(event: &Event) -> bool {
    !matches!(event.kind, EventKind::SpanEvent | EventKind::Link)
}

fn trim(event: &mut Event) -> usize {
    let mut n_cut = 0;
    let values = event.attributes.iter_mut().map(|(_, value)| value);
    // Of the record's own fields only texts: OTLP has a place for no other form of the rest.
    let record =
        event.record.iter_mut().map(|(_, value)| value).filter(|value| matches!(value, Value::Text(_)));
    for value in values.chain(record) {
        if value.memory_bytes() > TRIMMED_VALUE_BYTES {
            let text = value.to_string();
            *value = Value::text(&text[..text.floor_char_boundary(TRIMMED_VALUE_BYTES)]);
            n_cut += 1;
        }
    }
    n_cut
}

/// The fastest level: it leaves some 15 % more than the default one and takes a third of its time.
fn compress(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).expect("a vector takes any bytes");
    encoder.finish().expect("a vector takes any bytes")
}
