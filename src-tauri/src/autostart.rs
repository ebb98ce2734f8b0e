//! Whether Skep starts with its user's session: off until the settings say otherwise.

use skep_engine::settings::LiveSettings;
use std::sync::Arc;
use tauri::AppHandle;

/// Keeps the system's entry there or away as the settings have it. Where the settings never said it, what a user did with
/// the system's own means stays.
pub(crate) async fn follow(app: AppHandle, settings: Arc<LiveSettings>) {
    let mut changes = settings.changes();
    let mut before = false;
    loop {
        let is_wanted = settings.in_force().autostart;
        if is_wanted != before {
            if let Err(error) = system::set(&app, is_wanted) {
                tracing::warn!(%error, "the system does not start Skep with the session");
            }
            before = is_wanted;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// An entry after the desktops' specification. The plugin looks for their folder in the home directory alone, also where
/// XDG_CONFIG_HOME is elsewhere.
#[cfg(target_os = "linux")]
mod system {
    use crate::opened::AUTOSTARTED;
    use std::io;
    use std::path::{Path, PathBuf};
    use tauri::{AppHandle, Manager};

    pub(super) fn set(app: &AppHandle, is_wanted: bool) -> io::Result<()> {
        let dir = app.path().config_dir().map_err(io::Error::other)?.join("autostart");
        let entry = dir.join("Skep.desktop");
        if is_wanted {
            std::fs::create_dir_all(&dir)?;
            // An AppImage runs from a folder that is gone with it.
            let program = std::env::var_os("APPIMAGE")
                .map_or_else(std::env::current_exe, |path| Ok(PathBuf::from(path)))?;
            return std::fs::write(entry, entry_of(&program));
        }
        match std::fs::remove_file(entry) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn entry_of(program: &Path) -> String {
        let mut quoted = String::new();
        for c in program.to_string_lossy().chars() {
            match c {
                // Once as the value of a key, once as an argument between quotes.
                '\\' => quoted.push_str(r"\\\\"),
                '"' | '`' | '$' => quoted.extend([r"\\", c.encode_utf8(&mut [0; 4])]),
                // It would stand for a file.
                '%' => quoted.push_str("%%"),
                _ => quoted.push(c),
            }
        }
        format!(
            "[Desktop Entry]\nType=Application\nName=Skep\nIcon=skep-desktop\nExec=\"{quoted}\" {AUTOSTARTED}\nTerminal=false\n"
        )
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_program_is_named_as_it_is_whatever_its_path() {
            let exec = |path: &str| entry_of(Path::new(path)).lines().nth(4).unwrap().to_owned();
            assert_eq!(exec("/usr/bin/skep-desktop"), r#"Exec="/usr/bin/skep-desktop" --autostarted"#);
            assert_eq!(exec(r#"/a b/$x"%\"#), r#"Exec="/a b/\\$x\\"%%\\\\" --autostarted"#);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use tauri::AppHandle;
    use tauri_plugin_autostart::ManagerExt;

    pub(super) fn set(app: &AppHandle, is_wanted: bool) -> tauri_plugin_autostart::Result<()> {
        let autostart = app.autolaunch();
        if is_wanted { autostart.enable() } else { autostart.disable() }
    }
}
