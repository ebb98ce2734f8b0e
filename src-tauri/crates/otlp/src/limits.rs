//! What is kept of hostile or careless input. Over a cap a thing is cut and its event flagged, never refused.

use serde::{Deserialize, Serialize};

/// What is kept of one request and of its records. Bytes that are decoded again have to be decoded within the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of one attribute value: a text, a byte string, a log body.
    pub value_bytes: usize,
    /// Bytes of one attribute key.
    pub key_bytes: usize,
    /// Bytes of a name, a status message, a trace state, a schema URL, a unit, a description.
    pub name_bytes: usize,
    /// Attributes of one record, and entries of one map value.
    pub attributes: usize,
    /// Items of one array value, buckets of one histogram.
    pub value_items: usize,
    /// Nested values kept, the outermost counted; what lies deeper is folded into the text `…`. No more than
    /// [`VALUE_LEVELS_MAX`].
    pub value_levels: usize,
    /// Events of one request; the rest is rejected with the advice to send smaller batches.
    pub request_events: usize,
}

impl Limits {
    /// Where nobody says otherwise.
    pub const DEFAULT: Limits = Limits {
        value_bytes: 1 << 20,
        key_bytes: 512,
        name_bytes: 64 << 10,
        attributes: 2_000,
        // Room for embedding vectors.
        value_items: 16_384,
        value_levels: 32,
        // 64 MiB of ordinary spans, which are 100 bytes and more, stay below it.
        request_events: 1 << 20,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::DEFAULT
    }
}

/// The most that [`Limits::value_levels`] may be: each level is a call on the stack, here and wherever values are shown.
pub const VALUE_LEVELS_MAX: usize = 100;
/// Events of one batch of Honeycomb's; the whole is refused above. Each is answered by itself, in up to 100 bytes, and
/// OTLP asks that answers stay below 4 MiB. Honeycomb's own clients send 50 to 500.
pub const HONEYCOMB_EVENTS_MAX: usize = 32 << 10;
/// Attributes, array items and map entries of one request. An empty one is two bytes on the wire and 40 in memory:
/// this bounds the sum, where the caps above bound each record.
pub(crate) const REQUEST_VALUES_MAX: usize = 4 << 20;
/// Distinct sentences of [`crate::Problems`].
pub const MESSAGES_MAX: usize = 8;
/// Nested protobuf groups skipped, as in prost. Nothing in OTLP is a group.
pub(crate) const GROUP_LEVELS_MAX: usize = 100;
/// Nested JSON brackets read: a level of maps takes four brackets, and the envelope sixteen at most.
pub(crate) const JSON_LEVELS_MAX: usize = 4 * VALUE_LEVELS_MAX + 16;
/// JSON values of one record, of a resource or a scope, or of a body that is read whole: each 32 to 56 bytes in memory. Room
/// for a span of 100,000 attributes.
pub(crate) const JSON_NODES_MAX: usize = 1 << 20;
