use tokio::sync::watch;

/// Ends an import early: because someone asked for it, or because nothing more can be kept. The first reason stays.
pub struct Stop(watch::Sender<Option<Why>>);

#[derive(Clone)]
enum Why {
    Asked,
    Failed(String),
}

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Stop {
    /// Asks it to end after what is under way.
    pub fn ask(&self) {
        self.set(Why::Asked);
    }

    /// Ends it because nothing more can be kept.
    pub fn fail(&self, reason: String) {
        self.set(Why::Failed(reason));
    }

    fn set(&self, why: Why) {
        self.0.send_if_modified(|now| {
            let is_first = now.is_none();
            if is_first {
                *now = Some(why);
            }
            is_first
        });
    }

    /// Whether it is to end.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Whether someone asked for it.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        matches!(&*self.0.borrow(), Some(Why::Asked))
    }

    /// Why nothing more could be kept, if so.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        match &*self.0.borrow() {
            Some(Why::Failed(reason)) => Some(reason.clone()),
            _ => None,
        }
    }

    /// Returns once it is to end.
    pub async fn wait(&self) {
        // Its sender is here.
        self.0.subscribe().wait_for(Option::is_some).await.ok();
    }
}
