use super::bubbleup::longer_than;
use super::{Bench, Stores};
use crate::bench::measure::{median, memory_of};
use crate::bench::report::Figure;
use crate::bench::skep::Asked;
use crate::clock;
use anyhow::Result;
use serde_json::json;
use std::time::Duration;

/// After its start a process may still put things in order.
const SETTLE: Duration = Duration::from_secs(2);

impl Bench<'_> {
    /// How long a start takes, and how much memory is held: when nothing is asked, and after every kind of question.
    pub(super) async fn memory(&mut self, stores: &Stores) -> Result<()> {
        let (mut starts, mut idle, mut asked_mb) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.options.rounds {
            let begun = clock::start();
            let mut asked = Asked::on(&stores.skep).await?;
            starts.push(begun.elapsed().as_secs_f64());
            tokio::time::sleep(SETTLE).await;
            idle.push(memory_of(asked.skep.ready.pid)?.now_mb);
            for threshold_ns in self.corpus.facts.thresholds_ns {
                let request =
                    json!({ "selection": { "filter": longer_than(threshold_ns) }, "unit": "event" });
                asked.rpc("bubbleup", &request).await?;
            }
            for text in [
                "SELECT COUNT, P99(duration_ms) GROUP BY http.route",
                "SELECT COUNT WHERE url.path contains \"invoices\"",
                "SELECT COUNT, HEATMAP(duration_ms)",
            ] {
                // A question that this language does not have costs nothing.
                let _ = asked.rpc("query", &json!({ "text": text })).await;
            }
            asked.rpc("heatmap", &json!({ "field": "duration_ms" })).await?;
            asked_mb.push(memory_of(asked.skep.ready.pid)?.peak_mb);
            asked.end().await?;
        }
        let note = format!("{} spans stored", self.corpus.facts.spans);
        let figures = [
            Figure::new("start", median(starts.into_iter()), "s").bound(1.0, 0.2),
            Figure::new("memory_idle", median(idle.into_iter()), "MB").bound(120.0, 120.0),
            Figure::new("memory_asked", median(asked_mb.into_iter()), "MB").bound(450.0, 450.0),
        ];
        for figure in figures {
            self.report.figure(figure.note(&note))?;
        }
        Ok(())
    }
}
