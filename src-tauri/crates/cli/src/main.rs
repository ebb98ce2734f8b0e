//! The `skep` binary: the engine without a window, and questions to a store from the command line.
//!
//! Answers go to stdout, everything else to stderr. Exit code 2 is bad usage, 1 is everything else that fails.
//!
//! Invariant: its dependency graph holds no window toolkit.

mod args;
mod ask;
mod export;
mod failure;
mod generate;
mod import;
mod mark;
mod open;
mod serve;
mod settings;
mod sql;
mod table;
mod when;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Args { command } = Args::parse();
    match command {
        Command::Query(_) | Command::Trace(_) | Command::Bubbleup(_) | Command::Sql(_) => {
            skep_engine::use_large_pages();
        }
        _ => skep_engine::give_back_large_blocks(),
    }
    // A server's log outlives its terminal; an answer's does not.
    let _log = skep_engine::begin_log(matches!(command, Command::Serve(_)));
    let result = match command {
        Command::Serve(args) => serve::run(args),
        Command::Query(args) => ask::query(&args),
        Command::Trace(args) => ask::trace(&args),
        Command::Bubbleup(args) => ask::bubbleup(&args),
        Command::Sql(args) => sql::run(&args),
        Command::Status(args) => ask::status(&args),
        Command::Export(args) => export::export(&args),
        Command::Import(args) => import::run(args),
        Command::Open(args) => open::open(&args),
        Command::Settings(args) => settings::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Mark(args) => mark::mark(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_enough() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("skep: {failure}");
            failure.exit_code()
        }
    }
}
