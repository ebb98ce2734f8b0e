use std::collections::VecDeque;
use std::time::Duration;

/// Minutes that are remembered.
const MINUTES: usize = 60;

/// A destination's last hour, by the minute.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Oldest first; the last one is under way.
    minutes: VecDeque<Minute>,
    /// Of the last one: minutes of the clock's `elapsed`.
    at: u64,
}

/// What a minute saw, in events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Acknowledged in it.
    pub acknowledged: u64,
    /// Waiting at its end.
    pub waiting: u64,
}

impl History {
    pub(crate) fn note(&mut self, now: Duration, acknowledged: u64, waiting: u64) {
        let minute = self.minute(now, waiting);
        minute.acknowledged += acknowledged;
        minute.waiting = waiting;
    }

    /// The last hour, oldest first, ending now. Of minutes without news what waited stays.
    pub(crate) fn minutes(&self, now: Duration, waiting: u64) -> Vec<Minute> {
        let mut until_now = self.clone();
        until_now.minute(now, waiting).waiting = waiting;
        until_now.minutes.into()
    }

    fn minute(&mut self, now: Duration, waiting: u64) -> &mut Minute {
        let at = now.as_secs() / 60;
        if self.minutes.is_empty() {
            self.at = at;
            self.minutes.push_back(Minute::default());
        }
        let n_new = usize::try_from(at.saturating_sub(self.at)).unwrap_or(MINUTES).min(MINUTES);
        let before = self.minutes.back().map_or(waiting, |minute| minute.waiting);
        self.minutes.extend((0..n_new).map(|_| Minute { acknowledged: 0, waiting: before }));
        self.at = self.at.max(at);
        while self.minutes.len() > MINUTES {
            self.minutes.pop_front();
        }
        let last = self.minutes.len() - 1;
        &mut self.minutes[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_by_the_minute() {
        let mut history = History::default();
        history.note(Duration::from_secs(59), 5, 7);
        history.note(Duration::from_secs(60), 2, 4);
        history.note(Duration::from_secs(61), 1, 3);
        let shown = |history: &History, secs| {
            let minutes = history.minutes(Duration::from_secs(secs), 1);
            minutes
                .iter()
                .map(|minute| format!("{}/{}", minute.acknowledged, minute.waiting))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&history, 61), ["5/7", "3/1"]);
        assert_eq!(shown(&history, 250), ["5/7", "3/3", "0/3", "0/3", "0/1"]);
        assert_eq!(shown(&history, 1_000_000).len(), MINUTES);
        assert_eq!(shown(&History::default(), 0), ["0/1"]);
    }
}
