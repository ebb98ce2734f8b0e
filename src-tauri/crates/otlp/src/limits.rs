//! What is kept of hostile or careless input. Over a cap a thing is cut and its event flagged, never refused.

/// Bytes of one attribute value: a text, a byte string, a log body.
pub const VALUE_BYTES_MAX: usize = 1 << 20;
/// Bytes of one attribute key.
pub const KEY_BYTES_MAX: usize = 512;
/// Bytes of a name, a status message, a trace state, a schema URL, a unit, a description.
pub const NAME_BYTES_MAX: usize = 64 << 10;
/// Attributes of one record, and entries of one map value.
pub const ATTRIBUTES_MAX: usize = 2_000;
/// Items of one array value, buckets of one histogram: room for embedding vectors.
pub const VALUE_ITEMS_MAX: usize = 16_384;
/// Nested values kept, the outermost counted; what lies deeper is folded into the text `…`.
pub const VALUE_LEVELS_MAX: usize = 32;
/// Events of one request; the rest is rejected with the advice to send smaller batches. 64 MiB of ordinary spans,
/// which are 100 bytes and more, stay below it.
pub const REQUEST_EVENTS_MAX: usize = 1 << 20;
/// Events of one batch of Honeycomb's; the whole is refused above. Each is answered by itself, in up to 100 bytes, and
/// OTLP asks that answers stay below 4 MiB. Honeycomb's own clients send 50 to 500.
pub const HONEYCOMB_EVENTS_MAX: usize = 32 << 10;
/// Attributes, array items and map entries of one request. An empty one is two bytes on the wire and 40 in memory:
/// this bounds the sum, where the caps above bound each record.
pub(crate) const REQUEST_VALUES_MAX: usize = 8 << 20;
/// Distinct sentences of [`crate::Problems`].
pub const MESSAGES_MAX: usize = 8;
/// Nested protobuf groups skipped, as in prost. Nothing in OTLP is a group.
pub(crate) const GROUP_LEVELS_MAX: usize = 100;
/// Nested JSON brackets read: 32 levels of maps take four brackets each, and the envelope eight more.
pub(crate) const JSON_LEVELS_MAX: usize = 144;
/// JSON values of one request, each 32 to 56 bytes in memory.
pub(crate) const JSON_NODES_MAX: usize = 16 << 20;
