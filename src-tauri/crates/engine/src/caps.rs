//! Within which caps requests are decoded, in a file beside the store: the log holds requests, and whoever replays it, a
//! reader in another process too, has to see the events that were kept.

use crate::beside;
use skep_model::columns::EventColumns;
use skep_otlp::{Limits, Request};
use skep_store::{Decode, LogEntry};
use std::io;
use std::path::Path;

const FILE_NAME: &str = "skep.caps.json";

/// Those of the Skep that received last on a directory.
pub(crate) fn of_dir(dir: &Path) -> Limits {
    let file = match std::fs::read(dir.join(FILE_NAME)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Limits::DEFAULT,
        Err(error) => {
            tracing::warn!(%error, "cannot read {FILE_NAME}: events are cut as by default");
            return Limits::DEFAULT;
        }
    };
    serde_json::from_slice(&file).unwrap_or_else(|error| {
        tracing::warn!(%error, "{FILE_NAME} is not understood: events are cut as by default");
        Limits::DEFAULT
    })
}

/// Notes those that hold from now on. There is no file where they are the usual ones.
pub(crate) fn write(dir: &Path, limits: &Limits) -> io::Result<()> {
    if *limits != Limits::DEFAULT {
        return beside::write_json(dir, FILE_NAME, limits);
    }
    std::fs::remove_file(dir.join(FILE_NAME)).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

/// Reads kept bodies again.
pub(crate) fn decoder(limits: Limits) -> Decode {
    Decode::from(move |entry: &LogEntry| decode(entry, limits))
}

/// It was read when it came, so it can be read now; if ever not, its events are missing and its neighbours are not.
fn decode(entry: &LogEntry, limits: Limits) -> EventColumns {
    let LogEntry { received, signal, encoding, ref dataset, ref body, .. } = *entry;
    let request = Request { signal, encoding, dataset: dataset.as_deref(), received, body, limits };
    match skep_otlp::decode(request) {
        Ok(decoded) => decoded.columns,
        Err(error) => {
            tracing::error!(%error, "a request in the log cannot be read");
            EventColumns::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_last_run() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(of_dir(dir.path()), Limits::DEFAULT);
        let other = Limits { attributes: 7, ..Limits::DEFAULT };
        write(dir.path(), &other).unwrap();
        assert_eq!(of_dir(dir.path()), other);
        std::fs::write(dir.path().join(FILE_NAME), r#"{"attributes":8,"of_a_newer_skep":1}"#).unwrap();
        assert_eq!(of_dir(dir.path()), Limits { attributes: 8, ..Limits::DEFAULT });
        std::fs::write(dir.path().join(FILE_NAME), "nonsense").unwrap();
        assert_eq!(of_dir(dir.path()), Limits::DEFAULT);
        write(dir.path(), &Limits::DEFAULT).unwrap();
        write(dir.path(), &Limits::DEFAULT).unwrap();
        assert!(!dir.path().join(FILE_NAME).exists());
    }
}
