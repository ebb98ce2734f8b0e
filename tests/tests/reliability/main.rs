//! Kills, power cuts, failing disks, damaged files, upgrades, races and retries: what was acknowledged is there.
//!
//! `make test` runs the short form of each, `make reliability` the long one; see [`skep_tests::rig::Campaign`] for how
//! a seed is run again.

#![allow(clippy::unwrap_used, reason = "test code")]

mod damage;
mod disk_errors;
mod kills;
mod owner;
mod power;
mod retries;
mod starts;
mod upgrade;
