use std::task::Waker;

/// Tasks that wait for the next change of the phase.
///
/// Each has a seat while it waits. One that goes away gives its seat back at once, in O(1): a task may
/// wait, and stop waiting, any number of times before anything changes.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    seats: Vec<Option<Waker>>,
    free: Vec<usize>,
}

impl Waiters {
    /// Stores the waker of a task, which gets a seat if it has none. `waker` becomes the one that was
    /// there before, to be dropped by the caller when it holds no lock.
    pub(super) fn swap(&mut self, seat: &mut Option<usize>, waker: &mut Option<Waker>) {
        let number = *seat.get_or_insert_with(|| self.free.pop().unwrap_or(self.seats.len()));
        if self.seats.len() <= number {
            self.seats.resize(number + 1, None);
        }
        if let Some(place) = self.seats.get_mut(number) {
            std::mem::swap(place, waker);
        }
    }

    /// Gives a seat back. Returns the waker that is still there.
    #[must_use]
    pub(super) fn leave(&mut self, seat: usize) -> Option<Waker> {
        self.free.push(seat);
        self.seats.get_mut(seat)?.take()
    }

    /// All wakers. The tasks keep their seats.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Waker> + '_ {
        self.seats.iter_mut().filter_map(Option::take)
    }
}
