use std::os::fd::{AsFd, BorrowedFd};

use quorate_codec::qb::auth::ConnectionType;
use tokio::net::UnixStream;

use crate::setup::{Setup, take_bytes};
use crate::transport::Transport;
use crate::{ChannelError, PeerCredentials, Transmit, TransmitError};

/// A connection to a libqb service, as a client: three channels, requests out, responses and events
/// in.
///
/// Moving messages never waits: a message is moved at once or not at all. To wait, see
/// [`poll_rung`](Self::poll_rung).
#[derive(Debug)]
pub struct Connection {
    pub(crate) setup: Setup,
    pub(crate) transport: Transport,
    peer: PeerCredentials,
    max_msg_size: u32,
}

/// Whether what a server left has been dealt with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Leftovers {
    /// There is nothing left, or nothing that is ours to remove.
    Gone,
    /// The server has not removed its files, and is not known to be dead: look again soon.
    Remain,
}

impl Connection {
    pub(crate) fn new(
        setup: UnixStream,
        transport: Transport,
        peer: PeerCredentials,
        max_msg_size: u32,
    ) -> Self {
        Self { setup: Setup::Rings(setup), transport, peer, max_msg_size }
    }

    /// How messages travel.
    pub fn connection_type(&self) -> ConnectionType {
        self.transport.connection_type()
    }

    /// The largest message, in bytes.
    pub fn max_msg_size(&self) -> u32 {
        self.max_msg_size
    }

    /// Who the server is.
    pub fn peer(&self) -> PeerCredentials {
        self.peer
    }

    /// Starts sending requests; they go out, all at once, when the guard is dropped or
    /// [finished](Transmit::finish).
    pub fn transmit(&mut self) -> Transmit<'_> {
        Transmit::new(self)
    }

    /// Takes the next response out, replacing what is in `out`.
    ///
    /// Gives `false` if there is none.
    ///
    /// # Errors
    ///
    /// If the connection is of no more use.
    pub fn pop_response(&mut self, out: &mut Vec<u8>) -> Result<bool, ChannelError> {
        match &mut self.transport {
            Transport::Shm(shm) => shm.pop_response(out),
            Transport::Socket(sockets) => sockets.pop_response(out),
        }
    }

    /// Takes the next event out, replacing what is in `out`.
    ///
    /// Gives `false` if there is none.
    ///
    /// # Errors
    ///
    /// If the connection is of no more use.
    pub fn pop_event(&mut self, out: &mut Vec<u8>) -> Result<bool, ChannelError> {
        match &mut self.transport {
            Transport::Shm(shm) => shm.pop_event(out),
            Transport::Socket(sockets) => sockets.pop_event(out),
        }
    }

    /// The sockets that are readable when something may have come, for a foreign event loop.
    ///
    /// They stay readable until [`hush`](Self::hush) has taken in all bytes and the events were
    /// taken out.
    pub fn poll_fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let event = match &self.transport {
            Transport::Shm(_) => None,
            Transport::Socket(sockets) => Some(sockets.event_socket().as_fd()),
        };
        std::iter::once(self.setup.as_fd()).chain(event)
    }

    /// Takes in bytes that announced events, for those who do not wait with
    /// [`poll_rung`](Self::poll_rung).
    ///
    /// So many at a time as there usually are; a server that sends without pause keeps nobody here.
    ///
    /// # Errors
    ///
    /// [`ChannelError::Closed`] if the server has closed the connection. What it sent before that
    /// may still be in the channels.
    pub fn hush(&mut self) -> Result<(), ChannelError> {
        take_bytes(self.setup.as_fd())?;
        Ok(())
    }

    /// Deals with what the server left, once it has closed the connection.
    ///
    /// The files of a server that died are removed, by the names under which they were opened;
    /// they are never cut short. A server that lives removes its files itself.
    pub fn remove_leftovers(&self) -> Leftovers {
        let Transport::Shm(shm) = &self.transport else { return Leftovers::Gone };
        if !shm.has_leftovers() {
            return Leftovers::Gone;
        }
        if !self.peer.is_dead() {
            return Leftovers::Remain;
        }
        shm.remove_leftovers();
        Leftovers::Gone
    }

    pub(crate) fn stage(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        match &mut self.transport {
            Transport::Shm(shm) => shm.stage(message),
            Transport::Socket(sockets) => sockets.send(message),
        }
    }

    pub(crate) fn commit(&mut self) -> Result<(), ChannelError> {
        match &mut self.transport {
            Transport::Shm(shm) => shm.commit(self.setup.as_fd()),
            Transport::Socket(_) => Ok(()),
        }
    }
}
