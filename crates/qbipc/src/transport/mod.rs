//! The two ways messages travel.

mod shm;
mod socket;

use std::sync::Arc;

use quorate_codec::qb::auth::ConnectionType;

pub(crate) use shm::ShmTransport;
pub(crate) use socket::{Datagrams, SocketTransport, bind_datagram, datagram_socket, receive};

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

    /// The sockets besides the setup socket, if there are.
    pub(crate) fn datagrams(&self) -> Option<Arc<Datagrams>> {
        match self {
            Self::Shm(_) => None,
            Self::Socket(sockets) => Some(Arc::clone(sockets.datagrams())),
        }
    }
}
