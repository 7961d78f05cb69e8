use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use quorate_codec::qb::auth::ConnectionType;
use tokio::net::UnixStream;

use crate::doorbell::{self, MoreBytes};
use crate::transport::Transport;
use crate::{ChannelError, PeerCredentials, TransmitError};

/// The three channels of a connection: requests out, responses and events in.
///
/// Nothing here waits: a message is moved at once or not at all. To wait, see
/// [`Doorbell`](crate::Doorbell).
#[derive(Debug)]
pub struct Channels {
    setup: Arc<UnixStream>,
    transport: Transport,
    peer: PeerCredentials,
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

impl Channels {
    pub(crate) fn new(setup: Arc<UnixStream>, transport: Transport, peer: PeerCredentials) -> Self {
        Self { setup, transport, peer }
    }

    /// How messages travel.
    pub fn connection_type(&self) -> ConnectionType {
        self.transport.connection_type()
    }

    /// Starts sending requests; they go out, all at once, when the guard is dropped or
    /// [finished](Transmit::finish).
    pub fn transmit(&mut self) -> Transmit<'_> {
        Transmit { channels: self, finished: false }
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
    /// They stay readable until [`hush`](Self::hush) and the events were taken out.
    pub fn poll_fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let event = match &self.transport {
            Transport::Shm(_) => None,
            Transport::Socket(sockets) => Some(sockets.datagrams().event.as_fd()),
        };
        std::iter::once(self.setup.as_fd()).chain(event)
    }

    /// Takes in the bytes that announced events, for those who do not wait on the
    /// [`Doorbell`](crate::Doorbell).
    ///
    /// # Errors
    ///
    /// [`ChannelError::Closed`] if the server has closed the connection. What it sent before that
    /// may still be in the channels.
    pub fn hush(&mut self) -> Result<(), ChannelError> {
        while doorbell::take_bytes(self.setup.as_fd())? == MoreBytes::Maybe {}
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

    fn stage(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        match &mut self.transport {
            Transport::Shm(shm) => shm.stage(message),
            Transport::Socket(sockets) => sockets.send(message),
        }
    }

    fn commit(&mut self) -> Result<(), ChannelError> {
        match &mut self.transport {
            Transport::Shm(shm) => shm.commit(self.setup.as_fd()),
            Transport::Socket(_) => Ok(()),
        }
    }
}

/// Requests on their way out.
///
/// Over shared memory, a server that has taken a request waits for the byte that announces it, and
/// serves nobody until that came. So requests become visible to the server, and their bytes are
/// sent, in one step, which happens however this guard ends: by [`finish`](Self::finish), by being
/// dropped, in a panic too.
#[derive(Debug)]
#[must_use = "requests go out when this is finished or dropped"]
pub struct Transmit<'a> {
    channels: &'a mut Channels,
    finished: bool,
}

impl Transmit<'_> {
    /// Adds a request.
    ///
    /// # Errors
    ///
    /// [`TransmitError::Busy`] if it has to wait, another if it can never go.
    pub fn push(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        self.channels.stage(message)
    }

    /// Lets the requests go.
    ///
    /// Bytes of earlier requests that the kernel would not take are sent as well.
    ///
    /// # Errors
    ///
    /// If the connection is of no more use.
    pub fn finish(mut self) -> Result<(), ChannelError> {
        self.finished = true;
        self.channels.commit()
    }
}

impl Drop for Transmit<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // A connection that is of no more use says so again at its next use.
            let _ = self.channels.commit();
        }
    }
}
