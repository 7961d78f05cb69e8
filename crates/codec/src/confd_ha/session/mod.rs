//! The order of messages on a connection, without any I/O.
//!
//! [`Handshake`] comes first on both kinds of socket, then [`HaSession`] or [`EventSession`]. Each is
//! a [`Decoder`](tokio_util::codec::Decoder) of what arrives and an
//! [`Encoder`](tokio_util::codec::Encoder) of what is sent, to be used with
//! [`Framed`](tokio_util::codec::Framed): `Framed::map_codec` leads from the handshake to a session
//! and keeps the bytes that have arrived. Time is an argument.

mod events;
mod ha;
mod handshake;

use std::io;

pub use events::{EventItem, EventSession};
pub use ha::{Answered, HaSession};
pub use handshake::{Handshake, HandshakeError, HandshakeFailure, Progress};

use super::Refusal;
use crate::DecodeError;

/// Why a session is over. It does not come back: a new connection needs a new session.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Closed {
    /// The daemon closed the connection between two frames.
    #[error("the daemon closed the connection")]
    Eof,
    /// The daemon closed the connection inside a frame.
    #[error("the daemon closed the connection inside a frame")]
    EofInFrame,
    /// The caller stopped waiting for an answer before it arrived; with no ids on the wire, that
    /// answer could be mistaken for the answer to a later order.
    #[error("an order was given up before its answer arrived")]
    Abandoned,
    /// The daemon sent something while no answer was owed.
    #[error("the daemon sent an unsolicited answer")]
    Unsolicited,
    /// The daemon refused the subscription.
    #[error("the daemon refused the subscription: {}", .0.code)]
    Refused(Refusal),
    /// The daemon sent a malformed message.
    #[error(transparent)]
    Malformed(DecodeError),
}

/// Why a session cannot decode or encode.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The session is over.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The session is not ready for this message: an answer is owed, or the subscription was made.
    #[error("the session is not ready for this message")]
    NotReady,
    /// The message does not fit a frame; nothing was encoded.
    #[error("a message of {0} bytes exceeds the limit of 1 MiB")]
    TooLong(usize),
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
