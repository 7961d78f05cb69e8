use std::io;
use std::path::PathBuf;
use std::time::Duration;

use quorate_codec::DecodeError;

use crate::ring::{PushError, RingError};

/// Why there is no connection.
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
    /// Nobody listens.
    #[error("nobody listens at {address}")]
    NoServer {
        /// Where.
        address: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// Who listens is not who was expected. Nothing was sent.
    #[error("the server at {address} runs as uid {uid}, which is not accepted")]
    UntrustedServer {
        /// Where.
        address: String,
        /// Its uid.
        uid: u32,
    },
    /// The server does not let us in.
    #[error("the server refused the connection: {source}")]
    Refused {
        /// The server's reason.
        source: io::Error,
    },
    /// The server closed the connection during the handshake.
    #[error("the server closed the connection during the handshake")]
    Closed,
    /// The server's answer is not one.
    #[error("the server's answer cannot be used")]
    Answer(#[from] DecodeError),
    /// The server offers a transport that is not known.
    #[error("the server offers transport {0}, which is not known")]
    Transport(i32),
    /// The server grants smaller messages than were asked for, or larger ones than any need be.
    #[error("the server grants messages of {granted} bytes, {asked} were asked for")]
    MessageSize {
        /// What was asked for.
        asked: u32,
        /// What was granted.
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
    /// A file the server names is not there, or may not be opened.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
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
    /// The deadline passed.
    #[error("no connection within {within:?}")]
    Timeout {
        /// How long was tried.
        within: Duration,
        /// What the last attempt failed with, if it did.
        source: Option<Box<Self>>,
    },
    /// The system does not let us.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Why a request was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransmitError {
    /// The channel is full, or the server holds requests back. Later it may go.
    #[error("the server takes no requests now")]
    Busy,
    /// It never goes.
    #[error("a request of {len} bytes is more than this connection carries: {most}")]
    TooLong {
        /// Its length.
        len: usize,
        /// The most that can be.
        most: u32,
    },
    /// The connection is of no more use.
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

/// Why a connection is of no more use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The other side is gone.
    #[error("the other side has closed the connection")]
    Closed,
    /// The other side has broken a ring.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// A datagram is not one message.
    #[error("a datagram of {len} bytes is no message of this connection")]
    Datagram {
        /// Its length.
        len: usize,
    },
    /// The system does not let us.
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
