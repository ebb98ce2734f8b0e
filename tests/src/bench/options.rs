use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Spans that are stored and asked about.
    pub spans: usize,
    /// Spans of each round of ingest, at most.
    pub ingest_spans: usize,
    /// Rounds that each side has.
    pub rounds: usize,
    /// Of the generator.
    pub seed: u64,
    /// Where the figures go.
    pub out: PathBuf,
    /// Only groups of figures with one of these in their names; none means all.
    pub only: Vec<String>,
    /// Spans of the one large trace; 0 leaves it out.
    pub large_trace_spans: usize,
}

/// Said for `--help`.
const USAGE: &str = "\
bench [--spans N] [--ingest-spans N] [--rounds N] [--seed N] [--large-trace N] [--only WORD]... [--out FILE]
  --spans         stored and asked about; 5000000
  --ingest-spans  of each round of ingest, at most; 1000000
  --rounds        of each side, in turn; 3
  --large-trace   spans of the one large trace, 0 for none; 1000000
  --only          receive, ingest, tee, bubbleup_page, bubbleup, distributions, minutes, contains, heatmap, trace, memory, large";

impl Options {
    /// Reads the command line.
    ///
    /// # Errors
    /// On a word that is not known, or a number that is none.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            spans: 5_000_000,
            ingest_spans: 1_000_000,
            rounds: 3,
            seed: 1,
            out: "target/bench.jsonl".into(),
            only: Vec::new(),
            large_trace_spans: 1_000_000,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value\n{USAGE}"));
            match word.as_str() {
                "--spans" => options.spans = value()?.parse()?,
                "--ingest-spans" => options.ingest_spans = value()?.parse()?,
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--seed" => options.seed = value()?.parse()?,
                "--large-trace" => options.large_trace_spans = value()?.parse()?,
                "--only" => options.only.push(value()?),
                "--out" => options.out = value()?.into(),
                _ => bail!("{word:?} is not known\n{USAGE}"),
            }
        }
        options.ingest_spans = options.ingest_spans.min(options.spans);
        Ok(options)
    }

    /// Whether a group of figures is wanted.
    #[must_use]
    pub fn wants(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| group.contains(only.as_str()))
    }
}
