use std::future::poll_fn;
use std::io;
use std::num::NonZeroU8;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::task::Poll;
use std::time::{Duration, Instant};

use quorate_codec::qb::service::Service;
use quorate_codec::qb::session::Session;
use tokio::runtime::{Handle, TryCurrentError};

use super::EventFd;
use super::channels::Channels;
use super::connect::Connect;
use super::driver::{Guard, drive};
use super::lifecycle::{CloseReason, Lifecycle, WaitFor};
use super::spin::Spin;
use super::state::State;
use crate::world::{self, Arc, Mutex, MutexGuard};

/// How a client behaves.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) window: NonZeroU8,
    pub(super) spin: Duration,
    pub(super) keep_alive: Option<Duration>,
    pub(super) reconnects: bool,
}

/// A client, as its handles, calls, readers and driver share it.
#[derive(Debug)]
pub(crate) struct Shared<S: Service, C: Channels> {
    state: Mutex<State<S, C>>,
    /// The runtime the driver runs in. Calls that are polled in another one keep their own time.
    runtime: Handle,
}

impl<S: Service, C: Channels> Shared<S, C> {
    /// Starts a client without a connection. Its driver makes the first as it makes all others.
    pub(super) fn start(
        connect: impl Connect<C>,
        settings: &Settings,
    ) -> Result<Arc<Self>, TryCurrentError> {
        let mut session = Session::new();
        session.set_keep_alive(settings.keep_alive);
        let lifecycle = Lifecycle::new(settings.reconnects);
        let state = State::new(lifecycle, session, Spin::new(settings.spin), settings.window);
        let shared = Arc::new(Self { state: Mutex::new(state), runtime: Handle::try_current()? });
        // The guard is made before the task, so that a runtime that drops the task before it was
        // polled ends the client too.
        let guard = Guard::new(Arc::clone(&shared));
        world::spawn(drive(guard, connect));
        Ok(shared)
    }

    /// The one way to the state. What is to be woken or dropped is, once the lock is released.
    pub(super) fn lock(&self) -> Locked<'_, S, C> {
        // Nothing that panics with the lock held leaves the state half changed: the worst that can
        // happen is a message that is not handed on.
        let guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Locked { guard: Some(guard) }
    }

    /// Whether the runtime that polls this is the driver's: then the driver keeps deadlines.
    pub(super) fn is_at_home(&self) -> bool {
        Handle::try_current().is_ok_and(|here| here.id() == self.runtime.id())
    }

    /// Waits until there is a connection.
    pub(super) async fn connected(&self) -> Result<(), CloseReason> {
        self.wait(|state| match state.lifecycle.reason() {
            Some(reason) => Some(Err(reason.clone())),
            None => (!state.lifecycle.is_connecting()).then_some(Ok(())),
        })
        .await
    }

    /// Waits until the client is over.
    pub(super) async fn closed(&self) -> CloseReason {
        self.wait(|state| state.lifecycle.reason().cloned()).await
    }

    async fn wait<T>(&self, mut condition: impl FnMut(&State<S, C>) -> Option<T>) -> T {
        let mut seat = Seat { shared: self, number: None };
        poll_fn(|cx| {
            let mut waker = Some(cx.waker().clone());
            let mut state = self.lock();
            let met = condition(&state);
            if met.is_none() {
                state.waiters.swap(&mut seat.number, &mut waker);
            }
            drop(state);
            met.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Lets no more calls in, and ends the client when those under way are answered, or when the time
    /// is up. Returns whether they were answered.
    ///
    /// The time is kept by the runtime this is polled in; no other task is needed. Outside of any
    /// runtime, the driver's keeps it.
    pub(super) async fn close(&self, timeout: Option<Duration>) -> bool {
        self.lock().drain(WaitFor::AllCalls);
        let Some(timeout) = timeout else {
            self.closed().await;
            return true;
        };
        let closed = {
            let _elsewhere = Handle::try_current().is_err().then(|| self.runtime.enter());
            world::timeout(timeout, self.closed())
        };
        let drained = closed.await.is_ok();
        if !drained {
            self.lock().terminate(CloseReason::Local);
        }
        drained
    }

    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.lock().lifecycle.reason().cloned()
    }

    /// The descriptor for foreign event loops.
    pub(super) fn event_fd(&self) -> io::Result<EventFd> {
        let mut state = self.lock();
        if let Some(fd) = state.signal.fd() {
            return Ok(fd.clone());
        }
        let fd = EventFd::new()?;
        if let Some(connection) = &state.link.connection {
            connection.watched_by(&fd)?;
        }
        state.signal.set_fd(fd.clone());
        if state.lifecycle.reason().is_some() {
            state.signal.over();
        }
        Ok(fd)
    }

    /// Takes in what has come, for those who do not want to wait.
    pub(super) fn pump_by_hand(&self) {
        self.lock().pump_by_hand(Instant::now());
    }
}

/// The place of a task that waits for the phase to change.
struct Seat<'a, S: Service, C: Channels> {
    shared: &'a Shared<S, C>,
    number: Option<usize>,
}

impl<S: Service, C: Channels> Drop for Seat<'_, S, C> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = self.shared.lock().waiters.leave(number);
            // Where no lock is held.
            drop(waker);
        }
    }
}

/// The state, locked. Dropping it unlocks first, and then wakes and drops what has gathered.
pub(super) struct Locked<'a, S: Service, C: Channels> {
    guard: Option<MutexGuard<'a, State<S, C>>>,
}

impl<S: Service, C: Channels> Deref for Locked<'_, S, C> {
    type Target = State<S, C>;

    #[expect(clippy::expect_used, reason = "it is taken only when it is dropped")]
    fn deref(&self) -> &Self::Target {
        self.guard.as_ref().expect("the lock is held until this is dropped")
    }
}

impl<S: Service, C: Channels> DerefMut for Locked<'_, S, C> {
    #[expect(clippy::expect_used, reason = "it is taken only when it is dropped")]
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.guard.as_mut().expect("the lock is held until this is dropped")
    }
}

impl<S: Service, C: Channels> Drop for Locked<'_, S, C> {
    fn drop(&mut self) {
        let Some(mut guard) = self.guard.take() else { return };
        let after = guard.settle();
        drop(guard);
        if let Some(after) = after {
            after.run();
        }
    }
}
