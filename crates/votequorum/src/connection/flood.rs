use std::time::{Duration, Instant};

/// How long to look away during a flood.
pub(super) const PAUSE: Duration = Duration::from_millis(1);

/// To be woken so often in a pause is a flood, and to find so many events after one is still one.
const MANY: u64 = 16;

/// Whether events come so fast, one by one, that being woken by them costs more than taking them
/// in.
///
/// Then nothing is to ring, and the driver looks once per [`PAUSE`] for what has come, until a look
/// finds few.
#[derive(Debug)]
pub(super) struct Flood {
    /// When the count began.
    since: Instant,
    /// How often events have rung since then.
    rings: u64,
    /// How many events had been taken in at the last ring or look.
    taken: u64,
}

impl Flood {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, rings: 0, taken: 0 }
    }

    /// Something has rung, and so many events have been taken in since ever. Gives whether that is
    /// a flood.
    pub(super) fn begins(&mut self, taken: u64, now: Instant) -> bool {
        if self.come(taken) > 0 {
            self.rings += 1;
        }
        let elapsed = now.duration_since(self.since);
        if elapsed < PAUSE {
            return false;
        }
        let rings = self.start_over(now);
        // What comes after a rest is none yet.
        elapsed < 2 * PAUSE && rings >= MANY
    }

    /// The driver has looked, and so many events have been taken in since ever. Gives whether the
    /// flood is over.
    pub(super) fn is_over(&mut self, taken: u64, now: Instant) -> bool {
        self.start_over(now);
        self.come(taken) < MANY
    }

    /// How many events have come since this was last asked.
    fn come(&mut self, taken: u64) -> u64 {
        taken - std::mem::replace(&mut self.taken, taken)
    }

    /// Counts rings anew; gives the count so far.
    fn start_over(&mut self, now: Instant) -> u64 {
        self.since = now;
        std::mem::take(&mut self.rings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many events at a time, every so often; after how many rings that is a flood.
    fn begins_after(events: u64, between: Duration) -> Option<u64> {
        let mut now = Instant::now();
        let mut flood = Flood::new(now);
        (1..1000).find(|&ring| {
            now += between;
            flood.begins(ring * events, now)
        })
    }

    #[test]
    fn it_takes_a_pause_to_know() {
        assert_eq!(begins_after(1, PAUSE / 1000), None);
        assert_eq!(begins_after(1, PAUSE / 100), Some(100));
        assert_eq!(begins_after(1, PAUSE / 16), Some(16));
    }

    #[test]
    fn few_rings_are_none() {
        assert_eq!(begins_after(1, PAUSE / 10), None);
        assert_eq!(begins_after(1, PAUSE * 3), None);
    }

    #[test]
    fn many_events_at_a_time_are_none() {
        assert_eq!(begins_after(1000, PAUSE / 4), None);
    }

    #[test]
    fn rings_without_events_are_none() {
        assert_eq!(begins_after(0, PAUSE / 100), None);
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
