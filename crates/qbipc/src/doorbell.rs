use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::task::{Context, Poll};

use rustix::io::Errno;
use rustix::net::{self, RecvFlags};
use tokio::io::Interest;
use tokio::net::UnixStream;

use crate::ChannelError;
use crate::transport::Datagrams;

/// Most bytes that announce events taken in at a time.
const MAX_BYTES: usize = 4096;

/// What to wait on for a connection's channels.
///
/// One task at a time can wait.
#[derive(Debug)]
pub struct Doorbell {
    setup: Arc<UnixStream>,
    datagrams: Option<Arc<Datagrams>>,
}

impl Doorbell {
    pub(crate) fn new(setup: Arc<UnixStream>, datagrams: Option<Arc<Datagrams>>) -> Self {
        Self { setup, datagrams }
    }

    /// Waits until something may have come.
    ///
    /// Once it has rung, look into every channel until it is empty before waiting again: what came
    /// before that does not ring a second time. It may ring for nothing.
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
        let mut rung = poll_bytes(&self.setup, cx)?;
        match &self.datagrams {
            None => {
                let setup = &self.setup;
                rung |= edge(setup.poll_write_ready(cx), || {
                    setup.try_io(Interest::WRITABLE, would_block)
                })?;
            }
            Some(datagrams) => {
                let (response, event) = (&datagrams.response, &datagrams.event);
                rung |= edge(response.poll_recv_ready(cx), || {
                    response.try_io(Interest::READABLE, would_block)
                })?;
                rung |= edge(response.poll_send_ready(cx), || {
                    response.try_io(Interest::WRITABLE, would_block)
                })?;
                rung |= edge(event.poll_recv_ready(cx), || {
                    event.try_io(Interest::READABLE, would_block)
                })?;
            }
        }
        if rung { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

/// The socket that is readable when events wait, and over shared memory at the end too.
impl AsFd for Doorbell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.datagrams {
            None => self.setup.as_fd(),
            Some(datagrams) => datagrams.event.as_fd(),
        }
    }
}

/// Takes in bytes that announce something, and learns of the end; gives whether any may have come.
pub(crate) fn poll_bytes(setup: &UnixStream, cx: &mut Context<'_>) -> Result<bool, ChannelError> {
    let Poll::Ready(ready) = setup.poll_read_ready(cx) else { return Ok(false) };
    ready?;
    let taken = setup.try_io(Interest::READABLE, || match take_bytes(setup.as_fd())? {
        MoreBytes::Maybe => Ok(()),
        MoreBytes::No => would_block(),
    });
    match taken {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Whether there may be more bytes to take in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MoreBytes {
    Maybe,
    No,
}

/// Takes in bytes that announce events, without waiting; an error at the end of the stream.
pub(crate) fn take_bytes(setup: BorrowedFd<'_>) -> io::Result<MoreBytes> {
    let mut bytes = [0; MAX_BYTES];
    match net::recv(setup, &mut bytes, RecvFlags::DONTWAIT) {
        Ok((_, 0)) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok((_, MAX_BYTES)) | Err(Errno::INTR) => Ok(MoreBytes::Maybe),
        Ok(_) | Err(Errno::AGAIN) => Ok(MoreBytes::No),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether a socket has become ready since this was last asked; `clear` makes tokio forget it.
pub(crate) fn edge(
    ready: Poll<io::Result<()>>,
    clear: impl FnOnce() -> io::Result<()>,
) -> Result<bool, ChannelError> {
    match ready {
        Poll::Pending => Ok(false),
        Poll::Ready(ready) => {
            ready?;
            // What it gives is what it was told to.
            let _ = clear();
            Ok(true)
        }
    }
}

/// What an operation says that found a socket not ready.
pub(crate) fn would_block() -> io::Result<()> {
    Err(io::ErrorKind::WouldBlock.into())
}
