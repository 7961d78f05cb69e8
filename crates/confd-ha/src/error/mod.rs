mod constructors;
mod hints;

use std::fmt;
use std::io;
use std::sync::Arc;

use quorate_codec::DecodeError;
use quorate_codec::confd_ha::handshake::HandshakeReply;
use quorate_codec::confd_ha::{ErrorCode, Refusal};

pub(crate) use constructors::Sent;

/// Why something failed, and what can be done about it.
///
/// The text says both. To act on it, match on [`kind`](Self::kind), or use the `is_*` predicates.
#[derive(Clone, Debug)]
pub struct Error {
    inner: Arc<Inner>,
    /// The client or the stream of events that returned it is over.
    over: bool,
}

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no daemon to talk to: none listens, or it is starting.
    Unavailable,
    /// The daemon did not admit the client.
    AccessDenied,
    /// The daemon speaks another version of the protocol.
    BadVersion,
    /// The daemon's data model needs larger sizes in the handshake.
    BadSizes,
    /// An argument or a setting is invalid, or the secret's file is missing, empty or open to
    /// others; nothing was sent.
    InvalidInput,
    /// A deadline passed.
    Timeout,
    /// The connection is over: the daemon closed it, or is gone.
    Closed,
    /// An order was given up before its answer arrived, so that the connection had to be closed.
    Abandoned,
    /// The daemon closed the connection and is still there: another controller has taken over.
    Evicted,
    /// The daemon refused an order or a subscription; [`Error::status`] says why.
    Refused,
    /// The daemon violated the protocol.
    Protocol,
}

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    text: String,
    retryable: bool,
    refusal: Option<Refusal>,
    daemon: Option<HandshakeReply>,
    source: Option<Source>,
}

#[derive(Debug)]
enum Source {
    Io(io::Error),
    Decode(DecodeError),
    Earlier(Error),
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Whether a deadline passed.
    pub fn is_timeout(&self) -> bool {
        self.inner.kind == ErrorKind::Timeout
    }

    /// Whether the connection is over, whichever side closed it: the client needs a new one.
    #[doc(alias("CONFD_EOF", "CONFD_ERR_EOF"))]
    pub fn is_closed(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Abandoned | ErrorKind::Closed | ErrorKind::Evicted)
    }

    /// Whether the same call may succeed after a pause, and cannot do harm.
    ///
    /// False where an order may have been obeyed although no answer arrived, where another
    /// controller has taken over, and once the client is over: when its connection is lost and it
    /// does not [connect again](crate::Builder::reconnect) by itself.
    pub fn is_retryable(&self) -> bool {
        self.inner.retryable && !self.over
    }

    /// The daemon's `confd_errno`, if it refused.
    #[doc(alias = "confd_errno")]
    pub fn status(&self) -> Option<ErrorCode> {
        self.inner.refusal.as_ref().map(|refusal| refusal.code)
    }

    /// The daemon's own words, if it gave any with its refusal.
    #[doc(alias = "confd_lasterr")]
    pub fn reason(&self) -> Option<&str> {
        self.inner.refusal.as_ref()?.reason.as_deref()
    }

    /// The daemon's reply when it refused the handshake: the protocol version it speaks, and the
    /// sizes it needs.
    pub fn daemon(&self) -> Option<HandshakeReply> {
        self.inner.daemon
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.text)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.inner.source.as_ref()? {
            Source::Io(error) => Some(error),
            Source::Decode(error) => Some(error),
            Source::Earlier(error) => Some(error),
        }
    }
}

impl From<Inner> for Error {
    fn from(inner: Inner) -> Self {
        Self { inner: Arc::new(inner), over: false }
    }
}

impl Inner {
    fn new(kind: ErrorKind, text: String) -> Self {
        Self { kind, text, retryable: false, refusal: None, daemon: None, source: None }
    }
}
