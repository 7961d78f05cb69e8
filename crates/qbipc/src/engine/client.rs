use std::fmt;
use std::io;
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::qb::service::Service;
use quorate_codec::qb::session::{Begin, Epoch, Outcome};

use super::call::{Call, Operation};
use super::handle::Handle;
use super::reader::Reader;
use super::shared::Shared;
use super::{Error, EventFd};
use crate::Connection;
use crate::world::Arc;

/// A client of one service of a daemon.
///
/// Clones share the connection. Calls take `&self` and may run at the same time: their requests go
/// out one after the other without waiting for replies, as soon as their futures are polled.
///
/// When the last clone and the last [`Reader`] are dropped, the connection is closed, without
/// blocking.
///
/// # Deadlines
///
/// Every call has one: [`Builder::call_timeout`](super::Builder::call_timeout), or that of [`with_timeout`](Self::with_timeout). It
/// also holds where the runtime that drives the client does not run, if another runtime polls the
/// call. Outside of any runtime, deadlines are kept by the driver alone.
///
/// # Cancel safety
///
/// The future of any call may be dropped at any time. If its request has not gone out by then, it
/// never will. If it has, the daemon acts on it, and its reply is swallowed when it comes; other calls
/// are not affected.
pub struct Client<S: Service> {
    handle: Arc<Handle<S>>,
    timeout: Option<Duration>,
}

impl<S: Service> Client<S> {
    pub(super) fn new(
        shared: Arc<Shared<S, Connection>>,
        timeout: Option<Duration>,
        event_capacity: usize,
    ) -> Self {
        Self { handle: Arc::new(Handle::new(shared, event_capacity)), timeout }
    }

    /// The same client, with another deadline for the calls made through what this returns; `None`
    /// for none at all.
    #[must_use]
    pub fn with_timeout(&self, timeout: impl Into<Option<Duration>>) -> Self {
        Self { handle: Arc::clone(&self.handle), timeout: timeout.into() }
    }

    /// The deadline of calls made through this.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Sends a request and returns the reply. Without a connection it waits for one.
    ///
    /// # Errors
    ///
    /// - [`Refused`](super::ErrorKind::Refused): the daemon answered with an error.
    /// - [`Timeout`](super::ErrorKind::Timeout): the deadline passed.
    /// - [`Lost`](super::ErrorKind::Lost): the connection was lost, and the client connects again.
    /// - [`Closed`](super::ErrorKind::Closed): the client is over.
    /// - [`InvalidInput`](super::ErrorKind::InvalidInput): the request, or its reply, is larger than
    ///   the connection carries.
    /// - [`Protocol`](super::ErrorKind::Protocol): the request is one without a reply; use
    ///   [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    pub async fn call(&self, request: S::Request) -> Result<S::Reply, Error> {
        match self.run(Operation::Request(request)).await? {
            Outcome::Reply(reply) => Ok(reply),
            _ => Err(Error::unexpected_reply("request")),
        }
    }

    /// Sends a request that has no reply, and returns when the daemon has it; also one that has a
    /// reply, which is dropped.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    pub async fn send(&self, request: S::Request) -> Result<(), Error> {
        self.run(Operation::Request(request)).await.map(drop)
    }

    /// As [`send`](Self::send), for what means something on one connection only. It fails if that is
    /// lost, and never goes out on another.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    pub async fn send_in(&self, epoch: Epoch, request: S::Request) -> Result<(), Error> {
        self.run(Operation::RequestIn(epoch, request)).await.map(drop)
    }

    /// As [`call`](Self::call), for what means something on one connection only: an iteration. It
    /// fails if that is lost, and never goes out on another.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    pub async fn call_in(&self, epoch: Epoch, request: S::Request) -> Result<S::Reply, Error> {
        match self.run(Operation::RequestIn(epoch, request)).await? {
            Outcome::Reply(reply) => Ok(reply),
            _ => Err(Error::unexpected_reply("request")),
        }
    }

    /// Which connection there is now; `None` while there is none.
    pub fn epoch(&self) -> Option<Epoch> {
        self.handle.shared().lock().session.epoch()
    }

    /// Starts to read what a topic tells. Returns when the first state can be read.
    ///
    /// Readers share one subscription where the service allows only one per connection.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the reader is gone.
    pub async fn subscribe(&self, topic: S::Topic, begin: Begin) -> Result<Reader<S>, Error> {
        self.subscribe_with(topic, begin, self.handle.event_capacity).await
    }

    /// As [`subscribe`](Self::subscribe), with another bound for the events that wait for the reader:
    /// 1 and up.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the reader is gone.
    pub async fn subscribe_with(
        &self,
        topic: S::Topic,
        begin: Begin,
        event_capacity: usize,
    ) -> Result<Reader<S>, Error> {
        Reader::subscribe(&self.handle, topic, begin, event_capacity, self.timeout).await
    }

    /// How messages travel, which the daemon decides (`system.qb_ipc_type`); `None` while there is no
    /// connection.
    pub fn transport(&self) -> Option<Transport> {
        let state = self.handle.shared().lock();
        state.link.connection.as_ref().map(|connection| match connection.connection_type() {
            ConnectionType::Socket => Transport::Socket,
            _ => Transport::Shm,
        })
    }

    /// A descriptor that is readable while events wait, for event loops other than tokio's.
    ///
    /// # Errors
    ///
    /// If the process can have no more descriptors.
    pub fn event_fd(&self) -> io::Result<EventFd> {
        self.handle.shared().event_fd()
    }

    /// Closes the client when all calls under way are answered, and waits for that.
    ///
    /// No more calls are let in, whichever clone makes them; those that wait for a connection fail.
    /// Readers end with an error.
    ///
    /// # Errors
    ///
    /// [`Timeout`](super::ErrorKind::Timeout) if calls are still not answered at the deadline. The
    /// client is closed all the same.
    ///
    /// # Cancel safety
    ///
    /// The client closes even if the future is dropped, when the calls are answered.
    pub async fn close(&self) -> Result<(), Error> {
        match self.handle.shared().close(self.timeout).await {
            true => Ok(()),
            false => Err(Error::close_timeout(self.timeout)),
        }
    }

    /// Whether the client is over.
    pub fn is_closed(&self) -> bool {
        self.handle.shared().close_reason().is_some()
    }

    /// Why calls fail now: the reason why the client is over, if it is.
    pub fn close_error(&self) -> Error {
        Error::closed::<S>(self.handle.shared().lock().lifecycle.last_reason())
    }

    /// Waits until the client is over, and returns the reason.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again at any time.
    pub async fn closed(&self) -> Error {
        Error::closed::<S>(self.handle.shared().closed().await)
    }

    async fn run(&self, operation: Operation<S>) -> Result<Outcome<S>, Error> {
        Call::new(self.handle.shared(), operation, self.timeout).await.map(|done| done.outcome)
    }
}

impl<S: Service> Clone for Client<S> {
    fn clone(&self) -> Self {
        Self { handle: Arc::clone(&self.handle), timeout: self.timeout }
    }
}

impl<S: Service> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Client");
        debug.field("service", &S::NAME).field("timeout", &self.timeout);
        debug.field("transport", &self.transport()).field("closed", &self.is_closed()).finish()
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
