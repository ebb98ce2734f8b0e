//! Ids in Honeycomb's events are texts of any form. Most senders write W3C's bytes in hexadecimal; of the others an id
//! is made that is the same wherever the same text stands, so that spans still find their parents and their traces.

use skep_model::{SpanId, TraceId};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// An id that was read.
pub(super) struct Read<T> {
    pub(super) id: T,
    /// Whether the id says all that the text did.
    pub(super) is_exact: bool,
}

/// 16 bytes in hexadecimal; or 8 bytes, as Honeycomb itself shortens what begins with eight zeros; or a UUID, whose
/// bytes are taken; or a hash of the text.
pub(super) fn trace_id(text: &str) -> Read<TraceId> {
    let exact = |id| Read { id, is_exact: true };
    if let Ok(id) = TraceId::from_hex(text) {
        return exact(id);
    }
    if let Ok(half) = SpanId::from_hex(text) {
        let mut bytes = [0; TraceId::BYTES];
        bytes[TraceId::BYTES - SpanId::BYTES..].copy_from_slice(half.as_bytes());
        if let Ok(id) = TraceId::from_bytes(&bytes) {
            return exact(id);
        }
    }
    let id = uuid(text).unwrap_or_else(|| {
        let hash = xxh3_128(text.as_bytes()).max(1);
        TraceId::from_bytes(&hash.to_be_bytes()).expect("16 bytes that are not all zero")
    });
    Read { id, is_exact: false }
}

/// 8 bytes in hexadecimal, or a hash of the text.
pub(super) fn span_id(text: &str) -> Read<SpanId> {
    match SpanId::from_hex(text) {
        Ok(id) => Read { id, is_exact: true },
        Err(_) => {
            let hash = xxh3_64(text.as_bytes()).max(1);
            let id = SpanId::from_bytes(&hash.to_be_bytes()).expect("8 bytes that are not all zero");
            Read { id, is_exact: false }
        }
    }
}

fn uuid(text: &str) -> Option<TraceId> {
    const DASHES_AT: [usize; 4] = [8, 13, 18, 23];
    let is_uuid = text.len() == 36 && DASHES_AT.iter().all(|at| text.as_bytes()[*at] == b'-');
    if is_uuid { TraceId::from_hex(&text.replace('-', "")).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_an_id_and_the_same_text_the_same() {
        let cases = [
            ("4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e4736", true),
            ("a3ce929d0e0e4736", "0000000000000000a3ce929d0e0e4736", true),
            ("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736", false),
        ];
        for (text, hex, is_exact) in cases {
            let read = trace_id(text);
            assert_eq!((read.id.to_string().as_str(), read.is_exact), (hex, is_exact), "{text:?}");
        }
        for text in
            ["request 7", "00000000000000000000000000000000", "é", "4bf92f35-77b3-4da6-a3ce-929d0e0e473z"]
        {
            assert!(!trace_id(text).is_exact && !span_id(text).is_exact, "{text:?}");
            assert_eq!(trace_id(text).id, trace_id(text).id);
        }
        assert_ne!(trace_id("request 7").id, trace_id("request 8").id);
        assert!(span_id("00f067aa0ba902b7").is_exact);
        let foreign = span_id("4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
        assert!(!foreign.is_exact);
        assert_ne!(foreign.id, span_id("x").id);
    }
}
