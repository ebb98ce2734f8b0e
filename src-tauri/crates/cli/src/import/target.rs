use super::http::{Address, HttpSender};
use super::totals::Totals;
use crate::args::ImportArgs;
use crate::ask::data_dir;
use crate::failure::Failure;
use anyhow::anyhow;
use skep_engine::import::{Keeper, Request, Stop, Taken};
use skep_engine::store::OpenError;
use skep_engine::store::clock::SystemClock;
use skep_engine::{KeepError, LocalStore, Problems, look_into, running_http};
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

    /// One worker's way to it, which says aloud what is not kept as it came.
    pub(crate) fn keeper(&self, totals: Arc<Totals>, stop: Arc<Stop>) -> TargetKeeper {
        let sender = match self {
            Target::Http(address) => Sender::Http(HttpSender::new(address.clone(), stop)),
            Target::Store(store, _) => Sender::Store(Arc::clone(store)),
        };
        TargetKeeper { sender, totals }
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
pub(crate) struct TargetKeeper {
    sender: Sender,
    totals: Arc<Totals>,
}

enum Sender {
    Http(HttpSender),
    Store(Arc<LocalStore>),
}

impl Keeper for TargetKeeper {
    async fn keep(&mut self, request: Request) -> Result<Taken, String> {
        let taken = self.sender.send(request).await.map_err(|error| format!("{error:#}"))?;
        self.totals.say_reason(&taken);
        Ok(taken)
    }
}

impl Sender {
    async fn send(&mut self, request: Request) -> anyhow::Result<Taken> {
        let Request { signal, encoding, body } = request;
        match self {
            Sender::Store(store) => match store.keep(signal, encoding, body).await {
                Ok(kept) => Ok(taken(kept.n_received, kept.n_duplicate, kept.problems)),
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
                    None => Ok(taken(held.n_received, 0, held.problems)),
                }
            }
        }
    }
}

fn taken(n_received: u64, n_duplicate: u64, problems: Problems) -> Taken {
    Taken {
        n_received,
        n_duplicate,
        n_rejected: problems.rejected_events,
        n_repaired: problems.repaired,
        n_truncated: problems.truncated,
        times: None,
        reason: problems.messages.into_iter().next(),
    }
}
