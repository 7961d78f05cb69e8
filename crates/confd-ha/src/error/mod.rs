mod make;

use std::fmt;
use std::io;
use std::sync::Arc;

use quorate_codec::DecodeError;
use quorate_codec::confd_ha::handshake::HandshakeReply;
use quorate_codec::confd_ha::{ErrorCode, Refusal};

pub(crate) use make::Sent;

/// Why something failed, and what can be done about it.
///
/// The text says both. To act on it, look at [`kind`](Self::kind), or at one of the questions.
#[derive(Clone, Debug)]
pub struct Error(Arc<Inner>);

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nobody can be connected to.
    Connect,
    /// The daemon is not up yet.
    Unavailable,
    /// The daemon speaks another version of the protocol.
    BadVersion,
    /// The daemon's data model needs larger sizes in the handshake.
    BadSizes,
    /// The daemon did not let the client in.
    AccessDenied,
    /// The file with the secret is missing, empty or open to others.
    AccessFile,
    /// The options make no sense.
    Config,
    /// Something did not happen in time.
    Timeout,
    /// An order was given up before its answer came, so that the connection had to be closed.
    Abandoned,
    /// The daemon closed the connection, or is gone.
    Closed,
    /// The daemon closed the connection and is still there: another controller has taken over.
    Evicted,
    /// The daemon refused an order or a subscription; [`Error::status`] says why.
    Refused,
    /// The daemon sent what the protocol does not have.
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
        self.0.kind
    }

    /// Whether something did not happen in time.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether the connection is gone, whoever closed it: the client needs a new one.
    #[doc(alias("CONFD_EOF", "CONFD_ERR_EOF"))]
    pub fn is_closed(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Abandoned | ErrorKind::Closed | ErrorKind::Evicted)
    }

    /// Whether the same again can help after a pause, and cannot do harm.
    ///
    /// It says no where an order may have been obeyed although no answer came, and where another
    /// controller has taken over.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// The daemon's `confd_errno`, if it refused.
    #[doc(alias = "confd_errno")]
    pub fn status(&self) -> Option<ErrorCode> {
        self.0.refusal.as_ref().map(|refusal| refusal.code)
    }

    /// The daemon's own words, if it refused with any.
    #[doc(alias = "confd_lasterr")]
    pub fn reason(&self) -> Option<&str> {
        self.0.refusal.as_ref()?.reason.as_deref()
    }

    /// What the daemon said of itself when it refused the handshake: the protocol version it
    /// speaks, and the sizes it needs.
    pub fn daemon(&self) -> Option<HandshakeReply> {
        self.0.daemon
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.0.source.as_ref()? {
            Source::Io(error) => Some(error),
            Source::Decode(error) => Some(error),
            Source::Earlier(error) => Some(error),
        }
    }
}

impl From<Inner> for Error {
    fn from(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl Inner {
    fn new(kind: ErrorKind, text: String) -> Self {
        Self { kind, text, retryable: false, refusal: None, daemon: None, source: None }
    }
}
