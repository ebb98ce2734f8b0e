//! What holds for this run: the settings' file, with what the command line says instead.

use crate::args::ServeArgs;
use crate::ask::settings_path;
use crate::failure::Failure;
use skep_engine::settings::{
    Field, LiveSettings, Overrides, Settings, check_limits, limit_names, load, set_limit,
};

/// The settings that this run begins with, and who follows their file from then on.
pub(super) fn settings(args: &ServeArgs) -> Result<(Settings, LiveSettings), Failure> {
    let path = settings_path(&args.store);
    let loaded = path.as_deref().map(load).unwrap_or_default();
    for problem in &loaded.problems {
        let key = problem.key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
        eprintln!("skep: settings: {key}{}", problem.message);
    }
    let mut settings = loaded.settings;
    let overrides = say(args, &mut settings)?;
    let live = LiveSettings::new(path, settings.clone(), overrides);
    Ok((settings, live))
}

/// Changes what the command line says, and tells what it said.
fn say(args: &ServeArgs, settings: &mut Settings) -> Result<Overrides, Failure> {
    let mut overrides = Overrides::new();
    macro_rules! say {
        ($given:expr, $place:ident, $key:literal, $flag:literal) => {
            if let Some(given) = $given {
                settings.$place = given;
                overrides.insert($key, $flag.to_owned());
            }
        };
    }
    say!(args.otlp_grpc, grpc, "receiver.grpc", "--otlp-grpc");
    say!(args.otlp_http, http, "receiver.http", "--otlp-http");
    say!(args.store_max, store_bytes, "storage.max", "--store-max");
    say!(args.keep.map(Some), keep, "storage.keep", "--keep");
    say!(args.disk_free_min, disk_free_bytes, "storage.disk_free_min", "--disk-free-min");
    say!(args.store.data_dir.clone().map(Some), data_dir, "storage.dir", "--data-dir");
    let containers = args.listen_containers.clone().map(|name| Some(name).filter(|name| !name.is_empty()));
    say!(containers, containers, "receiver.containers", "--listen-containers");
    for setting in &args.limit {
        let limits = &mut settings.limits;
        let said = setting.split_once('=').ok_or_else(|| "it is written NAME=VALUE".to_owned());
        let set = said.and_then(|(name, value)| set_limit(limits, name, value).map(|()| name));
        let name = set.map_err(|why| {
            Failure::Usage(format!("--limit {setting}: {why}; the limits are {}", limit_names().join(", ")))
        })?;
        let field = Field::find(&format!("receiver.limits.{name}"));
        overrides.extend(field.map(|field| (field.key, "--limit".to_owned())));
    }
    check_limits(&settings.limits).map_err(|why| Failure::Usage(format!("--limit: {why}")))?;
    Ok(overrides)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Args, Command};
    use clap::Parser;

    fn said(words: &[&str]) -> Result<(Settings, LiveSettings), String> {
        let words = ["skep", "serve"].into_iter().chain(words.iter().copied());
        let Command::Serve(args) = Args::try_parse_from(words).unwrap().command else { unreachable!() };
        settings(&args).map_err(|failure| {
            assert!(matches!(failure, Failure::Usage(_)), "exit code 2: {failure}");
            failure.to_string()
        })
    }

    #[test]
    fn the_command_line_is_heard_before_the_file_and_the_last_word_counts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, "[storage]\nmax = \"1GiB\"\nkeep = \"2d\"\n[receiver.limits]\nstreams = 7\n")
            .unwrap();
        let file = path.to_str().unwrap();
        let (settings, live) = said(&[
            "--settings",
            file,
            "--store-max",
            "3GiB",
            "--limit",
            "connections=5",
            "--limit",
            "connections=6",
        ])
        .unwrap();
        assert_eq!(
            (settings.store_bytes, settings.limits.connections, settings.limits.streams),
            (3 << 30, 6, 7)
        );
        assert_eq!(settings.keep.map(|keep| keep.as_secs()), Some(172_800));
        let fields = live.fields();
        let by: Vec<_> =
            fields.iter().filter_map(|now| Some((now.field.key, now.overridden_by.clone()?))).collect();
        assert_eq!(
            by,
            [
                ("storage.max", "--store-max".to_owned()),
                ("receiver.limits.connections", "--limit".to_owned())
            ]
        );
    }

    #[test]
    fn a_limit_that_cannot_be_is_refused_with_the_names() {
        let none = ["--settings", "/nonexistent/settings.toml", "--limit"];
        for (setting, why) in [
            ("body_bytes", "NAME=VALUE"),
            ("bodies=1", "no limit \"bodies\""),
            ("body_bytes=2GB", "not a size"),
            ("in_flight_bytes=1MiB", "twice as large"),
        ] {
            let message = said(&[&none[..], &[setting]].concat()).err().unwrap();
            assert!(message.contains(why), "{setting}: {message}");
            assert!(message.contains("body_bytes, in_flight_bytes") || why == "twice as large", "{message}");
        }
    }
}
