use super::target::{Taken, Target};
use crate::failure::Failure;
use serde::Serialize;
use skep_import::Summary;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Distinct reasons for which requests were not kept as they came that are shown.
const MESSAGES_MAX: usize = 8;

/// What became of everything so far.
#[derive(Default)]
pub(crate) struct Totals(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    answer: Answer,
    n_files_without_requests: u64,
    messages: Vec<String>,
    failure: Option<String>,
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
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note_request(&self, taken: &Taken) {
        let mut counts = self.counts();
        counts.answer.requests += 1;
        counts.answer.received += taken.n_received;
        counts.answer.rejected += taken.n_rejected;
        counts.answer.taken += taken.n_received.saturating_sub(taken.n_rejected + taken.n_duplicate);
        *counts.answer.duplicate.get_or_insert(0) += taken.n_duplicate;
        if let Some(message) = &taken.message
            && counts.messages.len() < MESSAGES_MAX
            && !counts.messages.contains(message)
        {
            eprintln!("skep: {message}");
            counts.messages.push(message.clone());
        }
    }

    /// A file was read, to its end or not.
    pub(crate) fn note_file(&self, file: &Path, summary: &Summary) {
        let mut counts = self.counts();
        counts.answer.files += 1;
        counts.answer.unreadable += summary.n_unreadable;
        let is_bad = summary.n_unreadable > 0 || summary.error.is_some();
        counts.n_files_without_requests += u64::from(is_bad && summary.n_requests == 0);
        let file = file.display();
        if let Some(reason) = summary.first_reason {
            eprintln!("skep: {file}: {} could not be read: {reason}", summary.n_unreadable);
        }
        if let Some(error) = &summary.error {
            eprintln!("skep: {file}: cannot be read on: {error}");
        }
    }

    /// A file could not be opened.
    pub(crate) fn note_unopened(&self, file: &Path, error: &std::io::Error) {
        let mut counts = self.counts();
        counts.answer.files += 1;
        counts.n_files_without_requests += 1;
        eprintln!("skep: {}: {error}", file.display());
    }

    /// Nothing more can be passed on. The first reason is kept.
    pub(crate) fn note_failure(&self, failure: &anyhow::Error) {
        self.counts().failure.get_or_insert_with(|| format!("{failure:#}"));
    }

    pub(crate) fn failure(&self) -> Option<anyhow::Error> {
        self.counts().failure.as_ref().map(|failure| anyhow::anyhow!(failure.clone()))
    }

    pub(crate) fn n_files_without_requests(&self) -> u64 {
        self.counts().n_files_without_requests
    }

    /// Prints what became of it all.
    pub(crate) fn print(&self, target: &Target, json: bool) -> Result<(), Failure> {
        let mut answer = self.counts().answer.clone();
        if matches!(target, Target::Http(_)) {
            answer.duplicate = None;
        }
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
