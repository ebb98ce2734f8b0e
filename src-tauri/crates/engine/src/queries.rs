//! Queries that were asked, and those that were given a name, in a file beside the store: they belong to its data, and
//! stay when that is cleared.

use crate::beside;
use serde::{Deserialize, Serialize};
use skep_model::Nanos;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const FILE_NAME: &str = "skep.queries.json";

/// Queries that are remembered by themselves; the oldest are forgotten.
pub const HISTORY_MAX: usize = 100;

/// Queries that may have a name.
pub const SAVED_MAX: usize = 200;

/// A name's length, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// The length of a view and of its text, in bytes: several times what a browser's address holds, of which the text is a
/// part.
const VIEW_BYTES_MAX: usize = 16 << 10;

/// A query as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryView {
    /// The view as the address says it, from the `#` on. Two of the same address are one.
    pub address: String,
    /// The query in the text language.
    pub text: String,
}

/// One that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptQuery {
    /// What.
    #[serde(flatten)]
    pub view: QueryView,
    /// When last, in nanoseconds since the Unix epoch.
    pub ran_ns: u64,
}

/// One with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedQuery {
    /// Its name; no other has it.
    pub name: String,
    /// What.
    #[serde(flatten)]
    pub view: QueryView,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptQueries {
    /// Newest first.
    pub history: Vec<KeptQuery>,
    /// By name, case aside.
    pub saved: Vec<SavedQuery>,
}

/// Why a query cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum QueriesError {
    /// It says nothing, or too much.
    #[error("{0}")]
    Invalid(String),
    /// There is none of that name.
    #[error("no query is called {0:?}")]
    Unknown(String),
    /// The file beside the store cannot be written.
    #[error("cannot be kept: {0}")]
    Io(#[from] io::Error),
}

/// The queries of a data directory.
pub(crate) struct Queries {
    dir: PathBuf,
    /// Held while the file is written.
    kept: Mutex<KeptQueries>,
}

impl Queries {
    /// Those kept beside the store; none where the file cannot be understood.
    pub(crate) fn open(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), kept: Mutex::new(read(dir)) }
    }

    fn lock(&self) -> MutexGuard<'_, KeptQueries> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn all(&self) -> KeptQueries {
        self.lock().clone()
    }

    /// Remembers one that was asked.
    pub(crate) fn ran(&self, view: QueryView, now: Nanos) -> Result<KeptQueries, QueriesError> {
        check(&view)?;
        self.change(|kept| {
            kept.history.retain(|one| one.view.address != view.address);
            kept.history.insert(0, KeptQuery { view, ran_ns: now.0 });
            kept.history.truncate(HISTORY_MAX);
            Ok(())
        })
    }

    /// Gives one a name, in the place of what had it.
    pub(crate) fn save(&self, name: &str, view: QueryView) -> Result<KeptQueries, QueriesError> {
        check(&view)?;
        let name = name.trim();
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(QueriesError::Invalid(format!("a name has 1 to {NAME_BYTES_MAX} bytes")));
        }
        self.change(|kept| {
            kept.saved.retain(|one| one.name != name);
            if kept.saved.len() == SAVED_MAX {
                return Err(QueriesError::Invalid(format!(
                    "more than {SAVED_MAX} queries cannot be saved: forget one first"
                )));
            }
            kept.saved.push(SavedQuery { name: name.to_owned(), view });
            kept.saved.sort_by_cached_key(|one| (one.name.to_lowercase(), one.name.clone()));
            Ok(())
        })
    }

    /// Takes a name back.
    pub(crate) fn forget(&self, name: &str) -> Result<KeptQueries, QueriesError> {
        self.change(|kept| {
            let n_before = kept.saved.len();
            kept.saved.retain(|one| one.name != name);
            if kept.saved.len() < n_before { Ok(()) } else { Err(QueriesError::Unknown(name.to_owned())) }
        })
    }

    /// Forgets what was asked; names stay.
    pub(crate) fn forget_history(&self) -> Result<KeptQueries, QueriesError> {
        self.change(|kept| {
            kept.history.clear();
            Ok(())
        })
    }

    /// Nothing is changed that cannot be written.
    fn change(
        &self,
        change: impl FnOnce(&mut KeptQueries) -> Result<(), QueriesError>,
    ) -> Result<KeptQueries, QueriesError> {
        let mut kept = self.lock();
        let mut changed = kept.clone();
        change(&mut changed)?;
        beside::write_json(&self.dir, FILE_NAME, &changed)?;
        kept.clone_from(&changed);
        Ok(changed)
    }
}

fn check(view: &QueryView) -> Result<(), QueriesError> {
    if !view.address.starts_with("#/") {
        return Err(QueriesError::Invalid("an address begins with #/".to_owned()));
    }
    if view.address.len() > VIEW_BYTES_MAX || view.text.len() > VIEW_BYTES_MAX {
        return Err(QueriesError::Invalid(format!(
            "a query of more than {VIEW_BYTES_MAX} bytes is not kept"
        )));
    }
    Ok(())
}

fn read(dir: &Path) -> KeptQueries {
    let file = match std::fs::read(dir.join(FILE_NAME)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return KeptQueries::default(),
        Err(error) => {
            tracing::warn!(%error, "cannot read the queries that were kept");
            return KeptQueries::default();
        }
    };
    let mut kept: KeptQueries = serde_json::from_slice(&file).unwrap_or_else(|error| {
        tracing::warn!(%error, "{FILE_NAME} is not understood: no query is known");
        KeptQueries::default()
    });
    // A person may have written it.
    kept.history.retain(|one| check(&one.view).is_ok());
    kept.history.truncate(HISTORY_MAX);
    kept.saved.retain(|one| check(&one.view).is_ok());
    kept.saved.truncate(SAVED_MAX);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(n: usize) -> QueryView {
        QueryView {
            address: format!("#/explore?where=n+%3D+{n}"),
            text: format!("SELECT COUNT WHERE n = {n}"),
        }
    }

    fn numbers(kept: &KeptQueries) -> Vec<String> {
        kept.history.iter().map(|one| one.view.text.rsplit(' ').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_was_asked_comes_newest_first_once_and_has_an_end() {
        let dir = tempfile::tempdir().unwrap();
        let queries = Queries::open(dir.path());
        for (at, n) in [1, 2, 1, 3].into_iter().enumerate() {
            queries.ran(view(n), Nanos(at as u64)).unwrap();
        }
        assert_eq!(numbers(&queries.all()), ["3", "1", "2"]);
        assert_eq!(queries.all().history[1].ran_ns, 2);
        assert_eq!(Queries::open(dir.path()).all(), queries.all(), "it is kept");
        for n in 0..HISTORY_MAX + 5 {
            queries.ran(view(n), Nanos(9)).unwrap();
        }
        assert_eq!(queries.all().history.len(), HISTORY_MAX);
        assert_eq!(queries.forget_history().unwrap(), KeptQueries::default());
    }

    #[test]
    fn a_name_means_one_query() {
        let dir = tempfile::tempdir().unwrap();
        let queries = Queries::open(dir.path());
        queries.save("slow", view(1)).unwrap();
        queries.save(" Errors ", view(2)).unwrap();
        queries.save("slow", view(3)).unwrap();
        let saved = Queries::open(dir.path()).all().saved;
        let named: Vec<(&str, &str)> =
            saved.iter().map(|one| (one.name.as_str(), one.view.text.as_str())).collect();
        assert_eq!(named, [("Errors", "SELECT COUNT WHERE n = 2"), ("slow", "SELECT COUNT WHERE n = 3")]);
        assert!(matches!(queries.forget("Slow"), Err(QueriesError::Unknown(_))));
        assert_eq!(queries.forget("slow").unwrap().saved.len(), 1);
        assert!(matches!(queries.save(" ", view(1)), Err(QueriesError::Invalid(_))));
        let elsewhere = QueryView { address: "https://example.com".to_owned(), text: String::new() };
        assert!(matches!(queries.save("out", elsewhere), Err(QueriesError::Invalid(_))));
        for n in 1..SAVED_MAX {
            queries.save(&n.to_string(), view(n)).unwrap();
        }
        assert!(matches!(queries.save("more", view(1)), Err(QueriesError::Invalid(_))));
        queries.save("1", view(7)).expect("what had the name makes room");
    }

    #[test]
    fn a_file_that_is_not_understood_knows_none_and_one_by_hand_is_checked() {
        let dir = tempfile::tempdir().unwrap();
        for content in [
            "",
            "{",
            "[]",
            r#"{"history": 3}"#,
            r#"{"saved": [{"name": "x", "address": "javascript:", "text": ""}]}"#,
        ] {
            std::fs::write(dir.path().join(FILE_NAME), content).unwrap();
            assert_eq!(Queries::open(dir.path()).all(), KeptQueries::default(), "{content}");
        }
    }
}
