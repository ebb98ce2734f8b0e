//! JSON: values behind each other, on lines or not, of which long lists are read element by element.

use crate::input::Input;
use crate::scan::{self, Scanned};
use crate::{BATCH_BYTES, Output};
use skep_model::{Encoding, Signal};
use std::io::Read;

const NOT_TELEMETRY: &str = "a JSON value is neither OTLP nor a trace of Jaeger or Zipkin";
const NOT_A_SPAN: &str = "a span of Jaeger or Zipkin has no ids in hexadecimal digits, or is no span";
const BROKEN: &str = "a JSON value breaks off";
const TOO_LONG: &str = "a JSON value is longer than a receiver takes";
const NOT_JSON: &str = "text that is not JSON stands between values";

/// Objects that a list may stand in: that of the API of Jaeger 2, and what it wraps.
const LEVELS_MAX: usize = 3;

/// What is put around the elements of a list, with some to spare.
const ENVELOPE_BYTES: usize = 64;

/// Bytes of a member's name.
const NAME_BYTES_MAX: usize = 4 << 10;

/// A list that is read element by element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// Of a request: resources with what they sent.
    Otlp(Signal),
    /// Of Jaeger's API, `data`, or one that stands alone: whatever its elements are.
    Any,
}

const LISTS: [(&[u8], List); 4] = [
    (b"\"resourceSpans\"", List::Otlp(Signal::Traces)),
    (b"\"resourceLogs\"", List::Otlp(Signal::Logs)),
    (b"\"resourceMetrics\"", List::Otlp(Signal::Metrics)),
    (b"\"data\"", List::Any),
];

/// What the API of Jaeger 2 wraps a request in.
const WRAPPER: &[u8] = b"\"result\"";

fn list_of(name: &[u8]) -> Option<List> {
    LISTS.iter().find(|(list, _)| *list == name).map(|(_, list)| *list)
}

fn name_of(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "resourceSpans",
        Signal::Logs => "resourceLogs",
        Signal::Metrics => "resourceMetrics",
    }
}

fn value_bytes_max(output: &Output<'_>) -> usize {
    output.limits.request_bytes.saturating_sub(ENVELOPE_BYTES)
}

/// Whether an envelope was read to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Envelope {
    Whole,
    Broken,
}

/// Reads values until the source ends.
pub(crate) fn read(input: &mut Input<impl Read>, output: &mut Output<'_>) {
    while !output.is_stopped {
        let read = match scan::next(input) {
            None => return,
            Some(b'{') => object(input, output, 0),
            Some(b'[') => {
                input.consume(1);
                elements(input, output, List::Any, 0)
            }
            Some(b',') => {
                input.consume(1);
                continue;
            }
            Some(_) => {
                output.unreadable(1, NOT_JSON);
                scan::skip_line(input);
                continue;
            }
        };
        if read == Envelope::Broken {
            output.unreadable(1, BROKEN);
            scan::skip_line(input);
        }
    }
}

/// An object whose bracket is the next byte: a request, what wraps one, or a value that has to be held whole.
fn object(input: &mut Input<impl Read>, output: &mut Output<'_>, level: usize) -> Envelope {
    input.consume(1);
    let mut held = vec![b'{'];
    let (mut is_envelope, mut is_too_long) = (false, false);
    while !output.is_stopped {
        match scan::next_within(input) {
            Some(b'}') => {
                input.consume(1);
                break;
            }
            Some(b',') => {
                input.consume(1);
                continue;
            }
            _ => {}
        }
        let mut name = Vec::new();
        let scanned = scan::value(input, &mut name, NAME_BYTES_MAX);
        if scanned == Scanned::Broken || scan::next_within(input) != Some(b':') {
            return Envelope::Broken;
        }
        input.consume(1);
        let read = match (list_of(&name), scan::next_within(input)) {
            (Some(list), Some(b'[')) => {
                input.consume(1);
                is_envelope = true;
                elements(input, output, list, level)
            }
            (_, Some(b'{')) if name == WRAPPER && level < LEVELS_MAX => {
                is_envelope = true;
                object(input, output, level + 1)
            }
            _ => {
                if held.len() > 1 {
                    held.push(b',');
                }
                held.extend_from_slice(&name);
                held.push(b':');
                match scan::value(input, &mut held, value_bytes_max(output)) {
                    Scanned::Broken => return Envelope::Broken,
                    scanned => is_too_long |= scanned == Scanned::TooLong,
                }
                Envelope::Whole
            }
        };
        if read == Envelope::Broken {
            return Envelope::Broken;
        }
    }
    if is_too_long {
        output.unreadable(1, TOO_LONG);
    } else if !is_envelope {
        held.push(b'}');
        let mut batch = Batch::new(List::Any);
        batch.push(&held);
        batch.send(output);
    }
    Envelope::Whole
}

/// The elements of a list whose bracket was read.
fn elements(input: &mut Input<impl Read>, output: &mut Output<'_>, list: List, level: usize) -> Envelope {
    let mut batch = Batch::new(list);
    let mut element = Vec::new();
    while !output.is_stopped {
        // Requests may be the elements of a list, each on a line, but are none of a request.
        let next = if list == List::Any { scan::next(input) } else { scan::next_within(input) };
        match next {
            Some(b']') => {
                input.consume(1);
                batch.send(output);
                return Envelope::Whole;
            }
            Some(b',') => {
                input.consume(1);
                continue;
            }
            // Zipkin's list of traces, each a list of spans.
            Some(b'[') if list == List::Any && level < LEVELS_MAX => {
                input.consume(1);
                batch.send(output);
                if elements(input, output, list, level + 1) == Envelope::Broken {
                    return Envelope::Broken;
                }
                continue;
            }
            _ => {}
        }
        element.clear();
        match scan::value(input, &mut element, value_bytes_max(output)) {
            Scanned::Whole if list == List::Any && is_request(&element) && level < LEVELS_MAX => {
                batch.send(output);
                let mut element = Input::new(&*element);
                scan::next(&mut element);
                if object(&mut element, output, level + 1) == Envelope::Broken {
                    output.unreadable(1, BROKEN);
                }
            }
            Scanned::Whole => {
                if batch.bytes.len() + element.len() > BATCH_BYTES {
                    batch.send(output);
                }
                batch.push(&element);
            }
            Scanned::TooLong => output.unreadable(1, TOO_LONG),
            Scanned::Broken => {
                batch.send(output);
                return Envelope::Broken;
            }
        }
    }
    Envelope::Whole
}

/// Whether an object begins as a request does.
fn is_request(object: &[u8]) -> bool {
    let inside = object.strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
    LISTS.iter().any(|(name, list)| *list != List::Any && inside.starts_with(name))
}

/// Elements of one list.
struct Batch {
    list: List,
    /// Behind each other, with commas between.
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Batch {
    fn new(list: List) -> Self {
        Self { list, bytes: Vec::new(), ends: Vec::new() }
    }

    fn push(&mut self, element: &[u8]) {
        if !self.ends.is_empty() {
            self.bytes.push(b',');
        }
        self.bytes.extend_from_slice(element);
        self.ends.push(self.bytes.len());
    }

    /// Sends what it holds as one request; where that is not readable as a whole, each element that is.
    fn send(&mut self, output: &mut Output<'_>) {
        let bytes = std::mem::take(&mut self.bytes);
        let ends = std::mem::take(&mut self.ends);
        if ends.is_empty() || self.send_list(&bytes, output) {
            return;
        }
        let mut start = 0;
        for end in &ends {
            if !(ends.len() > 1 && self.send_list(&bytes[start..*end], output)) {
                output.unreadable(1, NOT_TELEMETRY);
            }
            start = end + 1;
        }
    }

    /// False where nothing of it is readable.
    fn send_list(&self, elements: &[u8], output: &mut Output<'_>) -> bool {
        match self.list {
            List::Otlp(signal) => {
                let body = [b"{\"", name_of(signal).as_bytes(), b"\":[", elements, b"]}"].concat();
                let is_json = skep_otlp::is_json(&body);
                if is_json {
                    output.send(signal, Encoding::Json, body);
                }
                is_json
            }
            List::Any => {
                let Some(foreign) = skep_otlp::foreign::convert(&[b"[", elements, b"]"].concat()) else {
                    return false;
                };
                if !foreign.request.is_empty() {
                    output.send(Signal::Traces, Encoding::Protobuf, foreign.request);
                }
                output.unreadable(foreign.n_unreadable, NOT_A_SPAN);
                true
            }
        }
    }
}
