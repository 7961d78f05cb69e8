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
use tokio::runtime::Handle;
use tokio::time::{self, Instant};
use tracing::{debug, instrument};

use crate::address::Address;
use crate::failures::Failures;
use crate::peer::PeerCredentials;
use crate::transport::{ShmTransport, SocketTransport, Transport};
use crate::{ConnectError, ConnectOptions, Connection, ServiceName};

/// How long to wait before a server that is starting is asked again.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// A time limit that is as good as none, for those too long to compute with.
const FAR_AWAY: Duration = Duration::from_secs(86400 * 365 * 30);

#[instrument(level = "debug", skip_all, fields(service = service.as_str()))]
pub(crate) async fn connect(
    options: &ConnectOptions,
    service: &ServiceName,
) -> Result<Connection, ConnectError> {
    let (first, others) = Address::candidates(&options.namespace, service);
    if Handle::try_current().is_err() {
        return Err(ConnectError::NoRuntime { address: first.to_string() });
    }
    let now = Instant::now();
    let deadline = now.checked_add(options.timeout).unwrap_or_else(|| now + FAR_AWAY);
    let mut last = None;
    loop {
        let error = match connect_once(&first, &others, options, service, deadline).await {
            Ok(connection) => return Ok(connection),
            Err(ConnectError::Timeout { address, within, .. }) => {
                return Err(ConnectError::Timeout { address, within, source: last });
            }
            Err(error) if is_worth_a_retry(&error) => error,
            Err(error) => return Err(error),
        };
        debug!(%error, "the server accepts no clients yet");
        last = Some(Box::new(error));
        let now = Instant::now();
        if now >= deadline {
            let (address, within) = (first.to_string(), options.timeout);
            return Err(ConnectError::Timeout { address, within, source: last });
        }
        time::sleep_until(deadline.min(now + RETRY_AFTER)).await;
    }
}

/// Whether the server is starting or stopping, or its backlog is full.
fn is_worth_a_retry(error: &ConnectError) -> bool {
    match error {
        ConnectError::Refused { source, .. } => {
            source.raw_os_error().is_some_and(errno::is_starting)
        }
        ConnectError::Unavailable { source, .. } => source.kind() == io::ErrorKind::WouldBlock,
        _ => false,
    }
}

/// Tries each place where the service may listen, until a server that is trusted listens there.
async fn connect_once(
    first: &Address,
    others: &[Address],
    options: &ConnectOptions,
    service: &ServiceName,
    deadline: Instant,
) -> Result<Connection, ConnectError> {
    let mut failures = Failures::default();
    for address in std::iter::once(first).chain(others) {
        match reach(address, options) {
            Ok((setup, peer)) => {
                let address = address.to_string();
                return enter(setup, peer, address, options, service, deadline).await;
            }
            Err(error) => failures.add(error, address.is_fallback(&options.namespace)),
        }
    }
    Err(failures.into_error(first))
}

/// Connects to a server and checks that it is trusted. Nothing is sent.
fn reach(
    address: &Address,
    options: &ConnectOptions,
) -> Result<(UnixStream, PeerCredentials), ConnectError> {
    let setup = open_setup_socket(address)?;
    let address = || address.to_string();
    let peer = PeerCredentials::of(&setup)
        .map_err(|source| ConnectError::System { address: address(), source })?;
    if !options.server_uids.contains(&peer.uid()) {
        return Err(ConnectError::Untrusted { address: address(), uid: peer.uid() });
    }
    Ok((setup, peer))
}

/// Performs the handshake, and opens the channels.
async fn enter(
    setup: UnixStream,
    peer: PeerCredentials,
    address: String,
    options: &ConnectOptions,
    service: &ServiceName,
    deadline: Instant,
) -> Result<Connection, ConnectError> {
    let asking = authenticate(&setup, &address, options.max_msg_size);
    let Ok(accepted) = time::timeout_at(deadline, asking).await else {
        return Err(ConnectError::Timeout { address, within: options.timeout, source: None });
    };
    let accepted = accepted?;
    // Room is made for one message of that size, so it is not for the server to choose at will.
    if !(options.max_msg_size..=MAX_MSG_SIZE).contains(&accepted.max_msg_size) {
        let (asked, granted) = (options.max_msg_size, accepted.max_msg_size);
        return Err(ConnectError::MessageSize { address, asked, granted });
    }
    let transport = match accepted.connection_type {
        ConnectionType::Shm => {
            Transport::Shm(ShmTransport::open(&accepted, options, service, &peer)?)
        }
        ConnectionType::Socket => {
            Transport::Socket(SocketTransport::open(&accepted, options, service, &peer)?)
        }
        other => return Err(ConnectError::Transport { address, code: other.code() }),
    };
    debug!(%address, transport = ?accepted.connection_type, "connected");
    Ok(Connection::new(setup, transport, peer, accepted.max_msg_size))
}

/// Connects the setup socket, which for a unix socket is done at once or not at all.
fn open_setup_socket(place: &Address) -> Result<UnixStream, ConnectError> {
    let to = place.to_socket_addr()?;
    let address = || place.to_string();
    let failed = |source: io::Error| ConnectError::System { address: address(), source };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
        .map_err(|errno| failed(errno.into()))?;
    net::connect(&socket, &to).map_err(|errno| match errno {
        Errno::CONNREFUSED | Errno::NOENT | Errno::AGAIN | Errno::NOTDIR => {
            let source = errno.into();
            ConnectError::Unavailable { address: address(), source, elsewhere: None }
        }
        Errno::ACCESS | Errno::PERM => {
            ConnectError::Denied { address: address(), source: errno.into() }
        }
        errno => failed(errno.into()),
    })?;
    UnixStream::from_std(socket.into()).map_err(failed)
}

/// Asks the server to accept this client.
async fn authenticate(
    setup: &UnixStream,
    address: &str,
    max_msg_size: u32,
) -> Result<Accepted, ConnectError> {
    // The server takes our credentials from the first bytes. It asks for them when it accepts the
    // connection; asking here too covers a kernel that attaches none before that.
    let failed = |error| handshake_failed(address, error);
    set_passcred(setup, true).map_err(failed)?;
    let mut request = BytesMut::new();
    AuthRequest { max_msg_size }.encode(&mut request);
    write_all(setup, &request).await.map_err(failed)?;
    let response = read_exactly(setup, AUTH_RESPONSE_LEN).await.map_err(failed)?;
    set_passcred(setup, false).map_err(failed)?;
    let address = || address.to_owned();
    if is_from_32_bit_server(&response) {
        let problem = "it was built for 32 bits";
        return Err(ConnectError::Unsupported { address: address(), problem });
    }
    match AuthResponse::decode(&response) {
        Ok(AuthResponse::Accepted(accepted)) if !accepted.request.starts_with(b"/") => {
            let problem = "it names no absolute path, as libqb before 1.0.4 does";
            Err(ConnectError::Unsupported { address: address(), problem })
        }
        Ok(AuthResponse::Accepted(accepted)) => Ok(accepted),
        Ok(AuthResponse::Refused { errno }) => {
            let source = io::Error::from_raw_os_error(errno);
            Err(ConnectError::Refused { address: address(), source })
        }
        Err(error) => Err(ConnectError::Answer { address: address(), source: Box::new(error) }),
    }
}

/// Whether an answer is laid out for 32 bits: the address before its paths is half as long there,
/// so that each path starts four bytes sooner. In an answer for 64 bits the first of these places
/// is the upper half of an address, the second the end of a field that no path fills.
fn is_from_32_bit_server(response: &[u8]) -> bool {
    [36, 4132].iter().all(|&at| response.get(at) == Some(&b'/'))
}

fn set_passcred(setup: &UnixStream, on: bool) -> io::Result<()> {
    Ok(sockopt::set_socket_passcred(setup.as_fd(), on)?)
}

pub(crate) async fn write_all(setup: &UnixStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        setup.writable().await?;
        match setup.try_write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

pub(crate) async fn read_exactly(setup: &UnixStream, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        setup.readable().await?;
        match setup.try_read(rest) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// What a failure to read or write on the setup socket means.
pub(crate) fn handshake_failed(address: &str, source: io::Error) -> ConnectError {
    let address = address.to_owned();
    match source.kind() {
        io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::UnexpectedEof => ConnectError::Closed { address },
        _ => ConnectError::System { address, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both layouts of an answer with these paths; see `docs/wire/libqb-ipc.md`.
    #[test]
    fn an_answer_for_32_bits_is_recognised() {
        let accepted = Accepted {
            connection_type: ConnectionType::Shm,
            max_msg_size: 65536,
            request: b"/dev/shm/qb-1-2-3-x/qb-request-v".to_vec(),
            response: b"/dev/shm/qb-1-2-3-x/qb-response-v".to_vec(),
            event: b"/dev/shm/qb-1-2-3-x/qb-event-v".to_vec(),
        };
        let mut bytes = BytesMut::new();
        AuthResponse::Accepted(accepted).encode(&mut bytes);
        assert!(!is_from_32_bit_server(&bytes));
        let mut bytes = bytes.to_vec();
        bytes.drain(32..36);
        bytes.extend([0; 4]);
        assert!(is_from_32_bit_server(&bytes));
        assert!(!is_from_32_bit_server(&[0; AUTH_RESPONSE_LEN]));
        assert!(!is_from_32_bit_server(&[]));
    }
}
