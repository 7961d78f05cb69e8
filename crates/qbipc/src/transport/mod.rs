//! The two ways messages travel.

pub(crate) mod datagram;
mod shm;
mod socket;

use bytes::BytesMut;
use quorate_codec::qb::auth::ConnectionType;

pub(crate) use shm::ShmTransport;
pub(crate) use socket::{SocketTransport, bind_datagram, datagram_socket};

use crate::ChannelError;

/// Moves messages, at once or not at all.
#[derive(Debug)]
pub(crate) enum Transport {
    Shm(ShmTransport),
    Socket(SocketTransport),
}

impl Transport {
    pub(crate) fn connection_type(&self) -> ConnectionType {
        match self {
            Self::Shm(_) => ConnectionType::Shm,
            Self::Socket(_) => ConnectionType::Socket,
        }
    }

    pub(crate) fn pop_response(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        match self {
            Self::Shm(shm) => shm.pop_response(out),
            Self::Socket(sockets) => sockets.pop_response(out),
        }
    }

    pub(crate) fn pop_event(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        match self {
            Self::Shm(shm) => shm.pop_event(out),
            Self::Socket(sockets) => sockets.pop_event(out),
        }
    }

    pub(crate) fn flow_control(&self) -> u32 {
        match self {
            Self::Shm(shm) => shm.flow_control(),
            Self::Socket(sockets) => sockets.flow_control(),
        }
    }

    pub(crate) fn largest_request(&self) -> u32 {
        match self {
            Self::Shm(shm) => shm.largest_request(),
            Self::Socket(sockets) => sockets.largest_request(),
        }
    }

    pub(crate) fn remove_files(&self) {
        match self {
            Self::Shm(shm) => shm.remove_files(),
            Self::Socket(sockets) => sockets.remove_files(),
        }
    }
}
