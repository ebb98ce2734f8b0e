//! What Skep is asked to open from outside: links, which only lead to a page, and files, which are imported. They come as
//! arguments of this program, of another one started later, or from the system. Whoever started it is not trusted: a link
//! is a place to look at and never a thing to do.

use crate::host::Host;
use crate::recent::Recent;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State};

const SCHEME: &str = "skep:";

/// A longer link is none of ours.
const LINK_BYTES_MAX: usize = 4096;

/// Links kept until a page asks for them, and files taken in at once; of more only so many are.
const OPENED_MAX: usize = 32;

/// Said by the system when it starts Skep with the session.
pub(crate) const AUTOSTARTED: &str = "--autostarted";

/// What arguments ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Addresses of pages, such as `#/trace/4bf92f3577b34da6a3ce929d0e0e4736`.
    links: Vec<String>,
    files: Vec<PathBuf>,
    /// Nobody looks: the system started it.
    pub(crate) is_autostarted: bool,
}

impl Wanted {
    /// Reads arguments without the program's name; `dir` is where they were said.
    pub(crate) fn of(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>, dir: &Path) -> Self {
        let mut wanted = Self::default();
        for argument in arguments.into_iter().take(OPENED_MAX) {
            let argument = argument.as_ref();
            let text = argument.to_string_lossy();
            if text.starts_with(SCHEME) {
                wanted.links.extend(page_of(&text));
            } else if text == AUTOSTARTED {
                wanted.is_autostarted = true;
            } else if let Some(path) = text.strip_prefix("file://") {
                // Desktops that hand over addresses where a path was asked for; a host's name may stand before the path.
                let path = path.find('/').map_or(path, |at| &path[at..]);
                wanted.files.push(PathBuf::from(decoded(path)));
            } else if !text.starts_with('-') {
                wanted.files.push(dir.join(argument));
            }
        }
        wanted
    }
}

/// The page a link means. The page itself reads the rest of it, as it reads its own address, and stays where it is when
/// it does not understand it.
fn page_of(link: &str) -> Option<String> {
    let place = link.strip_prefix(SCHEME)?.trim_start_matches('/');
    let is_plain = place.len() <= LINK_BYTES_MAX && place.bytes().all(|byte| byte.is_ascii_graphic());
    let is_named = place.starts_with(|c: char| c.is_ascii_lowercase());
    // Browsers put a slash behind a host that has no path.
    (is_plain && is_named).then(|| format!("#/{}", place.trim_end_matches('/')))
}

/// `%20` and its like, as bytes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Links on their way to the page.
#[derive(Default)]
pub(crate) struct Opened(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    page: Option<Channel<String>>,
    links: Vec<String>,
}

impl Opened {
    fn lead(&self, links: Vec<String>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.links.extend(links);
        waiting.hand_over();
    }
}

impl Waiting {
    fn hand_over(&mut self) {
        let Some(page) = &self.page else {
            // A page that opens later goes to the last one anyway.
            let n_over = self.links.len().saturating_sub(OPENED_MAX);
            self.links.drain(..n_over);
            return;
        };
        for link in self.links.drain(..) {
            page.send(link).ok();
        }
    }
}

/// Tells the page where it is asked to go, from before it was there too.
#[allow(clippy::needless_pass_by_value, reason = "the shape of a command")]
#[tauri::command]
pub(crate) fn opened(opened: State<'_, Opened>, on: Channel<String>) {
    let mut waiting = opened.0.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.page = Some(on);
    waiting.hand_over();
}

/// Does what was asked for: leads the page, and takes files in.
pub(crate) fn open(app: &AppHandle, wanted: Wanted) {
    let Wanted { links, files, .. } = wanted;
    app.state::<Opened>().lead(links);
    if files.is_empty() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let Ok(engine) = app.state::<Host>().engine().await else { return };
        for path in files {
            match engine.imports().begin_path(path.clone()) {
                Ok(_) => app.state::<Recent>().add(&path),
                Err(error) => tracing::warn!(%error, "a file that was to be opened is not taken in"),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(arguments: &[&str]) -> Wanted {
        Wanted::of(arguments, Path::new("/home/a"))
    }

    #[test]
    fn links_lead_to_pages_and_files_have_whole_paths() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        let both =
            wanted(&[&format!("skep://trace/{id}?s=00f067aa0ba902b7"), "b.json", "file:///tmp/a%20b.json"]);
        assert_eq!(both.links, [format!("#/trace/{id}?s=00f067aa0ba902b7")]);
        assert_eq!(both.files, [PathBuf::from("/home/a/b.json"), PathBuf::from("/tmp/a b.json")]);
        assert_eq!(wanted(&["skep:traces/"]).links, ["#/traces"]);
        assert_eq!(wanted(&["file://localhost/tmp/x"]).files, [PathBuf::from("/tmp/x")]);
        assert!(wanted(&[AUTOSTARTED]).is_autostarted);
    }

    #[test]
    fn what_is_no_place_leads_nowhere() {
        for link in ["skep:", "skep://", "skep:///", "skep://Trace/x y", "skep://\u{202e}trace", "skep://<b>"]
        {
            assert_eq!(wanted(&[link]), Wanted::default(), "{link:?}");
        }
        assert_eq!(wanted(&[&format!("skep://traces?q={}", "a".repeat(5000))]), Wanted::default());
        // An option is no file, and no option does anything.
        assert_eq!(wanted(&["--data-dir=/etc", "-x"]), Wanted::default());
        assert!(wanted(&["a"; 500]).files.len() <= OPENED_MAX);
    }
}
