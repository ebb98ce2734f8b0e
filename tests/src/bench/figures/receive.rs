use super::{Bench, MILLION};
use crate::bench::measure::{cpu_s_of, median};
use crate::bench::report::Figure;
use crate::bench::send::send;
use crate::rig::skep_binary;
use anyhow::{Context, Result};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

impl Bench<'_> {
    /// The receiver without a store: HTTP, decoding, the answer.
    pub(super) async fn receive(&mut self) -> Result<()> {
        // Built beside the program that is measured.
        let program = skep_binary().with_file_name("examples").join("drop");
        let corpus = self.ingest_corpus.clone();
        let mut cpu_s = Vec::new();
        for _ in 0..self.options.rounds {
            let mut receiver = Command::new(&program);
            receiver.stdout(Stdio::piped()).kill_on_drop(true);
            let mut receiver = receiver.spawn().with_context(|| format!("{}", program.display()))?;
            let mut line = String::new();
            BufReader::new(receiver.stdout.take().context("it is piped")?).read_line(&mut line).await?;
            let pid = i32::try_from(receiver.id().context("it runs")?)?;
            let before = cpu_s_of(pid)?;
            send(&corpus, line.trim().parse()?).await?;
            cpu_s.push((cpu_s_of(pid)? - before) * MILLION / corpus.facts.spans as f64);
            receiver.kill().await?;
        }
        let figure = Figure::new("receive_http_protobuf", median(cpu_s.into_iter()), "CPU s / 1M spans");
        self.report.figure(figure.bound(1.0, 0.5).note("received, decoded and answered, not stored"))
    }
}
