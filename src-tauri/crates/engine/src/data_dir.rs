use std::path::PathBuf;

/// The folder's name under the user's data directory: the app's bundle identifier, as the desktop conventions have it.
const IDENTIFIER: &str = "dev.skep.desktop";

/// Where the store lies when nobody says otherwise: the same for the window and the command line.
///
/// `~/.local/share/dev.skep.desktop` on Linux, `~/Library/Application Support/dev.skep.desktop` on macOS,
/// `%APPDATA%\dev.skep.desktop` on Windows. Nothing when the system names no home.
#[must_use]
pub fn default_data_dir() -> Option<PathBuf> {
    Some(dirs::data_dir()?.join(IDENTIFIER))
}
