//! Files dropped on the window. Their paths stay on this side: the page learns that something is over it, and their names
//! with the state of the house.

use crate::host::Host;
use crate::recent::Recent;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use tauri::ipc::Channel;
use tauri::{DragDropEvent, Manager, State, Window};

/// What the page is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Drag {
    /// Whether files are held over the window.
    over: bool,
    /// Why files that were dropped are not taken in.
    refused: Option<String>,
}

/// Where the page listens.
#[derive(Default)]
pub(crate) struct Drops(Mutex<Option<Channel<Drag>>>);

impl Drops {
    fn tell(&self, over: bool, refused: Option<String>) {
        let listening = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = &*listening {
            // A page that is gone does not listen.
            page.send(Drag { over, refused }).ok();
        }
    }
}

/// Tells the page about files dragged over the window, until it asks again.
#[allow(clippy::needless_pass_by_value, reason = "the shape of a command")]
#[tauri::command]
pub(crate) fn drops(drops: State<'_, Drops>, on: Channel<Drag>) {
    *drops.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(on);
}

pub(crate) fn on_window_event(window: &Window, event: &DragDropEvent) {
    let drops = window.state::<Drops>();
    match event {
        // What is dragged within the page holds no files.
        DragDropEvent::Enter { paths, .. } => drops.tell(!paths.is_empty(), None),
        DragDropEvent::Leave => drops.tell(false, None),
        DragDropEvent::Drop { paths, .. } => {
            drops.tell(false, None);
            let (window, paths) = (window.clone(), paths.clone());
            tauri::async_runtime::spawn(async move {
                if let Err(refused) = import(&window, paths).await {
                    window.state::<Drops>().tell(false, Some(refused));
                }
            });
        }
        _ => {}
    }
}

async fn import(window: &Window, paths: Vec<PathBuf>) -> Result<(), String> {
    let engine = window.state::<Host>().engine().await.map_err(|error| error.to_string())?;
    for path in paths {
        engine.imports().begin_path(path.clone()).map_err(|error| error.to_string())?;
        window.state::<Recent>().add(&path);
    }
    Ok(())
}
