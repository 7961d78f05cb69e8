use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How to connect again after the daemon went away: with growing pauses, each a little random, so
/// that clients do not all come back at once.
///
/// Only a schedule: who connects, waits, and resends nothing, is the client it is given to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a schedule does nothing until it is given to a client's options"]
pub struct Reconnect {
    first: Duration,
    longest: Duration,
    attempts: Option<u32>,
    first_too: bool,
}

impl Reconnect {
    /// Pauses from 50 ms, doubling, up to 5 s; for ever.
    pub const fn new() -> Self {
        let (first, longest) = (Duration::from_millis(50), Duration::from_secs(5));
        Self { first, longest, attempts: None, first_too: false }
    }

    /// The pause before the first attempt; each one after that is twice as long.
    pub const fn first_pause(mut self, pause: Duration) -> Self {
        self.first = pause;
        self
    }

    /// The longest pause.
    pub const fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest = pause;
        self
    }

    /// How many attempts to make before giving up.
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Covers the first connection too: a daemon that is not there yet is waited for.
    pub const fn including_first(mut self) -> Self {
        self.first_too = true;
        self
    }

    /// Whether it covers the first connection too.
    pub const fn covers_first(self) -> bool {
        self.first_too
    }

    /// Starts to keep the time for one client, over all the connections it loses.
    pub fn backoff(self) -> Backoff {
        Backoff { schedule: self, next: self.first.min(self.longest), made: 0 }
    }
}

/// Where a client is in its schedule.
#[derive(Clone, Debug)]
pub struct Backoff {
    schedule: Reconnect,
    next: Duration,
    /// Attempts since there was a connection.
    made: u32,
}

impl Backoff {
    /// The pause before the next attempt: half of it certain, half random. `None` if there were
    /// enough attempts.
    pub fn pause(&mut self) -> Option<Duration> {
        if self.schedule.attempts.is_some_and(|attempts| self.made >= attempts) {
            return None;
        }
        self.made = self.made.saturating_add(1);
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.schedule.longest);
        Some(pause / 2 + (pause / 2).mul_f64(random_share()))
    }

    /// A connection was lost that had lasted for so long.
    ///
    /// Attempts are counted anew. The pauses go on growing unless it lasted at least for the longest
    /// of them: a daemon that lets everybody in and then closes is not to be stormed.
    pub fn lost_after(&mut self, lasted: Duration) {
        self.made = 0;
        if lasted >= self.schedule.longest {
            self.next = self.schedule.first.min(self.schedule.longest);
        }
    }
}

/// Between 0 and 1. A new hasher's keys are random, which is enough for this purpose.
fn random_share() -> f64 {
    let random = RandomState::new().hash_one(0) >> 32;
    f64::from(u32::try_from(random).unwrap_or_default()) / f64::from(u32::MAX)
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pauses(schedule: Reconnect) -> impl Iterator<Item = Duration> {
        let mut backoff = schedule.backoff();
        std::iter::from_fn(move || backoff.pause())
    }

    #[test]
    fn pauses_grow_to_the_longest_and_are_a_little_random() {
        let schedule = Reconnect::new().first_pause(SECOND).longest_pause(10 * SECOND);
        let pauses: Vec<_> = pauses(schedule).take(40).collect();
        for (pause, full) in pauses.iter().zip([1, 2, 4, 8].into_iter().chain([10; 36])) {
            assert!(*pause >= full * SECOND / 2 && *pause <= full * SECOND, "{pauses:?}");
        }
        let (longest, others) = pauses[4..].split_first().unwrap();
        assert!(others.iter().any(|pause| pause != longest), "{pauses:?}");
    }

    #[test]
    fn a_first_pause_beyond_the_longest_is_the_longest() {
        let schedule = Reconnect::new().first_pause(10 * SECOND).longest_pause(SECOND);
        assert!(pauses(schedule).take(3).all(|pause| pause <= SECOND));
    }

    #[test]
    fn attempts_end_and_are_counted_anew_after_a_connection() {
        assert_eq!(pauses(Reconnect::new().attempts(2)).count(), 2);
        assert_eq!(pauses(Reconnect::new().attempts(0)).count(), 0);
        let mut backoff = Reconnect::new().attempts(1).backoff();
        for _ in 0..3 {
            assert!(backoff.pause().is_some());
            assert_eq!(backoff.pause(), None);
            backoff.lost_after(Duration::ZERO);
        }
    }

    #[test]
    fn only_a_connection_that_lasted_makes_the_pauses_short_again() {
        let schedule = Reconnect::new().first_pause(SECOND).longest_pause(10 * SECOND);
        let mut backoff = schedule.backoff();
        for full in [1, 2, 4, 8, 10] {
            let pause = backoff.pause().unwrap();
            assert!(pause >= full * SECOND / 2 && pause <= full * SECOND, "{full}: {pause:?}");
            backoff.lost_after(9 * SECOND);
        }
        backoff.lost_after(10 * SECOND);
        assert!(backoff.pause().unwrap() <= SECOND);
    }
}
