//! What follows from a try: the ledger first, on disk, then the next step.

use super::answer::{Accepted, Verdict};
use super::batch::Batch;
use super::client::Outcome;
use super::parcel::Parcel;
use super::{Courier, Stop};
use crate::status::State;
use skep_store::{Advance, AppendError};
use std::time::Duration;

/// Between two tries to write the ledger.
const RECORD_RETRY: Duration = Duration::from_secs(1);

/// Why a span's link is refused that came without its span.
pub(super) const NO_PLACE: &str =
    "links without their span, and what cannot be read again, have no place in OTLP";

impl Courier {
    /// Goes on with a batch of which `parcel` was tried.
    pub(super) async fn settle(
        &mut self,
        mut batch: Batch,
        mut parcel: Parcel,
        outcome: Outcome,
    ) -> Result<(), Stop> {
        let verdict = outcome.verdict(&parcel, self.clock.now());
        if verdict.is_some() || matches!(outcome, Outcome::NoAnswer(_)) {
            batch.note_sent(parcel.n_events, parcel.is_unanswered);
        }
        match (outcome, verdict) {
            (_, Some(verdict)) => {
                parcel.is_unanswered = false;
                return self.obey(batch, parcel, verdict).await;
            }
            (Outcome::Unreachable(reason), _) => self.retry_later(None, reason),
            (Outcome::Untrusted(reason), _) => self.pause(reason),
            (Outcome::Unsendable(reason), _) => {
                self.refuse(&mut batch, &parcel, reason);
                self.batch = Some(batch);
                return Ok(());
            }
            (Outcome::NoAnswer(reason), _) => {
                parcel.is_unanswered = true;
                self.retry_later(None, reason);
            }
            (Outcome::Answer(_) | Outcome::Grpc(_), None) => unreachable!("every answer means something"),
        }
        self.keep(batch, parcel).await
    }

    async fn obey(&mut self, mut batch: Batch, mut parcel: Parcel, verdict: Verdict) -> Result<(), Stop> {
        match verdict {
            Verdict::Accepted(accepted) => {
                self.accept(&mut batch, &parcel, accepted);
                self.batch = Some(batch);
                return Ok(());
            }
            Verdict::Split { reason } => {
                self.split(&mut batch, parcel, reason);
                self.batch = Some(batch);
                return Ok(());
            }
            Verdict::Halve { reason } => {
                match parcel.split(&self.decode) {
                    Ok(halves) => put_first(&mut batch, [halves.0, halves.1]),
                    // One event that is too large by itself goes with its values cut.
                    Err(mut one) => match one.trimmed() {
                        true => put_first(&mut batch, [one]),
                        false => self.refuse(&mut batch, &one, reason),
                    },
                }
                self.batch = Some(batch);
                return Ok(());
            }
            Verdict::AsOtlp { reason } => {
                match parcel.rewrite_as_otlp(&self.decode) {
                    Some((parcels, n_orphans)) => {
                        batch.note_refused(n_orphans, NO_PLACE.to_owned(), None);
                        put_first(&mut batch, parcels);
                    }
                    None => self.refuse(&mut batch, &parcel, reason),
                }
                self.batch = Some(batch);
                return Ok(());
            }
            Verdict::Refuse { reason } => {
                self.refuse(&mut batch, &parcel, reason);
                self.batch = Some(batch);
                return Ok(());
            }
            Verdict::RetryFew { reason } => {
                parcel.n_server_errors += 1;
                if parcel.n_server_errors >= self.limits.server_error_tries {
                    self.refuse(&mut batch, &parcel, reason);
                    self.batch = Some(batch);
                    return Ok(());
                }
                let reason = self.redact(reason);
                self.retry_later(None, reason);
            }
            Verdict::Retry { after, reason } => {
                let reason = self.redact(reason);
                self.retry_later(after, reason);
            }
            Verdict::Pause { reason } => {
                let reason = self.redact(reason);
                self.pause(reason);
            }
        }
        self.keep(batch, parcel).await
    }

    /// Keeps a batch for the next try, after what is known of this one is written down.
    async fn keep(&mut self, mut batch: Batch, parcel: Parcel) -> Result<(), Stop> {
        put_first(&mut batch, [parcel]);
        let sent = batch.take_sent(self.cursor().seq);
        self.batch = Some(batch);
        match sent.sent {
            0 => Ok(()),
            _ => self.record(sent).await,
        }
    }

    /// Tells a bad event from good ones: each half is sent by itself, and of the refused half each half, which finds one
    /// among n in 2·log2(n) requests. Where most are bad that would be two requests an event, so there is an end to it;
    /// what is left is refused together.
    fn split(&mut self, batch: &mut Batch, parcel: Parcel, reason: String) {
        if batch.n_splits_left == 0 {
            return self.refuse(batch, &parcel, reason);
        }
        match parcel.split(&self.decode) {
            Ok((first, second)) => {
                batch.n_splits_left -= 1;
                put_first(batch, [first, second]);
            }
            Err(one) => self.refuse(batch, &one, reason),
        }
    }

    /// Counts a parcel that was taken, but for some of it.
    ///
    /// A destination counts spans, records or points; the ledger counts events, among them the spans' own events and
    /// links, of which no answer speaks. They count as acknowledged.
    fn accept(&mut self, batch: &mut Batch, parcel: &Parcel, accepted: Accepted) {
        let Accepted { n_rejected, message, is_unread, rejected } = accepted;
        let message = message.map(|message| self.redact(message));
        let refused = n_rejected.min(parcel.n_events);
        let now = self.clock.now();
        batch.note_acknowledged(parcel.n_events - refused, is_unread, now);
        self.n_failures = 0;
        batch.detail = match (refused, message) {
            (0, message) => message.map(|message| format!("the destination warns: {message}")),
            (_, message) => {
                let reason = message.unwrap_or_else(|| "rejected without a reason".to_owned());
                let only = Some(rejected).filter(|rejected| !rejected.is_empty());
                let letter = only.and_then(|rejected| parcel.only(&rejected));
                batch.note_refused(refused, reason.clone(), letter.map(|letter| letter.letter(now, reason)));
                None
            }
        };
    }

    /// Counts and keeps a parcel that will never be taken.
    fn refuse(&mut self, batch: &mut Batch, parcel: &Parcel, reason: String) {
        let reason = self.redact(reason);
        let letter = parcel.letter(self.clock.now(), reason.clone());
        batch.note_refused(parcel.n_events, reason, Some(letter));
        self.n_failures = 0;
    }

    /// Passes a batch of which nothing is left to send.
    pub(super) async fn finish(&mut self, mut batch: Batch) -> Result<(), Stop> {
        let advance = batch.settled(self.cursor().seq);
        let acknowledged = advance.acknowledged;
        self.record(advance).await?;
        let waiting = self.waiting();
        let now = self.clock.elapsed();
        self.live.update(|shown| {
            shown.history.note(now, acknowledged, waiting);
            shown.state = State::Healthy;
            shown.detail = batch.detail;
            shown.retry_at = None;
        });
        Ok(())
    }

    fn redact(&self, text: String) -> String {
        match &self.client {
            Some(client) => client.redact(text),
            None => text,
        }
    }

    /// Writes the ledger, however often it takes: to send again what was taken, only because the disk was full for a
    /// moment, would double it.
    async fn record(&mut self, advance: Advance) -> Result<(), Stop> {
        loop {
            let error = match self.store.advance(self.id, advance.clone()).await {
                Ok(()) => return Ok(()),
                Err(AppendError::Closed) => return Err(Stop),
                Err(error) => error,
            };
            self.live.update(|shown| {
                shown.state = State::Retrying;
                shown.detail = Some(error.to_string());
            });
            let stop = self.orders.wait_for(|orders| orders.stop);
            if tokio::time::timeout(RECORD_RETRY, stop).await.is_ok() {
                return Err(Stop);
            }
            // Waiting for one order has overheard the others.
            self.orders.mark_changed();
        }
    }
}

fn put_first(batch: &mut Batch, parcels: impl IntoIterator<Item = Parcel, IntoIter: DoubleEndedIterator>) {
    parcels.into_iter().rev().for_each(|parcel| batch.parcels.push_front(parcel));
}
