//! The `skep` binary: the engine without a window, and questions to a store from the command line.
//!
//! Answers go to stdout, everything else to stderr. Exit code 2 is bad usage, 1 is everything else that fails.
//!
//! Invariant: its dependency graph holds no window toolkit.

mod args;
mod ask;
mod export;
mod failure;
mod import;
mod mark;
mod serve;
mod sql;
mod table;
mod when;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    skep_engine::give_back_large_blocks();
    let Args { command } = Args::parse();
    let filter = EnvFilter::try_from_env("SKEP_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match command {
        Command::Serve(args) => serve::run(args),
        Command::Query(args) => ask::query(&args),
        Command::Trace(args) => ask::trace(&args),
        Command::Bubbleup(args) => ask::bubbleup(&args),
        Command::Sql(args) => sql::run(&args),
        Command::Status(args) => ask::status(&args),
        Command::Export(args) => export::export(&args),
        Command::Import(args) => import::run(args),
        Command::Mark(args) => mark::mark(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("skep: {failure}");
            failure.exit_code()
        }
    }
}
