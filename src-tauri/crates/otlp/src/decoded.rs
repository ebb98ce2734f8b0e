use skep_model::Event;
use skep_model::columns::EventColumns;

/// What a request held.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// The events kept, in the order of the wire; a span, then its events, then its links.
    pub columns: EventColumns,
    /// Events in the request: the kept and the rejected ones.
    pub n_received: u64,
    /// Spans among them.
    pub n_spans_received: u64,
    /// What could not be kept as it came.
    pub problems: Problems,
    /// In Honeycomb's encodings, where each event is answered by itself: those that were rejected, ascending.
    pub rejections: Vec<Rejection>,
}

/// One event of a batch that cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its place in the batch, from 0.
    pub idx: usize,
    /// Why, in Honeycomb's words.
    pub error: &'static str,
}

impl Decoded {
    /// The events kept, one by one.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.columns.events()
    }
}

/// What could not be kept as it came, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// Events not kept: [`Decoded::n_received`] less the rows of [`Decoded::columns`].
    pub rejected_events: u64,
    /// Spans among them.
    pub rejected_spans: u64,
    /// Items of the signal among them, as `partial_success` counts: spans, log records or data points.
    pub rejected_items: u64,
    /// Events kept with [`skep_model::EventFlags::REPAIRED`].
    pub repaired: u64,
    /// Events kept with [`skep_model::EventFlags::TRUNCATED`].
    pub truncated: u64,
    /// Why, and what to do about it: at most [`crate::MESSAGES_MAX`] distinct sentences, rejections first. They hold
    /// no text from the telemetry.
    pub messages: Vec<String>,
}

impl Problems {
    /// Whether all was kept as it came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Problems::default()
    }
}

/// Why nothing of a request could be read. Permanent: HTTP 400, gRPC `INVALID_ARGUMENT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The framing breaks before the first record.
    #[error("the body is not an OTLP protobuf message: its framing breaks before the first record")]
    Protobuf,
    /// Not JSON at all.
    #[error("the body is not JSON: unexpected input at byte {offset}")]
    Json {
        /// Where reading stopped, counted from the first byte of the body.
        offset: usize,
    },
    /// JSON, but not an OTLP request.
    #[error("the body is JSON but not an OTLP request: expected an object with the list {list}")]
    JsonShape {
        /// `resourceSpans`, `resourceLogs` or `resourceMetrics`.
        list: &'static str,
    },
    /// No event at all, in Honeycomb's words.
    #[error("Request body should not be empty.")]
    HoneycombEmpty,
    /// No batch, event or marker of Honeycomb's, in Honeycomb's words.
    #[error("Request body is malformed and cannot be read.")]
    HoneycombMalformed,
    /// More events or values than memory is set aside for, in Honeycomb's words.
    #[error("Request body is too large.")]
    HoneycombTooLarge,
    /// More JSON values in a resource or a scope, or in a body that is read whole, than memory is set aside for.
    #[error("a part of the body holds more than {limit} JSON values: send less at once")]
    JsonTooLarge {
        /// The cap.
        limit: usize,
    },
}
