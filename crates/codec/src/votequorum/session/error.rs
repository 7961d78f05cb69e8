use crate::DecodeError;
use crate::qb::CsError;
use crate::votequorum::ResponseId;

/// Why a call has no reply.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The daemon refused.
    #[error("the daemon answered {0}")]
    Status(CsError),
    /// The deadline passed.
    #[error("no reply in time")]
    Timeout {
        /// Whether the request had gone out, so that the daemon may still act on it.
        sent: bool,
    },
    /// The connection is over.
    #[error("the connection is closed")]
    Closed,
}

/// A response that does not fit what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// It cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Nothing was asked.
    #[error("a response came that answers no request")]
    NothingOwed,
    /// It answers another kind of request.
    #[error("response {found:?} came where {expected:?} was owed")]
    Unexpected {
        /// What came.
        found: ResponseId,
        /// What was owed.
        expected: ResponseId,
    },
}

/// The connection tracks already.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this connection tracks already; a daemon allows one track per connection")]
pub struct AlreadyTracking;
