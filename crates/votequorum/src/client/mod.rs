//! The calls, by what they are about.

mod info;
mod qdevice;
mod tracking;
mod votes;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::votequorum::{Reply, Request};
use tracing::Instrument;

use crate::connection::{Call, Handle, Operation};
use crate::{Error, EventFd, Options};

/// A connection to the votequorum service of the local corosync.
///
/// Clones share the connection. Calls take `&self` and may run at the same time: their requests are
/// sent one after the other without waiting for replies, as soon as their futures are polled.
///
/// When the last clone and the last [`Track`](crate::Track) are dropped, the connection is closed,
/// without blocking.
///
/// # Deadlines
///
/// Every call has one: [`Options::timeout`], or that of [`with_timeout`](Self::with_timeout). A
/// daemon that was stopped and goes on later finds the connection as it was.
///
/// # Cancel safety
///
/// The future of any call may be dropped at any time. If its request has not gone out by then, it
/// never will. If it has, the daemon acts on it, and its reply is swallowed when it comes; other
/// calls are not affected.
#[derive(Clone, Debug)]
#[doc(alias = "votequorum_handle_t")]
pub struct Client {
    handle: Arc<Handle>,
    timeout: Option<Duration>,
    context: Arc<AtomicU64>,
}

impl Client {
    pub(crate) fn new(handle: Handle) -> Self {
        let timeout = handle.settings().timeout;
        Self { handle: Arc::new(handle), timeout, context: Arc::default() }
    }

    /// Connects to the local corosync; the same as `Options::new().connect()`.
    ///
    /// # Errors
    ///
    /// See [`Options::connect`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was opened.
    #[doc(alias = "votequorum_initialize")]
    pub async fn connect() -> Result<Self, Error> {
        Options::new().connect().await
    }

    /// The same connection, with another deadline for the calls made through what this returns;
    /// `None` for none at all.
    #[must_use]
    pub fn with_timeout(&self, timeout: impl Into<Option<Duration>>) -> Self {
        Self { timeout: timeout.into(), ..self.clone() }
    }

    /// How messages travel: the daemon decides (`system.qb_ipc_type`).
    pub fn transport(&self) -> Transport {
        match self.handle.connection_type() {
            ConnectionType::Socket => Transport::Socket,
            _ => Transport::Shm,
        }
    }

    /// A descriptor that is readable while events wait, for event loops other than tokio's.
    ///
    /// # Errors
    ///
    /// If the process can have no more descriptors.
    #[doc(alias = "votequorum_fd_get")]
    #[doc(alias = "fd_get")]
    pub fn event_fd(&self) -> std::io::Result<EventFd> {
        self.handle.event_fd()
    }

    /// A value the connection carries for its user; 0 until it is set.
    ///
    /// It never leaves the process, and has nothing to do with the context of a
    /// [`Track`](crate::Track).
    #[doc(alias = "votequorum_context_get")]
    #[doc(alias = "context_get")]
    pub fn context(&self) -> u64 {
        self.context.load(Ordering::Relaxed)
    }

    /// Sets the value the connection carries for its user, for all its clones.
    #[doc(alias = "votequorum_context_set")]
    #[doc(alias = "context_set")]
    pub fn set_context(&self, context: u64) {
        self.context.store(context, Ordering::Relaxed);
    }

    /// Closes the connection when all calls under way are answered, and waits for that.
    ///
    /// No more calls are let in, by no clone. Tracks end with an error.
    ///
    /// # Errors
    ///
    /// If calls are still not answered at the deadline. The connection is closed all the same.
    ///
    /// # Cancel safety
    ///
    /// The connection closes even if the future is dropped, when the calls are answered.
    #[doc(alias = "votequorum_finalize")]
    #[doc(alias = "finalize")]
    pub async fn close(&self) -> Result<(), Error> {
        self.handle.close(self.timeout).await
    }

    /// Whether the connection is over.
    pub fn is_closed(&self) -> bool {
        self.handle.close_reason().is_some()
    }

    /// Resolves when the connection is over, with the reason.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again at any time.
    pub async fn closed(&self) -> Error {
        self.handle.closed().await
    }

    /// Sends a request and gives the reply.
    async fn call(&self, request: Request) -> Result<Reply, Error> {
        let id = request.id();
        let span = tracing::debug_span!("votequorum call", request = id.name());
        let call = Call::new(&self.handle, Operation::Request(request), self.timeout);
        call.instrument(span).await
    }

    /// Sends a request that is answered by success or failure alone.
    async fn order(&self, request: Request) -> Result<(), Error> {
        self.call(request).await.map(drop)
    }
}

/// How messages travel between a client and its daemon.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Transport {
    /// Rings in shared memory.
    Shm,
    /// Unix datagram sockets.
    Socket,
}

/// `shm` or `socket`, as in `system.qb_ipc_type`.
impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shm => "shm",
            Self::Socket => "socket",
        })
    }
}
