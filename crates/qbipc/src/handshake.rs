//! From nothing to a connection.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use bytes::BytesMut;
use quorate_codec::limits::MAX_MSG_SIZE;
use quorate_codec::qb::auth::{
    AUTH_RESPONSE_LEN, Accepted, AuthRequest, AuthResponse, ConnectionType,
};
use quorate_codec::qb::errno;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
use tokio::net::UnixStream;
use tokio::time;
use tracing::{debug, instrument};

use crate::address::Address;
use crate::peer::PeerCredentials;
use crate::transport::{ShmTransport, SocketTransport, Transport};
use crate::{ConnectError, ConnectOptions, Connection, ServiceName};

/// How long to wait before a server that is starting is asked again.
const RETRY_AFTER: Duration = Duration::from_millis(20);

#[instrument(level = "debug", skip_all, fields(service = service.as_str()))]
pub(crate) async fn connect(
    options: &ConnectOptions,
    service: &ServiceName,
) -> Result<Connection, ConnectError> {
    let within = options.timeout;
    let mut last = None;
    let attempts = async {
        loop {
            match connect_once(options, service).await {
                Err(error) if is_worth_a_retry(&error) => {
                    debug!(%error, "the server does not let anybody in yet");
                    last = Some(Box::new(error));
                    time::sleep(RETRY_AFTER).await;
                }
                outcome => return outcome,
            }
        }
    };
    let outcome = time::timeout(within, attempts).await;
    outcome.unwrap_or_else(|_elapsed| Err(ConnectError::Timeout { within, source: last }))
}

/// Whether the server is starting or stopping, or its backlog is full.
fn is_worth_a_retry(error: &ConnectError) -> bool {
    match error {
        ConnectError::Refused { source } => source.raw_os_error().is_some_and(errno::is_starting),
        ConnectError::NoServer { source, .. } => source.kind() == io::ErrorKind::WouldBlock,
        _ => false,
    }
}

/// Tries each place where the service may listen.
async fn connect_once(
    options: &ConnectOptions,
    service: &ServiceName,
) -> Result<Connection, ConnectError> {
    let mut worst = None;
    for address in Address::candidates(&options.namespace, service) {
        match connect_to(&address, options, service).await {
            Ok(connection) => return Ok(connection),
            // The first place is the likeliest: what happened there is what to tell, unless
            // somebody listens elsewhere.
            Err(error @ ConnectError::NoServer { .. }) => drop(worst.get_or_insert(error)),
            Err(error @ ConnectError::UntrustedServer { .. }) => worst = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(worst.unwrap_or(ConnectError::Closed))
}

async fn connect_to(
    address: &Address,
    options: &ConnectOptions,
    service: &ServiceName,
) -> Result<Connection, ConnectError> {
    let setup = open_setup_socket(address)?;
    let peer = PeerCredentials::of(&setup)?;
    if !options.server_uids.contains(&peer.uid()) {
        let address = address.to_string();
        return Err(ConnectError::UntrustedServer { address, uid: peer.uid() });
    }
    let accepted = authenticate(&setup, options.max_msg_size).await?;
    // Room is made for one message of that size, so it is not for the server to choose at will.
    if !(options.max_msg_size..=MAX_MSG_SIZE).contains(&accepted.max_msg_size) {
        let (asked, granted) = (options.max_msg_size, accepted.max_msg_size);
        return Err(ConnectError::MessageSize { asked, granted });
    }
    let transport = match accepted.connection_type {
        ConnectionType::Shm => {
            Transport::Shm(ShmTransport::open(&accepted, options, service, &peer)?)
        }
        ConnectionType::Socket => {
            Transport::Socket(SocketTransport::open(&accepted, options, service, &peer)?)
        }
        other => return Err(ConnectError::Transport(other.code())),
    };
    debug!(%address, transport = ?accepted.connection_type, "connected");
    Ok(Connection::new(setup, transport, peer, accepted.max_msg_size))
}

/// Connects the setup socket, which for a unix socket is done at once or not at all.
fn open_setup_socket(address: &Address) -> Result<UnixStream, ConnectError> {
    let to = address.to_socket_addr()?;
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
        .map_err(io::Error::from)?;
    net::connect(&socket, &to).map_err(|errno| match errno {
        Errno::CONNREFUSED | Errno::NOENT | Errno::AGAIN | Errno::NOTDIR => {
            ConnectError::NoServer { address: address.to_string(), source: errno.into() }
        }
        errno => ConnectError::Io(errno.into()),
    })?;
    Ok(UnixStream::from_std(socket.into())?)
}

/// Asks to be let in.
async fn authenticate(setup: &UnixStream, max_msg_size: u32) -> Result<Accepted, ConnectError> {
    // The server takes our credentials from the first bytes. It asks for them when it accepts the
    // connection; asking here too covers a kernel that attaches none before that.
    set_passcred(setup, true)?;
    let mut request = BytesMut::new();
    AuthRequest { max_msg_size }.encode(&mut request);
    write_all(setup, &request).await?;
    let response = read_exactly(setup, AUTH_RESPONSE_LEN).await?;
    set_passcred(setup, false)?;
    match AuthResponse::decode(&response)? {
        AuthResponse::Accepted(accepted) => Ok(accepted),
        AuthResponse::Refused { errno } => {
            Err(ConnectError::Refused { source: io::Error::from_raw_os_error(errno) })
        }
    }
}

fn set_passcred(setup: &UnixStream, on: bool) -> Result<(), ConnectError> {
    Ok(sockopt::set_socket_passcred(setup.as_fd(), on).map_err(io::Error::from)?)
}

pub(crate) async fn write_all(setup: &UnixStream, mut bytes: &[u8]) -> Result<(), ConnectError> {
    while !bytes.is_empty() {
        setup.writable().await?;
        match setup.try_write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(closed_or_io(error)),
        }
    }
    Ok(())
}

pub(crate) async fn read_exactly(setup: &UnixStream, len: usize) -> Result<Vec<u8>, ConnectError> {
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        setup.readable().await?;
        match setup.try_read(rest) {
            Ok(0) => return Err(ConnectError::Closed),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(closed_or_io(error)),
        }
    }
    Ok(bytes)
}

fn closed_or_io(error: io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => ConnectError::Closed,
        _ => ConnectError::Io(error),
    }
}
