//! The settings of a running Skep: what it started with, what the file says now, what of it is in force.

use super::Settings;
use super::fields::{Effect, FIELDS, Field};
use super::file::{self, Loaded, Problem, SaveError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use tokio::sync::watch;

/// What the command line or the environment said instead of the file, for one run: each key with the words that said it,
/// such as `--store-max`.
pub type Overrides = BTreeMap<&'static str, String>;

/// One setting as it is now.
pub struct FieldNow {
    /// What it is.
    pub field: &'static Field,
    /// What holds in this run, or what the next one will begin with.
    pub value: String,
    /// What holds without a word in the file.
    pub usual: String,
    /// The file says it.
    pub is_said: bool,
    /// What the file says instead cannot be, in a sentence.
    pub problem: Option<String>,
    /// What said it for this run, if not the file.
    pub overridden_by: Option<String>,
    /// It takes effect only when Skep is started again.
    pub waits_for_start: bool,
}

/// The file's settings as a running Skep follows them.
pub struct LiveSettings {
    /// Nothing where the system names no place for it.
    path: Option<PathBuf>,
    /// As this run began, the words of the command line included.
    started: Settings,
    overrides: Overrides,
    now: Mutex<Now>,
    changes: watch::Sender<u64>,
}

struct Now {
    loaded: Loaded,
    /// Of the file that was read last.
    stamp: Option<(SystemTime, u64)>,
}

impl LiveSettings {
    /// Follows `path` from now on. `started` is what this run begins with: the file's, with what `overrides` names said
    /// otherwise.
    #[must_use]
    pub fn new(path: Option<PathBuf>, started: Settings, overrides: Overrides) -> Self {
        let stamp = path.as_deref().and_then(stamp);
        let loaded = path.as_deref().map(file::load).unwrap_or_default();
        let now = Mutex::new(Now { loaded, stamp });
        Self { path, started, overrides, now, changes: watch::Sender::new(1) }
    }

    /// The usual settings, which no file changes.
    #[must_use]
    pub fn fixed(started: Settings) -> Self {
        Self::new(None, started, Overrides::new())
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Grows when the file's settings change.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// What holds: the file's, but of what this run was told otherwise, and of what waits for the next start, what it
    /// began with.
    #[must_use]
    pub fn in_force(&self) -> Settings {
        let mut settings = self.now().loaded.settings.clone();
        for field in FIELDS {
            if field.effect == Effect::NextStart || self.overrides.contains_key(field.key) {
                // Its own text is always one that can be.
                field.set(&mut settings, &field.get(&self.started)).ok();
            }
        }
        settings
    }

    /// Every setting as it is now.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldNow> {
        let now = self.now();
        let usual = Settings::default();
        let loaded = &now.loaded;
        let field = |field: &'static Field| {
            let overridden_by = self.overrides.get(field.key).cloned();
            let (in_file, began) = (field.get(&loaded.settings), field.get(&self.started));
            FieldNow {
                field,
                waits_for_start: overridden_by.is_none()
                    && field.effect == Effect::NextStart
                    && in_file != began,
                value: if overridden_by.is_some() { began } else { in_file },
                usual: field.get(&usual),
                is_said: loaded.said.contains(field.key),
                problem: problem_of(&loaded.problems, field.key),
                overridden_by,
            }
        };
        FIELDS.iter().map(field).collect()
    }

    /// What is wrong in the file that belongs to no field.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let now = self.now();
        let general = now.loaded.problems.iter().filter(|problem| problem.key.is_none());
        general.map(|problem| problem.message.clone()).collect()
    }

    /// Writes one setting into the file, or takes it out, and follows it.
    ///
    /// # Errors
    /// See [`SaveError`].
    pub fn save(&self, key: &str, text: Option<&str>) -> Result<(), SaveError> {
        let no_place = || SaveError::Invalid("this system names no place for settings".to_owned());
        file::save(self.path.as_deref().ok_or_else(no_place)?, key, text)?;
        self.look();
        Ok(())
    }

    /// Reads the file again if it is another one than before, and tells whether it was. A look at its length and time is
    /// all that it costs; editors replace a file rather than write it, so that watching it would lose it.
    pub fn look(&self) -> bool {
        let Some(path) = &self.path else { return false };
        let stamp = stamp(path);
        let mut now = self.now();
        if now.stamp == stamp {
            return false;
        }
        let loaded = file::load(path);
        let is_garbled = stamp.is_some() && loaded.said.is_empty() && !loaded.problems.is_empty();
        if is_garbled {
            // Half a file, while somebody edits it: what it said before holds.
            now.loaded.problems = loaded.problems;
        } else {
            now.loaded = loaded;
        }
        now.stamp = stamp;
        drop(now);
        self.changes.send_modify(|generation| *generation += 1);
        true
    }
}

fn problem_of(problems: &[Problem], key: &str) -> Option<String> {
    let problem = problems.iter().find(|problem| problem.key.as_deref() == Some(key))?;
    Some(problem.message.clone())
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.modified().ok()?, file.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_holds_at_once_or_waits_and_what_was_said_otherwise_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, "[storage]\nmax = \"1GiB\"\nkeep = \"2d\"\n").unwrap();
        let mut started = file::load(&path).settings;
        started.keep = None;
        let overrides = Overrides::from([("storage.keep", "--keep".to_owned())]);
        let live = LiveSettings::new(Some(path.clone()), started, overrides);
        assert_eq!(live.in_force().store_bytes, 1 << 30);
        assert_eq!(live.in_force().keep, None);

        let mut changes = live.changes();
        changes.mark_unchanged();
        live.save("storage.max", Some("3GiB")).unwrap();
        live.save("receiver.http", Some("127.0.0.1:5318")).unwrap();
        assert!(changes.has_changed().unwrap());
        assert_eq!(live.in_force().store_bytes, 3 << 30);
        assert_eq!(live.in_force().http.port(), 4318);
        let fields = live.fields();
        let of = |key: &str| fields.iter().find(|now| now.field.key == key).unwrap();
        assert!(of("receiver.http").waits_for_start && of("receiver.http").value == "127.0.0.1:5318");
        assert_eq!(of("storage.keep").overridden_by.as_deref(), Some("--keep"));
        assert!(!of("storage.max").waits_for_start && of("storage.max").is_said);

        // Half an edit changes nothing but what is said about it.
        std::fs::write(&path, "[storage]\nmax = \"4Gi").unwrap();
        assert!(live.look() && !live.look());
        assert_eq!((live.in_force().store_bytes, live.problems().len()), (3 << 30, 1));
        std::fs::remove_file(&path).unwrap();
        assert!(live.look());
        assert_eq!(live.in_force().store_bytes, Settings::default().store_bytes);
    }
}
