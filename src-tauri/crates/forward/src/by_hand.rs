//! What a person sends: some events of their choice, or what was refused once more. Nothing waits for it: it is tried
//! once, and what came of it is told.

use crate::deliver::{Client, Outcome, Parcel, Verdict};
use crate::error::ForwardError;
use crate::forwarder::{Forwarder, Inner};
use crate::keys::Credentials;
use crate::settings::Settings;
use crate::{address, headers};
use skep_model::Event;
use skep_policy::{Gate, Tally};
use skep_store::{DeadLetter, Destination, NewLetter};
use std::collections::VecDeque;
use std::sync::Arc;
use url::Url;

/// What came of events that were sent by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByHand {
    /// The destination said yes.
    pub acknowledged: u64,
    /// It said no for good.
    pub refused: u64,
    /// It did not answer, or wants nothing now: they may be sent again.
    pub unsent: u64,
    /// What it said, of what was not acknowledged.
    pub reason: Option<String>,
}

impl ByHand {
    /// Adds what came of others.
    pub fn add(&mut self, more: ByHand) {
        self.acknowledged += more.acknowledged;
        self.refused += more.refused;
        self.unsent += more.unsent;
        self.reason = more.reason.or(self.reason.take());
    }
}

/// A way to one destination, for as long as something is sent by hand.
pub struct Sender {
    inner: Arc<Inner>,
    client: Client,
    gate: Option<Gate>,
    /// Of a destination that takes nothing now, nothing more is asked.
    is_stuck: bool,
}

impl Forwarder {
    /// A way to a destination, whether it is turned on or not. What leaves is scrubbed as the destination's settings say,
    /// neither filtered nor sampled.
    ///
    /// # Errors
    /// When there is none, or it cannot be sent to.
    pub async fn sender(&self, id: u64) -> Result<Sender, ForwardError> {
        let inner = Arc::clone(&self.inner);
        let destination = inner.destination(id)?;
        let settings = Settings::of(&destination.settings)?;
        let client = inner.client(&destination).await?;
        let scrubbing = skep_policy::Policy { scrubbing: settings.policy.scrubbing, ..Default::default() };
        let gate = match scrubbing.lets_all_through() {
            true => None,
            false => Some(scrubbing.compile(&inner.salt)?),
        };
        Ok(Sender { inner, client, gate, is_stuck: false })
    }

    /// A destination's newest dead letters, newest first, at most so many.
    ///
    /// # Errors
    /// When there is no such destination, or the store cannot be read.
    pub async fn letters(&self, id: u64, n_limit: u32) -> Result<Vec<DeadLetter>, ForwardError> {
        self.inner.destination(id)?;
        Ok(self.inner.store.letters(id, n_limit).await?)
    }

    /// Sends dead letters once more, these or all, and forgets those that are taken.
    ///
    /// # Errors
    /// When there is no such destination, it cannot be sent to, or the store fails.
    pub async fn resend(&self, id: u64, letters: Option<Vec<u64>>) -> Result<ByHand, ForwardError> {
        let mut sender = self.sender(id).await?;
        let ids = match letters {
            Some(ids) => ids,
            None => {
                let all = self.inner.store.letters(id, u32::MAX).await?;
                all.iter().rev().map(|letter| letter.id).collect()
            }
        };
        let (mut all, mut taken) = (ByHand::default(), Vec::new());
        for letter_id in ids {
            let Some(letter) = self.inner.store.letter(id, letter_id).await? else { continue };
            let n_events = letter.letter.n_events;
            let came = sender.send_letter(letter.letter).await;
            if came.acknowledged == n_events {
                taken.push(letter_id);
            }
            all.add(came);
        }
        if !taken.is_empty() {
            self.inner.store.forget_letters(id, Some(taken)).await?;
        }
        Ok(all)
    }

    /// Lets dead letters go, these or all.
    ///
    /// # Errors
    /// When there is no such destination, or it could not be written.
    pub async fn forget_letters(&self, id: u64, letters: Option<Vec<u64>>) -> Result<(), ForwardError> {
        self.inner.destination(id)?;
        Ok(self.inner.store.forget_letters(id, letters).await?)
    }
}

impl Sender {
    /// Sends events as they are stored, spans with the events and links that follow them.
    pub async fn send(&mut self, mut events: Vec<Event>) -> ByHand {
        if let Some(gate) = &self.gate {
            gate.scrub(&mut events, &mut Tally::default());
        }
        let (parcels, n_orphans) = Parcel::of_events(events, None);
        let mut all = self.send_parcels(parcels).await;
        all.refused += n_orphans;
        all
    }

    async fn send_letter(&mut self, letter: NewLetter) -> ByHand {
        self.send_parcels(vec![Parcel::of_letter(letter)]).await
    }

    async fn send_parcels(&mut self, parcels: Vec<Parcel>) -> ByHand {
        let mut all = ByHand::default();
        let mut parcels = VecDeque::from(parcels);
        let mut n_splits_left = self.inner.limits.splits_max;
        while let Some(mut parcel) = parcels.pop_front() {
            let n_events = parcel.n_events;
            if self.is_stuck {
                all.unsent += n_events;
                continue;
            }
            let outcome = self.client.send(&mut parcel).await;
            let verdict = outcome.verdict(&parcel, self.inner.clock.now());
            let (unsent, reason) = match (verdict, outcome) {
                (Some(Verdict::Accepted(accepted)), _) => {
                    let refused = accepted.n_rejected.min(n_events);
                    all.acknowledged += n_events - refused;
                    all.refused += refused;
                    (false, accepted.message.filter(|_| refused > 0))
                }
                (Some(Verdict::Split { reason } | Verdict::Halve { reason }), _) if n_splits_left > 0 => {
                    n_splits_left -= 1;
                    match parcel.split(&self.inner.decode) {
                        Ok((first, second)) => {
                            parcels.push_front(second);
                            parcels.push_front(first);
                            (false, None)
                        }
                        Err(_) => {
                            all.refused += n_events;
                            (false, Some(reason))
                        }
                    }
                }
                (
                    Some(Verdict::Split { reason } | Verdict::Halve { reason } | Verdict::Refuse { reason }),
                    _,
                )
                | (Some(Verdict::AsOtlp { reason }), _)
                | (None, Outcome::Unsendable(reason)) => {
                    all.refused += n_events;
                    (false, Some(reason))
                }
                (
                    Some(
                        Verdict::Retry { reason, .. }
                        | Verdict::RetryFew { reason }
                        | Verdict::Pause { reason },
                    ),
                    _,
                )
                | (
                    None,
                    Outcome::Unreachable(reason) | Outcome::Untrusted(reason) | Outcome::NoAnswer(reason),
                ) => (true, Some(reason)),
                (None, Outcome::Answer(_) | Outcome::Grpc(_)) => unreachable!("every answer means something"),
            };
            if unsent {
                all.unsent += n_events;
                self.is_stuck = true;
            }
            all.reason = reason.map(|reason| self.client.redact(reason)).or(all.reason);
        }
        all
    }
}

impl Inner {
    pub(crate) fn destination(&self, id: u64) -> Result<Destination, ForwardError> {
        let destinations = self.store.destinations();
        destinations.iter().find(|destination| destination.id == id).cloned().ok_or(ForwardError::Unknown(id))
    }

    /// A client for a destination, with its key.
    pub(crate) async fn client(&self, destination: &Destination) -> Result<Client, ForwardError> {
        let base = Url::parse(&destination.url)
            .map_err(|_| ForwardError::Address("the address cannot be read; enter it again"))?;
        let of_this_run =
            self.handles().get(&destination.id).and_then(|handle| handle.from_command_line.clone());
        let credentials = match of_this_run {
            Some(credentials) => credentials,
            None => self.keys.load(destination.id, &address::origin(&base)).await?,
        };
        self.client_of(base, &credentials)
    }

    pub(crate) fn client_of(&self, base: Url, credentials: &Credentials) -> Result<Client, ForwardError> {
        Client::new(base, credentials, &self.tls, &self.limits).map_err(ForwardError::Unusable)
    }

    /// What a person entered, checked as it is saved.
    pub(crate) fn credentials_of(
        key: Option<crate::Secret>,
        further: Vec<(String, crate::Secret)>,
    ) -> Result<Credentials, ForwardError> {
        let key = key.map(headers::check_key).transpose()?.flatten();
        Ok(Credentials { key, headers: headers::check_headers(further)? })
    }
}
