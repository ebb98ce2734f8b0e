use skep_model::Nanos;
use skep_receive::{NAME_BYTES_MAX, NameKind};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Seconds of history kept for the status bar.
pub const HISTORY_SECS: usize = 60;

/// Strangers remembered; those that were refused longest ago are forgotten.
pub const STRANGERS_MAX: usize = 16;

/// Over how many whole seconds the rate is averaged.
const RATE_SECS: u64 = 5;

const NANOS_PER_SEC: u64 = 1_000_000_000;

/// What arrives, as it arrives: for the status bar and the connect page. Since the process started.
#[derive(Debug, Default)]
pub struct Arrivals {
    state: Mutex<State>,
    /// Told of every refusal; one who waits is enough, and one who looks later misses none.
    more_refused: Notify,
}

#[derive(Debug, Default)]
struct State {
    n_requests: u64,
    /// Events of each second that had any, by second of the wall clock; the newest [`HISTORY_SECS`] are kept.
    events_of_second: BTreeMap<u64, u64>,
    last: Option<LastArrival>,
    refused: BTreeMap<&'static str, u64>,
    /// The one refused last stands first.
    strangers: Vec<Stranger>,
}

/// Who was refused for the name that its requests bring, and can be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// What kind of name.
    pub kind: NameKind,
    /// As it was sent, cut to 256 bytes.
    pub name: String,
    /// Requests refused.
    pub n_refused: u64,
    /// The last of them.
    pub last: Nanos,
}

/// The newest request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastArrival {
    /// When.
    pub at: Nanos,
    /// The sender's name for itself.
    pub client: Option<String>,
    /// `grpc` or `http`.
    pub transport: &'static str,
}

/// [`Arrivals`] at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalsNow {
    /// Requests accepted.
    pub n_requests: u64,
    /// Events a second, averaged over the last five whole seconds.
    pub events_per_second: f64,
    /// Events in each of the last sixty whole seconds, oldest first.
    pub events_by_second: Vec<u32>,
    /// The newest request.
    pub last: Option<LastArrival>,
    /// Requests refused before they were read, by reason.
    pub refused: Vec<(&'static str, u64)>,
    /// Who of them can be allowed, the one refused last first.
    pub strangers: Vec<Stranger>,
}

impl Arrivals {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an accepted request.
    pub(crate) fn note(&self, arrival: LastArrival, n_events: u64) {
        let mut state = self.state();
        state.n_requests += 1;
        *state.events_of_second.entry(arrival.at.0 / NANOS_PER_SEC).or_default() += n_events;
        while state.events_of_second.len() > HISTORY_SECS + 1 {
            state.events_of_second.pop_first();
        }
        state.last = Some(arrival);
    }

    /// Notes a request that was refused before it was read.
    pub(crate) fn note_refused(&self, reason: &'static str) {
        *self.state().refused.entry(reason).or_default() += 1;
        self.more_refused.notify_one();
    }

    /// Notes who was refused.
    pub(crate) fn note_stranger(&self, kind: NameKind, name: &str, now: Nanos) {
        let name = &name[..name.floor_char_boundary(NAME_BYTES_MAX)];
        let mut state = self.state();
        let known = state.strangers.iter().position(|known| known.kind == kind && known.name == name);
        let mut stranger = match known {
            Some(at) => state.strangers.remove(at),
            None => Stranger { kind, name: name.to_owned(), n_refused: 0, last: now },
        };
        stranger.n_refused += 1;
        stranger.last = now;
        state.strangers.insert(0, stranger);
        state.strangers.truncate(STRANGERS_MAX);
    }

    /// Forgets one who is a stranger no longer.
    pub(crate) fn forget_stranger(&self, kind: NameKind, name: &str) {
        let is_other = |known: &Stranger| known.kind != kind || !known.name.eq_ignore_ascii_case(name);
        self.state().strangers.retain(is_other);
    }

    /// Returns when something was refused since it last returned.
    pub(crate) async fn more_refused(&self) {
        self.more_refused.notified().await;
    }

    /// Requests refused before they were read, by reason.
    pub(crate) fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.state().refused.clone()
    }

    /// The state at `now`.
    #[must_use]
    pub fn now(&self, now: Nanos) -> ArrivalsNow {
        let state = self.state();
        let this_second = now.0 / NANOS_PER_SEC;
        let of_second = |ago: u64| {
            let second = this_second.saturating_sub(ago);
            state.events_of_second.get(&second).copied().unwrap_or(0)
        };
        let recent: u64 = (1..=RATE_SECS).map(of_second).sum();
        ArrivalsNow {
            n_requests: state.n_requests,
            events_per_second: recent as f64 / RATE_SECS as f64,
            events_by_second: (1..=HISTORY_SECS as u64)
                .rev()
                .map(|ago| u32::try_from(of_second(ago)).unwrap_or(u32::MAX))
                .collect(),
            last: state.last.clone(),
            refused: state.refused.iter().map(|(reason, n)| (*reason, *n)).collect(),
            strangers: state.strangers.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_told_apart_and_bounded() {
        let arrivals = Arrivals::default();
        let note = |name: &str, secs| arrivals.note_stranger(NameKind::Origin, name, Nanos(secs));
        note("https://a.example", 1);
        note("https://b.example", 2);
        note("https://a.example", 3);
        let told = |arrivals: &Arrivals| {
            let strangers = arrivals.now(Nanos(9)).strangers.into_iter();
            strangers.map(|stranger| (stranger.name, stranger.n_refused, stranger.last.0)).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&arrivals),
            [("https://a.example".to_owned(), 2, 3), ("https://b.example".to_owned(), 1, 2)]
        );
        arrivals.forget_stranger(NameKind::Host, "https://a.example");
        arrivals.forget_stranger(NameKind::Origin, "https://A.example");
        assert_eq!(told(&arrivals), [("https://b.example".to_owned(), 1, 2)]);
        for number in 0..2 * STRANGERS_MAX {
            note(&format!("https://{number}.example{}", "é".repeat(NAME_BYTES_MAX)), 4);
        }
        let strangers = told(&arrivals);
        assert_eq!(strangers.len(), STRANGERS_MAX);
        assert!(strangers[0].0.len() <= NAME_BYTES_MAX && strangers[0].0.starts_with("https://31."));
    }

    #[test]
    fn the_rate_is_of_whole_seconds_and_old_ones_leave() {
        let arrivals = Arrivals::default();
        let at = |secs: u64| LastArrival { at: Nanos(secs * NANOS_PER_SEC), client: None, transport: "http" };
        for second in 100..300 {
            arrivals.note(at(second), 10);
        }
        let now = arrivals.now(Nanos(300 * NANOS_PER_SEC));
        assert_eq!((now.n_requests, now.events_per_second), (200, 10.0));
        assert_eq!(now.events_by_second, vec![10; HISTORY_SECS]);
        let later = arrivals.now(Nanos(302 * NANOS_PER_SEC));
        assert_eq!(later.events_per_second, 6.0);
        assert_eq!(later.events_by_second[HISTORY_SECS - 1], 0);
        assert!(arrivals.state().events_of_second.len() <= HISTORY_SECS + 1);
    }
}
