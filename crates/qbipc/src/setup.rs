//! The setup socket once the connection stands: the bytes that announce events, and the end.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};

use rustix::io::Errno;
use rustix::net::{self, RecvFlags};
use tokio::io::Interest;
use tokio::net::UnixStream;

use crate::ChannelError;

/// Most bytes that announce events taken in at a time.
const MAX_BYTES: usize = 4096;

/// Most buffers of them that are read to find the end: more than a socket holds.
const MAX_BUFFERS: usize = 256;

/// Takes in bytes that announce something, and notices the end. Returns whether any may have come.
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
    let mut bytes = [const { MaybeUninit::uninit() }; MAX_BYTES];
    match net::recv(setup, bytes.as_mut_slice(), RecvFlags::DONTWAIT) {
        Ok((_, 0)) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok((_, MAX_BYTES)) | Err(Errno::INTR) => Ok(MoreBytes::Maybe),
        Ok(_) | Err(Errno::AGAIN) => Ok(MoreBytes::No),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether the peer is seen to have closed the stream, whatever it sent before that.
pub(crate) fn is_at_end(setup: BorrowedFd<'_>) -> bool {
    let mut bytes = [const { MaybeUninit::uninit() }; MAX_BYTES];
    // A peer that sends more than this meanwhile is there.
    for _ in 0..MAX_BUFFERS {
        match net::recv(setup, bytes.as_mut_slice(), RecvFlags::DONTWAIT) {
            Ok((_, 0)) => return true,
            Ok(_) | Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return false,
            Err(_) => return true,
        }
    }
    false
}

/// What an operation returns that found a socket not ready.
pub(crate) fn would_block() -> io::Result<()> {
    Err(io::ErrorKind::WouldBlock.into())
}
