use std::os::fd::{AsFd, BorrowedFd};

use bytes::BytesMut;
use quorate_codec::qb::auth::ConnectionType;
use tokio::net::UnixStream;

use crate::setup::{is_at_end, take_bytes};
use crate::transport::Transport;
use crate::{ChannelError, PeerCredentials, Transmit, TransmitError};

/// A connection to a libqb service, as a client: three channels, requests out, responses and events
/// in.
///
/// Moving messages never waits: a message is moved at once or not at all. To wait, see
/// [`poll_rung`](Self::poll_rung).
///
/// When this is dropped, the server sees the end of the connection and removes its files. If the
/// server is gone by then, the client removes them: see [`remove_files`](Self::remove_files).
///
/// ```no_run
/// use bytes::BytesMut;
/// use std::future::poll_fn;
///
/// # async fn example(request: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let mut connection = qbipc::ConnectOptions::new("votequorum").connect().await?;
/// let mut transmit = connection.transmit();
/// transmit.push(request, &[])?;
/// transmit.finish()?;
/// let mut response = BytesMut::new();
/// while !connection.pop_response(&mut response)? {
///     poll_fn(|cx| connection.poll_rung(cx)).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Connection {
    pub(crate) setup: UnixStream,
    pub(crate) transport: Transport,
    peer: PeerCredentials,
    max_msg_size: u32,
}

impl Connection {
    pub(crate) fn new(
        setup: UnixStream,
        transport: Transport,
        peer: PeerCredentials,
        max_msg_size: u32,
    ) -> Self {
        Self { setup, transport, peer, max_msg_size }
    }

    /// How messages travel.
    pub fn connection_type(&self) -> ConnectionType {
        self.transport.connection_type()
    }

    /// The largest message the server granted, in bytes: what it may send.
    pub fn max_msg_size(&self) -> u32 {
        self.max_msg_size
    }

    /// The largest request that can ever be pushed, in bytes.
    ///
    /// At most [`max_msg_size`](Self::max_msg_size). Less if a ring holds less, or, over sockets,
    /// if the system's limit on socket buffers (`net.core.wmem_max`) does not allow a datagram of
    /// that size, and never more than 4 MiB there.
    pub fn largest_request(&self) -> usize {
        usize::try_from(self.transport.largest_request()).unwrap_or(usize::MAX)
    }

    /// The server's process, as the kernel reports it.
    pub fn peer(&self) -> PeerCredentials {
        self.peer
    }

    /// Whether the server's flow control asks clients to stop, in any way.
    ///
    /// Clients may send ordinary requests in some of these cases: [`Transmit::push`] refuses them
    /// only when the server asks every client to stop. Requests that have to wait for flow control
    /// must not be pushed. The server does not announce the end of it.
    pub fn is_stopped(&self) -> bool {
        self.transport.flow_control() != 0
    }

    /// Starts sending requests. They are sent, all at once, when the guard is dropped or
    /// [finished](Transmit::finish).
    pub fn transmit(&mut self) -> Transmit<'_> {
        Transmit::new(self)
    }

    /// Receives the next response, which replaces the contents of `out`.
    ///
    /// Returns `false`, and leaves `out` alone, if there is none. `out` needs no capacity: it may
    /// have been [split off](BytesMut::split).
    ///
    /// # Errors
    ///
    /// If the connection is unusable.
    pub fn pop_response(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        self.transport.pop_response(out)
    }

    /// Receives the next event, as [`pop_response`](Self::pop_response) does a response.
    ///
    /// # Errors
    ///
    /// If the connection is unusable.
    pub fn pop_event(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        self.transport.pop_event(out)
    }

    /// The sockets that are readable when something may have come, for a foreign event loop.
    ///
    /// They stay readable until [`hush`](Self::hush) has read all bytes and the events were
    /// received.
    pub fn poll_fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let event = match &self.transport {
            Transport::Shm(_) => None,
            Transport::Socket(sockets) => Some(sockets.event_socket().as_fd()),
        };
        std::iter::once(self.setup.as_fd()).chain(event)
    }

    /// Reads bytes that announced events, for callers that do not wait with
    /// [`poll_rung`](Self::poll_rung).
    ///
    /// Reads at most one buffer (4 KiB), so a server that sends continuously cannot keep the caller
    /// here.
    ///
    /// # Errors
    ///
    /// [`ChannelError::Closed`] if the server has closed the connection. What it sent before that
    /// may still be in the channels.
    pub fn hush(&mut self) -> Result<(), ChannelError> {
        take_bytes(self.setup.as_fd())?;
        Ok(())
    }

    /// Removes what the server left of this connection in shared memory, files and directory.
    ///
    /// For use once the server has closed the connection. A server that was killed leaves about
    /// three times the largest message, in memory; one that lives removes its files itself, and that
    /// they are removed twice is harmless. Whether the server lives is not asked: a process id of
    /// another pid namespace, or of a process that was not waited for, would prove nothing.
    ///
    /// The files are removed by the names under which they were opened. They are never truncated:
    /// what is mapped stays usable, and what the server sent can still be received. Files that
    /// cannot be removed are left.
    pub fn remove_files(&mut self) {
        self.transport.remove_files();
    }

    /// Whether the connection should stay open for a while though the client is done with it,
    /// given that the server owes `owed` responses.
    ///
    /// Over sockets the server connects to the client's sockets when it first answers and when it
    /// first sends an event. If they are gone, it tries for a second to reach them and serves no
    /// client meanwhile. Once it has answered everything, that is over.
    pub fn has_to_linger(&self, owed: usize) -> bool {
        owed > 0 && self.connection_type() == ConnectionType::Socket
    }

    pub(crate) fn stage(&mut self, head: &[u8], body: &[u8]) -> Result<(), TransmitError> {
        match &mut self.transport {
            Transport::Shm(shm) => shm.stage(head, body),
            Transport::Socket(sockets) => sockets.send(head, body),
        }
    }

    pub(crate) fn commit(&mut self) -> Result<(), ChannelError> {
        match &mut self.transport {
            Transport::Shm(shm) => shm.commit(self.setup.as_fd()),
            Transport::Socket(_) => Ok(()),
        }
    }
}

/// A client that leaves may not have noticed that the server is gone.
impl Drop for Connection {
    fn drop(&mut self) {
        if is_at_end(self.setup.as_fd()) {
            self.remove_files();
        }
    }
}
