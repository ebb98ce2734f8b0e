use super::answer::status_text;
use super::events::Mapped;
use super::routes::router;
use super::{Answer, Ledger, RequestRecord};
use axum::Router;
use http::HeaderMap;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A running stand-in on a free loopback port. Dropping it closes the port and every connection.
#[derive(Debug)]
pub struct Standin {
    address: SocketAddr,
    shared: Arc<Shared>,
    accept: JoinHandle<()>,
}

/// What every request sees.
#[derive(Debug)]
pub(super) struct Shared {
    key: String,
    answers: Mutex<Answers>,
    ledger: Mutex<Ledger>,
    /// The number of requests read so far; a test waits on it instead of sleeping.
    n_requests: watch::Sender<usize>,
}

#[derive(Debug)]
struct Answers {
    next: VecDeque<Answer>,
    standing: Answer,
}

impl Standin {
    /// Listens on a free port, accepting everything that carries `key`.
    pub async fn start(key: &str) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), key).await.expect("a free loopback port")
    }

    /// Listens where told; for a stand-in that comes back on the port it had.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start_at(address: SocketAddr, key: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            key: key.to_owned(),
            answers: Mutex::new(Answers { next: VecDeque::new(), standing: Answer::Accept }),
            ledger: Mutex::default(),
            n_requests: watch::Sender::new(0),
        });
        let accept = tokio::spawn(accept(listener, router(shared.clone())));
        Ok(Self { address, shared, accept })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base address, as `--forward` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers like this from now on.
    pub fn answer_with(&self, answer: Answer) {
        self.shared.answer_with(answer);
    }

    /// Answers the next requests like these, one each, and then as before.
    pub fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.shared.answers.lock().unwrap().next.extend(answers);
    }

    /// What has reached it so far.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.shared.ledger()
    }

    /// Waits until the ledger satisfies `enough`, looking again after each request.
    pub async fn until(&self, enough: impl Fn(&Ledger) -> bool) {
        let mut requests = self.shared.n_requests.subscribe();
        let _ = requests.wait_for(|_| enough(&self.ledger())).await;
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

/// Owns its connections: when it is aborted they end with it, as they do when a real server dies.
async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let service = TowerToHyperService::new(router.clone());
        connections.spawn(async move {
            // A client that goes away is the client's affair.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

impl Shared {
    pub(super) fn answer_with(&self, answer: Answer) {
        let mut answers = self.answers.lock().unwrap();
        answers.next.clear();
        answers.standing = answer;
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    pub(super) fn refusal_of_key(&self, headers: &HeaderMap) -> Option<&'static str> {
        match headers.get("x-honeycomb-team") {
            None => Some("missing 'x-honeycomb-team' header"),
            Some(key) if key.as_bytes() == self.key.as_bytes() => None,
            Some(_) => Some(status_text(401)),
        }
    }

    /// The answer that comes next, without taking it.
    pub(super) fn peek_answer(&self) -> Answer {
        let answers = self.answers.lock().unwrap();
        answers.next.front().unwrap_or(&answers.standing).clone()
    }

    pub(super) fn next_answer(&self) -> Answer {
        let mut answers = self.answers.lock().unwrap();
        answers.next.pop_front().unwrap_or_else(|| answers.standing.clone())
    }

    /// Writes the request down, answered or not.
    pub(super) fn record(&self, record: RequestRecord, kept: Option<Mapped>) {
        {
            let mut ledger = self.ledger.lock().unwrap();
            ledger.requests.push(record);
            if let Some(kept) = kept {
                ledger.events.extend(kept.events);
                for key in kept.spans {
                    *ledger.spans.entry(key).or_default() += 1;
                }
            }
        }
        self.n_requests.send_modify(|n| *n += 1);
    }
}
