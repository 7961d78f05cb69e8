use std::sync::{Arc, PoisonError};
use std::task::{Wake, Waker};

use super::wake_list;
use crate::world::{Mutex, MutexGuard};

/// Wakes the call that waits for its reply by itself, because it is alone.
///
/// It stands between that call's waker and the runtime, which is not to be harmed by what a user's
/// waker does.
#[derive(Debug, Default)]
pub(super) struct Alone {
    caller: Mutex<Option<Waker>>,
}

impl Alone {
    /// Whom to wake, once.
    pub(super) fn set_caller(&self, waker: &Waker) {
        *self.lock() = Some(waker.clone());
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waker>> {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Alone {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let caller = self.lock().take();
        if let Some(caller) = caller {
            wake_list::wake(caller);
        }
    }
}
