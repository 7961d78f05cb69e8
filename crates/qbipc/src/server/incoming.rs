use std::io;
use std::os::fd::AsRawFd;

use bytes::BytesMut;
use quorate_codec::limits::MAX_MSG_SIZE;
use quorate_codec::qb::auth::{AUTH_REQUEST_LEN, AuthRequest, AuthResponse, ConnectionType};
use rustix::io::Errno;
use tokio::net::UnixStream;

use super::connection::{ServerConnection, ServerTransport};
use super::files::ConnectionDir;
use super::listener::ListenOptions;
use super::shm::ServerShm;
use super::socket::ServerSocket;
use crate::handshake::{read_exactly, write_all};
use crate::{ConnectError, PeerCredentials, ServiceName};

/// A client that has connected and was not let in yet.
#[derive(Debug)]
pub struct Incoming {
    setup: UnixStream,
    peer: PeerCredentials,
    service: ServiceName,
    options: ListenOptions,
}

impl Incoming {
    pub(super) fn new(
        setup: UnixStream,
        peer: PeerCredentials,
        service: ServiceName,
        options: ListenOptions,
    ) -> Self {
        Self { setup, peer, service, options }
    }

    /// Who the client is, as the kernel says.
    pub fn peer(&self) -> PeerCredentials {
        self.peer
    }

    /// Lets the client in: waits for what it asks, makes the channels, and answers.
    ///
    /// The files are given to the client's user.
    ///
    /// # Errors
    ///
    /// If the client does not ask as a client does, or the channels cannot be made; the client is
    /// told so if it can be.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection and removes what was made for it.
    pub async fn accept(self) -> Result<ServerConnection, ConnectError> {
        let asked = self.read_request().await?;
        let max_msg_size = asked.max_msg_size.max(self.options.min_msg_size);
        match self.open(max_msg_size) {
            Ok((transport, answer)) => {
                write_all(&self.setup, &answer).await?;
                Ok(ServerConnection::new(self.setup, transport, self.peer, max_msg_size))
            }
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or(Errno::NOMEM.raw_os_error());
                self.answer(&AuthResponse::Refused { errno }).await?;
                Err(error.into())
            }
        }
    }

    /// Does not let the client in, and says why: `errno` is positive, 13 (`EACCES`) for who it is
    /// and 11 (`EAGAIN`) for it to try again later.
    ///
    /// # Errors
    ///
    /// If the client does not ask as a client does.
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
                (ServerTransport::Socket(socket), accepted)
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
        let request = read_exactly(&self.setup, AUTH_REQUEST_LEN).await?;
        Ok(AuthRequest::decode(&request)?)
    }

    async fn answer(&self, response: &AuthResponse) -> Result<(), ConnectError> {
        let mut bytes = BytesMut::new();
        response.encode(&mut bytes);
        write_all(&self.setup, &bytes).await
    }
}
