//! What follows from a try: the ledger first, on disk, then the next step.

use super::answer::{Answer, Verdict, judge};
use super::batch::Batch;
use super::client::Outcome;
use super::{Courier, Stop};
use crate::status::State;
use skep_store::{Advance, AppendError};
use std::time::Duration;

/// Between two tries to write the ledger.
const RECORD_RETRY: Duration = Duration::from_secs(1);

impl Courier {
    pub(super) async fn settle(&mut self, mut batch: Batch, outcome: Outcome) -> Result<(), Stop> {
        match outcome {
            Outcome::Answer(answer) => return self.settle_answer(batch, &answer).await,
            Outcome::Unreachable(reason) => self.retry_later(None, reason),
            Outcome::Untrusted(reason) => self.pause(reason),
            Outcome::Unsendable(reason) => {
                let unsent = Advance { to_seq: self.cursor().seq, ..Advance::default() };
                return self.refuse(&batch, unsent, reason).await;
            }
            Outcome::NoAnswer(reason) => {
                self.record(self.sent(&batch)).await?;
                batch.is_unanswered = true;
                self.retry_later(None, reason);
            }
        }
        self.batches.push_front(batch);
        Ok(())
    }

    async fn settle_answer(&mut self, mut batch: Batch, answer: &Answer) -> Result<(), Stop> {
        let sent = self.sent(&batch);
        batch.is_unanswered = false;
        let verdict = judge(answer, self.clock.now(), batch.encoding(), batch.n_events());
        match verdict {
            Verdict::Accepted { n_rejected, message } => {
                let message = message.map(|message| self.redact(message));
                return self.accept(&batch, sent, n_rejected, message).await;
            }
            Verdict::Split { reason } => match batch.split() {
                Ok((first, second)) => {
                    self.record(sent).await?;
                    self.batches.push_front(second);
                    self.batches.push_front(first);
                    return Ok(());
                }
                Err(batch) => return self.refuse(&batch, sent, reason).await,
            },
            Verdict::Refuse { reason } => return self.refuse(&batch, sent, reason).await,
            Verdict::RetryFew { reason } => {
                batch.n_server_errors += 1;
                if batch.n_server_errors > self.limits.server_error_retries {
                    return self.refuse(&batch, sent, reason).await;
                }
                self.record(sent).await?;
                let reason = self.redact(reason);
                self.retry_later(None, reason);
            }
            Verdict::Retry { after, reason } => {
                self.record(sent).await?;
                let reason = self.redact(reason);
                self.retry_later(after, reason);
            }
            Verdict::Pause { reason } => {
                self.record(sent).await?;
                let reason = self.redact(reason);
                self.pause(reason);
            }
        }
        self.batches.push_front(batch);
        Ok(())
    }

    /// What a try adds to the ledger, whatever the answer.
    fn sent(&self, batch: &Batch) -> Advance {
        let n_events = batch.n_events();
        Advance {
            to_seq: self.cursor().seq,
            sent: n_events,
            possible_duplicates: if batch.is_unanswered { n_events } else { 0 },
            ..Advance::default()
        }
    }

    /// Passes a batch that was taken, but for `n_rejected` of it.
    ///
    /// A destination counts spans, records or points; the ledger counts events, among them the spans' own events and
    /// links, of which no answer speaks. They count as acknowledged.
    async fn accept(
        &mut self,
        batch: &Batch,
        sent: Advance,
        n_rejected: u64,
        message: Option<String>,
    ) -> Result<(), Stop> {
        let n_open = self.n_open(batch);
        let refused = n_rejected.min(n_open);
        let (refusal, detail) = match (n_rejected, message) {
            (0, message) => (None, message.map(|message| format!("the destination warns: {message}"))),
            (_, None) => (Some("rejected without a reason".to_owned()), None),
            (_, message) => (message, None),
        };
        self.record(Advance {
            to_seq: batch.last_seq(),
            acknowledged: n_open - refused,
            refused,
            refusal,
            acknowledged_at: Some(self.clock.now()),
            ..sent
        })
        .await?;
        self.go_on(detail);
        Ok(())
    }

    /// Passes a batch that will never be taken.
    async fn refuse(&mut self, batch: &Batch, sent: Advance, reason: String) -> Result<(), Stop> {
        let refusal = Some(self.redact(reason));
        self.record(Advance { to_seq: batch.last_seq(), refused: self.n_open(batch), refusal, ..sent })
            .await?;
        self.go_on(None);
        Ok(())
    }

    /// The batch's events that are still to be settled: what left the log meanwhile was counted as refused then.
    fn n_open(&self, batch: &Batch) -> u64 {
        batch.n_events_after(self.cursor().seq)
    }

    fn go_on(&mut self, detail: Option<String>) {
        self.n_failures = 0;
        self.live.update(|shown| {
            shown.state = State::Healthy;
            shown.detail = detail;
            shown.retry_at = None;
        });
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
