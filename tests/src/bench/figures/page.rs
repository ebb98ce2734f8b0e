//! Pages in a browser, measured by scripts of ours that print JSON.

use super::Bench;
use super::ingest::fill_skep;
use crate::bench::measure::median;
use crate::bench::report::Figure;
use crate::rig::Serve;
use anyhow::{Result, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

impl Bench<'_> {
    /// BubbleUp in a page, from the end of a drag to the first ranking painted: over the spans of a round of ingest, and
    /// over all.
    pub(super) async fn bubbleup_page(&mut self) -> Result<()> {
        let mut corpora = vec![self.ingest_corpus.clone()];
        if self.corpus.facts.spans > corpora[0].facts.spans {
            corpora.push(self.corpus.clone());
        }
        for corpus in corpora {
            let data_dir = self.fresh("skep");
            fill_skep(&corpus, &data_dir).await?;
            let spans = corpus.facts.spans;
            let floor_ms = if spans > 1_000_000 { 1000.0 } else { 300.0 };
            // As the page counts by itself, and as Honeycomb does.
            for unit in ["trace", "event"] {
                let mut pages = Vec::new();
                for _ in 0..self.options.rounds {
                    let skep = Serve::on(&data_dir).start().await;
                    let mut script = node("browser/bubbleup_speed.mjs");
                    let said = answer_of(script.env("SKEP_UI", &skep.ready.ui).env("SKEP_UNIT", unit)).await;
                    skep.terminate().await;
                    pages.push(said?);
                }
                for which in ["first", "again"] {
                    let engine_ms = median_of(&pages, &format!("/engine_{which}_ms"));
                    let whole_ms = median_of(&pages, &format!("/{which}_ms"));
                    let figure = Figure::new(format!("bubbleup_page_{unit}_{which}_{spans}"), whole_ms, "ms");
                    let figure = figure.note(format!("of which the engine says {engine_ms:.0}"));
                    self.report.figure(figure.bound(floor_ms, floor_ms / 2.0))?;
                }
            }
        }
        Ok(())
    }
}

/// A script of ours that measures a page.
pub(super) fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    command
}

/// The JSON that a script prints.
pub(super) async fn answer_of(script: &mut Command) -> Result<Value> {
    let output = script.stdin(Stdio::null()).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

pub(super) fn median_of(answers: &[Value], path: &str) -> f64 {
    median(answers.iter().map(|answer| answer.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN)))
}
