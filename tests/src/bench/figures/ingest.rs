use super::{Bench, CHDB, DUCKDB, MILLION, SQLITE};
use crate::bench::data::Corpus;
use crate::bench::measure::{Cost, cpu_s_of, median, memory_of};
use crate::bench::report::Figure;
use crate::bench::send::send;
use crate::bench::skep::{Asked, bytes_below};
use crate::clock;
use anyhow::{Result, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The row store is measured on fewer, and scaled: what it does for a row does not depend on how many there are yet.
const SQLITE_SPANS: usize = 300_000;

/// After the last acknowledgement a store may still seal and merge, and that counts: until it computes no more.
const QUIET: Duration = Duration::from_secs(1);
const QUIET_CPU_S_MAX: f64 = 0.02;
const QUIET_PATIENCE: u32 = 120;

/// One store filled, by whoever.
pub(super) struct Filled {
    cost: Cost,
    bytes_per_span: f64,
    /// While it was filled.
    peak_mb: f64,
}

impl Bench<'_> {
    pub(super) async fn ingest(&mut self) -> Result<()> {
        let corpus = self.ingest_corpus.clone();
        let engines = [DUCKDB, SQLITE, CHDB];
        let (mut ours, mut theirs) = (Vec::new(), engines.map(|_| Vec::new()));
        let mut failed = engines.map(|_| None);
        for _ in 0..self.options.rounds {
            ours.push(fill_skep(&corpus, &self.fresh("skep")).await?);
            for (idx, engine) in engines.into_iter().enumerate() {
                let n_spans = if engine == SQLITE { SQLITE_SPANS } else { usize::MAX };
                match self.fill_peer(engine, &corpus, n_spans) {
                    Ok(filled) => theirs[idx].push(filled),
                    Err(error) => failed[idx] = Some(error),
                }
            }
        }
        let of = |filled: &[Filled], part: fn(&Filled) -> f64| median(filled.iter().map(part));
        let cpu_s = |filled: &[Filled]| of(filled, |filled| filled.cost.cpu_s);
        let bytes = |filled: &[Filled]| of(filled, |filled| filled.bytes_per_span);
        for (idx, engine) in engines.into_iter().enumerate() {
            let name = format!("ingest_http_vs_{engine}");
            if let Some(error) = failed[idx].take() {
                self.report.skip(&name, error)?;
                continue;
            }
            let figure =
                Figure::new(name, cpu_s(&ours), "CPU s / 1M spans").beside(engine, cpu_s(&theirs[idx]));
            self.report.figure(match engine {
                DUCKDB => figure.bound(1.6, 2.5).note("the peer loads columns that lie in memory"),
                SQLITE => figure.bound(2.3, 4.0).note("the peer's JSON was made before"),
                _ => figure,
            })?;
            let figure = Figure::new(format!("disk_vs_{engine}"), bytes(&ours), "B / span");
            self.report.figure(figure.beside(engine, bytes(&theirs[idx])))?;
        }
        self.report.figure(Figure::new("disk_sealed", bytes(&ours), "B / span").bound(70.0, 50.0))?;
        let per_s = MILLION / of(&ours, |filled| filled.cost.wall_s);
        self.report.figure(Figure::new("ingest_acknowledged", per_s, "spans / s"))?;
        let peak_mb = of(&ours, |filled| filled.peak_mb);
        self.report.figure(Figure::new("memory_ingesting", peak_mb, "MB").bound(200.0, 200.0))
    }

    /// A path of this run that nothing has used yet.
    pub(super) fn fresh(&mut self, name: &str) -> PathBuf {
        self.n_paths += 1;
        self.dir.join(format!("{name}-{}", self.n_paths))
    }

    fn fill_peer(&mut self, engine: &str, corpus: &Corpus, n_spans_max: usize) -> Result<Filled> {
        let database = self.fresh(engine);
        let filled = self.fill(engine, corpus, n_spans_max, &database)?;
        // Several of them would fill the disk.
        if database.is_dir() {
            std::fs::remove_dir_all(&database)?;
        } else {
            std::fs::remove_file(&database)?;
        }
        Ok(filled)
    }

    /// Loads a peer's database, times as for a million spans.
    pub(super) fn fill(
        &self,
        engine: &str,
        corpus: &Corpus,
        n_spans_max: usize,
        database: &Path,
    ) -> Result<Filled> {
        let n_spans = corpus.facts.spans.min(n_spans_max);
        let mut peer = self.peers.start(engine, database)?;
        let answer = peer.ask(&json!({ "op": "load", "corpus": corpus.path, "rows": n_spans }))?;
        ensure!(answer.answer["rows"] == n_spans, "{engine} loaded {}", answer.answer);
        let bytes = answer.answer["bytes"].as_f64().unwrap_or(f64::NAN);
        Ok(Filled {
            cost: per_million(answer.cost(), n_spans),
            bytes_per_span: bytes / n_spans as f64,
            peak_mb: answer.peak_mb,
        })
    }
}

/// Sends everything to a fresh `skep serve`, times as for a million spans; the store is left sealed.
pub(super) async fn fill_skep(corpus: &Corpus, data_dir: &Path) -> Result<Filled> {
    let n_spans = corpus.facts.spans;
    let mut asked = Asked::on(data_dir).await?;
    let pid = asked.skep.ready.pid;
    let (begun, cpu_s) = (clock::start(), cpu_s_of(pid)?);
    send(corpus, asked.skep.ready.otlp_http).await?;
    let wall_s = begun.elapsed().as_secs_f64();
    until_quiet(pid).await?;
    let cost = Cost { wall_s, cpu_s: cpu_s_of(pid)? - cpu_s };
    let peak_mb = memory_of(pid)?.peak_mb;
    let status = asked.json("status", &json!({})).await?;
    ensure!(status["spans"]["stored"] == n_spans, "{n_spans} spans were sent: {}", status["spans"]);
    ensure!(status["readable"] == n_spans, "{n_spans} spans were sent, {} can be read", status["readable"]);
    asked.end().await?;
    let bytes_per_span = bytes_below(data_dir)? as f64 / n_spans as f64;
    Ok(Filled { cost: per_million(cost, n_spans), bytes_per_span, peak_mb })
}

pub(super) async fn until_quiet(pid: i32) -> Result<()> {
    for _ in 0..QUIET_PATIENCE {
        let cpu_s = cpu_s_of(pid)?;
        tokio::time::sleep(QUIET).await;
        if cpu_s_of(pid)? - cpu_s <= QUIET_CPU_S_MAX {
            return Ok(());
        }
    }
    anyhow::bail!("skep is still busy {QUIET_PATIENCE} s after its last acknowledgement")
}

fn per_million(cost: Cost, n_spans: usize) -> Cost {
    let scale = MILLION / n_spans as f64;
    Cost { wall_s: cost.wall_s * scale, cpu_s: cost.cpu_s * scale }
}
