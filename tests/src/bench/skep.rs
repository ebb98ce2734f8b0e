//! Skep, asked as its users ask it.

use super::measure::{Cost, cpu_s_of, median, of_child};
use crate::clock;
use crate::rig::http::{Connection, post};
use crate::rig::{Serve, Skep, skep_binary};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// Something quick is asked again for so long, or so often: the CPU's time is only known in hundredths of a second.
const REPEAT_WALL_S: f64 = 1.0;
const REPEAT_MAX: usize = 100;

/// A running `skep serve` and a connection to its pages' port.
pub(super) struct Asked {
    /// The process.
    pub(super) skep: Skep,
    connection: Connection,
}

impl Asked {
    /// Starts one on a data directory.
    ///
    /// # Errors
    /// When its port does not answer.
    pub(super) async fn on(data_dir: &Path) -> Result<Self> {
        Self::to(Serve::on(data_dir).start().await).await
    }

    /// Connects to a running one.
    ///
    /// # Errors
    /// When its port does not answer.
    pub(super) async fn to(skep: Skep) -> Result<Self> {
        let connection = Connection::open(skep.ui_address()).await?;
        Ok(Self { skep, connection })
    }

    /// Ends it and waits until it has let go of its directory: only one may serve it.
    ///
    /// # Errors
    /// When it ends badly.
    pub(super) async fn end(self) -> Result<()> {
        let (ended, said) = self.skep.terminate().await;
        anyhow::ensure!(ended.success(), "skep ended with {ended}: {}", said.stderr);
        Ok(())
    }

    /// Runs a command of the pages.
    ///
    /// # Errors
    /// What Skep refuses, in its words.
    pub(super) async fn rpc(&mut self, command: &str, request: &Value) -> Result<(Bytes, Cost)> {
        let mut post = post(&format!("/rpc/{command}"), "application/json", request.to_string());
        let token = format!("Bearer {}", self.skep.token());
        post.headers_mut().insert(http::header::AUTHORIZATION, token.parse()?);
        let (begun, cpu_s) = (clock::start(), cpu_s_of(self.skep.ready.pid)?);
        let answer = self.connection.send(post).await?;
        let wall_s = begun.elapsed().as_secs_f64();
        let cost = Cost { wall_s, cpu_s: cpu_s_of(self.skep.ready.pid)? - cpu_s };
        if !answer.status().is_success() {
            bail!("{}", String::from_utf8_lossy(answer.body()));
        }
        Ok((answer.into_body(), cost))
    }

    /// The same, of a command that answers with JSON.
    ///
    /// # Errors
    /// As [`Asked::rpc`].
    pub(super) async fn json(&mut self, command: &str, request: &Value) -> Result<Value> {
        Ok(serde_json::from_slice(&self.rpc(command, request).await?.0)?)
    }

    /// Asks several times: the median by the clock, the mean of the CPU.
    ///
    /// # Errors
    /// As [`Asked::rpc`].
    pub(super) async fn ask_again(&mut self, command: &str, request: &Value) -> Result<Cost> {
        let (mut walls, cpu_s) = (Vec::new(), cpu_s_of(self.skep.ready.pid)?);
        while walls.len() < REPEAT_MAX && walls.iter().sum::<f64>() < REPEAT_WALL_S {
            walls.push(self.rpc(command, request).await?.1.wall_s);
        }
        let cpu_s = (cpu_s_of(self.skep.ready.pid)? - cpu_s) / walls.len() as f64;
        Ok(Cost { wall_s: median(walls.into_iter()), cpu_s })
    }
}

/// Asks a store that nobody serves with a process of its own, whose whole life counts.
///
/// # Errors
/// What Skep refuses, in its words.
pub(super) fn from_file(data_dir: &Path, arguments: &[&str]) -> Result<(Value, Cost)> {
    let mut command = Command::new(skep_binary());
    command.args(arguments).arg("--json").arg("--data-dir").arg(data_dir).stdin(Stdio::null());
    let (output, cost) = of_child(|| Ok(command.output()?))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok((serde_json::from_slice(&output.stdout).context("an answer is JSON")?, cost))
}

/// Bytes of all files below a directory.
///
/// # Errors
/// When it cannot be read.
pub(super) fn bytes_below(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_below(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
