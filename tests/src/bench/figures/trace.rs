use super::ingest::fill_skep;
use super::page::{answer_of, median_of, node};
use super::{Bench, DUCKDB, Stores};
use crate::bench::data::Corpus;
use crate::bench::measure::{Cost, median};
use crate::bench::report::Figure;
use crate::bench::skep::Asked;
use crate::rig::{Serve, skep_binary};
use anyhow::{Context, Result};
use rustix::fs::{Advice, fadvise};
use serde_json::{Value, json};
use std::path::Path;
use tokio::process::Command;

impl Bench<'_> {
    /// One trace by its id, each time another one, with the store's files out of the system's cache.
    pub(super) async fn one_trace(&mut self, stores: &Stores) -> Result<()> {
        let mut asked = Asked::on(&stores.skep).await?;
        let mut duckdb = self.duckdb(stores)?;
        duckdb.ask(&json!({ "op": "fields" }))?;
        let (mut ours, mut theirs, mut verdict) = (Vec::new(), Vec::new(), Ok(()));
        for trace_id in &self.corpus.facts.trace_ids {
            let request = json!({ "trace_id": trace_id });
            let question = json!({ "op": "trace", "trace_id": trace_id });
            make_cold(&stores.skep)?;
            let (answer, cost) = asked.rpc("trace", &request).await?;
            ours.push(cost);
            make_cold(&stores.duckdb)?;
            let answer_of_peer = duckdb.ask(&question)?;
            theirs.push(answer_of_peer.cost());
            let n_spans = super::questions::head_of(&answer).map(|head| head["n_spans"].clone());
            if n_spans.as_ref() != Ok(&answer_of_peer.answer) {
                verdict = Err(format!("{trace_id}: {n_spans:?} against {} spans", answer_of_peer.answer));
            }
        }
        asked.end().await?;
        self.report.check("spans of each trace", verdict);
        let p50_ms = |costs: &[Cost]| 1e3 * median(costs.iter().map(|cost| cost.wall_s));
        self.report.figure(Figure::new("one_trace_cold", p50_ms(&ours), "ms").bound(15.0, 3.0))?;
        let figure = Figure::new("one_trace_cold", p50_ms(&ours), "ms").beside(DUCKDB, p50_ms(&theirs));
        self.report.figure(figure.note("the peer keeps pages in a cache of its own, which stay warm"))
    }

    /// One trace with very many spans, opened in a process that has just started.
    pub(in crate::bench) async fn large_trace(&mut self, large: &Corpus) -> Result<()> {
        let data_dir = self.fresh("skep");
        fill_skep(large, &data_dir).await?;
        let trace_id = large.facts.trace_ids.first().context("the large trace has an id")?;
        let (mut walls, mut verdict, mut peak_mb) = (Vec::new(), Ok(()), 0.0_f64);
        for _ in 0..self.options.rounds {
            let mut asked = Asked::on(&data_dir).await?;
            let (answer, cost) = asked.rpc("trace", &json!({ "trace_id": trace_id })).await?;
            walls.push(cost.wall_s);
            peak_mb = peak_mb.max(crate::bench::measure::memory_of(asked.skep.ready.pid)?.peak_mb);
            asked.end().await?;
            let head = super::questions::head_of(&answer);
            if !head.as_ref().is_ok_and(|head| head["n_spans"] == large.facts.spans) {
                verdict = Err(format!("{} spans were sent: {head:?}", large.facts.spans));
            }
        }
        self.report.check("spans of the large trace", verdict);
        let spans = large.facts.spans;
        let name = |figure: &str| format!("large_trace_{figure}_{spans}");
        self.report.figure(Figure::new(name("engine"), median(walls.into_iter()), "s"))?;
        self.report.figure(Figure::new(name("engine_memory"), peak_mb, "MB"))?;
        self.page_of(&data_dir, trace_id, spans).await
    }

    /// The trace's page in a browser: until its bars are painted, and what its thread and its process need.
    async fn page_of(&mut self, data_dir: &Path, trace_id: &str, spans: usize) -> Result<()> {
        let mut pages = Vec::new();
        for _ in 0..self.options.rounds {
            let skep = Serve::on(data_dir).start().await;
            let mut script = of_trace("browser/trace_speed.mjs", trace_id);
            let said = answer_of(script.env("SKEP_UI", &skep.ready.ui)).await;
            skep.terminate().await;
            pages.push(said?);
        }
        let name = |figure: &str| format!("large_trace_{figure}_{spans}");
        self.opened(&pages, spans, "")?;
        for act in ["scroll", "jump", "zoom", "fold", "fold_all"] {
            let p95_ms = median_of(&pages, &format!("/frames/{act}/p95_ms"));
            let figure = Figure::new(name(&format!("{act}_script_p95")), p95_ms, "ms of a frame");
            self.report.figure(figure.bound(8.0, 4.0))?;
        }
        self.window_of(data_dir, trace_id, spans).await
    }

    /// The same in the real window, where it was built and a display can be had.
    async fn window_of(&mut self, data_dir: &Path, trace_id: &str, spans: usize) -> Result<()> {
        let program = skep_binary().with_file_name("skep-desktop");
        if !program.exists() {
            return self.report.skip("large_trace_window", "the window was not built");
        }
        let mut windows = Vec::new();
        for _ in 0..self.options.rounds {
            let mut script = of_trace("window/trace_speed.mjs", trace_id);
            script.env("SKEP_DESKTOP_BIN", &program).env("SKEP_DATA_DIR", data_dir);
            let mut display = Command::new("xvfb-run");
            display.args(["-a", "-s", "-screen 0 1440x900x24 -nolisten tcp"]);
            display.arg(script.as_std().get_program()).args(script.as_std().get_args());
            display.envs(script.as_std().get_envs().filter_map(|(name, value)| Some((name, value?))));
            windows.push(answer_of(&mut display).await?);
        }
        self.opened(&windows, spans, "window_")?;
        let p95_ms = median_of(&windows, "/scroll_p95_ms");
        let name = format!("large_trace_window_scroll_script_p95_{spans}");
        self.report.figure(Figure::new(name, p95_ms, "ms of a step").bound(8.0, 4.0))
    }

    fn opened(&mut self, pages: &[Value], spans: usize, what: &str) -> Result<()> {
        let name = |figure: &str| format!("large_trace_{what}{figure}_{spans}");
        let floor_ms = if spans > 100_000 { 1000.0 } else { 300.0 };
        let opened = Figure::new(name("open"), median_of(pages, "/open_ms"), "ms");
        self.report.figure(opened.bound(floor_ms, floor_ms / 2.0))?;
        self.report.figure(Figure::new(name("open_again"), median_of(pages, "/open_again_ms"), "ms"))?;
        let memory = Figure::new(name("page_memory"), median_of(pages, "/memory_mb"), "MB");
        self.report.figure(memory.bound(500.0, 250.0))
    }
}

/// A script of ours that measures a trace.
fn of_trace(script: &str, trace_id: &str) -> Command {
    let mut command = node(script);
    command.env("SKEP_TRACE_ID", trace_id);
    command
}

/// Puts the files below a path out of the system's cache. Only these: the rest of the machine is not ours to slow.
fn make_cold(path: &Path) -> Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            make_cold(&entry?.path())?;
        }
    } else {
        let file = std::fs::File::open(path)?;
        // What was not written yet stays.
        file.sync_all()?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
    }
    Ok(())
}
