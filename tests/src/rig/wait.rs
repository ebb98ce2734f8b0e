use std::fmt::Debug;
use std::time::Duration;

/// How long anything may take before a test gives up: far beyond what a slow machine needs.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What is asked by running a program again and again, is asked this often.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Waits for a future, naming what was waited for when patience ends.
pub async fn within_patience<T>(what: &str, future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(PATIENCE, future).await;
    outcome.unwrap_or_else(|_| panic!("{what}: not in {PATIENCE:?}"))
}

/// Asks until the answer is good, and gives that answer. For what cannot be awaited: another process's view.
pub async fn until<T: Debug>(what: &str, mut ask: impl FnMut() -> T, is_good: impl Fn(&T) -> bool) -> T {
    let mut last = ask();
    let asking = async {
        while !is_good(&last) {
            tokio::time::sleep(POLL_EVERY).await;
            last = ask();
        }
    };
    if tokio::time::timeout(PATIENCE, asking).await.is_err() {
        panic!("{what}: not in {PATIENCE:?}; the last answer was {last:?}");
    }
    last
}
