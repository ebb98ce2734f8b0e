use crate::beyond::NeedsToken;
use crate::config::Limits;
use crate::idle::Idle;
use crate::sink::RefusedReason;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The least that hyper buffers of an HTTP/1 connection, and reads of a body at a time: with less the calls cost as much
/// as what they bring. Headers that fit into it are counted again, where a request is let in.
const HTTP1_BUFFER_BYTES_MIN: usize = 64 << 10;
/// How long an idle client may take to notice that it is said goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// The requests of one connection.
#[derive(Clone, Copy, Default)]
struct Requests {
    n_seen: u64,
    n_open: u64,
}

/// What connections of one receiver share.
#[derive(Clone)]
pub(crate) struct Connections {
    builder: Builder<TokioExecutor>,
    router: Router,
    limits: Limits,
    pub(crate) idle: Idle,
}

/// Why a connection is ended from this side.
enum Leave {
    /// No request for as long as the limits allow, since its beginning or since its last one.
    Silent { has_spoken: bool },
    /// Another one needs its place.
    Evicted,
}

impl Connections {
    /// The server's settings are the same for every connection.
    ///
    /// hyper's own timer for HTTP/1 headers runs while a connection is idle too, so it is set to the idle time, and
    /// [`leave`] cuts off who sends no first request in the header time.
    pub(crate) fn new(router: Router, limits: Limits) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        let header_bytes = usize::try_from(limits.header_bytes).unwrap_or(usize::MAX);
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle_timeout)
            .max_buf_size(header_bytes.max(HTTP1_BUFFER_BYTES_MIN));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(limits.header_bytes);
        Connections { builder, router, limits, idle: Idle::default() }
    }

    /// Serves a connection until its client leaves, it has to, or `stop` asks it to finish what it has begun. Returns why
    /// it was refused more, if it was.
    pub(crate) async fn serve(
        &self,
        stream: TcpStream,
        needs_token: bool,
        stop: CancellationToken,
    ) -> Option<RefusedReason> {
        let (requests, watched) = watch::channel(Requests::default());
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            if needs_token {
                request.extensions_mut().insert(NeedsToken);
            }
            let router = self.router.clone();
            let open = Open::new(requests.clone());
            async move {
                let response = router.oneshot(request.map(Body::new)).await;
                drop(open);
                response
            }
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = connection.as_mut() => {
                let error = ended.err()?;
                let is_too_large = error.downcast_ref().is_some_and(hyper::Error::is_parse_too_large);
                return is_too_large.then_some(RefusedReason::Headers);
            }
            why = leave(watched, &self.limits, &self.idle) => {
                connection.as_mut().graceful_shutdown();
                if matches!(why, Leave::Evicted) {
                    // Its place is needed now. An HTTP/1 connection is closed by this one look at it, and one of
                    // HTTP/2 has said goodbye.
                    poll_fn(|cx| Poll::Ready(connection.as_mut().poll(cx).is_ready())).await;
                    return Some(RefusedReason::Connections);
                }
                // The outcome is the client's: either it left or it is left.
                let _ = timeout(GOODBYE, connection).await;
                return matches!(why, Leave::Silent { has_spoken: false }).then_some(RefusedReason::TooSlow);
            }
            () = stop.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
        None
    }
}

/// A request from its headers to its answer.
struct Open(watch::Sender<Requests>);

impl Open {
    fn new(requests: watch::Sender<Requests>) -> Self {
        requests.send_modify(|requests| {
            requests.n_seen += 1;
            requests.n_open += 1;
        });
        Open(requests)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|requests| requests.n_open -= 1);
    }
}

/// Returns when a connection without an open request has to leave.
async fn leave(mut requests: watch::Receiver<Requests>, limits: &Limits, idle: &Idle) -> Leave {
    loop {
        let Requests { n_seen, n_open } = *requests.borrow_and_update();
        if n_open > 0 {
            // The sender lives as long as the connection, which this is a part of.
            let _ = requests.changed().await;
            continue;
        }
        let has_spoken = n_seen > 0;
        let patience = if has_spoken { limits.idle_timeout } else { limits.header_timeout };
        let place = idle.wait();
        tokio::select! {
            _ = requests.changed() => {}
            () = place.evicted() => return Leave::Evicted,
            () = tokio::time::sleep(patience) => return Leave::Silent { has_spoken },
        }
    }
}
