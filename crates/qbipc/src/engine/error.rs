use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quorate_codec::qb::service::Service;
use quorate_codec::qb::{CsError, errno};
use tokio::runtime::TryCurrentError;

use super::lifecycle::CloseReason;
use crate::ConnectError;

/// Why there is no connection, or a call failed.
///
/// Its text says what can be done about it. [`kind`](Self::kind) is what to match on.
#[derive(Clone)]
pub struct Error(Arc<Cause>);

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection: no daemon listens, or it is starting or stopping.
    Unavailable,
    /// No connection: the daemon or the system refuses this user.
    AccessDenied,
    /// No connection: the process that listens runs as a user that is not accepted.
    Untrusted,
    /// No connection: the daemon's shared memory cannot be used.
    SharedMemory,
    /// No connection: the system does not let us, for another reason.
    System,
    /// The daemon answered with an error: see [`Error::status`].
    Refused,
    /// The deadline passed.
    Timeout,
    /// The connection was lost during the call, and the client connects again.
    Lost,
    /// The client is over.
    Closed,
    /// The reader was too slow for a service where nothing may be missed.
    Overflowed,
    /// An argument is not valid; nothing was sent.
    InvalidInput,
    /// The daemon's version does not have this.
    NotSupported,
    /// The daemon sent what the protocol does not allow.
    Protocol,
}

#[derive(Debug)]
enum Cause {
    Connect { service: &'static str, error: Arc<ConnectError> },
    NoRuntime(TryCurrentError),
    Refused { request: &'static str, status: CsError, remedy: Option<&'static str> },
    Timeout { request: &'static str, within: Option<Duration>, sent: bool, over: bool },
    CloseTimeout(Option<Duration>),
    Lost { request: &'static str, sent: bool, reason: CloseReason },
    Closed { service: &'static str, reason: CloseReason },
    Overflowed,
    TooLarge { request: &'static str },
    InvalidInput(Box<dyn std::error::Error + Send + Sync>),
    NotSupported { request: &'static str, since: &'static str },
    UnexpectedReply { request: &'static str },
}

/// For crates that make a client of one service.
impl Error {
    /// An argument is not valid; nothing was sent.
    pub fn invalid_input(problem: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Cause::InvalidInput(problem.into()))
    }

    /// The daemon's version does not have a request; `since` says which version does.
    pub fn not_supported(request: &'static str, since: &'static str) -> Self {
        Self::new(Cause::NotSupported { request, since })
    }

    /// The reply is not one that the request can have.
    pub fn unexpected_reply(request: &'static str) -> Self {
        Self::new(Cause::UnexpectedReply { request })
    }
}

impl Error {
    fn new(cause: Cause) -> Self {
        Self(Arc::new(cause))
    }

    pub(super) fn connect<S: Service>(error: Arc<ConnectError>) -> Self {
        Self::new(Cause::Connect { service: S::NAME, error })
    }

    pub(super) fn no_runtime(error: TryCurrentError) -> Self {
        Self::new(Cause::NoRuntime(error))
    }

    pub(super) fn refused<S: Service>(request: &'static str, status: CsError) -> Self {
        Self::new(Cause::Refused { request, status, remedy: S::remedy(request, status) })
    }

    /// `over` says whether the client is over.
    pub(super) fn timeout(
        request: &'static str,
        within: Option<Duration>,
        sent: bool,
        over: bool,
    ) -> Self {
        Self::new(Cause::Timeout { request, within, sent, over })
    }

    pub(super) fn close_timeout(within: Option<Duration>) -> Self {
        Self::new(Cause::CloseTimeout(within))
    }

    pub(super) fn lost(request: &'static str, sent: bool, reason: CloseReason) -> Self {
        Self::new(Cause::Lost { request, sent, reason })
    }

    pub(super) fn closed<S: Service>(reason: CloseReason) -> Self {
        Self::new(Cause::Closed { service: S::NAME, reason })
    }

    pub(super) fn overflowed() -> Self {
        Self::new(Cause::Overflowed)
    }

    pub(super) fn too_large(request: &'static str) -> Self {
        Self::new(Cause::TooLarge { request })
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Cause::Connect { error, .. } => connect_kind(error),
            Cause::NoRuntime(_) => ErrorKind::Unavailable,
            Cause::Refused { .. } => ErrorKind::Refused,
            Cause::Timeout { .. } | Cause::CloseTimeout(_) => ErrorKind::Timeout,
            Cause::Lost { .. } => ErrorKind::Lost,
            Cause::Closed { .. } => ErrorKind::Closed,
            Cause::Overflowed => ErrorKind::Overflowed,
            Cause::TooLarge { .. } | Cause::InvalidInput(_) => ErrorKind::InvalidInput,
            Cause::NotSupported { .. } => ErrorKind::NotSupported,
            Cause::UnexpectedReply { .. } => ErrorKind::Protocol,
        }
    }

    /// Whether a deadline passed.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether the client is over.
    pub fn is_closed(&self) -> bool {
        self.kind() == ErrorKind::Closed
    }

    /// Whether the same call on the same client may succeed later without anything being done about
    /// it; for an error of `connect`, whether connecting may.
    ///
    /// Never once the client is over: connect a new one. Not all that can be tried again is safe to
    /// repeat: after [`Timeout`](ErrorKind::Timeout) or [`Lost`](ErrorKind::Lost) the daemon may have
    /// acted on the request.
    pub fn is_retryable(&self) -> bool {
        match &*self.0 {
            Cause::Connect { error, .. } => is_retryable(error),
            Cause::Refused { status, .. } => matches!(
                status,
                CsError::TryAgain | CsError::Busy | CsError::NoResources | CsError::Interrupt
            ),
            Cause::Timeout { over, .. } => !over,
            Cause::Lost { .. } => true,
            _ => false,
        }
    }

    /// The error the daemon answered with, if it did.
    pub fn status(&self) -> Option<CsError> {
        match &*self.0 {
            Cause::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The code corosync's C libraries return in this case.
    pub fn as_cs_error(&self) -> CsError {
        match &*self.0 {
            Cause::Connect { error, .. } => match &**error {
                ConnectError::Refused { source, .. } => {
                    errno::to_cs_error(source.raw_os_error().unwrap_or_default())
                }
                ConnectError::Timeout { .. } => CsError::TryAgain,
                ConnectError::ServiceName { .. } => CsError::InvalidParam,
                _ => CsError::Library,
            },
            Cause::Refused { status, .. } => *status,
            Cause::Timeout { .. } | Cause::CloseTimeout(_) => CsError::Timeout,
            Cause::Closed { reason: CloseReason::Local, .. } => CsError::BadHandle,
            Cause::InvalidInput(_) => CsError::InvalidParam,
            Cause::TooLarge { .. } => CsError::TooBig,
            Cause::NotSupported { .. } => CsError::NotSupported,
            Cause::NoRuntime(_)
            | Cause::Lost { .. }
            | Cause::Closed { .. }
            | Cause::Overflowed
            | Cause::UnexpectedReply { .. } => CsError::Library,
        }
    }
}

fn connect_kind(error: &ConnectError) -> ErrorKind {
    match error {
        ConnectError::NoRuntime { .. }
        | ConnectError::Unavailable { .. }
        | ConnectError::Closed { .. } => ErrorKind::Unavailable,
        ConnectError::Denied { .. } => ErrorKind::AccessDenied,
        ConnectError::Untrusted { .. } => ErrorKind::Untrusted,
        ConnectError::Refused { source, .. } => match source.raw_os_error() {
            Some(number) if errno::is_access(number) => ErrorKind::AccessDenied,
            Some(number) if errno::is_starting(number) => ErrorKind::Unavailable,
            _ => ErrorKind::System,
        },
        ConnectError::File { .. }
        | ConnectError::UnusableFile { .. }
        | ConnectError::Path { .. } => ErrorKind::SharedMemory,
        ConnectError::Timeout { .. } => ErrorKind::Timeout,
        ConnectError::ServiceName { .. } => ErrorKind::InvalidInput,
        ConnectError::Unsupported { .. } => ErrorKind::NotSupported,
        ConnectError::Answer { .. }
        | ConnectError::Transport { .. }
        | ConnectError::MessageSize { .. } => ErrorKind::Protocol,
        ConnectError::Datagram { .. }
        | ConnectError::Listen { .. }
        | ConnectError::System { .. } => ErrorKind::System,
    }
}

/// Whether connecting may succeed later without anything being done about it.
pub(super) fn is_retryable(error: &ConnectError) -> bool {
    match error {
        ConnectError::Unavailable { .. }
        | ConnectError::Closed { .. }
        | ConnectError::Timeout { .. } => true,
        ConnectError::Refused { source, .. } => {
            source.raw_os_error().is_some_and(errno::is_starting)
        }
        _ => false,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Cause::Connect { service, error } => {
                write!(f, "cannot connect to {service}: {error}")?;
                error.remedy().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
            }
            Cause::NoRuntime(_) => {
                f.write_str("connecting takes a tokio runtime; call it from within one")
            }
            Cause::Refused { request, status, remedy } => {
                write!(f, "{request}: the daemon answered {status}")?;
                remedy.map_or(Ok(()), |remedy| write!(f, ": {remedy}"))
            }
            Cause::Timeout { request, within, sent, .. } => {
                write!(f, "{request}: no reply")?;
                within.map_or(Ok(()), |within| write!(f, " within {within:?}"))?;
                f.write_str(if *sent {
                    "; the daemon is stopped or overloaded, and may still act on the request"
                } else {
                    "; the daemon takes no requests, and this one was not sent"
                })
            }
            Cause::CloseTimeout(within) => {
                write!(f, "calls were still not answered")?;
                within.map_or(Ok(()), |within| write!(f, " within {within:?}"))?;
                f.write_str(" when the client was closed")
            }
            Cause::Lost { request, sent, reason } => {
                write!(f, "{request}: the connection was lost ({reason}); ")?;
                f.write_str(if *sent {
                    "the daemon may have acted on the request"
                } else {
                    "the request was not sent"
                })
            }
            Cause::Closed { service, reason } => write!(f, "{service}: {reason}"),
            Cause::Overflowed => f.write_str(
                "the reader was too slow and has missed events; read faster, or raise \
                 `event_capacity`",
            ),
            Cause::TooLarge { request } => {
                write!(f, "{request}: it, or its reply, is larger than this connection carries")
            }
            Cause::InvalidInput(problem) => problem.fmt(f),
            Cause::NotSupported { request, since } => {
                write!(f, "{request}: this daemon does not have it; {since}")
            }
            Cause::UnexpectedReply { request } => {
                write!(f, "{request}: the daemon's reply is not one this request has")
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Error").field(&self.0).finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Cause::Connect { error, .. } => Some(&**error),
            Cause::NoRuntime(error) => Some(error),
            Cause::Closed { reason, .. } | Cause::Lost { reason, .. } => reason.source(),
            Cause::InvalidInput(problem) => problem.source(),
            _ => None,
        }
    }
}
