use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use qbipc::{ChannelError, ConnectError};
use quorate_codec::DecodeError;
use quorate_codec::qb::{CsError, errno};
use quorate_codec::votequorum::session::ProtocolError;
use quorate_codec::votequorum::{InvalidName, RequestId};

use crate::{GapReason, remedy};

/// Why there is no connection, or a call failed.
///
/// Its text says what can be done about it.
#[derive(Clone)]
pub struct Error(Arc<Cause>);

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection: nobody listens.
    NoServer,
    /// No connection: the daemon does not let this user in.
    Access,
    /// No connection: who listens is not trusted.
    UntrustedServer,
    /// No connection: the daemon's shared memory cannot be used.
    SharedMemory,
    /// No connection, for another reason.
    Connect,
    /// The daemon answered with an error.
    Status,
    /// The deadline passed.
    Timeout,
    /// The connection is over.
    Closed,
    /// An argument is not valid; nothing was sent.
    InvalidArgument,
    /// The connection tracks already; nothing was sent.
    AlreadyTracking,
    /// The daemon is too old.
    NotSupported,
}

#[derive(Debug)]
enum Cause {
    Connect(ConnectError),
    Status { request: RequestId, status: CsError },
    Timeout { request: RequestId, within: Option<Duration>, sent: bool },
    CloseTimeout(Duration),
    Closed(CloseReason),
    InvalidName(InvalidName),
    InvalidArgument(&'static str),
    AlreadyTracking,
    NotSupported(RequestId),
}

/// Why a connection is over.
#[derive(Clone, Debug)]
pub(crate) enum CloseReason {
    /// We closed it.
    Local,
    /// The task that drove it was dropped, with its runtime.
    DriverGone,
    /// The daemon closed it.
    Server,
    /// The daemon broke the transport.
    Channel(Arc<ChannelError>),
    /// The daemon answered what was not asked.
    Protocol(ProtocolError),
    /// The daemon sent a notification that is none.
    Notification(DecodeError),
    /// The daemon would not track again after the connection was lost.
    TrackRefused(CsError),
    /// There were enough attempts to connect again.
    GaveUp(Arc<ConnectError>),
}

impl CloseReason {
    /// What a track is told of it.
    pub(crate) fn as_gap(&self) -> GapReason {
        match self {
            Self::Server | Self::Local | Self::DriverGone | Self::GaveUp(_) => {
                GapReason::DaemonGone
            }
            Self::Channel(_)
            | Self::Protocol(_)
            | Self::Notification(_)
            | Self::TrackRefused(_) => GapReason::Broken,
        }
    }
}

impl Error {
    pub(crate) fn connect(error: ConnectError) -> Self {
        Self(Arc::new(Cause::Connect(error)))
    }

    pub(crate) fn refused(request: RequestId, status: CsError) -> Self {
        Self(Arc::new(Cause::Status { request, status }))
    }

    pub(crate) fn timeout(request: RequestId, within: Option<Duration>, sent: bool) -> Self {
        Self(Arc::new(Cause::Timeout { request, within, sent }))
    }

    pub(crate) fn close_timeout(within: Duration) -> Self {
        Self(Arc::new(Cause::CloseTimeout(within)))
    }

    pub(crate) fn closed(reason: CloseReason) -> Self {
        Self(Arc::new(Cause::Closed(reason)))
    }

    pub(crate) fn invalid_argument(problem: &'static str) -> Self {
        Self(Arc::new(Cause::InvalidArgument(problem)))
    }

    pub(crate) fn already_tracking() -> Self {
        Self(Arc::new(Cause::AlreadyTracking))
    }

    pub(crate) fn not_supported(request: RequestId) -> Self {
        Self(Arc::new(Cause::NotSupported(request)))
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Cause::Connect(error) => match error {
                ConnectError::Unavailable { .. } => ErrorKind::NoServer,
                ConnectError::Untrusted { .. } => ErrorKind::UntrustedServer,
                ConnectError::Refused { source, .. } if is_access(source) => ErrorKind::Access,
                ConnectError::Denied { .. } => ErrorKind::Access,
                ConnectError::File { .. }
                | ConnectError::UnusableFile { .. }
                | ConnectError::Path { .. } => ErrorKind::SharedMemory,
                ConnectError::Timeout { .. } => ErrorKind::Timeout,
                _ => ErrorKind::Connect,
            },
            Cause::Status { .. } => ErrorKind::Status,
            Cause::Timeout { .. } | Cause::CloseTimeout(_) => ErrorKind::Timeout,
            Cause::Closed(_) => ErrorKind::Closed,
            Cause::InvalidName(_) | Cause::InvalidArgument(_) => ErrorKind::InvalidArgument,
            Cause::AlreadyTracking => ErrorKind::AlreadyTracking,
            Cause::NotSupported(_) => ErrorKind::NotSupported,
        }
    }

    /// Whether a deadline passed.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether the connection is over. A new one may be had.
    pub fn is_closed(&self) -> bool {
        self.kind() == ErrorKind::Closed
    }

    /// Whether the same again may succeed without anything being done about it.
    ///
    /// Not all that may be tried again is safe to repeat: after a timeout or a lost connection the
    /// daemon may have acted on the request.
    pub fn is_retryable(&self) -> bool {
        match &*self.0 {
            Cause::Connect(error) => match error {
                ConnectError::Unavailable { .. } | ConnectError::Closed { .. } => true,
                ConnectError::Timeout { .. } => true,
                ConnectError::Refused { source, .. } => {
                    source.raw_os_error().is_some_and(errno::is_starting)
                }
                _ => false,
            },
            Cause::Status { status, .. } => matches!(
                status,
                CsError::TryAgain | CsError::Busy | CsError::NoResources | CsError::Interrupt
            ),
            Cause::Timeout { .. } => true,
            Cause::Closed(reason) => matches!(reason, CloseReason::Server),
            _ => false,
        }
    }

    /// The daemon's answer, if it gave one.
    pub fn status(&self) -> Option<CsError> {
        match &*self.0 {
            Cause::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The code corosync's own library returns in this case.
    pub fn as_cs_error(&self) -> CsError {
        match &*self.0 {
            Cause::Connect(error) => match error {
                ConnectError::Refused { source, .. } | ConnectError::Denied { source, .. } => {
                    errno::to_cs_error(source.raw_os_error().unwrap_or_default())
                }
                ConnectError::Timeout { .. } => CsError::TryAgain,
                ConnectError::ServiceName { .. } => CsError::InvalidParam,
                _ => CsError::Library,
            },
            Cause::Status { status, .. } => *status,
            Cause::Timeout { .. } | Cause::CloseTimeout(_) => CsError::Timeout,
            Cause::Closed(CloseReason::Local) => CsError::BadHandle,
            Cause::Closed(_) => CsError::Library,
            Cause::InvalidName(_) | Cause::InvalidArgument(_) => CsError::InvalidParam,
            Cause::AlreadyTracking => CsError::Exist,
            Cause::NotSupported(_) => CsError::NotSupported,
        }
    }
}

impl From<InvalidName> for Error {
    fn from(error: InvalidName) -> Self {
        Self(Arc::new(Cause::InvalidName(error)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Cause::Connect(error) => {
                write!(f, "cannot connect to votequorum: {error}")?;
                remedy::for_connect(error).map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
            }
            Cause::Status { request, status } => {
                write!(f, "{}: the daemon answered {status}", name(*request))?;
                remedy::for_status(*request, *status)
                    .map_or(Ok(()), |remedy| write!(f, ": {remedy}"))
            }
            Cause::Timeout { request, within, sent } => {
                write!(f, "{}: no reply", name(*request))?;
                if let Some(within) = within {
                    write!(f, " within {within:?}")?;
                }
                f.write_str(if *sent {
                    "; the daemon is stopped or overloaded, and may still act on the request"
                } else {
                    "; the daemon takes no requests, and this one was not sent"
                })
            }
            Cause::CloseTimeout(within) => write!(
                f,
                "calls were not answered within {within:?} when the connection was closed",
            ),
            Cause::Closed(reason) => reason.fmt(f),
            Cause::InvalidName(error) => error.fmt(f),
            Cause::InvalidArgument(problem) => f.write_str(problem),
            Cause::AlreadyTracking => f.write_str(
                "this connection tracks already; stop that track, or track on another connection",
            ),
            Cause::NotSupported(request) => write!(
                f,
                "{}: this corosync does not have it; it came after 3.1.10",
                name(*request)
            ),
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("the connection was closed"),
            Self::DriverGone => f.write_str(
                "the runtime that drove the connection was shut down; connect again in another",
            ),
            Self::Server => f.write_str("corosync has closed the connection; connect again"),
            Self::Channel(error) => write!(f, "the connection broke: {error}"),
            Self::Protocol(error) => write!(f, "the daemon broke the protocol: {error}"),
            Self::Notification(error) => write!(f, "the daemon broke the protocol: {error}"),
            Self::TrackRefused(status) => {
                write!(f, "the daemon would not track again: it answered {status}")
            }
            Self::GaveUp(error) => write!(f, "corosync is gone, and does not come back: {error}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Error").field(&self.0).finish()
    }
}

impl std::error::Error for Error {}

fn name(request: RequestId) -> &'static str {
    request.name().unwrap_or("request")
}

fn is_access(error: &std::io::Error) -> bool {
    error.raw_os_error().is_some_and(errno::is_access)
}
