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
}

impl Reconnect {
    /// Pauses from 50 ms, doubling, up to 5 s; for ever.
    pub const fn new() -> Self {
        let (first, longest) = (Duration::from_millis(50), Duration::from_secs(5));
        Self { first, longest, attempts: None }
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

    /// The pause before each attempt, as long as there are any to be made: half of it certain, half
    /// random.
    pub fn pauses(&self) -> impl Iterator<Item = Duration> + Send + Sync + 'static {
        let Self { first, longest, attempts } = *self;
        let mut next = first.min(longest);
        (0..).take_while(move |attempt| attempts.is_none_or(|attempts| *attempt < attempts)).map(
            move |_| {
                let pause = next;
                next = pause.saturating_mul(2).min(longest);
                pause / 2 + (pause / 2).mul_f64(random_share())
            },
        )
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

    #[test]
    fn pauses_grow_to_the_longest_and_are_a_little_random() {
        let schedule = Reconnect::new().first_pause(SECOND).longest_pause(10 * SECOND);
        let pauses: Vec<_> = schedule.pauses().take(40).collect();
        for (pause, full) in pauses.iter().zip([1, 2, 4, 8].into_iter().chain([10; 36])) {
            assert!(*pause >= full * SECOND / 2 && *pause <= full * SECOND, "{pauses:?}");
        }
        let (longest, others) = pauses[4..].split_first().unwrap();
        assert!(others.iter().any(|pause| pause != longest), "{pauses:?}");
    }

    #[test]
    fn a_first_pause_beyond_the_longest_is_the_longest() {
        let schedule = Reconnect::new().first_pause(10 * SECOND).longest_pause(SECOND);
        assert!(schedule.pauses().take(3).all(|pause| pause <= SECOND));
    }

    #[test]
    fn attempts_end() {
        assert_eq!(Reconnect::new().attempts(2).pauses().count(), 2);
        assert_eq!(Reconnect::new().attempts(0).pauses().count(), 0);
    }
}
