//! Power cuts worked out: every write and sync of a run is recorded with its bytes, and what a disk may hold at any
//! moment of it is put together again. A sync is kept to; of what came after it, any sectors may have reached the disk
//! and any may not, in any order, which is worse than one file system on one disk does.

use rand::Rng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::path::Path;

/// A disk writes this much or nothing.
const SECTOR_BYTES: usize = 512;

const CALLS: &str = "pwrite64,fsync,fdatasync,ftruncate,?unlink,write,writev,sendto";

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Write {
        file: String,
        at: usize,
        data: Vec<u8>,
    },
    Truncate {
        file: String,
        len: usize,
    },
    Unlink {
        file: String,
    },
    /// Came true; of a directory too.
    Sync {
        file: String,
    },
    /// An answer that says yes left for the sender.
    Answer,
}

/// Everything a run did to the store's files, in order, and its answers.
#[derive(Debug)]
pub struct Recording {
    steps: Vec<Step>,
    dir_name: String,
}

/// Runs a program that is recorded to `record`.
#[must_use]
pub fn recorded(record: &Path) -> Vec<String> {
    let record = record.to_str().expect("a path in UTF-8").to_owned();
    // With the paths of files, and all bytes, in hexadecimal.
    let words =
        ["strace", "-f", "-qq", "-y", "-xx", "-s", "16777216", "-e", "signal=none", "-o", &record, "-e"];
    words.map(str::to_owned).into_iter().chain([format!("trace={CALLS}")]).collect()
}

impl Recording {
    /// Reads the record of a run on a directory.
    #[must_use]
    pub fn read(record: &Path, data_dir: &Path) -> Self {
        let mut syncing: BTreeMap<String, String> = BTreeMap::new();
        let mut steps = Vec::new();
        for line in std::fs::read_to_string(record).unwrap().lines() {
            let (pid, call) = line.trim_start().split_once(' ').expect("each line begins with a thread");
            let call = call.trim_start();
            if call.starts_with("<... f") && call.contains("sync resumed>") {
                if call.ends_with("= 0") {
                    steps.extend(syncing.remove(pid).map(|file| Step::Sync { file }));
                }
            } else if call.starts_with("fsync(") || call.starts_with("fdatasync(") {
                let file = file_name(call);
                if call.ends_with("= 0") {
                    steps.push(Step::Sync { file });
                } else {
                    syncing.insert(pid.to_owned(), file);
                }
            } else {
                steps.extend(step(call));
            }
        }
        let dir_name = data_dir.file_name().expect("a directory has a name").to_string_lossy().into_owned();
        Self { steps, dir_name }
    }

    /// Moments that can be chosen.
    #[must_use]
    pub fn n_moments(&self) -> usize {
        self.steps.len()
    }

    /// Answers that said yes before a moment.
    #[must_use]
    pub fn n_answers(&self, moment: usize) -> usize {
        self.steps[..moment].iter().filter(|step| **step == Step::Answer).count()
    }

    /// Syncs that came true.
    #[must_use]
    pub fn n_syncs(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Sync { .. })).count()
    }

    /// Lays into `dir` what the disk may hold when the power is cut at a moment. Files for which `is_synced` says no
    /// are taken as never synced.
    pub fn lay(&self, moment: usize, dir: &Path, chance: &mut StdRng, is_synced: impl Fn(&str) -> bool) {
        let steps = &self.steps[..moment];
        // Some cuts come just before everything reached the disk, some just after nothing did.
        let kept = [0.0, 0.1, 0.5, 0.9, 1.0][chance.random_range(0..5)];
        let synced_until = |name: &str| {
            let is_sync = |step: &Step| matches!(step, Step::Sync { file } if file == name);
            if is_synced(name) { steps.iter().rposition(is_sync).unwrap_or(0) } else { 0 }
        };
        let dir_synced = synced_until(&self.dir_name);
        let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for (idx, step) in steps.iter().enumerate() {
            match step {
                Step::Write { file, at, data } => {
                    let is_durable = idx < synced_until(file);
                    let bytes = files.entry(file).or_default();
                    for (from, to) in sectors(*at, data.len()) {
                        if is_durable || chance.random_bool(kept) {
                            bytes.resize(bytes.len().max(at + to), 0);
                            bytes[at + from..at + to].copy_from_slice(&data[from..to]);
                        }
                    }
                }
                Step::Truncate { file, len } => {
                    if idx < synced_until(file) || chance.random_bool(kept) {
                        files.entry(file).or_default().resize(*len, 0);
                    }
                }
                Step::Unlink { file } => {
                    if idx < dir_synced || chance.random_bool(kept) {
                        files.remove(file.as_str());
                    }
                }
                Step::Sync { .. } | Step::Answer => {}
            }
        }
        std::fs::create_dir_all(dir).unwrap();
        for (name, bytes) in files {
            std::fs::write(dir.join(name), bytes).unwrap();
        }
    }
}

/// The pieces of a write that lie in one sector each, relative to its start.
fn sectors(at: usize, len: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let to = (from + SECTOR_BYTES - (at + from) % SECTOR_BYTES).min(len);
        let piece = (from < len).then_some((from, to));
        from = to;
        piece
    })
}

/// The step a call is, if it is one that counts. The system's index of the log is built anew after a cut.
fn step(call: &str) -> Option<Step> {
    let (name, arguments) = call.split_once('(')?;
    let is_of_store = |file: &String| file.starts_with("skep.db") && !file.ends_with("-shm");
    match name {
        "pwrite64" => {
            let file = Some(file_name(call)).filter(is_of_store)?;
            let (_, rest) = arguments.split_once(">, \"")?;
            let (data, rest) = rest.split_once("\", ")?;
            let at = numbers(rest).nth(1)?;
            Some(Step::Write { file, at, data: unhex(data) })
        }
        "ftruncate" => {
            let file = Some(file_name(call)).filter(is_of_store)?;
            let (_, rest) = arguments.split_once(">, ")?;
            Some(Step::Truncate { file, len: numbers(rest).next()? })
        }
        "unlink" => {
            let (_, rest) = arguments.split_once('"')?;
            let file = Some(last_part(rest.split_once('"')?.0)).filter(is_of_store)?;
            Some(Step::Unlink { file })
        }
        // `strace` shows the entry of a call before it can have had an effect.
        _ => call.contains(&hex("HTTP/1.1 200")).then_some(Step::Answer),
    }
}

fn numbers(text: &str) -> impl Iterator<Item = usize> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok())
}

/// The file of a call's first argument, such as `12<\x2f\x74>`.
fn file_name(call: &str) -> String {
    let path = call.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    path.map(|(path, _)| last_part(path)).unwrap_or_default()
}

fn last_part(path: &str) -> String {
    let path = String::from_utf8(unhex(path)).expect("a path in UTF-8");
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|byte| u8::from_str_radix(&byte[..2], 16).expect("two digits")).collect()
}

fn hex(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "\\x{byte:02x}").expect("a string takes anything");
        hex
    })
}
