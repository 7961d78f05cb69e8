//! The order of messages on a connection, without any I/O.
//!
//! [`Handshake`] comes first on both kinds of socket, then [`HaSession`] or [`EventSession`]. Bytes
//! that arrive go in, bytes to send come out; time is an argument. Whoever drives a session reads
//! the clock and the socket for it.

mod events;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzz;
mod ha;
mod handshake;

pub use events::{EventItem, EventSession};
pub use ha::{Answered, HaSession, NotReady};
pub use handshake::{Handshake, HandshakeFailure, Progress};

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
    /// Whoever waited for an answer went away before it came; with no ids on the wire, the answer
    /// could not be told from that to a later order.
    #[error("an order was given up before its answer came")]
    Abandoned,
    /// An answer did not come in time.
    #[error("the answer to an order did not come in time")]
    TimedOut,
    /// The daemon sent something that nobody had asked for.
    #[error("the daemon sent an answer to no order")]
    Unsolicited,
    /// The daemon refused the subscription.
    #[error("the daemon refused the subscription: {}", .0.code)]
    Refused(Refusal),
    /// The daemon sent what is no message.
    #[error(transparent)]
    Malformed(DecodeError),
}
