use std::io;
use std::path::PathBuf;
use std::time::Duration;

use quorate_codec::DecodeError;

use crate::ring::{PushError, RingError};

/// Why there is no connection.
///
/// Its text has the address and the cause; [`remedy`](Self::remedy) says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The service's name cannot be that of a socket.
    #[error("a service name has 1 to {most} bytes, none of them NUL or '/': {name:?}")]
    ServiceName {
        /// The name.
        name: String,
        /// The most bytes it can have.
        most: usize,
    },
    /// The caller does not run in a tokio runtime.
    #[error("{address}: the caller does not run in a tokio runtime")]
    NoRuntime {
        /// The service's address.
        address: String,
    },
    /// No server listens.
    #[error("no server at {address}: {source}{}", also(elsewhere.as_deref()))]
    Unavailable {
        /// The address where it is most likely to listen.
        address: String,
        /// What the kernel reported.
        source: io::Error,
        /// What is wrong with other places where it may listen, if something is.
        elsewhere: Option<String>,
    },
    /// The kernel does not let this process connect to the server's socket.
    #[error("connecting to {address} is not permitted: {source}")]
    Denied {
        /// The server's address.
        address: String,
        /// What the kernel reported.
        source: io::Error,
    },
    /// The server runs as a user that is not accepted. Nothing was sent.
    #[error("the server at {address} runs as uid {uid}, which is not accepted")]
    Untrusted {
        /// The server's address.
        address: String,
        /// Its uid.
        uid: u32,
    },
    /// The server refused the connection.
    #[error("the server at {address} refused the connection: {source}")]
    Refused {
        /// The server's address.
        address: String,
        /// The server's reason.
        source: io::Error,
    },
    /// The peer closed the connection during the handshake.
    #[error("{address}: the peer closed the connection during the handshake")]
    Closed {
        /// The server's address.
        address: String,
    },
    /// What the peer sent in the handshake could not be decoded.
    #[error("{address}: malformed handshake: {source}")]
    Answer {
        /// The server's address.
        address: String,
        /// What is wrong.
        source: Box<DecodeError>,
    },
    /// The server's libqb is one that this library does not support.
    #[error("the server at {address} is not supported: {problem}")]
    Unsupported {
        /// The server's address.
        address: String,
        /// What is not supported.
        problem: &'static str,
    },
    /// The server offers a transport that is not known.
    #[error("the server at {address} offers transport {code}, which is not known")]
    Transport {
        /// The server's address.
        address: String,
        /// The transport's number.
        code: i32,
    },
    /// The server grants smaller messages than were asked for, or larger ones than any need be.
    #[error("the server at {address} grants messages of {granted} bytes, {asked} were asked for")]
    MessageSize {
        /// The server's address.
        address: String,
        /// The size that was asked for, in bytes.
        asked: u32,
        /// The size that was granted, in bytes.
        granted: u32,
    },
    /// The server names a file that such a server would not name. It was not opened.
    #[error("the server names the file {path:?}: {problem}")]
    Path {
        /// The name.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A file the server names cannot be opened or mapped.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the kernel reported.
        source: io::Error,
    },
    /// A file the server names is not what it should be. It was not used.
    #[error("{}: {problem}", path.display())]
    UnusableFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The server's datagram sockets cannot be connected to.
    #[error("the server's datagram socket {address}: {source}")]
    Datagram {
        /// The address of the server's socket.
        address: String,
        /// What the kernel reported.
        source: io::Error,
    },
    /// The deadline passed.
    #[error("{address}: no connection within {within:?}{}", last(source.as_deref()))]
    Timeout {
        /// The server's address.
        address: String,
        /// The time limit.
        within: Duration,
        /// What the last attempt failed with, if it did.
        source: Option<Box<Self>>,
    },
    /// A server cannot listen at its address.
    #[error("cannot listen at {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// What the kernel reported.
        source: io::Error,
    },
    /// Another operating-system call failed.
    #[error("{address}: {source}")]
    System {
        /// The server's address.
        address: String,
        /// What the kernel reported.
        source: io::Error,
    },
}

fn also(elsewhere: Option<&str>) -> String {
    elsewhere.map_or_else(String::new, |elsewhere| format!(" ({elsewhere})"))
}

fn last(source: Option<&ConnectError>) -> String {
    source.map_or_else(String::new, |source| format!("; the last attempt: {source}"))
}

/// Why a request was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransmitError {
    /// The channel is full, or the server holds requests back. It may be sent later.
    #[error("the server is not accepting requests right now")]
    Busy,
    /// The message can never be sent.
    #[error("a message of {len} bytes is more than this connection carries: {most}")]
    TooLong {
        /// Its length, in bytes.
        len: usize,
        /// The length of the largest, in bytes.
        most: u32,
    },
    /// The connection is unusable.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

impl From<PushError> for TransmitError {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Full => Self::Busy,
            PushError::TooLong { len, most } => Self::TooLong { len, most },
            PushError::Ring(error) => Self::Channel(error.into()),
        }
    }
}

/// Why a connection is unusable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The peer has closed the connection.
    #[error("the peer has closed the connection")]
    Closed,
    /// The peer has broken a ring.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// A datagram is not a message of this connection.
    #[error("a datagram of {len} bytes is not a message of this connection")]
    Datagram {
        /// Its length, in bytes.
        len: usize,
    },
    /// An operating-system call failed.
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for ChannelError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

impl From<rustix::io::Errno> for ChannelError {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}
