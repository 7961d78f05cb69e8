use std::fmt;
use std::sync::Arc;

use quorate_codec::qb::session::{LossReason, ProtocolError};

use crate::{ChannelError, ConnectError};

/// Why a client is over, or a connection was lost.
#[derive(Clone, Debug)]
pub(crate) enum CloseReason {
    /// It was closed here.
    Local,
    /// The task that drove it was dropped, with its runtime.
    DriverGone,
    /// The daemon closed the connection.
    Server,
    /// The daemon broke the transport.
    Channel(Arc<ChannelError>),
    /// The daemon broke the protocol.
    Protocol(ProtocolError),
    /// There is no connection, and no further attempt is to be made.
    NoConnection(Arc<ConnectError>),
}

/// What a client that is to be closed waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WaitFor {
    /// The replies to all calls under way.
    AllCalls,
    /// A late reply: until it came, the daemon holds a pointer to the connection.
    LateReply,
}

/// Where a client is in its life.
#[derive(Clone, Debug, Default)]
pub(super) enum Phase {
    /// There is no connection, and one is being made.
    #[default]
    Connecting,
    Up,
    /// No more calls are let in.
    Draining(WaitFor),
    Closed(CloseReason),
}

/// The phase, and every step from one to the next.
///
/// ```text
/// Connecting ⇄ Up ──► Draining ──► Closed      any ──► Closed
/// ```
#[derive(Debug)]
pub(super) struct Lifecycle {
    phase: Phase,
    reconnects: bool,
    /// Why the last connection was lost.
    loss: Option<CloseReason>,
}

impl Lifecycle {
    pub(super) fn new(reconnects: bool) -> Self {
        Self { phase: Phase::default(), reconnects, loss: None }
    }

    pub(super) fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Why the client is over, if it is.
    pub(super) fn reason(&self) -> Option<&CloseReason> {
        match &self.phase {
            Phase::Closed(reason) => Some(reason),
            _ => None,
        }
    }

    /// Why the last connection was lost, or the client is over.
    pub(super) fn last_reason(&self) -> CloseReason {
        self.reason().or(self.loss.as_ref()).cloned().unwrap_or(CloseReason::Local)
    }

    /// Lets a call in, or says why not.
    pub(super) fn admit(&self) -> Result<(), CloseReason> {
        match &self.phase {
            Phase::Connecting | Phase::Up => Ok(()),
            Phase::Draining(_) => Err(CloseReason::Local),
            Phase::Closed(reason) => Err(reason.clone()),
        }
    }

    pub(super) fn is_connecting(&self) -> bool {
        matches!(self.phase, Phase::Connecting)
    }

    /// There is a connection. Returns `false` if the client was closed while it was being made.
    #[must_use]
    pub(super) fn connected(&mut self) -> bool {
        let wanted = self.is_connecting();
        if wanted {
            self.phase = Phase::Up;
        }
        wanted
    }

    /// The connection is lost. Returns whether another is to be made; otherwise the client is over.
    #[must_use]
    pub(super) fn lost(&mut self, reason: &CloseReason) -> bool {
        let again = self.reconnects && matches!(self.phase, Phase::Up | Phase::Connecting);
        if again {
            self.phase = Phase::Connecting;
            self.loss = Some(reason.clone());
        }
        again
    }

    pub(super) fn drain(&mut self, wait_for: WaitFor) {
        if !matches!(self.phase, Phase::Closed(_)) {
            self.phase = Phase::Draining(wait_for);
        }
    }

    /// The client is over. Returns `false` if it was before: the first reason counts.
    #[must_use]
    pub(super) fn close(&mut self, reason: CloseReason) -> bool {
        let first = !matches!(self.phase, Phase::Closed(_));
        if first {
            self.phase = Phase::Closed(reason);
        }
        first
    }
}

impl CloseReason {
    /// The error behind it.
    pub(super) fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Channel(error) => Some(&**error),
            Self::Protocol(error) => Some(error),
            Self::NoConnection(error) => Some(&**error),
            Self::Local | Self::DriverGone | Self::Server => None,
        }
    }

    /// Whether the daemon closed the connection, so that its files are ours to remove.
    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::Server)
    }

    /// What readers are told of it.
    pub(super) fn as_loss(&self) -> LossReason {
        match self {
            Self::Channel(_) | Self::Protocol(_) => LossReason::Protocol,
            _ => LossReason::Disconnected,
        }
    }
}

impl From<ChannelError> for CloseReason {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Closed => Self::Server,
            error => Self::Channel(Arc::new(error)),
        }
    }
}

impl<E: Into<ProtocolError>> From<E> for CloseReason {
    fn from(error: E) -> Self {
        Self::Protocol(error.into())
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("the client was closed"),
            Self::DriverGone => f.write_str(
                "the runtime that drove the connection was shut down; connect again in another one",
            ),
            Self::Server => f.write_str("the daemon closed the connection; connect again"),
            Self::Channel(error) => write!(f, "the connection is unusable: {error}"),
            Self::Protocol(error) => write!(f, "the daemon broke the protocol: {error}"),
            Self::NoConnection(error) => write!(f, "no connection: {error}"),
        }
    }
}
