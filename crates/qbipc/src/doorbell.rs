//! Waiting for a connection.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};

use tokio::io::Interest;
use tokio::net::{UnixDatagram, UnixStream};

use crate::setup::{Setup, poll_bytes, would_block};
use crate::transport::Transport;
use crate::{ChannelError, Connection};

impl Connection {
    /// Waits until something may have come.
    ///
    /// Once it has rung, look into every channel until it is empty before waiting again: what came
    /// before that does not ring a second time. It may ring for nothing. One task at a time can
    /// wait.
    ///
    /// Over shared memory a server announces its events with a byte each, and its responses not at
    /// all. But it reads the bytes that announced the requests only when it has answered them, and
    /// when the kernel has freed those, the socket is writable anew: that rings too.
    ///
    /// # Errors
    ///
    /// [`ChannelError::Closed`] if the server has closed the connection. What it sent before that
    /// may still be in the channels.
    pub fn poll_rung(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        let mut rung = self.has_announced(cx)? | self.has_answered(cx)?;
        if let Transport::Socket(sockets) = &self.transport {
            rung |= datagram_writable(sockets.response_socket(), cx)?;
        }
        if rung { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// As [`poll_rung`](Self::poll_rung), for responses alone. Meanwhile another task can
    /// [wait for all else](Self::poll_announced).
    ///
    /// # Errors
    ///
    /// If the runtime is shutting down.
    pub fn poll_answered(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        if self.has_answered(cx)? { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// As [`poll_rung`](Self::poll_rung), for events and the end alone. Meanwhile another task can
    /// [wait for responses](Self::poll_answered).
    ///
    /// # Errors
    ///
    /// As [`poll_rung`](Self::poll_rung).
    pub fn poll_announced(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        if self.has_announced(cx)? { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn has_announced(&self, cx: &mut Context<'_>) -> Result<bool, ChannelError> {
        let Setup::Rings(setup) = &self.setup else { return Ok(false) };
        let mut rung = poll_bytes(setup, cx)?;
        if let Transport::Socket(sockets) = &self.transport {
            rung |= datagram_readable(sockets.event_socket(), cx)?;
        }
        Ok(rung)
    }

    fn has_answered(&self, cx: &mut Context<'_>) -> Result<bool, ChannelError> {
        match (&self.transport, &self.setup) {
            (Transport::Shm(_), Setup::Rings(setup)) => stream_writable(setup, cx),
            (Transport::Shm(_), Setup::Muted(_)) => Ok(false),
            (Transport::Socket(sockets), _) => datagram_readable(sockets.response_socket(), cx),
        }
    }

    /// Lets nothing ring until [`unmute`](Self::unmute): for when so much comes that being woken by
    /// it costs more than taking it in.
    ///
    /// Meanwhile look into the channels now and then. That does not tell of the end of the
    /// connection: when nothing comes any more, unmute it. The bytes that announce events are best
    /// left where they are: then the server sends no more of them.
    ///
    /// Over sockets this has no effect: there taking in costs a system call each anyway, and they
    /// hold little.
    ///
    /// # Errors
    ///
    /// If there is no descriptor left for it; everything rings as before then.
    pub fn mute(&mut self) -> Result<(), ChannelError> {
        match self.transport {
            Transport::Shm(_) => Ok(self.setup.mute()?),
            Transport::Socket(_) => Ok(()),
        }
    }

    /// Lets everything ring again, also for what came meanwhile.
    ///
    /// # Errors
    ///
    /// If there is no descriptor left for it; nothing rings then, as before.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn unmute(&mut self) -> Result<(), ChannelError> {
        Ok(self.setup.unmute()?)
    }

    /// Whether nothing rings.
    pub fn is_muted(&self) -> bool {
        matches!(self.setup, Setup::Muted(_))
    }
}

/// The socket that is readable when events wait, and over shared memory at the end too.
impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.transport {
            Transport::Shm(_) => self.setup.as_fd(),
            Transport::Socket(sockets) => sockets.event_socket().as_fd(),
        }
    }
}

/// Whether there has been room since this was last asked.
pub(crate) fn stream_writable(
    socket: &UnixStream,
    cx: &mut Context<'_>,
) -> Result<bool, ChannelError> {
    let clear = || socket.try_io(Interest::WRITABLE, would_block);
    edge(socket.poll_write_ready(cx), clear)
}

/// Whether a message has come since this was last asked.
pub(crate) fn datagram_readable(
    socket: &UnixDatagram,
    cx: &mut Context<'_>,
) -> Result<bool, ChannelError> {
    let clear = || socket.try_io(Interest::READABLE, would_block);
    edge(socket.poll_recv_ready(cx), clear)
}

/// Whether there has been room since this was last asked.
pub(crate) fn datagram_writable(
    socket: &UnixDatagram,
    cx: &mut Context<'_>,
) -> Result<bool, ChannelError> {
    let clear = || socket.try_io(Interest::WRITABLE, would_block);
    edge(socket.poll_send_ready(cx), clear)
}

/// Whether a socket has become ready since this was last asked; `clear` makes tokio forget it.
fn edge(
    ready: Poll<io::Result<()>>,
    clear: impl FnOnce() -> io::Result<()>,
) -> Result<bool, ChannelError> {
    match ready {
        Poll::Pending => Ok(false),
        Poll::Ready(ready) => {
            ready?;
            // It returns the `WouldBlock` that it was given.
            let _ = clear();
            Ok(true)
        }
    }
}
