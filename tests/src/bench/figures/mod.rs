//! The groups of figures.

mod bubbleup;
mod equal;
mod house;
mod ingest;
mod page;
mod questions;
mod receive;
mod tee;
mod trace;

use super::data::Corpus;
use super::options::Options;
use super::peer::{Peer, Peers};
use super::report::Report;
use anyhow::Result;
use std::path::PathBuf;

const MILLION: f64 = 1e6;

// The peers, as their programs are called.
const DUCKDB: &str = "duckdb";
const SQLITE: &str = "sqlite";
const CHDB: &str = "chdb";

/// Fields of which nearly every span has a value of its own.
const UNIQUE_FIELDS: [&str; 2] = ["message.id", "request.id"];

/// What every group of figures works with.
pub(super) struct Bench<'a> {
    pub(super) options: &'a Options,
    pub(super) peers: Peers,
    /// What is stored and asked about.
    pub(super) corpus: Corpus,
    /// What each round of ingest sends.
    pub(super) ingest_corpus: Corpus,
    /// Gone when the run ends.
    pub(super) dir: PathBuf,
    /// Used in it so far.
    pub(super) n_paths: usize,
    pub(super) report: Report,
}

/// The stores that questions are put to.
struct Stores {
    skep: PathBuf,
    duckdb: PathBuf,
    /// Columns that a comparison looks at, but for the near-unique ones, as the peer knows them.
    fields: Vec<String>,
}

impl Bench<'_> {
    pub(super) async fn all(&mut self) -> Result<()> {
        if self.options.wants("receive") {
            self.receive().await?;
        }
        if self.options.wants("ingest") {
            self.ingest().await?;
        }
        if self.options.wants("tee") {
            self.tee().await?;
        }
        if self.options.wants("bubbleup_page") {
            self.bubbleup_page().await?;
        }
        let questions = ["bubbleup", "distributions", "minutes", "contains", "heatmap", "trace", "memory"];
        if !questions.iter().any(|group| self.options.wants(group)) {
            return Ok(());
        }
        let stores = self.stores().await?;
        if self.options.wants("bubbleup") {
            self.bubbleup(&stores).await?;
        }
        if self.options.wants("distributions") {
            self.distributions(&stores).await?;
        }
        if self.options.wants("minutes") {
            self.minutes(&stores).await?;
        }
        if self.options.wants("contains") {
            self.contains(&stores).await?;
        }
        if self.options.wants("heatmap") {
            self.heatmap(&stores).await?;
        }
        if self.options.wants("trace") {
            self.one_trace(&stores).await?;
        }
        if self.options.wants("memory") {
            self.memory(&stores).await?;
        }
        Ok(())
    }

    /// Fills the two stores with everything.
    async fn stores(&mut self) -> Result<Stores> {
        let (skep, duckdb) = (self.fresh("skep"), self.fresh(DUCKDB));
        let corpus = self.corpus.clone();
        ingest::fill_skep(&corpus, &skep).await?;
        self.fill(DUCKDB, &corpus, usize::MAX, &duckdb)?;
        let answer = self.peers.start(DUCKDB, &duckdb)?.ask(&serde_json::json!({ "op": "fields" }))?;
        let fields: Vec<String> = serde_json::from_value(answer.answer)?;
        let fields = fields.into_iter().filter(|field| !UNIQUE_FIELDS.contains(&field.as_str())).collect();
        Ok(Stores { skep, duckdb, fields })
    }

    /// A fresh process on the peer's file: its first answer counts the opening.
    fn duckdb(&self, stores: &Stores) -> Result<Peer> {
        self.peers.start(DUCKDB, &stores.duckdb)
    }
}
