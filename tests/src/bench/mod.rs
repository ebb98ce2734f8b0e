//! What `make bench` measures: Skep, and beside it in the same run DuckDB, the ClickHouse engine and a plain SQLite
//! table, over the same events.
//!
//! A figure is the median of rounds in which both sides take turns, after the answers were found equal. Times are by
//! the clock, as both have the machine's cores, and by the CPU, which other work on the machine disturbs less. The
//! file cache is warm unless a figure says that it is cold.

pub mod data;
mod figures;
mod measure;
mod options;
mod peer;
mod report;
mod send;
mod skep;

pub use options::Options;

use anyhow::Result;
use data::{Corpus, Shape};
use figures::Bench;
use peer::Peers;
use report::Report;
use std::path::Path;

/// Measures everything that was asked for; whether all answers were equal.
///
/// # Errors
/// When something does not run at all.
pub async fn run(options: &Options) -> Result<bool> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("bench");
    let data_dir = dir.join("data");
    let shape = |spans, one_trace| Shape { spans, one_trace, seed: options.seed };
    let peers = Peers::ready()?;
    let corpus = Corpus::of(shape(options.spans, false), &data_dir)?;
    peers.convert(&corpus)?;
    let ingest_corpus = Corpus::of(shape(options.ingest_spans, false), &data_dir)?;
    peers.convert(&ingest_corpus)?;
    let scratch = tempfile::Builder::new().prefix("run-").tempdir_in(&dir)?;
    let report = Report::to(&options.out)?;
    let mut bench =
        Bench { options, peers, corpus, ingest_corpus, dir: scratch.path().to_owned(), n_paths: 0, report };
    bench.all().await?;
    if options.large_trace_spans > 0 && options.wants("large") {
        // Three sizes, so that a step that is worse than linear is seen.
        for part in [100, 10, 1] {
            let large = Corpus::of(shape(options.large_trace_spans / part, true), &data_dir)?;
            bench.large_trace(&large).await?;
        }
    }
    Ok(bench.report.finish())
}
