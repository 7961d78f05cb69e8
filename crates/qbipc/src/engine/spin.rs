use std::time::{Duration, Instant};

/// After so many waits in vain in a row, most calls park at once.
const GIVE_UP_AFTER: u32 = 8;

/// Then one call in so many tries again.
const TRY_EVERY: u32 = 64;

/// After so many looks without giving way, one call parks, so that other tasks get their turn.
const LOOKS_IN_A_ROW: u32 = 32;

/// Whether and how long a call looks for its reply before it parks.
#[derive(Debug)]
pub(super) struct Spin {
    at_most: Duration,
    /// Waits in vain since the last one that found its reply.
    misses: u32,
    /// Looks since a call parked without.
    looks: u32,
}

impl Spin {
    pub(super) fn new(at_most: Duration) -> Self {
        // With one processor the daemon cannot answer while a call looks.
        let single = std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() == 1);
        Self { at_most: if single { Duration::ZERO } else { at_most }, misses: 0, looks: 0 }
    }

    /// Whether the next call is to wait for its reply by looking for it.
    pub(super) fn is_worth_it(&mut self) -> bool {
        if self.at_most.is_zero() {
            return false;
        }
        if self.misses >= GIVE_UP_AFTER {
            self.misses += 1;
            return self.misses % TRY_EVERY == 0;
        }
        true
    }

    /// Until when a call may look that begins to do so now.
    pub(super) fn until(&self) -> Option<Instant> {
        Instant::now().checked_add(self.at_most)
    }

    /// Whether a call whose request was just sent may look once. That is no waiting: a daemon that
    /// runs on the same processor has answered when the request is sent.
    pub(super) fn may_look_once(&mut self) -> bool {
        self.looks += 1;
        if self.looks > LOOKS_IN_A_ROW {
            self.looks = 0;
        }
        self.looks > 0
    }

    /// How a wait went.
    pub(super) fn learn(&mut self, found: bool) {
        self.misses = if found { 0 } else { self.misses.saturating_add(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_MOST: Duration = Duration::from_micros(20);

    #[test]
    fn waits_in_vain_become_rare() {
        let mut spin = Spin { at_most: AT_MOST, misses: 0, looks: 0 };
        let mut tried = 0;
        for _ in 0..1000 {
            if spin.is_worth_it() {
                tried += 1;
                spin.learn(false);
            }
        }
        assert!((GIVE_UP_AFTER..=GIVE_UP_AFTER + 1000 / TRY_EVERY + 1).contains(&tried), "{tried}");
    }

    #[test]
    fn one_success_is_enough_to_go_on() {
        let mut spin = Spin { at_most: AT_MOST, misses: GIVE_UP_AFTER + 5, looks: 0 };
        spin.learn(true);
        assert!(spin.is_worth_it());
    }

    #[test]
    fn other_tasks_get_their_turn() {
        let mut spin = Spin::new(Duration::ZERO);
        let looks: Vec<_> = (0..100).map(|_| spin.may_look_once()).collect();
        assert_eq!(looks.iter().filter(|&&look| !look).count(), 3);
    }

    #[test]
    fn zero_is_never() {
        let mut spin = Spin { at_most: Duration::ZERO, misses: 0, looks: 0 };
        assert!(!spin.is_worth_it());
    }
}
