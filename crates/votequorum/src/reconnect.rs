use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How to connect again after the daemon went away: with growing pauses, each a little random, so
/// that clients do not all come back at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    #[must_use]
    pub const fn first_pause(mut self, pause: Duration) -> Self {
        self.first = pause;
        self
    }

    /// The longest pause.
    #[must_use]
    pub const fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest = pause;
        self
    }

    /// How many attempts to make before giving up.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// The pause after so many failed attempts: half of it certain, half random. `None` if there
    /// were enough.
    pub(crate) fn pause_after(&self, failed: u32) -> Option<Duration> {
        if self.attempts.is_some_and(|attempts| failed >= attempts) {
            return None;
        }
        let pause = self.first.saturating_mul(1 << failed.min(31)).min(self.longest);
        // A new hasher's keys are random, which is enough for this purpose.
        let random = u32::try_from(RandomState::new().hash_one(failed) >> 32).unwrap_or_default();
        let share = f64::from(random) / f64::from(u32::MAX);
        Some(pause / 2 + (pause / 2).mul_f64(share))
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::new()
    }
}
