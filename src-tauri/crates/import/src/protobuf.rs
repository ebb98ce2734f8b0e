//! Protobuf: the frames of the Collector's file exporter, a length of four bytes, big-endian, before each message; or one
//! message, whose resources are requests of their own, since repeated fields append.

use crate::input::Input;
use crate::unpack::{ZSTD, unzstd};
use crate::{BATCH_BYTES, Output};
use skep_model::{Encoding, Signal};
use std::io::Read;

/// The tag of field 1, a message: how a request of any signal begins.
const RESOURCE_GROUP: u8 = 0x0a;

const LENGTH_BYTES: usize = 4;

const NOT_TELEMETRY: &str = "neither OTLP nor traces of Jaeger or Zipkin";
const BROKEN_OFF: &str = "it breaks off";
const TOO_LONG: &str = "a request is longer than a receiver takes";
const NO_SIGNAL: &str = "a message is none of OTLP";

pub(crate) fn read(input: &mut Input<impl Read>, output: &mut Output<'_>) {
    let head = input.peek(LENGTH_BYTES + 1);
    match head {
        [a, b, c, d, RESOURCE_GROUP | b'{' | 0x28, ..]
            if length([*a, *b, *c, *d]) <= output.limits.request_bytes =>
        {
            frames(input, output);
        }
        [RESOURCE_GROUP, ..] => message(input, output),
        _ => output.unreadable(1, NOT_TELEMETRY),
    }
}

fn length(bytes: [u8; LENGTH_BYTES]) -> usize {
    u32::from_be_bytes(bytes) as usize
}

fn frames(input: &mut Input<impl Read>, output: &mut Output<'_>) {
    while !output.is_stopped {
        let Ok(bytes) = <[u8; LENGTH_BYTES]>::try_from(input.peek(LENGTH_BYTES)) else {
            output.unreadable(u64::from(!input.peek(1).is_empty()), BROKEN_OFF);
            return;
        };
        input.consume(LENGTH_BYTES);
        if length(bytes) > output.limits.request_bytes {
            output.unreadable(1, TOO_LONG);
            if !input.skip(length(bytes) as u64) {
                return;
            }
            continue;
        }
        match input.take(length(bytes)) {
            Some(frame) => self::frame(frame, output),
            None => {
                output.unreadable(1, BROKEN_OFF);
                return;
            }
        }
    }
}

/// A message, which the Collector may have packed by itself, or written as JSON.
fn frame(frame: Vec<u8>, output: &mut Output<'_>) {
    if !frame.starts_with(ZSTD) {
        return plain(frame, output);
    }
    let limit = output.limits.request_bytes;
    let mut unpacked = Vec::new();
    let is_whole =
        unzstd(&*frame).is_ok_and(|reader| reader.take(limit as u64 + 1).read_to_end(&mut unpacked).is_ok());
    match unpacked.len() {
        n if n > limit => output.unreadable(1, TOO_LONG),
        _ if !is_whole => output.unreadable(1, BROKEN_OFF),
        _ => plain(unpacked, output),
    }
}

fn plain(message: Vec<u8>, output: &mut Output<'_>) {
    if message.starts_with(b"{") {
        return crate::json::read(&mut Input::new(&*message), output);
    }
    match skep_otlp::sniff_signal(&message) {
        Some(signal) => output.send(signal, Encoding::Protobuf, message),
        // Without records nothing of value is lost.
        None if is_empty(&message) => {}
        None => output.unreadable(1, NO_SIGNAL),
    }
}

fn is_empty(message: &[u8]) -> bool {
    let decoded = skep_otlp::decode(skep_otlp::Request::otlp(Signal::Traces, Encoding::Protobuf, message));
    decoded.is_ok_and(|decoded| decoded.n_received == 0)
}

fn message(input: &mut Input<impl Read>, output: &mut Output<'_>) {
    let mut batch: Option<(Signal, Vec<u8>)> = None;
    while !output.is_stopped && !input.peek(1).is_empty() {
        let Some((tag_bytes, group_bytes)) = group_head(input.peek(1 + VARINT_BYTES_MAX)) else {
            output.unreadable(1, BROKEN_OFF);
            break;
        };
        let n_bytes = group_bytes.saturating_add(tag_bytes as u64);
        let Some(n_held) = usize::try_from(n_bytes).ok().filter(|n| *n <= output.limits.request_bytes) else {
            output.unreadable(1, TOO_LONG);
            if !input.skip(n_bytes) {
                break;
            }
            continue;
        };
        let Some(group) = input.take(n_held) else {
            output.unreadable(1, BROKEN_OFF);
            break;
        };
        let Some(signal) = skep_otlp::sniff_signal(&group) else { continue };
        match &mut batch {
            Some((of_batch, bytes)) if *of_batch == signal && bytes.len() + group.len() <= BATCH_BYTES => {
                bytes.extend_from_slice(&group);
            }
            _ => {
                if let Some((signal, bytes)) = batch.replace((signal, group)) {
                    output.send(signal, Encoding::Protobuf, bytes);
                }
            }
        }
    }
    if let Some((signal, bytes)) = batch {
        output.send(signal, Encoding::Protobuf, bytes);
    }
}

const VARINT_BYTES_MAX: usize = 10;

/// The bytes of a group's tag and length, and those of what follows; nothing where another field stands there.
fn group_head(head: &[u8]) -> Option<(usize, u64)> {
    let (tag, rest) = head.split_first()?;
    if *tag != RESOURCE_GROUP {
        return None;
    }
    let mut length = 0u64;
    for (idx, byte) in rest.iter().enumerate().take(VARINT_BYTES_MAX - 1) {
        length |= u64::from(byte & 0x7f) << (7 * idx);
        if byte & 0x80 == 0 {
            return Some((idx + 2, length));
        }
    }
    None
}
