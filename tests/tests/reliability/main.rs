//! Kills, power cuts, failing disks, damaged files, upgrades, races and retries: what was acknowledged is there.
//!
//! `make test` runs the short form of each, `make reliability` the long one; see [`skep_tests::rig::Campaign`] for how
//! a seed is run again.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code, which says how far it is")]

mod damage;
mod disk_errors;
mod kills;
mod outage;
mod owner;
mod power;
mod reorder;
mod retries;
mod starts;
mod tee;
mod upgrade;
