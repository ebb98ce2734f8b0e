//! `skep generate DIR`: what a package brings beside the program. Made from the arguments' own words, so that they agree.

use crate::args::{Args, GenerateArgs};
use crate::failure::Failure;
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate_to};
use clap_mangen::Man;
use std::fs::File;
use std::path::Path;

pub(crate) fn run(args: &GenerateArgs) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.dir)?;
    let mut command = Args::command();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
        generate_to(shell, &mut command, "skep", &args.dir)?;
    }
    command.build();
    page(&command, "skep", &args.dir)?;
    for part in command.get_subcommands().filter(|part| !part.is_hide_set() && part.get_name() != "help") {
        page(part, &format!("skep-{}", part.get_name()), &args.dir)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str, dir: &Path) -> Result<(), Failure> {
    let mut file = File::create(dir.join(format!("{name}.1")))?;
    Ok(Man::new(command.clone()).title(name).render(&mut file)?)
}
