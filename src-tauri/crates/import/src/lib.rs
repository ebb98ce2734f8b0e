//! Files of telemetry to OTLP requests: unpacked, recognised by their content, and cut into requests of a size that any
//! receiver takes, as a stream.
//!
//! ```text
//! bytes --unpack: gzip, zstd--> sniff --JSON------> scan: values, elements of long lists --> OTLP: as it came
//!                                 |                                                      '-> Jaeger, Zipkin: converted
//!                                 '--protobuf--> frames of the Collector, or one message: resource by resource
//! ```
//!
//! Invariants: no bytes make this crate panic or hold more than [`Limits`] allow; what cannot be read is counted and costs
//! its neighbours nothing. It opens no file and no connection.

mod input;
mod json;
mod protobuf;
mod scan;
mod unpack;

use input::Input;
use skep_model::{Encoding, Signal};
use std::io::{self, Read};
use std::ops::ControlFlow;

/// How much is held at a time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one request: what is longer and cannot be cut is counted as unreadable.
    pub request_bytes: usize,
}

/// Bytes after which small records are sent as one request.
const BATCH_BYTES: usize = 1 << 20;

/// A request to be sent or kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which service it is for.
    pub signal: Signal,
    /// How it is written.
    pub encoding: Encoding,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What a file held.
#[derive(Debug, Default)]
pub struct Summary {
    /// Requests made of it.
    pub n_requests: u64,
    /// Records, or stretches of bytes, that could not be read.
    pub n_unreadable: u64,
    /// Why, of the first of them.
    pub first_reason: Option<&'static str>,
    /// Why it was not read to its end, if so.
    pub error: Option<io::Error>,
}

/// Where requests go, until it says that it wants no more.
pub type Take<'t> = &'t mut dyn FnMut(Request) -> ControlFlow<()>;

/// Reads a file of OTLP in JSON (one request, or one a line) or protobuf (one message, or the frames that the Collector
/// writes), or of traces in the JSON of Jaeger or Zipkin; any of them packed by gzip or zstd.
///
/// Bytes that are no telemetry are no error: they are counted. Where `file` cannot be read, or unpacked, what came before
/// was taken.
pub fn read(file: impl Read, limits: Limits, take: Take<'_>) -> Summary {
    let mut input = Input::new(unpack::unpack(file));
    let mut output = Output { limits, take, summary: Summary::default(), is_stopped: false };
    // A pipe may hold no more than a line for now.
    let n_bytes = if matches!(input.peek(1), [b'{' | b'[']) { 1 } else { HEAD_BYTES };
    let head = input.peek(n_bytes);
    if is_json(head) {
        if head.starts_with(BYTE_ORDER_MARK) {
            input.consume(BYTE_ORDER_MARK.len());
        }
        json::read(&mut input, &mut output);
    } else if !head.iter().all(u8::is_ascii_whitespace) {
        protobuf::read(&mut input, &mut output);
    }
    let mut summary = output.summary;
    summary.error = input.error();
    summary
}

/// Bytes looked at to tell what a file is.
const HEAD_BYTES: usize = 4 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A message of protobuf begins with the byte of a line's end, and a length that may be that of a brace: then what
/// follows tells.
fn is_json(head: &[u8]) -> bool {
    let is_message = matches!(head, [b'\n', b'{', b'\n', _, b'\n', ..] | [b'\n', b'{', 0x12 | 0x1a, ..]);
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    matches!(text.first(), Some(b'{' | b'[')) && !is_message
}

/// Requests on their way out.
struct Output<'t> {
    limits: Limits,
    take: Take<'t>,
    summary: Summary,
    is_stopped: bool,
}

impl Output<'_> {
    fn send(&mut self, signal: Signal, encoding: Encoding, body: Vec<u8>) {
        if !self.is_stopped {
            self.summary.n_requests += 1;
            self.is_stopped = (self.take)(Request { signal, encoding, body }).is_break();
        }
    }

    fn unreadable(&mut self, n: u64, reason: &'static str) {
        if n > 0 && !self.is_stopped {
            self.summary.n_unreadable += n;
            self.summary.first_reason.get_or_insert(reason);
        }
    }
}
