use std::sync::Arc;

use quorate_codec::qb::auth::ConnectionType;
use tokio::net::UnixStream;

use crate::transport::Transport;
use crate::{Channels, Doorbell, PeerCredentials};

/// A connection to a libqb service, as a client.
///
/// It is used in two parts: [`Channels`] move messages, at once or not at all; the [`Doorbell`] is
/// what to wait on.
#[derive(Debug)]
pub struct Connection {
    channels: Channels,
    doorbell: Doorbell,
    peer: PeerCredentials,
    max_msg_size: u32,
}

impl Connection {
    pub(crate) fn new(
        setup: UnixStream,
        transport: Transport,
        peer: PeerCredentials,
        max_msg_size: u32,
    ) -> Self {
        let setup = Arc::new(setup);
        let doorbell = Doorbell::new(Arc::clone(&setup), transport.datagrams());
        Self { channels: Channels::new(setup, transport, peer), doorbell, peer, max_msg_size }
    }

    /// How messages travel.
    pub fn connection_type(&self) -> ConnectionType {
        self.channels.connection_type()
    }

    /// The largest message, in bytes.
    pub fn max_msg_size(&self) -> u32 {
        self.max_msg_size
    }

    /// Who the server is.
    pub fn peer(&self) -> PeerCredentials {
        self.peer
    }

    /// Takes the connection apart. It ends when both parts are dropped.
    pub fn into_parts(self) -> (Channels, Doorbell) {
        (self.channels, self.doorbell)
    }
}
