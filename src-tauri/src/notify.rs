//! What is worth a notification of the system while nobody looks at the window. Each kind can be silenced.

use crate::host::Host;
use crate::known::Known;
use skep_api::wire::{ForwardState, Status};
use skep_engine::settings::LiveSettings;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tauri::{AppHandle, Manager};
use tauri_plugin_notification::NotificationExt;

/// Between two looks at least, and while nothing arrives.
const PERIOD: Duration = Duration::from_secs(5);
const QUIET_PERIOD: Duration = Duration::from_secs(30);

/// Characters of a service's name that are shown.
const NAME_CHARS_MAX: usize = 60;

/// Tells of new services, of destinations that stopped and of a full disk, as long as the engine runs.
pub(crate) async fn follow(app: AppHandle, settings: Arc<LiveSettings>) {
    let Ok(engine) = app.state::<Host>().engine().await else { return };
    let mut seen = Seen::default();
    // What was so before is no news.
    seen.news(&skep_api::status(&engine));
    let mut known = Known::of(&engine).await;
    let mut changes = engine.changes();
    loop {
        // While nothing is committed the disk may still fill, and a destination stop.
        tokio::time::timeout(QUIET_PERIOD, changes.changed()).await.ok();
        tokio::time::sleep(PERIOD).await;
        let wanted = settings.in_force();
        let news = seen.news(&skep_api::status(&engine));
        let services = known.new_ones(&engine).await;
        if wanted.notify_new_service {
            for name in services {
                tell(
                    &app,
                    &format!("{} sends its first spans", shown(&name)),
                    "Open Skep to see its traces.",
                );
            }
        }
        if wanted.notify_forward_paused && news.forward_paused {
            tell(&app, "Sending on is paused", "A destination needs you: see Forward. What it missed waits.");
        }
        if wanted.notify_disk_low && news.disk_low {
            tell(&app, "The disk is nearly full", "Nothing is received until there is space again.");
        }
    }
}

/// What was told already.
#[derive(Default)]
struct Seen {
    paused: HashSet<String>,
    is_disk_low: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct News {
    forward_paused: bool,
    disk_low: bool,
}

impl Seen {
    fn news(&mut self, status: &Status) -> News {
        let paused = status.forward.iter().filter(|one| one.enabled && one.state == ForwardState::Paused);
        let paused: HashSet<String> = paused.map(|one| one.id.clone()).collect();
        let is_disk_low = status.notices.iter().any(|notice| notice.code == "disk_low");
        let news = News {
            forward_paused: !paused.is_subset(&self.paused),
            disk_low: is_disk_low && !self.is_disk_low,
        };
        (self.paused, self.is_disk_low) = (paused, is_disk_low);
        news
    }
}

/// A name as it may stand in a title: what senders call themselves is not trusted.
fn shown(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    if plain.is_empty() { "A service without a name".to_owned() } else { plain }
}

fn tell(app: &AppHandle, title: &str, body: &str) {
    let is_looked_at =
        app.get_webview_window("main").is_some_and(|window| window.is_focused().unwrap_or(false));
    if is_looked_at {
        return;
    }
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::info!(%error, "the system shows no notifications");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_without_what_would_garble_a_title() {
        assert_eq!(shown("shop\n\u{1b}[31m"), "shop[31m");
        assert_eq!(shown("\n"), "A service without a name");
        assert_eq!(shown(&"é".repeat(500)).chars().count(), NAME_CHARS_MAX);
    }
}
