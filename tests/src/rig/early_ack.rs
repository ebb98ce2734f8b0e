//! The control of the crash test: a proxy that breaks the promise on purpose. It answers 200 before it passes a
//! request on, so what it acknowledged can be lost, and a rig that sees no loss behind it sees nothing.

use super::http::Connection;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Acknowledged requests that may wait to be passed on.
const WAITING_REQUESTS: usize = 64;

/// A running proxy; dropping it ends it.
#[derive(Debug)]
pub struct EarlyAck {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl EarlyAck {
    /// Stands before the HTTP port at `target`.
    pub async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (waiting, to_pass_on) = mpsc::channel(WAITING_REQUESTS);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, waiting));
        tasks.spawn(pass_on(target, to_pass_on));
        Self { address, _tasks: tasks }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener, waiting: mpsc::Sender<Request<Full<Bytes>>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let waiting = waiting.clone();
        let service = service_fn(move |request| acknowledge(request, waiting.clone()));
        connections.spawn(async move {
            // A sender that goes away is the sender's affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn acknowledge(
    request: Request<Incoming>,
    waiting: mpsc::Sender<Request<Full<Bytes>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (mut parts, body) = request.into_parts();
    // Those of the next hop are its own.
    for own in [HOST, CONTENT_LENGTH, TRANSFER_ENCODING] {
        parts.headers.remove(own);
    }
    if let Ok(body) = body.collect().await {
        // Once the target is dead nobody takes the request, and it is acknowledged all the same.
        let _ = waiting.send(Request::from_parts(parts, Full::new(body.to_bytes()))).await;
    }
    let empty = Response::builder().header("content-type", "application/x-protobuf").body(Full::default());
    Ok(empty.expect("a header's text"))
}

async fn pass_on(target: SocketAddr, mut waiting: mpsc::Receiver<Request<Full<Bytes>>>) {
    let Ok(mut connection) = Connection::open(target).await else { return };
    while let Some(request) = waiting.recv().await {
        if connection.send(request).await.is_err() {
            return;
        }
    }
}
