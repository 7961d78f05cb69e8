use std::task::Waker;

/// Wakers of tasks that wait, by the slot of their ticket or reader.
#[derive(Debug, Default)]
pub(super) struct Wakers(Vec<Option<Waker>>);

impl Wakers {
    /// Stores a waker. `waker` becomes the one that was there before, to be dropped by the caller when
    /// it holds no lock.
    pub(super) fn swap(&mut self, slot: usize, waker: &mut Option<Waker>) {
        if self.0.len() <= slot {
            self.0.resize(slot + 1, None);
        }
        if let Some(place) = self.0.get_mut(slot) {
            std::mem::swap(place, waker);
        }
    }

    #[must_use]
    pub(super) fn take(&mut self, slot: usize) -> Option<Waker> {
        self.0.get_mut(slot)?.take()
    }
}
