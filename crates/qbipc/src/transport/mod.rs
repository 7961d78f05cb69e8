//! The two ways messages travel.

mod shm;
mod socket;

use quorate_codec::qb::auth::ConnectionType;

pub(crate) use shm::ShmTransport;
pub(crate) use socket::{SocketTransport, bind_datagram, datagram_socket, receive};

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
}
