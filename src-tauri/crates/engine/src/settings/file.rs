//! The file: read with what is wrong in it, changed in place, so that a person's comments and order stay.

use super::Settings;
use super::fields::{FIELDS, Field, Kind};
use super::limits::check_limits;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, Value};

/// The folder's name: the app's bundle identifier, as the data's is.
const FOLDER: &str = "dev.skep.desktop";
const FILE_NAME: &str = "settings.toml";

/// A file beyond this size is none of ours.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What a new file begins with.
const PREFACE: &str = "# Skep's settings. Skep reads this file again when it changes, and keeps your comments when it writes it.\n\
                       # What is not said here is as usual; `skep settings` lists everything that can be.\n\n";

/// What is wrong in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, if it is one's.
    pub key: Option<String>,
    /// A sentence.
    pub message: String,
}

/// What a file says.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Its settings; where it is silent or wrong, the usual ones.
    pub settings: Settings,
    /// The keys it sets well.
    pub said: BTreeSet<&'static str>,
    /// What it says that cannot be.
    pub problems: Vec<Problem>,
}

/// Why a setting was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// There is none of this key.
    #[error("there is no setting {0:?}")]
    Unknown(String),
    /// Its text cannot be.
    #[error("{0}")]
    Invalid(String),
    /// The file holds something that is not TOML; saving would lose it.
    #[error("{path} cannot be read, so nothing was written: {why}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The disk.
    #[error("cannot write {path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Where the file lies when nobody says otherwise: `~/.config/dev.skep.desktop/settings.toml` on Linux,
/// `~/Library/Application Support/dev.skep.desktop/settings.toml` on macOS, `%APPDATA%\dev.skep.desktop\settings.toml` on
/// Windows. Nothing when the system names no home.
#[must_use]
pub fn default_settings_path() -> Option<PathBuf> {
    Some(dirs::config_dir()?.join(FOLDER).join(FILE_NAME))
}

/// Reads a file. One that is not there says nothing; one that is no TOML is a problem and says nothing.
#[must_use]
pub fn load(path: &Path) -> Loaded {
    let document = match read(path) {
        Ok(document) => document,
        Err(why) => {
            let problems = vec![Problem { key: None, message: why }];
            return Loaded { problems, ..Loaded::default() };
        }
    };
    let mut loaded = Loaded::default();
    for (key, item) in leaves(document.as_table(), "") {
        let Some(field) = Field::find(&key) else {
            let message = format!("there is no setting {key}");
            loaded.problems.push(Problem { key: None, message });
            continue;
        };
        match text_of(field, item).and_then(|text| field.set(&mut loaded.settings, &text)) {
            Ok(()) => {
                loaded.said.insert(field.key);
            }
            Err(message) => loaded.problems.push(Problem { key: Some(key), message }),
        }
    }
    if let Err(message) = check_limits(&loaded.settings.limits) {
        loaded.settings.limits = skep_receive::Limits::default();
        loaded.problems.push(Problem { key: Some("receiver.limits.in_flight_bytes".to_owned()), message });
    }
    loaded
}

/// Writes one setting, or takes it out again, and leaves everything else as it is.
///
/// # Errors
/// See [`SaveError`]; the file is then as it was.
pub fn save(path: &Path, key: &str, text: Option<&str>) -> Result<(), SaveError> {
    let field = Field::find(key).ok_or_else(|| SaveError::Unknown(key.to_owned()))?;
    let mut settings = load(path).settings;
    let unreadable = |why| SaveError::Unreadable { path: path.to_owned(), why };
    let mut document = read(path).map_err(unreadable)?;
    if let Some(text) = text {
        field.set(&mut settings, text).map_err(SaveError::Invalid)?;
        check_limits(&settings.limits).map_err(SaveError::Invalid)?;
        // Comments alone are what ends a document; they stay before the first table.
        let head = if document.as_table().is_empty() { document.to_string() } else { String::new() };
        if document.as_table().is_empty() {
            document.set_trailing("");
        }
        put(&mut document, field, &field.get(&settings)).map_err(unreadable)?;
        let head = if head.is_empty() && !path.exists() { PREFACE } else { &head };
        write(path, &format!("{head}{document}"))
    } else {
        take(document.as_table_mut(), &key.split('.').collect::<Vec<_>>());
        write(path, &document.to_string())
    }
    .map_err(|error| SaveError::Io { path: path.to_owned(), error })
}

fn read(path: &Path) -> Result<DocumentMut, String> {
    match std::fs::metadata(path) {
        Ok(file) if file.len() > FILE_BYTES_MAX => return Err("it is larger than a MiB".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(DocumentMut::new()),
        _ => {}
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    text.parse().map_err(|error: toml_edit::TomlError| error.to_string().trim_end().to_owned())
}

/// Every value with its dotted key.
fn leaves<'a>(table: &'a Table, before: &str) -> Vec<(String, &'a Item)> {
    let mut found = Vec::new();
    for (name, item) in table {
        let key = if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") };
        match item.as_table() {
            Some(inner) => found.extend(leaves(inner, &key)),
            None => found.push((key, item)),
        }
    }
    found
}

fn text_of(field: &Field, item: &Item) -> Result<String, String> {
    match (field.kind, item.as_value()) {
        (Kind::Switch, Some(Value::Boolean(value))) => Ok(value.value().to_string()),
        (Kind::Switch, _) => Err("it is true or false, without quotes".to_owned()),
        (_, Some(Value::String(value))) => Ok(value.value().clone()),
        (_, Some(Value::Integer(value))) => Ok(value.value().to_string()),
        _ => Err("it is a text between quotes, or a whole number".to_owned()),
    }
}

fn put(document: &mut DocumentMut, field: &Field, text: &str) -> Result<(), String> {
    let (tables, name) = field.key.rsplit_once('.').unwrap_or(("", field.key));
    let mut table = document.as_table_mut();
    for part in tables.split('.') {
        let item = table.entry(part).or_insert_with(|| {
            let mut table = Table::new();
            // `[receiver.limits]` needs no `[receiver]` before it.
            table.set_implicit(true);
            Item::Table(table)
        });
        table = item.as_table_mut().ok_or_else(|| format!("{part} is not a table there"))?;
    }
    let new = match field.kind {
        Kind::Switch => Value::from(text == "true"),
        Kind::Number => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        Kind::Choice(_) | Kind::Text => Value::from(text),
    };
    match table.get_mut(name).and_then(Item::as_value_mut) {
        Some(old) => {
            // What stands behind the value on its line.
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(name, Item::Value(new));
        }
    }
    Ok(())
}

/// Takes a value out, and tables that hold nothing after it.
fn take(table: &mut Table, key: &[&str]) {
    match key {
        [] => {}
        [name] => {
            table.remove(name);
        }
        [name, rest @ ..] => {
            let Some(inner) = table.get_mut(name).and_then(Item::as_table_mut) else { return };
            take(inner, rest);
            let has_comment = inner
                .decor()
                .prefix()
                .and_then(|prefix| prefix.as_str())
                .is_some_and(|prefix| prefix.contains('#'));
            if inner.is_empty() && !has_comment {
                table.remove(name);
            }
        }
    }
}

/// It is renamed into place, so that nobody reads half of it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link, as to a folder of dot files, stays one.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let part = path.with_added_extension("part");
    std::fs::write(&part, text)?;
    std::fs::rename(part, path)
}

/// Everything that can be set, each with its usual value, as a file that says nothing.
#[must_use]
pub fn example() -> String {
    let usual = Settings::default();
    let mut text = PREFACE.to_owned();
    let mut table = "";
    for field in FIELDS {
        let (of, name) = field.key.rsplit_once('.').unwrap_or(("", field.key));
        if of != table {
            text += &format!("{}[{of}]\n", if table.is_empty() { "" } else { "\n" });
            table = of;
        }
        text += &format!("# {}\n# {name} = {}\n", field.help, field.written(&field.get(&usual)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::time::Duration;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("below").join(FILE_NAME);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }

    fn check_saved(before: &str, saves: &[(&str, Option<&str>)], after: &Expect) {
        let (_dir, path) = file(before);
        for (key, text) in saves {
            save(&path, key, *text).unwrap();
        }
        after.assert_eq(&std::fs::read_to_string(path).unwrap());
    }

    #[test]
    fn a_person_s_comments_and_order_stay() {
        check_saved(
            "# mine\n[storage]\nkeep   = \"2d\"  # two days do\n\n# below\nmax = \"1GiB\"\n[notifications]\ndisk_low=false\n",
            &[
                ("storage.keep", Some("7d")),
                ("storage.max", None),
                ("notifications.disk_low", Some("true")),
                ("appearance.text_size", Some("120")),
                ("receiver.limits.streams", Some("64")),
            ],
            &expect![[r#"
                # mine
                [storage]
                keep   = "7d"  # two days do
                [notifications]
                disk_low=true

                [appearance]
                text_size = 120

                [receiver.limits]
                streams = "64"
            "#]],
        );
    }

    #[test]
    fn a_new_file_says_what_it_is_and_empties_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config").join(FILE_NAME);
        assert!(load(&path).problems.is_empty(), "no file is no problem");
        save(&path, "appearance.theme", Some("dark")).unwrap();
        expect![[r#"
            # Skep's settings. Skep reads this file again when it changes, and keeps your comments when it writes it.
            # What is not said here is as usual; `skep settings` lists everything that can be.

            [appearance]
            theme = "dark"
        "#]]
        .assert_eq(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(load(&path).said, BTreeSet::from(["appearance.theme"]));
        save(&path, "appearance.theme", None).unwrap();
        assert!(load(&path).said.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field_and_costs_nothing_else() {
        let (_dir, path) = file(
            "[storage]\nmax = \"big\"\nkeep = \"2d\"\n[window]\ntray = \"true\"\n[colours]\nsky = 1\n\
             [receiver.limits]\nbody_bytes = \"200MiB\"\n",
        );
        let Loaded { settings, said, problems } = load(&path);
        assert_eq!(settings.keep, Some(Duration::from_secs(172_800)));
        assert_eq!(settings.store_bytes, Settings::default().store_bytes);
        assert_eq!(said, BTreeSet::from(["storage.keep", "receiver.limits.body_bytes"]));
        let said: Vec<String> = problems
            .into_iter()
            .map(|problem| format!("{}: {}", problem.key.unwrap_or_default(), problem.message))
            .collect();
        expect![[r#"
            storage.max: "big" is not a size; try 500MiB or 2GiB
            window.tray: it is true or false, without quotes
            : there is no setting colours.sky
            receiver.limits.in_flight_bytes: a body of body_bytes=209715200 and its events never fit into in_flight_bytes=268435456, which has to be twice as large"#]]
        .assert_eq(&said.join("\n"));
    }

    #[test]
    fn what_cannot_be_read_is_never_written_over() {
        let before = "[storage\nkeep = 1";
        let (_dir, path) = file(before);
        assert_eq!(load(&path).problems.len(), 1);
        assert!(matches!(save(&path, "storage.keep", Some("2d")), Err(SaveError::Unreadable { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
        let (_dir, path) = file("storage = 3");
        assert!(matches!(save(&path, "storage.keep", Some("2d")), Err(SaveError::Unreadable { .. })));
        assert!(matches!(save(&path, "storage.keep", Some("soon")), Err(SaveError::Invalid(_))));
        assert!(matches!(save(&path, "no.such", Some("1")), Err(SaveError::Unknown(_))));
    }

    #[test]
    fn the_example_is_a_file_that_changes_nothing_and_one_that_can_be_uncommented() {
        let (_dir, path) = file(&example());
        let Loaded { said, problems, .. } = load(&path);
        assert!(said.is_empty() && problems.is_empty(), "{problems:?}");
        let uncommented: Vec<String> = example()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase()) => setting.to_owned(),
                _ => line.to_owned(),
            })
            .collect();
        let (_dir, path) = file(&uncommented.join("\n"));
        let Loaded { said, problems, .. } = load(&path);
        assert_eq!((said.len(), problems), (FIELDS.len(), Vec::new()));
    }
}
