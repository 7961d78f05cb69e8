//! Waiting for a connection.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};

use tokio::io::Interest;
use tokio::net::{UnixDatagram, UnixStream};

use crate::setup::{poll_bytes, would_block};
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
        let announced = poll_bytes(&self.setup, cx)?;
        let rung = match &self.transport {
            Transport::Shm(_) => announced | stream_writable(&self.setup, cx)?,
            Transport::Socket(sockets) => {
                let (response, event) = (sockets.response_socket(), sockets.event_socket());
                announced
                    | datagram_readable(event, cx)?
                    | datagram_readable(response, cx)?
                    | datagram_writable(response, cx)?
            }
        };
        if rung { Poll::Ready(Ok(())) } else { Poll::Pending }
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
