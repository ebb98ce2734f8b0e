use super::http::{Address, HttpSender};
use crate::args::ImportArgs;
use crate::ask::data_dir;
use crate::failure::Failure;
use anyhow::anyhow;
use skep_engine::store::OpenError;
use skep_engine::store::clock::SystemClock;
use skep_engine::{KeepError, LocalStore, look_into, running_http};
use skep_import::Request;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where an import goes. Cloning shares.
#[derive(Clone)]
pub(crate) enum Target {
    /// A running Skep, or another receiver of OTLP over HTTP.
    Http(Address),
    /// The store itself, which no other process writes meanwhile.
    Store(Arc<LocalStore>, Arc<Path>),
}

/// What became of a request.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Events in it.
    pub(crate) n_received: u64,
    /// Of these the ones that were not kept, or refused.
    pub(crate) n_rejected: u64,
    /// Of these the ones that were there before; known of a store only.
    pub(crate) n_duplicate: u64,
    /// Why nothing or not all of it was kept as it came.
    pub(crate) message: Option<String>,
}

impl Target {
    /// The address given, else the Skep that runs on the data directory, else its store.
    pub(crate) async fn choose(args: &ImportArgs) -> Result<Self, Failure> {
        if let Some(url) = &args.to {
            let address = Address::parse(url).map_err(Failure::Usage)?;
            address.check().await?;
            return Ok(Target::Http(address));
        }
        let dir = data_dir(&args.store)?;
        let opened = {
            let dir = dir.clone();
            // Replaying a log takes a while.
            tokio::task::spawn_blocking(move || LocalStore::open(&dir, Arc::new(SystemClock::new()))).await?
        };
        match opened {
            Ok(store) => Ok(Target::Store(Arc::new(store), dir.into())),
            Err(OpenError::InUse(_)) => {
                running_http(&dir).map(|address| Target::Http(address.into())).ok_or_else(|| {
                    let dir = dir.display();
                    Failure::Other(anyhow!(
                        "another process uses {dir} and does not say where it listens: say --to URL"
                    ))
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn sender(&self) -> Sender {
        match self {
            Target::Http(address) => Sender::Http(HttpSender::new(address.clone())),
            Target::Store(store, _) => Sender::Store(Arc::clone(store)),
        }
    }

    pub(crate) async fn close(&self) {
        if let Target::Store(store, _) = self {
            store.close().await;
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Http(address) => address.fmt(f),
            Target::Store(_, dir) => dir.display().fmt(f),
        }
    }
}

/// One worker's way to the target.
pub(crate) enum Sender {
    Http(HttpSender),
    Store(Arc<LocalStore>),
}

impl Sender {
    /// Passes a request on. A request that is refused is no failure; a target that can take none is.
    pub(crate) async fn send(&mut self, request: Request) -> anyhow::Result<Taken> {
        let Request { signal, encoding, body } = request;
        match self {
            Sender::Store(store) => match store.keep(signal, encoding, body).await {
                Ok(kept) => Ok(Taken {
                    n_received: kept.n_received,
                    n_rejected: kept.problems.rejected_events,
                    n_duplicate: kept.n_duplicate,
                    message: kept.problems.messages.into_iter().next(),
                }),
                Err(KeepError::Decode(error)) => Ok(Taken::refused(1, error.to_string())),
                Err(KeepError::Append(error)) => Err(error.into()),
            },
            Sender::Http(sender) => {
                let held = match look_into(signal, encoding, &body) {
                    Ok(held) => held,
                    Err(error) => return Ok(Taken::refused(1, error.to_string())),
                };
                match sender.post(signal, encoding, body).await? {
                    Some(refusal) => Ok(Taken::refused(held.n_received, refusal)),
                    None => Ok(Taken {
                        n_received: held.n_received,
                        n_rejected: held.problems.rejected_events,
                        n_duplicate: 0,
                        message: held.problems.messages.into_iter().next(),
                    }),
                }
            }
        }
    }
}

impl Taken {
    fn refused(n_events: u64, message: String) -> Self {
        Self { n_received: n_events, n_rejected: n_events, n_duplicate: 0, message: Some(message) }
    }
}
