use super::KeyError;
use super::file::Secrets;
use keyring::{Entry, Error};
use std::time::Duration;
use tokio::sync::oneshot;

/// What the keychain's own window shows as the program.
const SERVICE: &str = "skep";

/// Asked for at start; never set.
const PROBE_ENTRY: &str = "probe";

/// A keychain that is there answers in some 10 ms.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// A locked keychain asks the user first.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// The system's keychain, which has answered once.
pub(super) struct Keychain;

impl Keychain {
    /// The keychain, if there is one and it answers soon.
    pub(super) async fn probe() -> Option<Self> {
        let asked = on_thread(PROBE_TIMEOUT, || match Entry::store_status() {
            Ok(()) => match Entry::new(SERVICE, PROBE_ENTRY)?.get_secret() {
                Ok(_) | Err(Error::NoEntry) => Ok(()),
                Err(error) => Err(error),
            },
            Err(_) => Err(Error::NoDefaultStore),
        });
        match asked.await {
            Ok(()) => Some(Self),
            Err(error) => {
                tracing::info!(%error, "no keychain answers: keys are kept in a file");
                None
            }
        }
    }

    pub(super) async fn get(&self, entry: String) -> Result<Secrets, KeyError> {
        let bytes = on_thread(ANSWER_TIMEOUT, move || Entry::new(SERVICE, &entry)?.get_secret()).await?;
        // Its error would quote the secret.
        serde_json::from_slice(&bytes)
            .map_err(|_| KeyError::Keychain("what it holds was not written by Skep".into()))
    }

    pub(super) async fn set(&self, entry: String, secrets: Secrets) -> Result<(), KeyError> {
        let bytes = serde_json::to_vec(&secrets).expect("texts serialise");
        on_thread(ANSWER_TIMEOUT, move || Entry::new(SERVICE, &entry)?.set_secret(&bytes)).await
    }

    /// Deletes an entry. One that stays behind is of no use to anyone who cannot read the keychain anyway.
    pub(super) async fn delete(&self, entry: String) {
        let deleted =
            on_thread(ANSWER_TIMEOUT, move || match Entry::new(SERVICE, &entry)?.delete_credential() {
                Err(Error::NoEntry) => Ok(()),
                outcome => outcome,
            });
        if let Err(error) = deleted.await {
            tracing::warn!(%error, "an old key stays in the keychain");
        }
    }
}

/// A name that no other data directory uses.
pub(super) fn new_entry() -> String {
    format!("destination-{}", const_hex::encode(rand::random::<[u8; 16]>()))
}

/// Asks on a thread of its own: the keychain blocks, may never answer, and must not hold up the end of the process as
/// a thread of the runtime's pool would.
async fn on_thread<T: Send + 'static>(
    timeout: Duration,
    ask: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Result<T, KeyError> {
    let (reply, answer) = oneshot::channel();
    std::thread::Builder::new()
        .name("keychain".into())
        .spawn(move || reply.send(ask()).ok())
        .map_err(|error| KeyError::Keychain(error.to_string()))?;
    match tokio::time::timeout(timeout, answer).await {
        Ok(Ok(Ok(value))) => Ok(value),
        // Display, never Debug: that one holds the bytes of a secret that could not be read.
        Ok(Ok(Err(error))) => Err(KeyError::Keychain(error.to_string())),
        Ok(Err(_)) => Err(KeyError::Keychain("asking it failed".into())),
        Err(_) => Err(KeyError::Keychain("it does not answer; is it locked?".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_keychain_that_never_answers_is_given_up_on() {
        let (_never, wait) = std::sync::mpsc::sync_channel::<()>(0);
        let asked = on_thread(ANSWER_TIMEOUT, move || {
            wait.recv().ok();
            Ok(())
        });
        assert!(matches!(asked.await, Err(KeyError::Keychain(_))));
    }
}
