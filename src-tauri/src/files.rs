//! Files that the page hands over piece by piece, and files that are saved for it.

use crate::host::Host;
use crate::ipc::Asked;
use skep_api::wire::{ExportRequest, Saved};
use skep_api::{ApiError, ErrorCode};
use skep_engine::query::Cancel;
use std::path::{Path, PathBuf};
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, Manager, State};

/// The header that says which file the bytes are of.
const FILE: &str = "import";

/// Takes the next bytes of a file that was begun; none at all say that it is whole. Answers when there is room for more.
#[tauri::command]
pub(crate) async fn feed(host: State<'_, Host>, request: Request<'_>) -> Result<(), ApiError> {
    let file = request.headers().get(FILE).and_then(|id| id.to_str().ok()?.parse().ok());
    let (Some(id), InvokeBody::Raw(bytes)) = (file, request.body()) else {
        return Err(ApiError::new(ErrorCode::BadRequest, "bytes of a file, and its number, are wanted"));
    };
    let engine = host.engine().await?;
    let not_wanted = || ApiError::new(ErrorCode::NotFound, format!("nothing more of file {id} is wanted"));
    let feed = engine.imports().feed(id).ok_or_else(not_wanted)?;
    let taken = if bytes.is_empty() { feed.end().await } else { feed.bytes(bytes.clone().into()).await };
    taken.map_err(|_| not_wanted())
}

/// Writes events into a file among the user's downloads, as a browser would.
#[tauri::command]
pub(crate) async fn save(
    app: AppHandle,
    host: State<'_, Host>,
    asked: State<'_, Asked>,
    request: ExportRequest,
    ask: u32,
) -> Result<Saved, ApiError> {
    let engine = host.engine().await?;
    let dir = app.path().download_dir().or_else(|_| app.path().home_dir());
    let dir = dir.map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    let cancel = CancelOnDrop(Cancel::default());
    let stop = cancel.0.clone();
    let saved = tauri::async_runtime::spawn_blocking(move || {
        let path = free(&dir, &skep_api::export_name(&request));
        skep_api::export_file(&engine.view(), &request, &stop, &path)?;
        Ok(Saved { path: path.display().to_string() })
    });
    let saved = async { saved.await.map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))? };
    asked.until_stopped(ask, saved).await
}

/// Stops an export that nobody waits for.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The name in this folder, with a number where there is such a file.
fn free(dir: &Path, name: &str) -> PathBuf {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let numbered = (2..).map(|n| dir.join(format!("{stem}-{n}.{extension}")));
    let mut names = std::iter::once(dir.join(name)).chain(numbered);
    names.find(|path| !path.exists()).expect("there is always another number")
}

#[cfg(test)]
mod tests {
    use super::free;

    #[test]
    fn nothing_is_overwritten() {
        let dir = std::env::temp_dir().join(format!("skep-free-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        for name in ["a.otlp.jsonl", "a-2.otlp.jsonl", "a-3.otlp.jsonl"] {
            let path = free(&dir, "a.otlp.jsonl");
            assert_eq!(path, dir.join(name));
            std::fs::write(path, "").unwrap();
        }
        std::fs::remove_dir_all(dir).unwrap();
    }
}
