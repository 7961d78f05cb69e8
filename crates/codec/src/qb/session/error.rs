use crate::DecodeError;
use crate::qb::CsError;

/// Why a call failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CallError {
    /// The daemon answered with an error.
    Status(CsError),
    /// The deadline passed.
    Timeout {
        /// Whether the request was sent, so that the daemon may still act on it.
        sent: bool,
    },
    /// The connection was lost, and there may be another.
    Lost {
        /// Whether the request was sent, so that the daemon may have acted on it.
        sent: bool,
    },
    /// No message of this size, or no reply of its size, fits this connection. Nothing was sent.
    TooLarge,
    /// The client is closed.
    Closed,
}

/// What the daemon sent is not what the protocol allows. The connection is unusable.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A message is malformed.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A response came though none was owed.
    #[error("response {found} answers no request")]
    NothingOwed {
        /// Its id.
        found: i32,
    },
    /// Another response came than the one that was owed.
    #[error("response {found} came where {expected} was owed")]
    Unexpected {
        /// Its id.
        found: i32,
        /// The id that was owed.
        expected: i32,
    },
    /// A response is longer than any of its kind.
    #[error("response {id} has {len} bytes, at most {most} are possible")]
    TooLong {
        /// Its id.
        id: i32,
        /// Its length in bytes.
        len: usize,
        /// The most bytes it can have.
        most: u32,
    },
}

/// Why a connection was lost.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum LossReason {
    /// The daemon closed it: it exited, died, or was restarted.
    Disconnected,
    /// The daemon broke the protocol.
    Protocol,
}
