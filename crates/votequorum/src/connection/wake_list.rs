use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use smallvec::SmallVec;
use tracing::error;

/// How many wakers are kept without allocating.
const INLINE: usize = 8;

/// Whom to wake once the lock is released.
///
/// What a waker does is its owner's affair: it may drop a call of the same connection, which takes
/// the lock, and it may panic, which must not be felt by those who are woken after it.
#[derive(Debug)]
pub(crate) struct WakeList(SmallVec<[Waker; INLINE]>);

impl WakeList {
    pub(crate) fn new() -> Self {
        Self(SmallVec::new())
    }

    pub(crate) fn push(&mut self, waker: Waker) {
        self.0.push(waker);
    }

    pub(crate) fn wake_all(&mut self) {
        self.0.drain(..).for_each(wake);
    }
}

/// Wakes somebody; if that panics, it is nobody else's affair.
pub(super) fn wake(waker: Waker) {
    // What it leaves half done is its owner's.
    if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
        error!("a task that waits for this connection panicked when it was woken");
    }
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Counter {
        woken: AtomicUsize,
        /// What the connection's lock is in real life.
        lock: Mutex<()>,
    }

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            drop(self.lock.try_lock().expect("nobody is woken under the lock"));
            self.woken.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            resume_unwind(Box::new("a bug of somebody else"));
        }
    }

    #[test]
    fn nobody_is_woken_before_the_lock_is_released() {
        let counter = Arc::new(Counter::default());
        let mut wakes = WakeList::new();
        let lock = counter.lock.lock().unwrap();
        for _ in 0..3 * INLINE {
            wakes.push(Arc::clone(&counter).into());
        }
        drop(lock);
        assert_eq!(counter.woken.load(Ordering::Relaxed), 0);
        wakes.wake_all();
        assert_eq!(counter.woken.load(Ordering::Relaxed), 3 * INLINE);
        wakes.wake_all();
        assert_eq!(counter.woken.load(Ordering::Relaxed), 3 * INLINE);
    }

    #[test]
    fn a_waker_that_panics_is_nobody_elses_affair() {
        let counter = Arc::new(Counter::default());
        let mut wakes = WakeList::new();
        for _ in 0..INLINE {
            wakes.push(Arc::new(Panics).into());
            wakes.push(Arc::clone(&counter).into());
        }
        wakes.wake_all();
        assert_eq!(counter.woken.load(Ordering::Relaxed), INLINE);
    }
}
