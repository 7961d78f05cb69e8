//! Messages in and out of one datagram socket.

use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::{
    self, RecvFlags, SendAncillaryBuffer, SendFlags, SocketAddrAny, SocketAddrUnix, sockopt,
};

use crate::ChannelError;

/// How many datagrams of strangers are dropped at a time.
const STRANGERS: usize = 64;

/// Bytes of a socket's send buffer that the kernel does not give to one datagram.
const RESERVED: usize = 32;

/// The largest datagram that is tried, in bytes. The kernel keeps all but 68 KiB of one in a single
/// allocation, which is at most 4 MiB long, and calls a larger one a lack of memory.
const LARGEST: usize = 4 * 1024 * 1024;

/// The result of looking for a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Received {
    Message,
    Nothing,
    /// Datagrams from strangers were dropped, and there may be more to receive: look again soon.
    Strangers,
}

/// Sends a message in two parts as one datagram.
pub(crate) fn send(socket: BorrowedFd<'_>, head: &[u8], body: &[u8]) -> Result<(), Errno> {
    loop {
        let sent = if body.is_empty() {
            net::send(socket, head, SendFlags::NOSIGNAL)
        } else {
            let parts = [IoSlice::new(head), IoSlice::new(body)];
            net::sendmsg(socket, &parts, &mut SendAncillaryBuffer::default(), SendFlags::NOSIGNAL)
        };
        match sent {
            // A datagram is sent as a whole or not at all.
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Receives the next datagram, which replaces the contents of `out`.
///
/// Those that are not `from` that address are dropped. A connected socket has no others.
pub(crate) fn receive(
    socket: BorrowedFd<'_>,
    from: Option<&SocketAddrUnix>,
    max_len: usize,
    min_len: usize,
    out: &mut Vec<u8>,
) -> Result<Received, ChannelError> {
    let mut strangers = 0;
    while strangers < STRANGERS {
        out.clear();
        out.reserve(max_len);
        match net::recvfrom(socket, spare_capacity(out), RecvFlags::TRUNC) {
            Ok((_, _, sender)) if from.is_some_and(|from| !is_from(sender.as_ref(), from)) => {
                strangers += 1;
            }
            Ok((read, len, _)) if read == len && len >= min_len => return Ok(Received::Message),
            Ok((_, len, _)) => return Err(ChannelError::Datagram { len }),
            Err(Errno::AGAIN) => return Ok(Received::Nothing),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(Received::Strangers)
}

/// The largest message that fits into one datagram of a socket, of those up to `max_len` bytes.
///
/// An unprivileged process may not get the send buffer it asks for.
pub(crate) fn largest(socket: impl AsFd, max_len: usize) -> u32 {
    let room = sockopt::socket_send_buffer_size(socket)
        .map_or(max_len, |len| len.saturating_sub(RESERVED));
    u32::try_from(room.min(max_len).min(LARGEST)).unwrap_or(u32::MAX)
}

/// Whether a datagram is from that address. An unnamed sender never matches.
fn is_from(sender: Option<&SocketAddrAny>, address: &SocketAddrUnix) -> bool {
    let sender = sender.cloned().and_then(|sender| SocketAddrUnix::try_from(sender).ok());
    sender.as_ref() == Some(address)
}
