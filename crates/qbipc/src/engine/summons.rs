use std::task::Waker;
use std::time::Instant;

/// How the driver is called.
#[derive(Debug, Default)]
pub(super) struct Summons {
    waker: Option<Waker>,
    /// Whether it was woken to let requests go, and has not since.
    flush: bool,
    /// When its timer fires.
    timer: Option<Instant>,
}

impl Summons {
    /// Stores the driver's waker. `waker` becomes the one before.
    pub(super) fn swap_waker(&mut self, waker: &mut Option<Waker>) {
        std::mem::swap(&mut self.waker, waker);
    }

    pub(super) fn waker(&self) -> Option<Waker> {
        self.waker.clone()
    }

    /// Asks the driver to let requests go. Returns whether it has to be woken for that.
    #[must_use]
    pub(super) fn request_flush(&mut self) -> bool {
        !std::mem::replace(&mut self.flush, true)
    }

    pub(super) fn wants_flush(&self) -> bool {
        self.flush
    }

    pub(super) fn flushed(&mut self) {
        self.flush = false;
    }

    pub(super) fn set_timer(&mut self, timer: Option<Instant>) {
        self.timer = timer;
    }

    /// Whether the driver's timer fires too late for something that is due.
    pub(super) fn is_late_for(&self, due: Instant) -> bool {
        self.timer.is_none_or(|timer| due < timer)
    }
}
