//! Embeds the built UI and writes the permissions of the window's commands.

fn main() {
    // Without this list every command would be open to any page in the window.
    let commands = tauri_build::AppManifest::new().commands(&[
        "call",
        "drops",
        "feed",
        "live",
        "opened",
        "recent",
        "recent_open",
        "save",
        "stop",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    tauri_build::try_build(attributes).expect("tauri.conf.json and the capabilities fit together");
}
