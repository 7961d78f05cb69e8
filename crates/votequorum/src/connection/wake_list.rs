use std::task::Waker;

/// How many wakers are kept without allocating.
const INLINE: usize = 8;

/// Whom to wake once the lock is released.
#[derive(Debug)]
pub(crate) struct WakeList {
    wakers: [Option<Waker>; INLINE],
    len: usize,
}

impl WakeList {
    pub(crate) fn new() -> Self {
        Self { wakers: [const { None }; INLINE], len: 0 }
    }

    /// Adds one; when there is no more room it is woken at once, which is as right, only slower.
    pub(crate) fn push(&mut self, waker: Waker) {
        match self.wakers.get_mut(self.len) {
            Some(place) => {
                *place = Some(waker);
                self.len += 1;
            }
            None => waker.wake(),
        }
    }

    pub(crate) fn wake_all(&mut self) {
        for waker in self.wakers.iter_mut().take(self.len).filter_map(Option::take) {
            waker.wake();
        }
        self.len = 0;
    }
}
