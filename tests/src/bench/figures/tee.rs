use super::ingest::until_quiet;
use super::{Bench, MILLION};
use crate::bench::data::Corpus;
use crate::bench::measure::{Cost, cpu_s_of};
use crate::bench::report::Figure;
use crate::bench::send::send;
use crate::bench::skep::Asked;
use crate::clock;
use crate::rig::Serve;
use anyhow::{Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::routing::any;
use serde_json::json;
use std::path::Path;
use tokio::net::TcpListener;

/// Nothing listens there.
const AWAY: &str = "http://127.0.0.1:1";

impl Bench<'_> {
    /// What forwarding adds to ingest: to a destination that takes everything, and to one that is away. The three sides
    /// take turns, so that what else the machine does meets all alike.
    pub(super) async fn tee(&mut self) -> Result<()> {
        let corpus = self.ingest_corpus.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let taking = format!("http://{}", listener.local_addr()?);
        // Reads what it is sent, and no more: what is measured is the sender.
        let app = Router::new().fallback(any(|_: Bytes| async {})).layer(DefaultBodyLimit::disable());
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let mut costs = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..self.options.rounds {
            for (side, url) in [None, Some(taking.as_str()), Some(AWAY)].into_iter().enumerate() {
                let dir = self.fresh("tee");
                costs[side].push(ingest(&corpus, &dir, url).await?);
                std::fs::remove_dir_all(&dir)?;
            }
        }
        server.abort();
        let [off, on, away] = costs.map(|costs| Cost::median(&costs));
        let figure = Figure::new("tee_cpu", on.cpu_s / off.cpu_s, "x of ingest without it");
        self.report.figure(figure.bound(1.25, 1.15).note(format!(
            "CPU s / 1M spans: {:.2} without, {:.2} with forwarding, received, stored, sealed and sent",
            off.cpu_s, on.cpu_s
        )))?;
        let figure = Figure::new("tee_away_wall", away.wall_s / off.wall_s, "x of ingest without it");
        self.report.figure(figure.bound(1.1, 1.0).note(format!(
            "by the clock until the last acknowledgement: {:.2} s without, {:.2} s with the destination away",
            off.wall_s, away.wall_s
        )))?;
        let figure = Figure::new("tee_away_cpu", away.cpu_s / off.cpu_s, "x of ingest without it");
        self.report.figure(figure.bound(1.1, 1.0))
    }
}

/// Sends everything to a fresh one, and waits until all of it was sent on, where it goes on.
async fn ingest(corpus: &Corpus, data_dir: &Path, forward: Option<&str>) -> Result<Cost> {
    let mut serve = Serve::on(data_dir).arg("--no-keychain");
    if let Some(url) = forward {
        serve = serve.forward_to(url, "a-bench-key");
    }
    let mut asked = Asked::to(serve.start().await).await?;
    let pid = asked.skep.ready.pid;
    let (begun, cpu_s) = (clock::start(), cpu_s_of(pid)?);
    send(corpus, asked.skep.ready.otlp_http).await?;
    let wall_s = begun.elapsed().as_secs_f64();
    until_quiet(pid).await?;
    let cpu_s = cpu_s_of(pid)? - cpu_s;
    let status = asked.json("status", &json!({})).await?;
    if forward.is_some_and(|url| url != AWAY) {
        ensure!(status["forward"][0]["waiting"] == 0, "all was sent on: {}", status["forward"]);
        ensure!(status["forward"][0]["acknowledged"] == status["stored"], "{}", status["forward"]);
    }
    asked.end().await?;
    let scale = MILLION / corpus.facts.spans as f64;
    Ok(Cost { wall_s: wall_s * scale, cpu_s: cpu_s * scale })
}
