//! What something cost, read from outside of the process that did it.

use crate::clock;
use anyhow::{Context, Result};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The kernel counts a process's time in hundredths of a second for everyone else to read.
const TICKS_PER_SECOND: f64 = 100.0;

/// Times that something took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// By the clock on the wall.
    pub(super) wall_s: f64,
    /// By all cores together, in the program and in the system.
    pub(super) cpu_s: f64,
}

impl Cost {
    /// The median of each, apart.
    #[must_use]
    pub(super) fn median(costs: &[Cost]) -> Cost {
        let of = |part: fn(&Cost) -> f64| median(costs.iter().map(part));
        Cost { wall_s: of(|cost| cost.wall_s), cpu_s: of(|cost| cost.cpu_s) }
    }
}

/// The middle one; of an even number, the greater of the two.
pub(super) fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs two sides in turn, so that what else the machine does meets both alike, and gives the median of each.
///
/// # Errors
/// The first of either side.
pub(super) async fn interleave(
    n_rounds: usize,
    mut ours: impl AsyncFnMut() -> Result<Cost>,
    mut theirs: impl AsyncFnMut() -> Result<Cost>,
) -> Result<[Cost; 2]> {
    let mut costs = [Vec::new(), Vec::new()];
    for _ in 0..n_rounds {
        costs[0].push(ours().await?);
        costs[1].push(theirs().await?);
    }
    Ok(costs.map(|costs| Cost::median(&costs)))
}

/// Seconds that a running process has computed, its ended threads included.
///
/// # Errors
/// When it is gone.
pub(super) fn cpu_s_of(pid: i32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the program's name in parentheses, which may hold anything. utime and stime are 14 and 15.
    let (_, fields) = stat.rsplit_once(')').context("a name in parentheses")?;
    let mut ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    let mut next = || ticks.next().context("too few fields").and_then(|ticks| Ok(ticks?));
    Ok((next()? + next()?) / TICKS_PER_SECOND)
}

/// Resident memory of a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    /// Now.
    pub(super) now_mb: f64,
    /// At its largest.
    pub(super) peak_mb: f64,
}

/// How much memory a process holds.
///
/// # Errors
/// When it is gone.
pub(super) fn memory_of(pid: i32) -> Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let mb = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("a line is missing")?;
        let kib: f64 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse()?;
        anyhow::Ok(kib / 1024.0)
    };
    Ok(Memory { now_mb: mb("VmRSS")?, peak_mb: mb("VmHWM")? })
}

/// Runs a child to its end and says what it cost. Nothing else may end meanwhile.
///
/// # Errors
/// What running it gives.
pub(super) fn of_child<T>(run: impl FnOnce() -> Result<T>) -> Result<(T, Cost)> {
    let (begun, cpu_s) = (clock::start(), children_cpu_s()?);
    let value = run()?;
    Ok((value, Cost { wall_s: begun.elapsed().as_secs_f64(), cpu_s: children_cpu_s()? - cpu_s }))
}

fn children_cpu_s() -> Result<f64> {
    let usage: Usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e6)
}
