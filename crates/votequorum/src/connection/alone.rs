use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use super::wake_list;

/// Wakes the call that waits for its reply by itself, because it is alone.
///
/// It stands between that call's waker and the runtime, which is not to be harmed by what a user's
/// waker does.
#[derive(Debug, Default)]
pub(super) struct Alone {
    /// No waker is cloned, dropped or woken with the lock held.
    caller: Mutex<Option<Waker>>,
}

impl Alone {
    /// Whom to wake, once.
    pub(super) fn set_caller(&self, waker: &Waker) {
        drop(self.replace(Some(waker.clone())));
    }

    fn replace(&self, caller: Option<Waker>) -> Option<Waker> {
        let mut place = self.caller.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, caller)
    }
}

impl Wake for Alone {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(caller) = self.replace(None) {
            wake_list::wake(caller);
        }
    }
}
