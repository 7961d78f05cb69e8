//! One connection: its state, and the task that drives it.
//!
//! ```text
//!  calls ──► Session ──► Connection ──► daemon
//!    ▲          │            │
//!    │   pump   │            ├── responses ──► Session ──► the call that waits
//!    └──────────┘            └── events ─────► Session ──► Mailbox ──► Track
//! ```
//!
//! [`State::pump`](state::State::pump) is the one place where messages move: it takes in the
//! responses, then the events, then lets requests go, as far as each gets without waiting. The
//! [driver](driver) runs it whenever the doorbell rings; a call that is alone on the connection runs
//! it itself, and waits by itself, which saves it the way through the driver.

mod alone;
mod call;
mod driver;
mod flood;
mod life;
mod live;
mod mailbox;
mod parting;
mod spin;
mod state;
mod wake_list;

use std::io;
use std::num::NonZeroU8;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::votequorum::session::{Session, Window};

use crate::error::CloseReason;
use crate::world::{ConnectOptions, Connection, Mutex, MutexGuard, spawn, timeout as within};
use crate::{Error, EventFd, Reconnect};

pub(crate) use self::call::{Call, Operation};
use self::life::{AfterLoss, WaitFor};
pub(crate) use self::mailbox::{End, Mailbox};
use self::spin::Spin;
use self::state::State;
use self::wake_list::WakeList;

/// Most requests under way over sockets. The daemon's replies to more could overflow its socket.
const SOCKET_WINDOW: NonZeroU8 = NonZeroU8::new(64).unwrap();

/// Most requests under way over sockets until the daemon has connected back, which it does to
/// reply. For each one to a client that is gone by then it tries for a second, and serves nobody.
const SOCKET_FIRST_WINDOW: NonZeroU8 = NonZeroU8::new(1).unwrap();

/// How a connection behaves.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) timeout: Option<Duration>,
    pub(crate) window: NonZeroU8,
    pub(crate) event_capacity: usize,
    pub(crate) spin: Duration,
    pub(crate) reconnect: Option<Reconnect>,
}

/// A connection, as those who use it and the task that drives it share it.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Never held across an await.
    state: Mutex<State>,
    connect: ConnectOptions,
    settings: Settings,
    connection_type: ConnectionType,
}

/// Starts driving a connection.
pub(crate) fn start(connection: Connection, connect: ConnectOptions, settings: Settings) -> Handle {
    let connection_type = connection.connection_type();
    let session = Session::new(settings.window_of(&connection));
    let spin = Spin::new(settings.spin);
    let after_loss = match settings.reconnect {
        Some(_) => AfterLoss::Reconnect,
        None => AfterLoss::End,
    };
    let state = Mutex::new(State::new(connection, session, spin, after_loss));
    let shared = Arc::new(Shared { state, connect, settings, connection_type });
    spawn(driver::drive(Arc::clone(&shared)));
    Handle(shared)
}

impl Settings {
    /// How many requests may be under way on a connection.
    fn window_of(&self, connection: &Connection) -> Window {
        let reply_space = connection.max_msg_size();
        match connection.connection_type() {
            ConnectionType::Socket => Window::new(self.window.min(SOCKET_WINDOW))
                .until_first_reply(SOCKET_FIRST_WINDOW)
                .reply_space(reply_space),
            _ => Window::new(self.window).reply_space(reply_space),
        }
    }
}

impl Shared {
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn connection_type(&self) -> ConnectionType {
        self.connection_type
    }

    /// Ends a track with nobody waiting for the daemon's answer.
    pub(crate) fn untrack(&self, track: &Arc<Mailbox>) {
        let mut wakes = WakeList::new();
        self.lock().untrack(track, &mut wakes);
        wakes.wake_all();
    }

    /// Takes in what has come, for those who do not want to wait.
    pub(crate) fn pump_by_hand(&self) {
        let mut wakes = WakeList::new();
        let mut state = self.lock();
        state.hush(&mut wakes);
        if state.pump(&mut wakes) {
            state.wake_driver(&mut wakes);
        }
        drop(state);
        wakes.wake_all();
    }

    /// What a foreign event loop can wait on.
    pub(crate) fn event_fd(&self) -> io::Result<EventFd> {
        self.lock().event_fd()
    }

    /// Lets no more calls in; the connection ends when what it waits for has come.
    fn drain(&self, wait_for: WaitFor) {
        let mut wakes = WakeList::new();
        let mut state = self.lock();
        state.drain(wait_for);
        state.wake_driver(&mut wakes);
        drop(state);
        wakes.wake_all();
    }

    /// Lets no more calls in, and closes the connection when those under way are answered, or at
    /// the deadline.
    pub(crate) async fn close(&self, timeout: Option<Duration>) -> Result<(), Error> {
        self.drain(WaitFor::AllCalls);
        let closed = self.closed();
        let Some(timeout) = timeout else {
            closed.await;
            return Ok(());
        };
        if within(timeout, closed).await.is_ok() {
            return Ok(());
        }
        let mut wakes = WakeList::new();
        self.lock().terminate(CloseReason::Local, &mut wakes);
        wakes.wake_all();
        Err(Error::close_timeout(timeout))
    }

    /// Resolves when the connection is over, with the reason.
    pub(crate) async fn closed(&self) -> Error {
        std::future::poll_fn(|cx| self.lock().poll_closed(cx)).await;
        Error::closed(self.close_reason().unwrap_or(CloseReason::Local))
    }

    pub(crate) fn close_reason(&self) -> Option<CloseReason> {
        self.lock().close_reason()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that panics with the lock held leaves the state half changed: the worst that can
        // be is a message not handed on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a connection open; it is shared by all who use it.
#[derive(Debug)]
pub(crate) struct Handle(Arc<Shared>);

impl std::ops::Deref for Handle {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Nobody is left who could call: the connection ends.
impl Drop for Handle {
    fn drop(&mut self) {
        self.0.drain(WaitFor::Register);
    }
}
