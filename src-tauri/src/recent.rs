//! Files that were opened last, to be opened again. Pages are told their names; where they lie stays on this side.

use crate::host::Host;
use serde::{Deserialize, Serialize};
use skep_api::{ApiError, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tauri::State;

const FILE_NAME: &str = "recent.json";

/// Files that are remembered.
const RECENT_MAX: usize = 10;

/// The files, newest first, and where the list is kept.
pub(crate) struct Recent {
    list: PathBuf,
    files: Mutex<Vec<PathBuf>>,
}

#[derive(Default, Serialize, Deserialize)]
struct List {
    files: Vec<PathBuf>,
}

impl Recent {
    pub(crate) fn in_dir(dir: &Path) -> Self {
        let list = dir.join(FILE_NAME);
        // A list that is lost or damaged is no loss.
        let kept = std::fs::read(&list).ok().and_then(|bytes| serde_json::from_slice::<List>(&bytes).ok());
        let mut files = kept.unwrap_or_default().files;
        files.truncate(RECENT_MAX);
        Self { list, files: Mutex::new(files) }
    }

    fn files(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, path: &Path) {
        let mut files = self.files();
        files.retain(|known| known != path);
        files.insert(0, path.to_owned());
        files.truncate(RECENT_MAX);
        let list = serde_json::to_vec(&List { files: files.clone() }).unwrap_or_default();
        if let Err(error) = std::fs::write(&self.list, list) {
            tracing::warn!(%error, "the list of recent files cannot be written");
        }
    }
}

/// The names of the files opened last, newest first.
#[allow(clippy::needless_pass_by_value, reason = "the shape of a command")]
#[tauri::command]
pub(crate) fn recent(recent: State<'_, Recent>) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    recent.files().iter().map(name).collect()
}

/// Opens one of them again, by its place in the list.
#[tauri::command]
pub(crate) async fn recent_open(
    host: State<'_, Host>,
    recent: State<'_, Recent>,
    place: usize,
) -> Result<(), ApiError> {
    let path = recent.files().get(place).cloned();
    let path = path.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "there is no such file in the list"))?;
    let begun = host.engine().await?.imports().begin_path(path.clone());
    begun.map_err(|error| ApiError::new(ErrorCode::BadRequest, error.to_string()))?;
    recent.add(&path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_first_and_the_list_is_kept() {
        let dir = std::env::temp_dir().join(format!("skep-recent-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let list = Recent::in_dir(&dir);
        for n in 0..12 {
            list.add(Path::new(&format!("/a/{n}.json")));
        }
        list.add(Path::new("/a/5.json"));
        let again = Recent::in_dir(&dir);
        assert_eq!(again.files().len(), RECENT_MAX);
        assert_eq!(again.files()[..2], [PathBuf::from("/a/5.json"), PathBuf::from("/a/11.json")]);
        std::fs::write(dir.join(FILE_NAME), "{").unwrap();
        assert!(Recent::in_dir(&dir).files().is_empty());
        std::fs::remove_dir_all(dir).unwrap();
    }
}
