use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tracing::debug;

use crate::Error;

/// How to connect again after the daemon went away: with growing pauses, each a little random, so
/// that clients do not all come back at once.
///
/// Nothing is resent, and nothing of this applies when another controller has taken over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a policy does nothing until it is given to a builder"]
pub struct Reconnect {
    first: Duration,
    longest: Duration,
    attempts: Option<u32>,
}

impl Reconnect {
    /// Pauses from 100 ms, doubling, up to 10 s; for ever.
    pub fn new() -> Self {
        Self { first: Duration::from_millis(100), longest: Duration::from_secs(10), attempts: None }
    }

    /// The pause after the first failed attempt; each one after that is twice as long.
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first = pause;
        self
    }

    /// The longest pause.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest = pause;
        self
    }

    /// How many attempts to make before giving up.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Makes attempts until one succeeds, one fails for good, or there were enough.
    pub(crate) async fn keep_trying<T, F>(self, mut attempt: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut failed = 0;
        loop {
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            failed += 1;
            match self.pause_after(failed) {
                Some(pause) if error.is_retryable() => {
                    debug!(failed, ?pause, %error, "the daemon is not back yet");
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// The pause after this many failed attempts: half of it certain, half random. `None` if there
    /// were enough.
    fn pause_after(&self, failed: u32) -> Option<Duration> {
        if self.attempts.is_some_and(|attempts| failed >= attempts) {
            return None;
        }
        let doublings = failed.saturating_sub(1).min(31);
        let pause = self.first.saturating_mul(1 << doublings).min(self.longest);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_are_a_little_random() {
        let second = Duration::from_secs(1);
        let policy = Reconnect::new().first_pause(second).longest_pause(10 * second);
        for (failed, full) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (40, 10), (u32::MAX, 10)] {
            let pause = policy.pause_after(failed).unwrap();
            assert!(pause >= full * second / 2 && pause <= full * second, "{failed}: {pause:?}");
        }
        let pauses: std::collections::HashSet<_> = (0..20).map(|_| policy.pause_after(5)).collect();
        assert!(pauses.len() > 1);
    }

    #[test]
    fn attempts_end() {
        let policy = Reconnect::new().attempts(2);
        assert!(policy.pause_after(1).is_some());
        assert_eq!(policy.pause_after(2), None);
    }
}
