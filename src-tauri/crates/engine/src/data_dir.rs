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

/// A number that stands for a directory, the same in every process.
#[must_use]
pub fn name_of(dir: &std::path::Path) -> u64 {
    // FNV-1a: the standard library's hasher is free to change between versions.
    let whole = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    whole
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
