use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::Ordering;

use quorate_codec::qb::auth::{Accepted, ConnectionType};
use quorate_codec::qb::header::REQUEST_LEN;
use rustix::io::Errno;
use rustix::net::{self, SocketAddrUnix};
use tokio::net::UnixDatagram;

use super::files::ConnectionDir;
use crate::address::abstract_addr;
use crate::ring::PushError;
use crate::shm::{Control, Mapped};
use crate::transport::datagram::{self, Received};
use crate::transport::{bind_datagram, datagram_socket};
use crate::{ChannelError, ServiceName};

/// The server's side of a connection over datagrams.
#[derive(Debug)]
pub(super) struct ServerSocket {
    request: Counterpart,
    event: Counterpart,
    control: Mapped<Control>,
    max_len: usize,
    dir: ConnectionDir,
}

/// A socket that connects back to the client's when it first sends.
#[derive(Debug)]
struct Counterpart {
    socket: UnixDatagram,
    client: SocketAddrUnix,
    connected: bool,
    /// The largest message it sends.
    largest: u32,
}

impl ServerSocket {
    pub(super) fn create(
        mut dir: ConnectionDir,
        service: &ServiceName,
        max_msg_size: u32,
    ) -> io::Result<(Self, Accepted)> {
        let control_name = format!("qb-control-{}", service.as_str());
        let control = dir.create_file(&control_name, size_of::<Control>())?;
        let control = Mapped::<Control>::new(control)?;
        let base = dir.path().join(format!("qb-{}", service.as_str()));
        let base = base.as_os_str().as_bytes().to_vec();
        let max_len = usize::try_from(max_msg_size).unwrap_or(usize::MAX);
        let accepted = Accepted {
            connection_type: ConnectionType::Socket,
            max_msg_size,
            request: dir.path().join(&control_name).as_os_str().as_bytes().to_vec(),
            response: base.clone(),
            event: Vec::new(),
        };
        let counterpart = |ours: &str, theirs: &str| {
            let socket = bind_datagram(datagram_socket()?, &base, ours, max_len)?;
            let client = abstract_addr(&[base.as_slice(), theirs.as_bytes()].concat())?;
            let largest = datagram::largest(&socket, max_len);
            io::Result::Ok(Counterpart { socket, client, connected: false, largest })
        };
        let request = counterpart("-request", "-response")?;
        let event = counterpart("-event-tx", "-event")?;
        Ok((Self { request, event, control, max_len, dir }, accepted))
    }

    pub(super) fn pop_request(&mut self, out: &mut Vec<u8>) -> Result<Received, ChannelError> {
        let Counterpart { socket, client, connected, .. } = &self.request;
        // Until it is connected, any process can send to it.
        let from = (!connected).then_some(client);
        let came = datagram::receive(socket.as_fd(), from, self.max_len, REQUEST_LEN, out)?;
        if came == Received::Message {
            self.control.request.received();
        }
        Ok(came)
    }

    pub(super) fn respond(
        &mut self,
        message: &[u8],
    ) -> Result<Result<(), PushError>, ChannelError> {
        let sent = self.request.send(message)?;
        if sent.is_ok() {
            self.control.response.sent();
        }
        Ok(sent)
    }

    pub(super) fn send_event(
        &mut self,
        message: &[u8],
    ) -> Result<Result<(), PushError>, ChannelError> {
        let sent = self.event.send(message)?;
        if sent.is_ok() {
            self.control.event.sent();
        }
        Ok(sent)
    }

    pub(super) fn set_flow_control(&self, value: u32) {
        self.control.request.flow_control().store(value, Ordering::Relaxed);
    }

    pub(super) fn largest_event(&self) -> u32 {
        self.event.largest
    }

    pub(super) fn request_socket(&self) -> &UnixDatagram {
        &self.request.socket
    }

    pub(super) fn event_socket(&self) -> &UnixDatagram {
        &self.event.socket
    }

    pub(super) fn dir(&mut self) -> &mut ConnectionDir {
        &mut self.dir
    }

    pub(super) fn into_datagrams(self: Box<Self>) -> [UnixDatagram; 2] {
        [self.request.socket, self.event.socket]
    }
}

impl Counterpart {
    fn send(&mut self, message: &[u8]) -> Result<Result<(), PushError>, ChannelError> {
        let (len, most) = (message.len(), self.largest);
        if u32::try_from(len).map_or(true, |len| len > most) {
            return Ok(Err(PushError::TooLong { len, most }));
        }
        if !self.connected {
            match net::connect(&self.socket, &self.client) {
                Ok(()) => self.connected = true,
                // The client has not bound it yet; libqb's servers wait here.
                Err(Errno::CONNREFUSED) => return Ok(Err(PushError::Full)),
                Err(errno) => return Err(errno.into()),
            }
        }
        match datagram::send(self.socket.as_fd(), message, &[]) {
            Ok(()) => Ok(Ok(())),
            Err(Errno::AGAIN | Errno::NOBUFS) => Ok(Err(PushError::Full)),
            Err(errno) => Err(errno.into()),
        }
    }
}
