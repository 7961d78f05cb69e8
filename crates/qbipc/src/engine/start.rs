use std::num::NonZeroU8;
use std::time::Duration;

use quorate_codec::qb::service::Service;
use quorate_codec::qb::session::Session;
use tokio::runtime::{Handle, TryCurrentError};

use super::channels::Channels;
use super::connect::Connect;
use super::driver::{Guard, drive};
use super::lifecycle::Lifecycle;
use super::shared::Shared;
use super::spin::Spin;
use super::state::State;
use crate::world::{self, Arc};

/// How a client behaves.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) window: NonZeroU8,
    pub(super) spin: Duration,
    pub(super) keep_alive: Option<Duration>,
    pub(super) reconnects: bool,
}

impl<S: Service, C: Channels> Shared<S, C> {
    /// Starts a client without a connection. Its driver makes the first as it makes all others.
    pub(super) fn start(
        connect: impl Connect<C>,
        settings: &Settings,
    ) -> Result<Arc<Self>, TryCurrentError> {
        let runtime = Handle::try_current()?;
        let mut session = Session::new();
        session.set_keep_alive(settings.keep_alive);
        let lifecycle = Lifecycle::new(settings.reconnects);
        let state = State::new(lifecycle, session, Spin::new(settings.spin), settings.window);
        let shared = Arc::new(Self::new(state, runtime));
        // The guard is made before the task, so that a runtime that drops the task before it was
        // polled ends the client too.
        let guard = Guard::new(Arc::clone(&shared));
        world::spawn(drive(guard, connect));
        Ok(shared)
    }
}
