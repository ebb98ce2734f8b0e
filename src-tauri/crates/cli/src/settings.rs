//! `skep settings`: the file from the command line. A running Skep follows it.

use crate::args::SettingsArgs;
use crate::ask::settings_path;
use crate::failure::Failure;
use skep_engine::settings::{FIELDS, Field, Loaded, SaveError, Settings, example, load, save};
use std::io::Write;

pub(crate) fn run(args: &SettingsArgs) -> Result<(), Failure> {
    let path = settings_path(&args.store);
    let path = path.ok_or_else(|| {
        Failure::Usage("this system names no home directory; say --settings FILE".to_owned())
    })?;
    let mut out = std::io::stdout().lock();
    let Some(key) = &args.key else {
        let Loaded { settings, said, problems } = load(&path);
        writeln!(out, "# {}", path.display())?;
        if said.is_empty() && problems.is_empty() {
            write!(out, "{}", example())?;
        } else {
            write!(out, "{}", listed(&settings, &said))?;
        }
        for problem in problems {
            let key = problem.key.map(|key| format!("{key}: ")).unwrap_or_default();
            eprintln!("skep: {key}{}", problem.message);
        }
        return Ok(());
    };
    let field = Field::find(key);
    let field = field.ok_or_else(|| {
        let keys: Vec<_> = FIELDS.iter().map(|field| field.key).collect();
        Failure::Usage(format!("there is no setting {key:?}; there are {}", keys.join(", ")))
    })?;
    if args.value.is_some() || args.unset {
        return save(&path, key, args.value.as_deref()).map_err(|error| match error {
            SaveError::Invalid(_) => Failure::Usage(format!("{key}: {error}")),
            error => error.into(),
        });
    }
    Ok(writeln!(out, "{}", field.get(&load(&path).settings))?)
}

/// What holds, as a file; what is as usual stands behind a #.
fn listed(settings: &Settings, said: &std::collections::BTreeSet<&str>) -> String {
    let mut text = String::new();
    let mut table = "";
    for field in FIELDS {
        let (of, name) = field.key.rsplit_once('.').unwrap_or(("", field.key));
        if of != table {
            text += &format!("\n[{of}]\n");
            table = of;
        }
        let mark = if said.contains(field.key) { "" } else { "# " };
        text += &format!("{mark}{name} = {}\n", field.written(&field.get(settings)));
    }
    text
}
