use std::time::{Duration, Instant};

/// How long to look away during a flood.
pub(super) const PAUSE: Duration = Duration::from_millis(1);

/// So many events in a pause are a flood.
const MANY: u64 = 16;

/// Whether events come so fast that being woken by them costs more than taking them in.
///
/// Then nothing is to ring, and the driver looks once per [`PAUSE`] for what has come, until a look
/// finds few.
#[derive(Debug)]
pub(super) struct Flood {
    since: Instant,
    /// How many events had been taken in by then.
    taken: u64,
}

impl Flood {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, taken: 0 }
    }

    /// Something has rung, and so many events have been taken in since ever. Gives whether that is
    /// a flood.
    pub(super) fn begins(&mut self, taken: u64, now: Instant) -> bool {
        let pauses = now.duration_since(self.since).as_nanos() / PAUSE.as_nanos();
        if pauses == 0 {
            return false;
        }
        let came = self.start_over(taken, now);
        u128::from(came) >= pauses * u128::from(MANY)
    }

    /// The driver has looked, and so many events have been taken in since ever. Gives whether the
    /// flood is over.
    pub(super) fn is_over(&mut self, taken: u64, now: Instant) -> bool {
        self.start_over(taken, now) < MANY
    }

    /// Counts anew; gives the count so far.
    fn start_over(&mut self, taken: u64, now: Instant) -> u64 {
        self.since = now;
        taken - std::mem::replace(&mut self.taken, taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One event every so often; after how many that is a flood.
    fn begins_after(between: Duration) -> Option<u64> {
        let start = Instant::now();
        let mut flood = Flood::new(start);
        let mut now = start;
        (1..1000).find(|&taken| {
            now += between;
            flood.begins(taken, now)
        })
    }

    #[test]
    fn it_takes_a_pause_to_know() {
        assert_eq!(begins_after(PAUSE / 1000), None);
        assert_eq!(begins_after(PAUSE / 100), Some(100));
        assert_eq!(begins_after(PAUSE / 16), Some(16));
    }

    #[test]
    fn few_events_are_none() {
        assert_eq!(begins_after(PAUSE / 10), None);
        assert_eq!(begins_after(PAUSE * 3), None);
    }

    #[test]
    fn a_burst_is_none() {
        let start = Instant::now();
        let mut flood = Flood::new(start);
        assert!(!flood.begins(500, start + PAUSE / 2));
        assert!(!flood.begins(501, start + PAUSE * 1000));
    }

    #[test]
    fn it_is_over_when_a_look_finds_few() {
        let now = Instant::now();
        let mut flood = Flood::new(now);
        assert!(!flood.is_over(MANY, now));
        assert!(!flood.is_over(2 * MANY, now));
        assert!(flood.is_over(3 * MANY - 1, now));
    }
}
