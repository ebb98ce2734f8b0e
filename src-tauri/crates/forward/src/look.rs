use rustc_hash::FxHashMap;
use skep_model::columns::EventColumns;
use skep_model::{Bitmap, TraceId};
use skep_policy::TraceFacts;

/// What the tee asks of the house around it: it knows neither the query language nor what else is stored.
pub trait Look: Send + Sync {
    /// Whether a filter can be used; why not, in a sentence.
    ///
    /// # Errors
    /// When it cannot.
    fn check(&self, filter: &str) -> Result<(), String>;

    /// Which of some events a filter lets through.
    ///
    /// # Errors
    /// When that cannot be told: then nothing leaves.
    fn matching(&self, events: EventColumns, filter: &str) -> Result<Bitmap, String>;

    /// What is known of traces as a whole; those that nothing is known of are left out.
    ///
    /// # Errors
    /// When that cannot be told: then nothing leaves.
    fn traces(&self, ids: &[TraceId]) -> Result<FxHashMap<TraceId, TraceFacts>, String>;

    /// A number for how this machine is connected: it changes when that does.
    fn network(&self) -> u64;
}
