use crate::arrivals::{Arrivals, LastArrival};
use skep_model::Nanos;
use skep_receive::{NameKind, Refusal, RefusedReason, Sink, Submission, Transport};
use skep_store::clock::Clock;
use skep_store::{Append, AppendError, Appended, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How long senders are told to wait when nothing could be kept.
const RETRY_AFTER_SECS: u32 = 5;

/// Where the receiver hands its requests to: the store, and the status bar's counts.
#[derive(Clone)]
pub(crate) struct StoreSink {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) arrivals: Arc<Arrivals>,
    /// Its user has put receiving off.
    pub(crate) is_paused: Arc<AtomicBool>,
}

impl StoreSink {
    /// Keeps a request and notes its arrival.
    pub(crate) async fn keep(&self, submission: Submission) -> Result<Appended, AppendError> {
        let Submission { received, signal, encoding, body, dataset, decoded, client, transport } = submission;
        let append = Append {
            received,
            signal,
            encoding,
            dataset: dataset.map(Into::into),
            body: body.into(),
            columns: decoded.columns,
            n_rejected: decoded.problems.rejected_events,
            n_spans_rejected: decoded.problems.rejected_spans,
        };
        let appended = self.store.append(append).await?;
        let transport = match transport {
            Transport::Grpc => "grpc",
            Transport::Http => "http",
        };
        self.arrivals.note(LastArrival { at: received, client, transport }, decoded.n_received);
        Ok(appended)
    }
}

impl Sink for StoreSink {
    fn now(&self) -> Nanos {
        self.clock.now()
    }

    async fn submit(&self, submission: Submission) -> Result<(), Refusal> {
        if self.is_paused.load(Ordering::Relaxed) {
            return Err(Refusal::Unavailable {
                retry_after_secs: RETRY_AFTER_SECS,
                message: "receiving is paused in Skep".to_owned(),
            });
        }
        let kept = self.keep(submission).await;
        kept.map(drop).map_err(|error| Refusal::Unavailable {
            retry_after_secs: RETRY_AFTER_SECS,
            message: error.to_string(),
        })
    }

    fn stranger(&self, kind: NameKind, name: &str) {
        self.arrivals.note_stranger(kind, name, self.clock.now());
    }

    fn refused(&self, reason: RefusedReason) {
        self.arrivals.note_refused(match reason {
            RefusedReason::Origin => "origin",
            RefusedReason::Host => "host",
            RefusedReason::Headers => "headers",
            RefusedReason::Connections => "connections",
            RefusedReason::Token => "token",
            RefusedReason::Path => "path",
            RefusedReason::Method => "method",
            RefusedReason::MediaType => "media_type",
            RefusedReason::Compression => "compression",
            RefusedReason::TooLarge => "too_large",
            RefusedReason::Malformed => "malformed",
            RefusedReason::TooSlow => "too_slow",
            RefusedReason::Overload => "overload",
        });
    }
}
