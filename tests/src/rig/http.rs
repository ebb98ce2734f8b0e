//! A plain HTTP/1.1 client: one connection, no pool, no redirects, no retries, so that what is seen is what was sent.

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// One open connection.
#[derive(Debug)]
pub struct Connection {
    peer: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(peer: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(peer).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
        let driver = tokio::spawn(async move {
            // Its error reaches the request that waits.
            let _ = connection.await;
        });
        Ok(Self { peer, sender, driver })
    }

    /// Whom it talks to.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// When the connection ends before the answer does.
    pub async fn send(&mut self, mut request: Request<Full<Bytes>>) -> Result<Response<Bytes>, hyper::Error> {
        let host = self.peer.to_string().parse().expect("an address is a header's text");
        request.headers_mut().entry(http::header::HOST).or_insert(host);
        self.sender.ready().await?;
        let (parts, body) = self.sender.send_request(request).await?.into_parts();
        Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Connects, sends one request, reads the answer, hangs up. Panics when there is none.
pub async fn once(peer: SocketAddr, request: Request<Full<Bytes>>) -> Response<Bytes> {
    Connection::open(peer).await.unwrap().send(request).await.unwrap()
}

/// A POST with a body of this type.
pub fn post(path: &str, content_type: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let request = Request::builder().method(Method::POST).uri(path).header("content-type", content_type);
    request.body(Full::new(body.into())).expect("a path and a header's text")
}

/// A GET.
#[must_use]
pub fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path).body(Full::default()).expect("a path")
}
