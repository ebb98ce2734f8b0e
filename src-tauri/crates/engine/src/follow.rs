//! Does what the settings' file says, as soon as it says something else.

use crate::settings::LiveSettings;
use skep_store::{Caps, Limits, Store};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Between two looks at the file.
const PERIOD: Duration = Duration::from_secs(2);

/// Keeps the store's caps as the settings have them from their next change on: a run begins with what its host gave it.
pub(crate) async fn settings(settings: Arc<LiveSettings>, store: Store, limits: Arc<Mutex<Limits>>) {
    let mut changes = settings.changes();
    loop {
        let changed = tokio::time::timeout(PERIOD, changes.changed()).await;
        settings.look();
        if !matches!(changed, Ok(Ok(()))) {
            continue;
        }
        let in_force = settings.in_force();
        let caps = Caps {
            file_bytes: in_force.store_bytes,
            age_max: in_force.keep,
            free_disk_bytes_min: in_force.disk_free_bytes,
        };
        if store.limit(caps).await.is_ok() {
            let mut limits = limits_of(&limits);
            *limits = caps.within(*limits);
        }
    }
}

pub(crate) fn limits_of(limits: &Mutex<Limits>) -> MutexGuard<'_, Limits> {
    limits.lock().unwrap_or_else(PoisonError::into_inner)
}
