use crate::beyond::NeedsToken;
use crate::config::Limits;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Bytes buffered of one HTTP/1 connection: headers and a piece of the body.
const HTTP1_BUFFER_BYTES: usize = 64 << 10;
/// How long an idle client may take to notice that it is said goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// The requests of one connection.
#[derive(Clone, Copy, Default)]
struct Requests {
    n_seen: u64,
    n_open: u64,
}

/// The server's settings, the same for every connection.
///
/// hyper's own timer for HTTP/1 headers runs while a connection is idle too, so it is set to the idle time, and
/// [`idle`] cuts off who sends no first request in the header time.
pub(crate) fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_buf_size(HTTP1_BUFFER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(limits.header_bytes);
    builder
}

/// Serves a connection until its client leaves, it is idle, or `stop` asks it to finish what it has begun.
pub(crate) async fn serve(
    stream: TcpStream,
    builder: Builder<TokioExecutor>,
    router: Router,
    needs_token: bool,
    limits: Limits,
    stop: CancellationToken,
) {
    let (requests, watched) = watch::channel(Requests::default());
    let service = service_fn(|mut request: hyper::Request<Incoming>| {
        if needs_token {
            request.extensions_mut().insert(NeedsToken);
        }
        let router = router.clone();
        let open = Open::new(requests.clone());
        async move {
            let response = router.oneshot(request.map(Body::new)).await;
            drop(open);
            response
        }
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = idle(watched, &limits) => {
            connection.as_mut().graceful_shutdown();
            // The outcome is the client's: either it left or it is left.
            let _ = timeout(GOODBYE, connection).await;
            return;
        }
        () = stop.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
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

/// Returns when no request has been open for as long as the limits allow.
async fn idle(mut requests: watch::Receiver<Requests>, limits: &Limits) {
    loop {
        let Requests { n_seen, n_open } = *requests.borrow_and_update();
        let patience = if n_seen == 0 { limits.header_timeout } else { limits.idle_timeout };
        let changed = if n_open > 0 {
            Ok(requests.changed().await)
        } else {
            timeout(patience, requests.changed()).await
        };
        // The sender lives as long as the connection, which this is a part of.
        if !matches!(changed, Ok(Ok(()))) {
            return;
        }
    }
}
