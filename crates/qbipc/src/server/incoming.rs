use std::io;
use std::os::fd::AsRawFd;

use bytes::BytesMut;
use quorate_codec::limits::MAX_MSG_SIZE;
use quorate_codec::qb::auth::{AUTH_REQUEST_LEN, AuthRequest, AuthResponse, ConnectionType};
use rustix::io::Errno;
use tokio::net::UnixStream;

use super::connection::{Limits, ServerConnection, ServerTransport};
use super::files::ConnectionDir;
use super::listener::ListenOptions;
use super::shm::ServerShm;
use super::socket::ServerSocket;
use crate::handshake::{handshake_failed, read_exactly, write_all};
use crate::{ConnectError, PeerCredentials, ServiceName};

/// A client that has connected and was not accepted yet.
#[derive(Debug)]
pub struct Incoming {
    setup: UnixStream,
    peer: PeerCredentials,
    service: ServiceName,
    options: ListenOptions,
    address: String,
}

impl Incoming {
    pub(super) fn new(
        setup: UnixStream,
        peer: PeerCredentials,
        service: ServiceName,
        options: ListenOptions,
        address: String,
    ) -> Self {
        Self { setup, peer, service, options, address }
    }

    /// The client's process, as the kernel reports it.
    pub fn peer(&self) -> PeerCredentials {
        self.peer
    }

    /// Accepts the client: waits for its request, makes the channels, and answers.
    ///
    /// The files are given to the client's user. How long a client may take is for the caller to
    /// limit.
    ///
    /// # Errors
    ///
    /// If the client's request is malformed, or the channels cannot be made; the client receives
    /// the reason if it can.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection and removes what was made for it.
    pub async fn accept(self) -> Result<ServerConnection, ConnectError> {
        let asked = self.read_request().await?;
        let max_msg_size = asked.max_msg_size.max(self.options.min_msg_size);
        match self.open(max_msg_size) {
            Ok((transport, answer)) => {
                self.write(&answer).await?;
                let limits = Limits { max_msg_size, max_queued: self.options.max_queued_bytes };
                Ok(ServerConnection::new(self.setup, transport, self.peer, limits))
            }
            Err(source) => {
                let errno = source.raw_os_error().unwrap_or(Errno::NOMEM.raw_os_error());
                self.answer(&AuthResponse::Refused { errno }).await?;
                Err(ConnectError::System { address: self.address, source })
            }
        }
    }

    /// Refuses the client. `errno` says why and is positive: 13 (`EACCES`) if the client's user has
    /// no access, 11 (`EAGAIN`) if it is to try again later.
    ///
    /// # Errors
    ///
    /// If the client's request is malformed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection without an answer.
    pub async fn refuse(self, errno: i32) -> Result<(), ConnectError> {
        self.read_request().await?;
        self.answer(&AuthResponse::Refused { errno }).await
    }

    /// Makes the channels, and the answer that says where they are.
    fn open(&self, max_msg_size: u32) -> io::Result<(ServerTransport, BytesMut)> {
        if max_msg_size > MAX_MSG_SIZE {
            return Err(Errno::NOMEM.into());
        }
        let fd = self.setup.as_raw_fd();
        let dir = ConnectionDir::create(&self.options.shm_root, &self.peer, fd)?;
        let (transport, accepted) = match self.options.connection_type {
            ConnectionType::Socket => {
                let (socket, accepted) = ServerSocket::create(dir, &self.service, max_msg_size)?;
                (ServerTransport::Socket(Box::new(socket)), accepted)
            }
            _ => {
                let (shm, accepted) = ServerShm::create(dir, &self.service, max_msg_size)?;
                (ServerTransport::Shm(shm), accepted)
            }
        };
        let mut answer = BytesMut::new();
        AuthResponse::Accepted(accepted).encode(&mut answer);
        Ok((transport, answer))
    }

    async fn read_request(&self) -> Result<AuthRequest, ConnectError> {
        let request = read_exactly(&self.setup, AUTH_REQUEST_LEN)
            .await
            .map_err(|error| handshake_failed(&self.address, error))?;
        AuthRequest::decode(&request).map_err(|error| {
            let (address, source) = (self.address.clone(), Box::new(error));
            ConnectError::Answer { address, source }
        })
    }

    async fn answer(&self, response: &AuthResponse) -> Result<(), ConnectError> {
        let mut bytes = BytesMut::new();
        response.encode(&mut bytes);
        self.write(&bytes).await
    }

    async fn write(&self, bytes: &[u8]) -> Result<(), ConnectError> {
        let written = write_all(&self.setup, bytes).await;
        written.map_err(|error| handshake_failed(&self.address, error))
    }
}
