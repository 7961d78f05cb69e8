use std::fmt;

use quorate_codec::qb::service::Service;

use super::lifecycle::WaitFor;
use super::shared::Shared;
use crate::Connection;
use crate::world::Arc;

/// Keeps a client alive. All who use it share it; when the last of them has gone, the client closes.
pub(super) struct Handle<S: Service> {
    shared: Arc<Shared<S, Connection>>,
    /// How many events may wait for a reader by default.
    pub(super) event_capacity: usize,
}

impl<S: Service> Handle<S> {
    pub(super) fn new(shared: Arc<Shared<S, Connection>>, event_capacity: usize) -> Self {
        Self { shared, event_capacity }
    }

    pub(super) fn shared(&self) -> &Shared<S, Connection> {
        &self.shared
    }
}

impl<S: Service> fmt::Debug for Handle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("service", &S::NAME).finish_non_exhaustive()
    }
}

impl<S: Service> Drop for Handle<S> {
    fn drop(&mut self) {
        self.shared.lock().drain(WaitFor::LateReply);
    }
}
