use super::batch::request;
use crate::rig::http::{Connection, post};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The batches that were acknowledged: the truth that the store is held against.
pub type AckLog = BTreeSet<u64>;

/// How long the answer of a program may be under way after it has ended. One that runs is waited for without end.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// How long a refused batch waits: an eager sender would not even let the refusal's cause be seen to.
const REFUSED_PAUSE: Duration = Duration::from_millis(20);

/// What is being done about each batch that has no answer yet, for whoever asks why a load does not end.
type UnderWay = Arc<Mutex<BTreeMap<u64, String>>>;

/// Workers that send batch after batch, each over a connection of its own.
///
/// They send while an address is given to [`Load::point_at`] and wait while there is none. A batch without an answer
/// is sent again to the next address.
#[derive(Debug)]
pub struct Load {
    address: watch::Sender<Option<SocketAddr>>,
    acked: watch::Receiver<AckLog>,
    stop: watch::Sender<bool>,
    under_way: UnderWay,
    workers: JoinSet<()>,
}

#[derive(Clone)]
struct Worker {
    run: u64,
    next_batch: Arc<AtomicU64>,
    address: watch::Receiver<Option<SocketAddr>>,
    acked: watch::Sender<AckLog>,
    stop: watch::Receiver<bool>,
    under_way: UnderWay,
}

impl Load {
    /// Starts the workers; they wait for an address.
    #[must_use]
    pub fn start(run: u64, n_workers: usize) -> Self {
        let (address, address_seen) = watch::channel(None);
        let (acked, acked_seen) = watch::channel(AckLog::new());
        let (stop, stop_seen) = watch::channel(false);
        let next_batch = Arc::new(AtomicU64::new(0));
        let under_way = UnderWay::default();
        let worker = Worker {
            run,
            next_batch,
            address: address_seen,
            acked,
            stop: stop_seen,
            under_way: Arc::clone(&under_way),
        };
        let mut workers = JoinSet::new();
        for _ in 0..n_workers {
            workers.spawn(worker.clone().work());
        }
        Self { address, acked: acked_seen, stop, under_way, workers }
    }

    /// Sends to this OTLP/HTTP port from now on, or to none.
    pub fn point_at(&self, address: Option<SocketAddr>) {
        self.address.send_replace(address);
    }

    /// What is acknowledged so far.
    #[must_use]
    pub fn acked(&self) -> AckLog {
        self.acked.borrow().clone()
    }

    /// How many batches are acknowledged so far.
    #[must_use]
    pub fn n_acked(&self) -> usize {
        self.acked.borrow().len()
    }

    /// Waits until at least so many batches are acknowledged.
    pub async fn until_acked(&mut self, n_batches: usize) {
        self.acked
            .wait_for(|acked| acked.len() >= n_batches)
            .await
            .expect("workers run until they are stopped");
    }

    /// Lets each worker finish the batch in its hands, and says what was acknowledged. Needs an address that answers.
    pub async fn finish(mut self) -> AckLog {
        self.stop.send_replace(true);
        while let Some(ended) = self.workers.join_next().await {
            ended.expect("a worker does not panic");
        }
        self.acked.borrow().clone()
    }

    /// Stops at once, batches without an answer included, and says what was acknowledged.
    pub async fn abandon(mut self) -> AckLog {
        self.workers.shutdown().await;
        self.acked.borrow().clone()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // Nobody gave them up on purpose: a test has run out of patience.
        if !self.workers.is_empty() {
            eprintln!("batches without an answer: {:#?}", self.under_way.lock().unwrap());
        }
    }
}

impl Worker {
    fn note(&self, batch: u64, what: &str) {
        self.under_way.lock().unwrap().insert(batch, what.to_owned());
    }

    async fn work(mut self) {
        while !*self.stop.borrow() {
            let batch = self.next_batch.fetch_add(1, Ordering::Relaxed);
            let body = request(self.run, batch).encode_to_vec();
            self.deliver(batch, body).await;
            self.under_way.lock().unwrap().remove(&batch);
        }
    }

    async fn deliver(&mut self, batch: u64, body: Vec<u8>) {
        let mut connection: Option<Connection> = None;
        loop {
            let address = self.address.wait_for(Option::is_some).await.map(|address| *address);
            let Ok(Some(address)) = address else { return };
            self.note(batch, &format!("to be sent to {address}"));
            if connection.as_ref().is_none_or(|connection| connection.peer() != address) {
                connection = Connection::open(address).await.ok();
            }
            let Some(open) = connection.as_mut() else {
                tokio::task::yield_now().await;
                continue;
            };
            self.note(batch, &format!("sent to {address}"));
            let mut seen = self.address.clone();
            let ended = async {
                // Without a load there is no one left to wait for either.
                seen.wait_for(|now| *now != Some(address)).await.ok();
                tokio::time::sleep(LAST_ANSWER).await;
            };
            let answer = tokio::select! {
                answer = open.send(post("/v1/traces", "application/x-protobuf", body.clone())) => answer,
                () = ended => {
                    eprintln!("batch {batch}: {address} ended without a word");
                    connection = None;
                    continue;
                }
            };
            match answer {
                Ok(answer) if answer.status().is_success() => {
                    let answer =
                        ExportTraceServiceResponse::decode(&**answer.body()).expect("an OTLP answer");
                    assert_eq!(answer.partial_success, None, "batch {batch} is well-formed");
                    self.acked.send_modify(|acked| {
                        acked.insert(batch);
                    });
                    return;
                }
                Ok(answer) => {
                    assert!(answer.status().is_server_error(), "{answer:?}");
                    self.note(batch, &format!("refused by {address}: {answer:?}"));
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
                // Killed: the answer is lost, the batch is not.
                Err(_) => connection = None,
            }
        }
    }
}
