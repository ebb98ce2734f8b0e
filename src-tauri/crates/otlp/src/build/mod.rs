//! Drafts: what both encodings fill in, and the one place where they become rows.

mod log;
mod metric;
mod span;

pub(crate) use log::LogDraft;
pub(crate) use metric::{Buckets, ExemplarDraft, MetricDraft, MetricType, PointDraft, quantile};
pub(crate) use span::{LinkDraft, ParentSpan, SpanDraft, SpanEventDraft};

use skep_model::{SpanId, TraceId, Value};

/// An id as it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IdField<T> {
    /// Unset or empty.
    #[default]
    Absent,
    /// The right length, all zeros: W3C's and OTLP's way to say that there is none.
    Zero,
    Valid(T),
    /// Another length, or no hexadecimal digits.
    Invalid,
}

impl<T: Id> IdField<T> {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        match T::read(bytes) {
            Some(id) => IdField::Valid(id),
            None if bytes.is_empty() => IdField::Absent,
            None if bytes.len() == T::BYTES && bytes.iter().all(|byte| *byte == 0) => IdField::Zero,
            None => IdField::Invalid,
        }
    }

    /// From the hexadecimal digits of OTLP/JSON, in either case.
    pub(crate) fn from_hex(text: &str) -> Self {
        let mut bytes = [0; TraceId::BYTES];
        match bytes.get_mut(..T::BYTES).map(|bytes| const_hex::decode_to_slice(text, bytes)) {
            _ if text.is_empty() => IdField::Absent,
            Some(Ok(())) => Self::from_bytes(&bytes[..T::BYTES]),
            _ => IdField::Invalid,
        }
    }

    pub(crate) fn valid(self) -> Option<T> {
        match self {
            IdField::Valid(id) => Some(id),
            IdField::Absent | IdField::Zero | IdField::Invalid => None,
        }
    }
}

/// What the two kinds of id share.
pub(crate) trait Id: Copy + PartialEq {
    const BYTES: usize;
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl Id for TraceId {
    const BYTES: usize = TraceId::BYTES;
    fn read(bytes: &[u8]) -> Option<Self> {
        TraceId::from_bytes(bytes).ok()
    }
}

impl Id for SpanId {
    const BYTES: usize = SpanId::BYTES;
    fn read(bytes: &[u8]) -> Option<Self> {
        SpanId::from_bytes(bytes).ok()
    }
}

/// A count or a time as the signed number that values hold; above that, its digits.
pub(crate) fn unsigned(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| Value::text(number.to_string()), Value::Int)
}
