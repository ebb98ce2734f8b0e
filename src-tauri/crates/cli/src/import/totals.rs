use super::progress::say;
use super::target::Target;
use crate::failure::Failure;
use serde::Serialize;
use skep_engine::import::{Counts, Summary, Taken, Tally};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Distinct reasons for which requests were not kept as they came that are shown.
const REASONS_MAX: usize = 8;

/// What became of everything so far.
#[derive(Default)]
pub(crate) struct Totals {
    counts: Arc<Counts>,
    files: Mutex<Files>,
}

#[derive(Default)]
struct Files {
    n: u64,
    n_without_requests: u64,
    n_unreadable: u64,
    reasons: Vec<String>,
}

/// As it is printed.
#[derive(Clone, Default, Serialize)]
struct Answer {
    files: u64,
    requests: u64,
    /// Events in all requests.
    received: u64,
    /// Of these the ones that are kept now, or were accepted.
    taken: u64,
    /// Of these the ones that were there before; nothing where only the receiver knows.
    duplicate: Option<u64>,
    rejected: u64,
    /// Records, or stretches of a file, that are no telemetry.
    unreadable: u64,
}

impl Totals {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of the requests.
    pub(crate) fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Says why a request was not kept as it came, each reason once.
    pub(crate) fn say_reason(&self, taken: &Taken) {
        let mut files = self.files();
        if let Some(reason) = &taken.reason
            && files.reasons.len() < REASONS_MAX
            && !files.reasons.contains(reason)
        {
            say(reason);
            files.reasons.push(reason.clone());
        }
    }

    /// A file was read, to its end or not.
    pub(crate) fn note_file(&self, file: &Path, summary: &Summary) {
        let mut files = self.files();
        files.n += 1;
        files.n_unreadable += summary.n_unreadable;
        let is_bad = summary.n_unreadable > 0 || summary.error.is_some();
        files.n_without_requests += u64::from(is_bad && summary.n_requests == 0);
        let file = file.display();
        if let Some(reason) = summary.first_reason {
            say(format_args!("{file}: {} could not be read: {reason}", summary.n_unreadable));
        }
        if let Some(error) = &summary.error {
            say(format_args!("{file}: cannot be read on: {error}"));
        }
    }

    /// A file could not be opened.
    pub(crate) fn note_unopened(&self, file: &Path, error: &std::io::Error) {
        let mut files = self.files();
        files.n += 1;
        files.n_without_requests += 1;
        say(format_args!("{}: {error}", file.display()));
    }

    pub(crate) fn n_files_without_requests(&self) -> u64 {
        self.files().n_without_requests
    }

    fn answer(&self, target: &Target) -> Answer {
        let files = self.files();
        let Tally { n_requests, n_received, n_stored, n_duplicate, n_rejected, .. } = self.counts.now();
        Answer {
            files: files.n,
            requests: n_requests,
            received: n_received,
            taken: n_stored,
            duplicate: matches!(target, Target::Store(..)).then_some(n_duplicate),
            rejected: n_rejected,
            unreadable: files.n_unreadable,
        }
    }

    /// Prints what became of it all.
    pub(crate) fn print(&self, target: &Target, json: bool) -> Result<(), Failure> {
        let answer = self.answer(target);
        let mut out = std::io::stdout().lock();
        if json {
            serde_json::to_writer(&mut out, &answer)?;
            writeln!(out)?;
            return Ok(());
        }
        let Answer { received, taken, duplicate, rejected, unreadable, .. } = answer;
        writeln!(out, "{taken} of {received} events to {target}")?;
        let rest = [
            (duplicate.unwrap_or(0), "events were there before"),
            (rejected, "events rejected"),
            (unreadable, "records or stretches of files that are no telemetry"),
        ];
        for (n, what) in rest.into_iter().filter(|(n, _)| *n > 0) {
            writeln!(out, "{n} {what}")?;
        }
        Ok(())
    }
}
