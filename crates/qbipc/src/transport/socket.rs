use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;

use bytes::BytesMut;
use quorate_codec::qb::auth::Accepted;
use quorate_codec::qb::header::RESPONSE_LEN;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
use tokio::net::UnixDatagram;

use super::datagram::{self, Received};
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
    largest_request: u32,
    /// Room for one message of any size. It is copied from here: the caller's buffer, which it may
    /// split off each time, is not to have room for the largest every time.
    received: Vec<u8>,
    max_len: usize,
    dir: ServerDir,
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
        let control = dir.open_file(&control_name, |len| match len {
            len if len >= size_of::<Control>() as u64 => Ok(()),
            _ => Err("it is too short for a control file"),
        })?;
        let control = Mapped::<Control>::new(control)
            .map_err(|source| ConnectError::File { path: dir.path_of(&control_name), source })?;
        let max_len = usize::try_from(accepted.max_msg_size).unwrap_or(usize::MAX);
        let base = &accepted.response;
        // Both have to be there before the first request: the server connects back when it first
        // answers and when it first sends an event, and does nothing else until it has.
        let response = open_datagram(base, "-response", "-request", max_len)?;
        let event = open_datagram(base, "-event", "-event-tx", max_len)?;
        let largest_request = datagram::largest(&response, max_len);
        let received = Vec::new();
        Ok(Self { response, event, control, largest_request, received, max_len, dir, control_name })
    }

    pub(crate) fn response_socket(&self) -> &UnixDatagram {
        &self.response
    }

    pub(crate) fn event_socket(&self) -> &UnixDatagram {
        &self.event
    }

    pub(crate) fn send(&mut self, head: &[u8], body: &[u8]) -> Result<(), TransmitError> {
        let (len, most) = (head.len().saturating_add(body.len()), self.largest_request);
        if u32::try_from(len).map_or(true, |len| len > most) {
            return Err(TransmitError::TooLong { len, most });
        }
        if self.flow_control() == STOP {
            return Err(TransmitError::Busy);
        }
        match datagram::send(self.response.as_fd(), head, body) {
            Ok(()) => {
                self.control.request.sent();
                Ok(())
            }
            Err(Errno::AGAIN | Errno::NOBUFS) => Err(TransmitError::Busy),
            Err(errno) => Err(ChannelError::from(errno).into()),
        }
    }

    pub(crate) fn pop_response(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        let came = receive(&self.response, self.max_len, &mut self.received, out)?;
        if came {
            self.control.response.received();
        }
        Ok(came)
    }

    pub(crate) fn pop_event(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        let came = receive(&self.event, self.max_len, &mut self.received, out)?;
        if came {
            self.control.event.received();
        }
        Ok(came)
    }

    /// The server's flow control as it is now.
    pub(crate) fn flow_control(&self) -> u32 {
        self.control.request.flow_control().load(Ordering::Relaxed)
    }

    pub(crate) fn largest_request(&self) -> u32 {
        self.largest_request
    }

    /// Removes the connection's file, by the name under which it was opened.
    pub(crate) fn remove_files(&self) {
        self.dir.remove_file(&self.control_name);
        self.dir.remove();
    }
}

/// Over sockets either side removes the connection's files when it is over, whichever is first.
impl Drop for SocketTransport {
    fn drop(&mut self) {
        self.remove_files();
    }
}

fn receive(
    socket: &UnixDatagram,
    max_len: usize,
    received: &mut Vec<u8>,
    out: &mut BytesMut,
) -> Result<bool, ChannelError> {
    match datagram::receive(socket.as_fd(), None, max_len, RESPONSE_LEN, received)? {
        Received::Message => {
            out.clear();
            out.extend_from_slice(received);
            Ok(true)
        }
        Received::Nothing | Received::Strangers => Ok(false),
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
    let theirs = [base, theirs.as_bytes()].concat();
    let failed =
        |source| ConnectError::Datagram { address: format!("@{}", theirs.escape_ascii()), source };
    let socket = datagram_socket().map_err(failed)?;
    let address = abstract_addr(&theirs).map_err(failed)?;
    net::connect(&socket, &address).map_err(|errno| failed(errno.into()))?;
    bind_datagram(socket, base, ours, max_len).map_err(failed)
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
