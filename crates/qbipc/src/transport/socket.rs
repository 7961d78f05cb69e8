use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use quorate_codec::qb::auth::Accepted;
use quorate_codec::qb::header::RESPONSE_LEN;
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::{
    self, AddressFamily, RecvFlags, SendFlags, SocketAddrAny, SocketAddrUnix, SocketFlags,
    SocketType, sockopt,
};
use tokio::net::UnixDatagram;

use crate::address::abstract_addr;
use crate::server_files::ServerDir;
use crate::shm::{Control, Mapped};
use crate::{
    ChannelError, ConnectError, ConnectOptions, PeerCredentials, ServiceName, TransmitError,
};

/// See the transport over shared memory.
const STOP: u32 = 1;

/// Messages in datagrams, over two sockets that are connected to what the server binds.
#[derive(Debug)]
pub(crate) struct SocketTransport {
    /// Requests out, responses in.
    response: UnixDatagram,
    /// Events in.
    event: UnixDatagram,
    control: Mapped<Control>,
    max_len: usize,
    dir: Arc<ServerDir>,
    control_name: String,
}

impl SocketTransport {
    pub(crate) fn open(
        accepted: &Accepted,
        options: &ConnectOptions,
        service: &ServiceName,
        peer: &PeerCredentials,
    ) -> Result<Self, ConnectError> {
        let control_name = format!("qb-control-{}", service.as_str());
        let dir = ServerDir::open(&accepted.request, &control_name, options, peer)?;
        dir.expect_name(&accepted.response, &format!("qb-{}", service.as_str()))?;
        let control = dir.open_file(&control_name, |len| len >= size_of::<Control>() as u64)?;
        let control = Mapped::<Control>::new(control)
            .map_err(|source| ConnectError::File { path: dir.path_of(&control_name), source })?;
        let max_len = usize::try_from(accepted.max_msg_size).unwrap_or(usize::MAX);
        let base = &accepted.response;
        // Both have to be there before the first request: the server connects back when it first
        // answers and when it first sends an event, and does nothing else until it has.
        let response = open_datagram(base, "-response", "-request", max_len)?;
        let event = open_datagram(base, "-event", "-event-tx", max_len)?;
        Ok(Self { response, event, control, max_len, dir, control_name })
    }

    pub(crate) fn response_socket(&self) -> &UnixDatagram {
        &self.response
    }

    pub(crate) fn event_socket(&self) -> &UnixDatagram {
        &self.event
    }

    pub(crate) fn send(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        if message.len() > self.max_len {
            let most = u32::try_from(self.max_len).unwrap_or(u32::MAX);
            return Err(TransmitError::TooLong { len: message.len(), most });
        }
        if self.control.request.flow_control().load(Ordering::Relaxed) == STOP {
            return Err(TransmitError::Busy);
        }
        loop {
            match net::send(self.response.as_fd(), message, SendFlags::NOSIGNAL) {
                Ok(_) => {
                    self.control.request.sent();
                    return Ok(());
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN | Errno::NOBUFS) => return Err(TransmitError::Busy),
                Err(errno) => return Err(ChannelError::from(errno).into()),
            }
        }
    }

    pub(crate) fn pop_response(&mut self, out: &mut Vec<u8>) -> Result<bool, ChannelError> {
        let socket = self.response.as_fd();
        let came = receive(socket, None, self.max_len, RESPONSE_LEN, out)?;
        if came {
            self.control.response.received();
        }
        Ok(came)
    }

    pub(crate) fn pop_event(&mut self, out: &mut Vec<u8>) -> Result<bool, ChannelError> {
        let socket = self.event.as_fd();
        let came = receive(socket, None, self.max_len, RESPONSE_LEN, out)?;
        if came {
            self.control.event.received();
        }
        Ok(came)
    }
}

/// Either side removes the connection's files when it is over, whoever comes first.
impl Drop for SocketTransport {
    fn drop(&mut self) {
        self.dir.remove_file(&self.control_name);
        self.dir.remove();
    }
}

/// Connects a socket to its counterpart and binds it, both under the connection's base name.
///
/// In this order: once connected it takes messages from its counterpart alone. A socket that has a
/// name and is not connected takes them from every process of the network namespace, and the name
/// is no secret.
fn open_datagram(
    base: &[u8],
    ours: &str,
    theirs: &str,
    max_len: usize,
) -> Result<UnixDatagram, ConnectError> {
    let socket = datagram_socket()?;
    let theirs = abstract_addr(&[base, theirs.as_bytes()].concat())?;
    net::connect(&socket, &theirs).map_err(io::Error::from)?;
    Ok(bind_datagram(socket, base, ours, max_len)?)
}

pub(crate) fn datagram_socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    Ok(net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?)
}

/// Binds a socket under the connection's base name, with room for messages of `max_len` bytes.
pub(crate) fn bind_datagram(
    socket: OwnedFd,
    base: &[u8],
    suffix: &str,
    max_len: usize,
) -> io::Result<UnixDatagram> {
    net::bind(&socket, &abstract_addr(&[base, suffix.as_bytes()].concat())?)?;
    if sockopt::socket_send_buffer_size(&socket)? <= max_len {
        sockopt::set_socket_send_buffer_size(&socket, max_len)?;
    }
    if sockopt::socket_recv_buffer_size(&socket)? <= max_len {
        sockopt::set_socket_recv_buffer_size(&socket, max_len)?;
    }
    UnixDatagram::from_std(socket.into())
}

/// Takes the next datagram out, replacing what is in `out`; `false` if there is none.
///
/// Those that are not `from` that address are dropped. A connected socket has no others.
pub(crate) fn receive(
    socket: BorrowedFd<'_>,
    from: Option<&SocketAddrUnix>,
    max_len: usize,
    min_len: usize,
    out: &mut Vec<u8>,
) -> Result<bool, ChannelError> {
    loop {
        out.clear();
        out.reserve(max_len);
        match net::recvfrom(socket, spare_capacity(out), RecvFlags::TRUNC) {
            Ok((_, _, sender)) if from.is_some_and(|from| !is_from(sender.as_ref(), from)) => {}
            Ok((read, len, _)) if read == len && len >= min_len => return Ok(true),
            Ok((_, len, _)) => return Err(ChannelError::Datagram { len }),
            Err(Errno::AGAIN) => return Ok(false),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Whether a datagram is from that address. Who has no name is nobody.
fn is_from(sender: Option<&SocketAddrAny>, address: &SocketAddrUnix) -> bool {
    let sender = sender.cloned().and_then(|sender| SocketAddrUnix::try_from(sender).ok());
    sender.as_ref() == Some(address)
}
