use crate::failure::Failure;
use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes in flight of all requests together: one permit a byte.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(crate) fn new(n_bytes: usize) -> Self {
        Budget(Arc::new(Semaphore::new(n_bytes.min(Semaphore::MAX_PERMITS))))
    }
}

/// Bytes set aside for a body before they come.
const AHEAD_BYTES_MAX: usize = 1 << 20;
/// Bytes of an unwanted body that are read to be able to say so: a client that is cut off in the middle of it mostly
/// does not look for an answer.
const DISCARDED_BYTES_MAX: usize = 256 << 20;
/// How long that may take.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(1);

/// What one request holds of the budget, given back when it is dropped.
#[derive(Default)]
pub(crate) struct Reserved(Option<OwnedSemaphorePermit>);

impl Reserved {
    /// Takes `n_bytes` more, without waiting: a client that comes again later costs less than one that is held.
    pub(crate) fn extend(&mut self, budget: &Budget, n_bytes: usize) -> Result<(), Failure> {
        let n_permits = u32::try_from(n_bytes).map_err(|_| Failure::overload())?;
        let permit =
            Arc::clone(&budget.0).try_acquire_many_owned(n_permits).map_err(|_| Failure::overload())?;
        match &mut self.0 {
            Some(held) => held.merge(permit),
            None => self.0 = Some(permit),
        }
        Ok(())
    }
}

/// A body that can be read on by who has handed it over.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Body>>);

impl Shared {
    pub(crate) fn new(body: Body) -> Self {
        Shared(Arc::new(Mutex::new(body)))
    }

    fn with<T>(&self, use_body: impl FnOnce(&mut Body) -> T) -> T {
        use_body(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.with(|body| Pin::new(body).poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}

/// Reads a body within `limit_bytes` and `timeout`.
pub(crate) async fn read(
    body: &mut Body,
    limit_bytes: usize,
    timeout: Duration,
    budget: &Budget,
    reserved: &mut Reserved,
) -> Result<Bytes, Failure> {
    let declared_bytes = body.size_hint().lower();
    if declared_bytes > limit_bytes as u64 {
        return Err(Failure::too_large(limit_bytes));
    }
    tokio::time::timeout(timeout, collect(body, limit_bytes, budget, reserved))
        .await
        .unwrap_or_else(|_| Err(Failure::too_slow()))
}

async fn collect(
    body: &mut Body,
    limit_bytes: usize,
    budget: &Budget,
    reserved: &mut Reserved,
) -> Result<Bytes, Failure> {
    // Growing costs a copy of what is there each time. Memory that is announced and never sent is never touched.
    let announced_bytes = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut whole = BytesMut::with_capacity(announced_bytes.min(AHEAD_BYTES_MAX));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::malformed("the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > limit_bytes {
            return Err(Failure::too_large(limit_bytes));
        }
        reserved.extend(budget, data.len())?;
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// Reads what a client that was refused early is still sending, within bounds: closing an HTTP/1 connection under
/// it would reset the connection and lose the answer.
pub(crate) async fn discard(body: &mut Shared) {
    let rest = async {
        let mut n_bytes = 0;
        while n_bytes <= DISCARDED_BYTES_MAX
            && let Some(Ok(frame)) = body.frame().await
        {
            n_bytes += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // A client that is still sending then learns of it by the closed connection.
    let _ = tokio::time::timeout(DISCARD_TIMEOUT, rest).await;
}
