use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use skep_engine::import::Stop;
use skep_engine::model::{Encoding, Signal};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// How often a request is sent again to a receiver that is away or busy, and how long is waited each time, unless it
/// says so itself: half a minute in all.
const TRIES_MAX: u32 = 30;
const WAIT: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(30);

/// From the first byte sent to the last one of the answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Bytes of a refusal that are shown.
const REFUSAL_BYTES_MAX: usize = 300;

/// Where OTLP is received over plain HTTP.
#[derive(Clone)]
pub(crate) struct Address {
    /// Host and port.
    authority: Arc<str>,
    /// Before `/v1/traces` and its like.
    path: Arc<str>,
}

impl Address {
    /// Reads `http://HOST:PORT`, with a path before OTLP's own or without.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let uri = url.parse::<Uri>().ok().filter(|uri| uri.scheme_str() == Some("http"));
        let authority =
            uri.as_ref().and_then(Uri::authority).filter(|authority| !authority.as_str().contains('@'));
        let (Some(uri), Some(authority)) = (&uri, authority) else {
            return Err(format!("{url:?} is not the address of a receiver; try http://127.0.0.1:4318"));
        };
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            authority: format!("{}:{port}", authority.host()).into(),
            path: uri.path().trim_end_matches('/').into(),
        })
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self { authority: address.to_string().into(), path: "".into() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

impl Address {
    /// Whether anyone listens there.
    pub(crate) async fn check(&self) -> anyhow::Result<()> {
        connect(self).await.map(drop).with_context(|| format!("{self} cannot be reached"))
    }
}

/// One connection, opened again when it ends.
pub(crate) struct HttpSender {
    address: Address,
    connection: Option<SendRequest<Full<Bytes>>>,
    stop: Arc<Stop>,
}

/// What a receiver answers.
enum Answer {
    Accepted,
    /// For good, and why.
    Refused(String),
    /// Not now.
    Busy(Option<Duration>),
}

impl HttpSender {
    pub(crate) fn new(address: Address, stop: Arc<Stop>) -> Self {
        Self { address, connection: None, stop }
    }

    /// Sends a request until it is answered: nothing where it was taken, else why not.
    pub(crate) async fn post(
        &mut self,
        signal: Signal,
        encoding: Encoding,
        body: Vec<u8>,
    ) -> anyhow::Result<Option<String>> {
        let body = Bytes::from(body);
        let mut last_error = None;
        for _ in 0..TRIES_MAX {
            let answer = tokio::time::timeout(TIMEOUT, self.try_post(signal, encoding, body.clone())).await;
            let wait =
                match answer.unwrap_or_else(|_| Err(anyhow!("no answer within {} s", TIMEOUT.as_secs()))) {
                    Ok(Answer::Accepted) => return Ok(None),
                    Ok(Answer::Refused(reason)) => return Ok(Some(reason)),
                    Ok(Answer::Busy(wait)) => wait,
                    Err(error) => {
                        self.connection = None;
                        last_error = Some(error);
                        None
                    }
                };
            tokio::select! {
                () = tokio::time::sleep(wait.unwrap_or(WAIT).min(WAIT_MAX)) => {}
                () = self.stop.wait() => break,
            }
        }
        match last_error {
            Some(error) => Err(error.context(format!("{} cannot be reached", self.address))),
            None => bail!("{} takes nothing: it is busy, or its disk is full", self.address),
        }
    }

    async fn try_post(&mut self, signal: Signal, encoding: Encoding, body: Bytes) -> anyhow::Result<Answer> {
        let media_type =
            if encoding == Encoding::Json { "application/json" } else { "application/x-protobuf" };
        let request = Request::post(format!("{}/v1/{}", self.address.path, signal.as_str()))
            .header(HOST, &*self.address.authority)
            .header(CONTENT_TYPE, media_type)
            .body(Full::new(body))?;
        let connection = match &mut self.connection {
            Some(connection) if !connection.is_closed() => connection,
            _ => self.connection.insert(connect(&self.address).await?),
        };
        connection.ready().await?;
        let (head, body) = connection.send_request(request).await?.into_parts();
        let body =
            Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| anyhow!(error))?.to_bytes();
        Ok(match head.status {
            status if status.is_success() => Answer::Accepted,
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Answer::Busy(retry_after(&head.headers)),
            status => Answer::Refused(format!("{status}: {}", readable(&body))),
        })
    }
}

async fn connect(address: &Address) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(&*address.authority).await.context("no connection")?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Its error reaches the request that waits.
    tokio::spawn(connection);
    Ok(sender)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let secs = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(secs))
}

/// The printable beginning of an answer, which may be protobuf around a sentence.
fn readable(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(REFUSAL_BYTES_MAX)]);
    text.chars().filter(|c| !c.is_control() && *c != char::REPLACEMENT_CHARACTER).collect()
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_as_people_write_them() {
        let shown = |url| Address::parse(url).map(|address| address.to_string()).ok();
        assert_eq!(shown("http://127.0.0.1:4318").as_deref(), Some("http://127.0.0.1:4318"));
        assert_eq!(shown("http://collector/otlp/").as_deref(), Some("http://collector:80/otlp"));
        assert_eq!(shown("http://[::1]:4318").as_deref(), Some("http://[::1]:4318"));
        for url in ["", "127.0.0.1:4318", "https://x", "http://", "http://key@host", "ftp://x"] {
            assert_eq!(shown(url), None, "{url}");
        }
    }
}
