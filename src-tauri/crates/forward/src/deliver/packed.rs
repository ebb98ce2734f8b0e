//! A request's body on the wire.

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// How a destination is sent bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    /// Entries as frames of zstd, what is written anew by gzip.
    Zstd,
    Gzip,
}

/// A body as it goes, in parts, one after another.
#[derive(Clone)]
pub(crate) struct Packed {
    parts: Vec<Bytes>,
    /// How it is compressed, as HTTP and gRPC name it.
    pub(crate) encoding: Option<&'static str>,
}

impl Packed {
    pub(crate) fn new(parts: Vec<Bytes>, encoding: Option<&'static str>) -> Self {
        Self { parts, encoding }
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.parts.iter().map(Bytes::len).sum()
    }

    /// The same behind something.
    pub(crate) fn behind(mut self, head: Bytes) -> Self {
        self.parts.insert(0, head);
        self
    }

    /// Sent part by part: joining those of some hundred kilobytes first would cost more than sending them.
    pub(crate) fn into_body(mut self) -> reqwest::Body {
        match &mut self.parts[..] {
            [] => reqwest::Body::default(),
            [only] => std::mem::take(only).into(),
            _ => reqwest::Body::wrap(Parts { left: self.n_bytes() as u64, parts: self.parts.into_iter() }),
        }
    }
}

struct Parts {
    parts: std::vec::IntoIter<Bytes>,
    left: u64,
}

impl Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let part = self.parts.next();
        self.left -= part.as_ref().map_or(0, |part| part.remaining() as u64);
        Poll::Ready(part.map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
