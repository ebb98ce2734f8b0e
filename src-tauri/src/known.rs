//! The services that were heard of.

use skep_api::wire::QueryRequest;
use skep_engine::Engine;
use skep_engine::query::Cancel;
use std::collections::HashSet;
use std::sync::Arc;

/// Services that are told apart. Beyond, somebody makes names up, and nothing is news any more.
const SERVICES_MAX: usize = 1_000;

/// Spans may be told this late and still count as new.
const LATE_NANOS: u64 = 10 * 60 * 1_000_000_000;

/// Names of services, as they were at the last look.
pub(crate) struct Known(HashSet<String>);

impl Known {
    /// Those that the store holds now.
    pub(crate) async fn of(engine: &Arc<Engine>) -> Self {
        Self(services(engine, None).await.into_iter().collect())
    }

    /// Those that came since the last look.
    pub(crate) async fn new_ones(&mut self, engine: &Arc<Engine>) -> Vec<String> {
        let start = engine.clock().now().0.saturating_sub(LATE_NANOS);
        let mut new = services(engine, Some(start)).await;
        new.retain(|name| self.0.len() < SERVICES_MAX && self.0.insert(name.clone()));
        new
    }
}

async fn services(engine: &Arc<Engine>, start_ns: Option<u64>) -> Vec<String> {
    let engine = Arc::clone(engine);
    let ask = move || {
        let request = QueryRequest {
            text: format!("SELECT COUNT GROUP BY service.name LIMIT {SERVICES_MAX}"),
            start_ns: start_ns.map(|start| start.to_string()),
            end_ns: None,
            foot: false,
        };
        skep_api::query(&engine.view(), &*engine.clock(), &request, &Cancel::default())
    };
    let reply = tauri::async_runtime::spawn_blocking(ask).await;
    let Ok(Ok(reply)) = reply else { return Vec::new() };
    reply.rows.iter().filter_map(|row| Some(row.first()?.as_str()?.to_owned())).collect()
}
