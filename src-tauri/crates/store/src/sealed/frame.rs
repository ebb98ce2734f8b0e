//! What stands around every part: how it is compressed, and a checksum.
//!
//! A damaged page of the file could otherwise be read as other telemetry: SQLite checks the shape of its pages, not
//! what they hold.

use skep_model::bytes::{Input, put_varint};
use std::cell::RefCell;
use xxhash_rust::xxh3::xxh3_64;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

/// Level 3 costs twice the time of level 1 and saves nothing on these columns.
const ZSTD_LEVEL: i32 = 1;

/// Shorter matches in codes that repeat by chance save no bytes, and take a quarter longer to undo.
const ZSTD_MATCH_BYTES_MIN: u32 = 7;

/// Below this nothing is gained by compressing.
const COMPRESS_BYTES_MIN: usize = 32;

/// Above this a length is damage: a segment's requests are capped far below.
const FRAME_BYTES_MAX: usize = 1 << 30;

/// Room for the next part that a thread keeps, at most.
const PART_KEPT_BYTES_MAX: usize = 1 << 20;

const STORED: u8 = 0;
const ZSTD: u8 = 1;

thread_local! {
    // A context is some hundred KiB that take longer to make than a small page to read.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    /// The last part, for the room it takes: pages are read by the thousand.
    static PART: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Puts a part into its frame, compressed where that makes it smaller.
pub(crate) fn wrap(part: &[u8]) -> Vec<u8> {
    let compressed = (part.len() >= COMPRESS_BYTES_MIN).then(|| compress(part)).flatten();
    match compressed {
        // Less than a sixteenth saved is not worth the time to undo it.
        Some(compressed) if compressed.len() + part.len() / 16 < part.len() => {
            framed(ZSTD, Some(part.len()), &compressed)
        }
        _ => framed(STORED, None, part),
    }
}

/// Puts a part that does not compress, such as random ids, into its frame.
pub(crate) fn wrap_stored(part: &[u8]) -> Vec<u8> {
    framed(STORED, None, part)
}

fn framed(codec: u8, raw_bytes: Option<usize>, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 16);
    out.push(codec);
    out.extend_from_slice(&checksum(payload));
    if let Some(raw_bytes) = raw_bytes {
        put_varint(&mut out, raw_bytes as u64);
    }
    out.extend_from_slice(payload);
    out
}

/// Hands the part inside a frame to `read`; nothing when the frame is damaged or `read` says so.
pub(crate) fn unwrap<T>(frame: &[u8], read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    let mut input = Input::new(frame);
    let codec = input.byte()?;
    let expected: [u8; 4] = input.array()?;
    match codec {
        STORED => (checksum(input.rest()) == expected).then(|| read(input.rest()))?,
        ZSTD => {
            let raw_bytes =
                usize::try_from(input.varint()?).ok().filter(|bytes| *bytes <= FRAME_BYTES_MAX)?;
            if checksum(input.rest()) != expected {
                return None;
            }
            // Taken out, in case `read` unwraps another.
            let mut part = PART.take();
            let result = decompress(input.rest(), raw_bytes, &mut part).and_then(|()| read(&part));
            if part.capacity() <= PART_KEPT_BYTES_MAX {
                PART.set(part);
            }
            result
        }
        _ => None,
    }
}

fn checksum(payload: &[u8]) -> [u8; 4] {
    (xxh3_64(payload) as u32).to_le_bytes()
}

fn compress(part: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            let mut compressor = Compressor::new(ZSTD_LEVEL).ok()?;
            compressor.set_parameter(CParameter::MinMatch(ZSTD_MATCH_BYTES_MIN)).ok()?;
            *slot = Some(compressor);
        }
        slot.as_mut()?.compress(part).ok()
    })
}

fn decompress(compressed: &[u8], raw_bytes: usize, part: &mut Vec<u8>) -> Option<()> {
    part.clear();
    part.reserve(raw_bytes);
    DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Decompressor::new().ok();
        }
        let n_bytes = slot.as_mut()?.decompress_to_buffer(compressed, part).ok()?;
        (n_bytes == raw_bytes && part.len() == raw_bytes).then_some(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_noticed() {
        let parts = [vec![], vec![7; 1000], (0..=255).collect::<Vec<u8>>()];
        for part in parts {
            let frame = wrap(&part);
            assert_eq!(unwrap(&frame, |read| Some(read.to_vec())), Some(part.clone()));
            for bit in 0..frame.len() * 8 {
                let mut damaged = frame.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                let read = unwrap(&damaged, |read| Some(read.to_vec()));
                assert_eq!(read, None, "bit {bit} of {}", frame.len() * 8);
            }
            assert_eq!(unwrap(&frame[..frame.len() - 1], |read| Some(read.len())), None);
        }
    }
}
