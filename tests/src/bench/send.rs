use super::data::Corpus;
use crate::rig::http::{Connection, post};
use anyhow::{Context, Result, bail};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// Connections that send side by side, as several processes would.
const N_CONNECTIONS: usize = 8;

/// Requests read ahead of them.
const READ_AHEAD: usize = 32;

/// A store that is full for the moment says so; an exporter waits and tries again.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// Sends a corpus over OTLP/HTTP protobuf and waits for every acknowledgement.
///
/// # Errors
/// At the first answer that is no acknowledgement of a whole request.
pub(super) async fn send(corpus: &Corpus, to: SocketAddr) -> Result<()> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let requests = corpus.requests()?;
    let reading = tokio::task::spawn_blocking(move || {
        for request in requests {
            // Nobody listens any more once a sender has failed; its error is the one to tell.
            if sender.blocking_send(request?).is_err() {
                break;
            }
        }
        anyhow::Ok(())
    });
    let receiver = Arc::new(Mutex::new(receiver));
    let mut senders = JoinSet::new();
    for _ in 0..N_CONNECTIONS {
        senders.spawn(one_sender(receiver.clone(), to));
    }
    drop(receiver);
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    reading.await?
}

async fn one_sender(requests: Arc<Mutex<mpsc::Receiver<Vec<u8>>>>, to: SocketAddr) -> Result<()> {
    let mut connection = Connection::open(to).await?;
    loop {
        let Some(request) = requests.lock().await.recv().await else { return Ok(()) };
        let body = bytes::Bytes::from(request);
        loop {
            let answer = connection.send(post("/v1/traces", "application/x-protobuf", body.clone())).await?;
            match answer.status().as_u16() {
                200 => {
                    let answer = ExportTraceServiceResponse::decode(&**answer.body()).context("an answer")?;
                    if let Some(partial) = answer.partial_success {
                        bail!("a whole request was sent, and a part refused: {partial:?}");
                    }
                    break;
                }
                429 | 503 => tokio::time::sleep(RETRY_AFTER).await,
                status => bail!("{status}: {}", String::from_utf8_lossy(answer.body())),
            }
        }
    }
}
