//! The calls, by subject.

mod extra_info;
mod info;
mod qdevice;
mod votes;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use qbipc::engine::{EventFd, Transport};
use quorate_codec::votequorum::{Reply, Request, Votequorum};

pub use self::extra_info::{Corosync3, ExtraInfo};
use crate::{Builder, Error};

/// A client of the votequorum service of the local corosync.
///
/// Clones share the connection. Calls take `&self` and may run at the same time: their requests go
/// out one after the other without waiting for replies, as soon as their futures are polled.
///
/// When the last clone, [`Track`](crate::Track), [`Watch`](crate::Watch) and so on are dropped, the
/// connection is closed, without blocking.
///
/// # Deadlines
///
/// Every call has one: [`Builder::call_timeout`], or that of [`with_timeout`](Self::with_timeout). A
/// daemon that was stopped and goes on later finds the connection as it was.
///
/// # Cancel safety
///
/// The future of any call may be dropped at any time. If its request has not gone out by then, it
/// never will. If it has, the daemon acts on it, and its reply is swallowed when it comes; other calls
/// are not affected.
#[derive(Clone)]
#[doc(alias = "votequorum_handle_t")]
pub struct Client {
    pub(crate) inner: qbipc::engine::Client<Votequorum>,
    context: Arc<AtomicU64>,
}

impl Client {
    /// Connects to the local corosync with the default settings.
    ///
    /// # Errors
    ///
    /// See [`Builder::connect`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was opened.
    ///
    /// # Panics
    ///
    /// See [`Builder::connect`].
    #[doc(alias = "votequorum_initialize")]
    pub async fn connect() -> Result<Self, Error> {
        Self::builder().connect().await
    }

    /// How to connect, and how the client behaves.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), votequorum::Error> {
    /// use std::time::Duration;
    ///
    /// let client = votequorum::Client::builder()
    ///     .call_timeout(Duration::from_secs(1))
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "initialize")]
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The same client, with another deadline for the calls made through what this returns; `None`
    /// for none at all.
    #[must_use]
    pub fn with_timeout(&self, timeout: impl Into<Option<Duration>>) -> Self {
        Self { inner: self.inner.with_timeout(timeout), context: Arc::clone(&self.context) }
    }

    /// How messages travel, which the daemon decides (`system.qb_ipc_type`); `None` while there is no
    /// connection.
    pub fn transport(&self) -> Option<Transport> {
        self.inner.transport()
    }

    /// A descriptor that is readable while events wait, for event loops other than tokio's.
    ///
    /// # Errors
    ///
    /// If the process can have no more descriptors.
    #[doc(alias = "votequorum_fd_get")]
    #[doc(alias = "fd_get")]
    pub fn event_fd(&self) -> std::io::Result<EventFd> {
        self.inner.event_fd()
    }

    /// A value the client carries for its user; 0 until it is set.
    ///
    /// It never leaves the process, and has nothing to do with the context of a
    /// [`Track`](crate::Track).
    #[doc(alias = "votequorum_context_get")]
    #[doc(alias = "context_get")]
    pub fn context(&self) -> u64 {
        self.context.load(Ordering::Relaxed)
    }

    /// Sets the value the client carries for its user, for all its clones.
    #[doc(alias = "votequorum_context_set")]
    #[doc(alias = "context_set")]
    pub fn set_context(&self, context: u64) {
        self.context.store(context, Ordering::Relaxed);
    }

    /// Closes the client when all calls under way are answered, and waits for that.
    ///
    /// No more calls are let in, whichever clone makes them. Tracks end with an error.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) if calls are still not answered at the deadline. The
    /// client is closed all the same.
    ///
    /// # Cancel safety
    ///
    /// The client closes even if the future is dropped, when the calls are answered.
    #[doc(alias = "votequorum_finalize")]
    #[doc(alias = "finalize")]
    pub async fn close(&self) -> Result<(), Error> {
        self.inner.close().await
    }

    /// Whether the client is over.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Waits until the client is over, and returns the reason.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again at any time.
    pub async fn closed(&self) -> Error {
        self.inner.closed().await
    }

    /// Sends a request and returns the reply.
    fn call(&self, request: Request) -> impl Future<Output = Result<Reply, Error>> + Send + '_ {
        // Without a layer of its own: replies have hundreds of bytes, and each layer moves them.
        self.inner.call(request)
    }

    /// Sends a request that is answered by success or failure alone.
    async fn order(&self, request: Request) -> Result<(), Error> {
        self.inner.send(request).await
    }
}

impl From<qbipc::engine::Client<Votequorum>> for Client {
    fn from(inner: qbipc::engine::Client<Votequorum>) -> Self {
        Self { inner, context: Arc::default() }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
