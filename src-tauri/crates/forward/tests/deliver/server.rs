//! A real HTTP/1.1 server on loopback that keeps what it gets and answers as it is told.

use std::io::Read;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Decompressed; empty where it cannot be.
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) enum Reply {
    /// Status, header lines that each end in CRLF, body.
    Answer(u16, String, Vec<u8>),
    /// Reads the request and never answers.
    Silence,
    /// Reads the request and closes the connection.
    Close,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Reply::Answer(status, String::new(), Vec::new())
    }
}

type Decide = Box<dyn FnMut(&Request) -> Reply + Send>;

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    requests: watch::Sender<Vec<Request>>,
    decide: Arc<Mutex<Decide>>,
}

impl Server {
    pub(crate) async fn start(decide: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            requests: watch::Sender::default(),
            decide: Arc::new(Mutex::new(Box::new(decide))),
        };
        let accepting = server.clone();
        // Ends with the test's runtime.
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(stream));
            }
        });
        server
    }

    pub(crate) fn answer_with(&self, decide: impl FnMut(&Request) -> Reply + Send + 'static) {
        *self.decide.lock().unwrap() = Box::new(decide);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    pub(crate) async fn wait_for(&self, n_requests: usize) {
        let mut requests = self.requests.subscribe();
        requests.wait_for(|requests| requests.len() >= n_requests).await.unwrap();
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some(request) = read(&mut stream).await {
            let reply = (self.decide.lock().unwrap())(&request);
            self.requests.send_modify(|requests| requests.push(request));
            let (status, headers, body) = match reply {
                Reply::Answer(status, headers, body) => (status, headers, body),
                Reply::Silence => return std::future::pending().await,
                Reply::Close => return,
            };
            let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
            if stream.write_all(&[head.as_bytes(), &body].concat()).await.is_err() {
                return;
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse::<usize>().ok()?;
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let mut body = Vec::new();
    let encoding = headers.iter().find(|(name, _)| name == "content-encoding");
    let sent = &bytes[head_end..];
    let read = match encoding.map_or("identity", |(_, encoding)| encoding) {
        "identity" => {
            body.extend_from_slice(sent);
            Ok(sent.len())
        }
        "zstd" => zstd::Decoder::new(sent).and_then(|mut decoder| decoder.read_to_end(&mut body)),
        _ => flate2::read::GzDecoder::new(sent).read_to_end(&mut body),
    };
    if read.is_err() {
        body.clear();
    }
    Some(Request { path, headers, body })
}
