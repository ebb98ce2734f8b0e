//! Where keys lie: the system's keychain where one answers, else a file that only the user can read.
//!
//! The file also says for each destination what was stored and where, without the secrets that lie in the keychain. So
//! a key is never looked for in the wrong place, and the status page can tell of it without asking the keychain.

mod file;
mod keychain;

use crate::headers::key_kind;
use crate::secret::Secret;
use crate::status::{KeyPlace, KeyStatus};
use file::{KeyFile, Place, Record, Secrets};
use keychain::Keychain;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Secrets by destination. Cloning shares.
#[derive(Clone)]
pub struct KeyStore {
    inner: Arc<Inner>,
}

struct Inner {
    /// Held across a change, so that two do not write over one another.
    file: Mutex<Arc<KeyFile>>,
    path: PathBuf,
    keychain: Option<Keychain>,
}

/// What a destination's requests carry. `Debug` shows header names alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// Sent as `x-honeycomb-team`.
    pub(crate) key: Option<Secret>,
    /// Checked, with names in lower case.
    pub(crate) headers: Vec<(String, Secret)>,
}

/// What is known of a destination's secrets without reading them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Description {
    /// Scheme, host and port they were entered for; nothing when none are stored.
    pub(crate) origin: Option<String>,
    pub(crate) key: KeyStatus,
    pub(crate) header_names: Vec<String>,
    /// It was set on a command line and never saved by hand.
    pub(crate) from_command_line: bool,
}

/// Why keys cannot be read or written. Says nothing of the keys themselves.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot use the key file {path:?}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what was written.
    #[error("the key file {0:?} is damaged; delete it and enter the keys again")]
    Damaged(PathBuf),
    /// Other users of the machine can read the file.
    #[error(
        "others can read the key file {path:?} (mode {mode:o}); make it 600, or delete it and enter the keys anew"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The keychain holds the key and does not give it.
    #[error("the system's keychain does not give the key: {0}")]
    Keychain(String),
}

impl KeyStore {
    /// Uses the system's keychain if one answers now, else `keys.json` in `dir`. Takes at most a few seconds, even
    /// where a keychain never answers.
    pub async fn open(dir: &Path) -> Self {
        Self::new(dir, Keychain::probe().await)
    }

    /// Uses `keys.json` in `dir` and never asks for a keychain: for tests and machines without a session.
    #[must_use]
    pub fn file_only(dir: &Path) -> Self {
        Self::new(dir, None)
    }

    fn new(dir: &Path, keychain: Option<Keychain>) -> Self {
        let file = KeyFile::new(dir);
        let path = file.path().to_owned();
        Self { inner: Arc::new(Inner { file: Mutex::new(Arc::new(file)), path, keychain }) }
    }

    /// What is stored for a destination, without the secrets.
    pub(crate) async fn describe(&self, id: u64) -> Result<Description, KeyError> {
        let record = self.record(id).await?;
        Ok(record.map(|record| self.description(&record)).unwrap_or_default())
    }

    /// A destination's secrets, if they were entered for this origin; none otherwise.
    pub(crate) async fn load(&self, id: u64, origin: &str) -> Result<Credentials, KeyError> {
        let Some(record) = self.record(id).await? else { return Ok(Credentials::default()) };
        if record.origin != origin {
            return Ok(Credentials::default());
        }
        match record.place {
            Place::None | Place::CommandLine => Ok(Credentials::default()),
            Place::File(secrets) => Ok(secrets.into()),
            Place::Keychain { entry, .. } => match &self.inner.keychain {
                Some(keychain) => Ok(keychain.get(entry).await?.into()),
                None => Err(KeyError::Keychain("there is none in this session".into())),
            },
        }
    }

    /// Stores a destination's secrets, in place of what was there, and tells where they lie.
    pub(crate) async fn save(
        &self,
        id: u64,
        origin: &str,
        credentials: &Credentials,
    ) -> Result<Description, KeyError> {
        let file = self.inner.file.lock().await;
        let old_entry = match blocking(&file, move |file| file.read()).await?.remove(&id) {
            Some(Record { place: Place::Keychain { entry, .. }, .. }) => Some(entry),
            _ => None,
        };
        let place = match &self.inner.keychain {
            _ if *credentials == Credentials::default() => Place::None,
            Some(keychain) => {
                let entry = old_entry.clone().unwrap_or_else(keychain::new_entry);
                match keychain.set(entry.clone(), Secrets::from(credentials)).await {
                    Ok(()) => Place::Keychain {
                        entry,
                        has_key: credentials.key.is_some(),
                        hint: credentials.key.as_ref().and_then(Secret::hint),
                        kind: credentials.key.as_ref().map(key_kind).unwrap_or_default(),
                        header_names: names(&credentials.headers),
                    },
                    Err(error) => {
                        tracing::warn!(%error, "the key goes to a file, since the keychain did not take it");
                        Place::File(credentials.into())
                    }
                }
            }
            None => Place::File(credentials.into()),
        };
        if let (Some(keychain), Some(entry)) = (&self.inner.keychain, old_entry)
            && !matches!(place, Place::Keychain { .. })
        {
            keychain.delete(entry).await;
        }
        let record = Record { origin: origin.to_owned(), place };
        let description = self.description(&record);
        blocking(&file, move |file| file.put(id, Some(record))).await?;
        Ok(description)
    }

    /// Remembers that a destination came from a command line, unless something is stored for it.
    pub(crate) async fn mark_command_line(&self, id: u64, origin: &str) -> Result<(), KeyError> {
        let file = self.inner.file.lock().await;
        let record = Record { origin: origin.to_owned(), place: Place::CommandLine };
        blocking(&file, move |file| match file.read()?.contains_key(&id) {
            true => Ok(()),
            false => file.put(id, Some(record)),
        })
        .await
    }

    /// Deletes a destination's secrets.
    pub(crate) async fn forget(&self, id: u64) -> Result<(), KeyError> {
        let file = self.inner.file.lock().await;
        let record = blocking(&file, move |file| file.read()).await?.remove(&id);
        if let (Some(keychain), Some(Record { place: Place::Keychain { entry, .. }, .. })) =
            (&self.inner.keychain, record)
        {
            keychain.delete(entry).await;
        }
        blocking(&file, move |file| file.put(id, None)).await
    }

    async fn record(&self, id: u64) -> Result<Option<Record>, KeyError> {
        let file = self.inner.file.lock().await;
        Ok(blocking(&file, move |file| file.read()).await?.remove(&id))
    }

    fn description(&self, record: &Record) -> Description {
        let mut description = Description { origin: Some(record.origin.clone()), ..Description::default() };
        match &record.place {
            Place::None => {}
            Place::CommandLine => description.from_command_line = true,
            Place::File(secrets) => {
                let credentials = Credentials::from(secrets.clone());
                if let Some(key) = &credentials.key {
                    let path = Some(self.inner.path.clone());
                    description.key =
                        KeyStatus { place: KeyPlace::File, hint: key.hint(), kind: key_kind(key), path };
                }
                description.header_names = names(&credentials.headers);
            }
            Place::Keychain { has_key, hint, kind, header_names, .. } => {
                if *has_key {
                    description.key =
                        KeyStatus { place: KeyPlace::Keychain, hint: hint.clone(), kind: *kind, path: None };
                }
                description.header_names.clone_from(header_names);
            }
        }
        description
    }
}

/// Names of headers, as the status shows them.
pub(crate) fn names(headers: &[(String, Secret)]) -> Vec<String> {
    headers.iter().map(|(name, _)| name.clone()).collect()
}

/// Runs file work, which syncs, off the async threads.
async fn blocking<T: Send + 'static>(
    file: &Arc<KeyFile>,
    work: impl FnOnce(&KeyFile) -> Result<T, KeyError> + Send + 'static,
) -> Result<T, KeyError> {
    let shared = Arc::clone(file);
    match tokio::task::spawn_blocking(move || work(&shared)).await {
        Ok(outcome) => outcome,
        Err(error) => {
            Err(KeyError::Io { path: file.path().to_owned(), source: std::io::Error::other(error) })
        }
    }
}
