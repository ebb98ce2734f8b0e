//! The pages and names that are let in besides this machine's own, in a file beside the store.

use crate::beside;
use serde::{Deserialize, Serialize};
use skep_receive::{Allowed, NameKind, parse_name};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const FILE_NAME: &str = "skep.allowed.json";

/// Names that may be allowed; each is looked at for every request of a stranger.
pub const ALLOWED_MAX: usize = 64;

/// A page or a name of this machine that is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedName {
    /// What it is.
    pub kind: NameKind,
    /// Such as `https://shop.example.com` or `telemetry.example.com`.
    pub name: String,
    /// It was said at the start of this run, and is not kept.
    pub for_this_run: bool,
}

/// Why a name cannot be allowed or taken back.
#[derive(Debug, thiserror::Error)]
pub enum AllowError {
    /// It is no name of its kind.
    #[error("{0}")]
    NoName(&'static str),
    /// More than [`ALLOWED_MAX`].
    #[error("more than {ALLOWED_MAX} names cannot be allowed: take one back first")]
    TooMany,
    /// It was allowed on the command line.
    #[error("it was allowed at the start of this run: start without it")]
    ForThisRun,
    /// The file beside the store cannot be written.
    #[error("cannot be kept: {0}")]
    Io(#[from] io::Error),
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct File {
    origins: Vec<String>,
    hosts: Vec<String>,
}

/// What is allowed on a data directory.
pub(crate) struct AllowedNames {
    dir: PathBuf,
    for_this_run: BTreeSet<(NameKind, String)>,
    /// Held while the file is written.
    kept: Mutex<BTreeSet<(NameKind, String)>>,
    shared: Allowed,
}

impl AllowedNames {
    /// Those kept beside the store, and those of the command line. A file that cannot be read allows nothing.
    pub(crate) fn open(dir: &Path, for_this_run: Vec<(NameKind, String)>) -> Self {
        let names = Self {
            dir: dir.to_owned(),
            for_this_run: for_this_run.into_iter().collect(),
            kept: Mutex::new(read(dir)),
            shared: Allowed::default(),
        };
        names.share(&names.kept());
        names
    }

    fn kept(&self) -> MutexGuard<'_, BTreeSet<(NameKind, String)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn share(&self, kept: &BTreeSet<(NameKind, String)>) {
        self.shared.replace(self.for_this_run.union(kept).cloned());
    }

    /// What the receiver looks at.
    pub(crate) fn shared(&self) -> Allowed {
        self.shared.clone()
    }

    pub(crate) fn list(&self) -> Vec<AllowedName> {
        let kept = self.kept();
        let names = self.for_this_run.union(&kept);
        let allowed = |(kind, name): &(NameKind, String)| AllowedName {
            kind: *kind,
            name: name.clone(),
            for_this_run: self.for_this_run.contains(&(*kind, name.clone())),
        };
        names.map(allowed).collect()
    }

    /// Lets a name in from now on, or no longer, and returns it as it is kept.
    pub(crate) fn set(&self, kind: NameKind, name: &str, is_allowed: bool) -> Result<String, AllowError> {
        let name = parse_name(kind, name).map_err(AllowError::NoName)?;
        let entry = (kind, name.clone());
        if !is_allowed && self.for_this_run.contains(&entry) {
            return Err(AllowError::ForThisRun);
        }
        let mut kept = self.kept();
        let mut changed = kept.clone();
        match is_allowed {
            true => changed.insert(entry),
            false => changed.remove(&entry),
        };
        if changed.len() > ALLOWED_MAX {
            return Err(AllowError::TooMany);
        }
        let of =
            |kind| changed.iter().filter(|(its, _)| *its == kind).map(|(_, name)| name.clone()).collect();
        let file = File { origins: of(NameKind::Origin), hosts: of(NameKind::Host) };
        beside::write_json(&self.dir, FILE_NAME, &file)?;
        self.share(&changed);
        *kept = changed;
        Ok(name)
    }
}

fn read(dir: &Path) -> BTreeSet<(NameKind, String)> {
    let file = match std::fs::read(dir.join(FILE_NAME)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return BTreeSet::new(),
        Err(error) => {
            tracing::warn!(%error, "cannot read who is allowed to send: nobody but this machine is");
            return BTreeSet::new();
        }
    };
    let File { origins, hosts } = serde_json::from_slice(&file).unwrap_or_else(|error| {
        tracing::warn!(%error, "{FILE_NAME} is not understood: nobody but this machine may send");
        File::default()
    });
    let origins = origins.into_iter().map(|name| (NameKind::Origin, name));
    let hosts = hosts.into_iter().map(|name| (NameKind::Host, name));
    // A person may have written it.
    let names = origins.chain(hosts).filter_map(|(kind, name)| Some((kind, parse_name(kind, &name).ok()?)));
    names.take(ALLOWED_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use NameKind::{Host, Origin};

    #[test]
    fn what_is_allowed_stays_until_it_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let names = AllowedNames::open(dir.path(), vec![(Host, "run.example.com".to_owned())]);
        let receiver = names.shared();
        assert_eq!(names.set(Origin, "https://Shop.example.com", true).unwrap(), "https://shop.example.com");
        names.set(Host, "box.example.com", true).unwrap();
        assert!(receiver.contains(Origin, "https://shop.example.com"));
        assert!(matches!(names.set(Host, "run.example.com", false), Err(AllowError::ForThisRun)));
        assert!(matches!(names.set(Origin, "null", true), Err(AllowError::NoName(_))));

        let again = AllowedNames::open(dir.path(), Vec::new());
        let listed: Vec<String> = again.list().into_iter().map(|allowed| allowed.name).collect();
        assert_eq!(listed, ["https://shop.example.com", "box.example.com"], "not what was said for one run");
        again.set(Host, "box.example.com", false).unwrap();
        assert!(!again.shared().contains(Host, "box.example.com"));
        for number in again.list().len()..ALLOWED_MAX {
            again.set(Host, &format!("{number}.example.com"), true).unwrap();
        }
        assert!(matches!(again.set(Host, "more.example.com", true), Err(AllowError::TooMany)));
    }

    #[test]
    fn a_file_that_is_not_understood_allows_nobody() {
        let dir = tempfile::tempdir().unwrap();
        for content in ["", "{", "[]", r#"{"origins": "*"}"#, r#"{"origins": ["*", "null"], "hosts": ["*"]}"#]
        {
            std::fs::write(dir.path().join(FILE_NAME), content).unwrap();
            assert_eq!(AllowedNames::open(dir.path(), Vec::new()).list(), [], "{content}");
        }
    }
}
