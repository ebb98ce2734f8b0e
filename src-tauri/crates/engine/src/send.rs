//! Sending by hand: stored events to a destination, and a look at what would leave of them.

use crate::engine::Engine;
use crate::export::{ExportError, ExportWhich, Pieces};
use crate::view::AskError;
use skep_forward::policy::{Policy, Tally};
use skep_forward::{ByHand, ForwardError, Previewed};
use skep_model::{Encoding, Event, EventKind, Nanos, Signal};
use skep_otlp::encode::Encoder;
use skep_query::{Cancel, TimeRange};
use skep_store::{DeadLetter, LogEntry, NewLetter};
use std::time::Duration;
use tokio::sync::mpsc;

/// Pieces of events that wait to be sent: the next one is read meanwhile.
const PIECES: usize = 1;

/// Events of one request, about.
const REQUEST_EVENTS: usize = 2_000;

/// Newest events that an estimate looks at.
const ESTIMATE_EVENTS: usize = 50_000;

/// An estimate looks back no further.
const ESTIMATE_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);

/// With less time between the first event and the last, a month cannot be told from it.
const ESTIMATE_SPAN_MIN: Duration = Duration::from_secs(1);

/// Why nothing, or not all, was sent by hand.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The events cannot be read, or there are none.
    #[error(transparent)]
    Read(#[from] ExportError),
    /// The destination cannot be sent to, or the policy cannot be used.
    #[error(transparent)]
    Forward(#[from] ForwardError),
}

/// How much would leave, in events as Honeycomb counts them: spans, their events and links, logs, metric points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Events that were looked at, the newest.
    pub n_events: u64,
    /// Those that would leave.
    pub n_leaving: u64,
    /// Those that the filter keeps back.
    pub n_filtered: u64,
    /// Those that sampling keeps back.
    pub n_sampled: u64,
    /// From the first to the last of them.
    pub span: Duration,
    /// Events of the last minute of them.
    pub last_minute: u64,
    /// Those of these that would leave.
    pub last_minute_leaving: u64,
    /// How often each rule found something.
    pub tally: Tally,
}

impl Estimate {
    /// Events in 30 days, at the rate of what was looked at: all of them, and those that would leave. Nothing where what
    /// was looked at is too short to tell.
    #[must_use]
    pub fn month(&self) -> Option<(f64, f64)> {
        const MONTH_SECS: f64 = 30.0 * 24.0 * 3600.0;
        let secs = self.span.as_secs_f64();
        (self.span >= ESTIMATE_SPAN_MIN)
            .then(|| (self.n_events as f64 / secs * MONTH_SECS, self.n_leaving as f64 / secs * MONTH_SECS))
    }
}

/// A dead letter, read.
#[derive(Clone, Debug)]
pub struct LetterView {
    /// Its name.
    pub id: u64,
    /// When it was refused.
    pub refused_at: Nanos,
    /// Which service it was for.
    pub signal: Signal,
    /// Events in it.
    pub n_events: u64,
    /// What the destination said.
    pub reason: String,
    /// What could be read of it.
    pub events: Vec<Event>,
    /// As OTLP JSON, a request a line; in Honeycomb's own form as it was sent, where that is text.
    pub content: String,
}

impl Engine {
    /// A destination's newest dead letters, newest first, at most so many.
    ///
    /// # Errors
    /// When there is no such destination, or the store cannot be read.
    pub async fn letters(&self, destination: u64, n_limit: u32) -> Result<Vec<LetterView>, ForwardError> {
        let letters = self.forwarder().letters(destination, n_limit).await?;
        Ok(letters.into_iter().map(|letter| self.read_letter(letter)).collect())
    }

    fn read_letter(&self, DeadLetter { id, letter }: DeadLetter) -> LetterView {
        let NewLetter { refused_at, signal, encoding, dataset, n_events, reason, body } = letter;
        let as_sent = String::from_utf8_lossy(&body).into_owned();
        let entry = LogEntry { seq: 0, received: refused_at, signal, encoding, dataset, n_events, body };
        let events = self.decode().events(&entry).events();
        let mut encoder = Encoder::default();
        events.iter().for_each(|event| encoder.push(event));
        let requests = encoder.finish().requests;
        let lines = requests.iter().map(|request| request.to_bytes(Encoding::Json));
        let lines: Vec<String> = lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect();
        let is_text =
            matches!(encoding, Encoding::Json | Encoding::HoneycombJson | Encoding::HoneycombMarker);
        let content = if is_text { as_sent } else { lines.join("\n") };
        LetterView { id, refused_at, signal, n_events, reason, events, content }
    }

    /// Sends stored events to a destination now, whether it is on or not: scrubbed by its rules, otherwise equal to what
    /// came in.
    ///
    /// # Errors
    /// When they cannot be read, or there is no way to the destination. What it refused is told in the answer.
    pub async fn send_to(&self, destination: u64, which: ExportWhich) -> Result<ByHand, SendError> {
        let mut sender = self.forwarder().sender(destination).await?;
        let view = self.view();
        let (pieces, mut incoming) = mpsc::channel::<Vec<Event>>(PIECES);
        let reading = tokio::task::spawn_blocking(move || -> Result<(), ExportError> {
            let cancel = Cancel::default();
            Pieces::new(&view, &which, Signal::ALL.to_vec(), &cancel)?.each(|events| {
                for part in whole_records(events, REQUEST_EVENTS) {
                    // Nobody listens any more: the request was given up.
                    if pieces.blocking_send(part.to_vec()).is_err() {
                        return Err(AskError::Cancelled.into());
                    }
                }
                Ok(())
            })
        });
        let mut all = ByHand::default();
        while let Some(events) = incoming.recv().await {
            all.add(sender.send(events).await);
        }
        reading.await.map_err(|_| ExportError::from(AskError::Cancelled))??;
        Ok(all)
    }

    /// Tells what would leave of the newest stored events under a policy, and how many that makes.
    ///
    /// # Errors
    /// When the policy cannot be used, or the store cannot be read.
    pub fn estimate(&self, policy: &Policy) -> Result<Estimate, SendError> {
        let preview = self.forwarder().preview(policy)?;
        let now = self.clock().now();
        let from = now.0.saturating_sub(ESTIMATE_WITHIN.as_nanos().try_into().unwrap_or(u64::MAX));
        let mut estimate = Estimate::default();
        let (mut first, mut last) = (u64::MAX, 0);
        let mut leaving_times = Vec::new();
        let mut times = Vec::new();
        self.newest(ESTIMATE_EVENTS, Nanos(from), |events| {
            estimate.n_events += events.len() as u64;
            for event in &events {
                // A clock that runs ahead would stretch the time.
                let time = event.time.0.min(now.0);
                (first, last) = (first.min(time), last.max(time));
                times.push(time);
            }
            let Previewed { events, n_filtered, n_sampled, tally } = preview.of(events)?;
            estimate.n_leaving += events.len() as u64;
            estimate.n_filtered += n_filtered;
            estimate.n_sampled += n_sampled;
            estimate.tally.add(&tally);
            leaving_times.extend(events.iter().map(|event| event.time.0.min(now.0)));
            Ok(())
        })?;
        estimate.span = Duration::from_nanos(last.saturating_sub(first));
        let minute = last.saturating_sub(60_000_000_000);
        let within = |times: &[u64]| times.iter().filter(|time| **time >= minute).count() as u64;
        (estimate.last_minute, estimate.last_minute_leaving) = (within(&times), within(&leaving_times));
        Ok(estimate)
    }

    /// Shows what a policy makes of one of the newest records: the `nth` span with its events and links, or log, or
    /// point, before and after; of one that would not leave at all, as it would leave otherwise. Nothing where there is
    /// none.
    ///
    /// # Errors
    /// When the policy cannot be used, or the store cannot be read.
    pub fn preview(&self, policy: &Policy, nth: usize) -> Result<Option<(Vec<Event>, Previewed)>, SendError> {
        let preview = self.forwarder().preview(policy)?;
        let mut records: Vec<Vec<Event>> = Vec::new();
        self.newest(ESTIMATE_EVENTS.min(nth.saturating_add(1).saturating_mul(64)), Nanos(0), |events| {
            records.extend(whole_records(&events, 1).map(<[Event]>::to_vec));
            Ok(())
        })?;
        records.sort_by_key(|record| std::cmp::Reverse(record[0].time));
        if records.is_empty() {
            return Ok(None);
        }
        let record = records.swap_remove(nth % records.len());
        let mut previewed = preview.of(record.clone())?;
        // How it would look is worth seeing all the same.
        if previewed.events.is_empty() {
            previewed.events = preview.scrubbed(record.clone());
        }
        Ok(Some((record, previewed)))
    }

    /// Hands the newest events over, newest segments first, no more than about `n_limit`.
    fn newest(
        &self,
        n_limit: usize,
        from: Nanos,
        mut take: impl FnMut(Vec<Event>) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        let snapshot = self.snapshot();
        let mut n_left = n_limit;
        for segment in snapshot.segments().iter().rev() {
            if n_left == 0 || segment.time_bounds().1 < from {
                break;
            }
            let segment = segment.in_memory().map_err(|error| ExportError::from(AskError::from(error)))?;
            let n_rows = segment.n_rows();
            let first = n_rows - n_rows.min(n_left);
            // Not in the middle of a span's events and links.
            let begins = |row: &usize| !matches!(segment.kind(*row), EventKind::SpanEvent | EventKind::Link);
            let first = (first..n_rows).find(begins).unwrap_or(n_rows);
            let range = TimeRange { start: Some(from), end: None };
            let is_recent = |row: &u32| range.contains(Nanos(segment.times()[*row as usize]));
            let rows: Vec<u32> =
                (first..n_rows).filter_map(|row| u32::try_from(row).ok()).filter(is_recent).collect();
            n_left -= rows.len().min(n_left);
            take(segment.events(&rows))?;
        }
        Ok(())
    }
}

/// Events in parts of about so many; no part begins with what hangs on the one before.
fn whole_records(events: &[Event], n_events: usize) -> impl Iterator<Item = &[Event]> {
    let mut n_taken = 0;
    events.chunk_by(move |_, next| {
        n_taken += 1;
        let hangs_on = matches!(next.kind, EventKind::SpanEvent | EventKind::Link);
        let joins = hangs_on || n_taken < n_events;
        if !joins {
            n_taken = 0;
        }
        joins
    })
}
