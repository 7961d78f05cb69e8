//! One constructor for each way to fail, with what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

use quorate_codec::DecodeError;
use quorate_codec::confd_ha::Refusal;
use quorate_codec::confd_ha::handshake::{HandshakeReply, ProtocolVersion, Sizes};
use quorate_codec::confd_ha::session::{Closed, HandshakeFailure, SessionError};

use super::hints::{hint, is_transient, shorten};
use super::{Error, ErrorKind, Inner, Source};
use crate::Endpoint;

impl Error {
    pub(crate) fn invalid(text: String) -> Self {
        Self::from(Inner::new(ErrorKind::InvalidInput, text))
    }

    pub(crate) fn access_file(path: &Path, why: &str) -> Self {
        let text = format!("the access check's secret file {}: {why}", path.display());
        Self::from(Inner::new(ErrorKind::InvalidInput, text))
    }

    pub(crate) fn connect(endpoint: &Endpoint, error: io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                ": no daemon listens there; start it, or give its address \
                 (ConfD's default port is 4565, NSO's 4569)"
            }
            io::ErrorKind::NotFound => {
                ": there is no such socket; newer NSO listens on a unix socket whose path its \
                 ncs.conf names, all others on TCP"
            }
            io::ErrorKind::PermissionDenied => {
                ": this user may not connect; run as the daemon's user, or open the socket to it"
            }
            _ => "",
        };
        let text = format!("cannot connect to {endpoint}{hint}");
        Self::from(Inner {
            retryable: true,
            source: Some(Source::Io(error)),
            ..Inner::new(ErrorKind::Unavailable, text)
        })
    }

    pub(crate) fn handshake(
        failure: HandshakeFailure,
        ours: ProtocolVersion,
        sizes: Sizes,
    ) -> Self {
        Self::from(match failure {
            HandshakeFailure::BadVersion(reply) => {
                let HandshakeReply { protocol, daemon, .. } = reply;
                let text = format!(
                    "the daemon ({daemon}) speaks protocol version {protocol}, we said {ours}: \
                     set protocol({protocol}), or let the builder retry with the daemon's"
                );
                Inner { daemon: Some(reply), ..Inner::new(ErrorKind::BadVersion, text) }
            }
            HandshakeFailure::BadSizes(reply) => {
                let Sizes { max_depth, max_keys } = reply.sizes;
                let text = format!(
                    "the daemon's data model needs MAXDEPTH {max_depth} and MAXKEYLEN {max_keys}, \
                     we said {} and {}: set sizes to that",
                    sizes.max_depth, sizes.max_keys
                );
                Inner { daemon: Some(reply), ..Inner::new(ErrorKind::BadSizes, text) }
            }
            HandshakeFailure::AccessDenied => Inner::new(
                ErrorKind::AccessDenied,
                "the daemon did not accept the access check's secret: give it the daemon's own \
                 file, and mind a newline at its end"
                    .into(),
            ),
            HandshakeFailure::NotChallenged(byte) => Inner::new(
                ErrorKind::AccessDenied,
                format!(
                    "the daemon answered {byte} in place of an access challenge: it may not check \
                     access, then connect without a secret"
                ),
            ),
            HandshakeFailure::Unavailable => Inner {
                retryable: true,
                ..Inner::new(
                    ErrorKind::Unavailable,
                    "the daemon is not available yet: it is starting, try again".into(),
                )
            },
            HandshakeFailure::Malformed(error) => return Self::protocol(error),
            other => Inner::new(ErrorKind::Protocol, other.to_string()),
        })
    }

    /// The daemon closed the connection before it replied.
    pub(crate) fn closed_in_handshake(endpoint: &Endpoint, with_secret: bool) -> Self {
        let hint = if with_secret {
            "it may not check access, then connect without a secret"
        } else {
            "it may want a secret, then give its access file; or it is stopping"
        };
        let text =
            format!("the daemon at {endpoint} closed the connection without a reply: {hint}");
        Self::from(Inner { retryable: true, ..Inner::new(ErrorKind::Closed, text) })
    }

    pub(crate) fn protocol(error: DecodeError) -> Self {
        let text = "the daemon violated the protocol; the connection is closed";
        Self::from(Inner {
            source: Some(Source::Decode(error)),
            ..Inner::new(ErrorKind::Protocol, text.into())
        })
    }

    pub(crate) fn malformed_notification(error: DecodeError) -> Self {
        let text =
            "malformed notification from the daemon; later notifications are still delivered";
        Self::from(Inner {
            source: Some(Source::Decode(error)),
            ..Inner::new(ErrorKind::Protocol, text.into())
        })
    }

    pub(crate) fn unexpected(what: &str, shown: &dyn fmt::Display) -> Self {
        let shown = shorten(&shown.to_string());
        let text = format!("unexpected answer to {what}: {shown}");
        Self::from(Inner::new(ErrorKind::Protocol, text))
    }

    pub(crate) fn refused(what: &str, refusal: Refusal) -> Self {
        let hint = hint(refusal.code);
        let reason = match &refusal.reason {
            Some(reason) => format!(" ({})", shorten(reason)),
            None => String::new(),
        };
        let text = format!("the daemon refused {what}: {}{reason}{hint}", refusal.code);
        Self::from(Inner {
            retryable: is_transient(refusal.code),
            refusal: Some(refusal),
            ..Inner::new(ErrorKind::Refused, text)
        })
    }

    pub(crate) fn connect_timeout(endpoint: &Endpoint) -> Self {
        let text = format!(
            "no answer from {endpoint} within the connect timeout: the daemon hangs, or \
             something else listens there"
        );
        let inner = Inner::new(ErrorKind::Timeout, text);
        Self::from(Inner { retryable: true, ..inner })
    }

    /// The deadline passed before the order could be sent.
    pub(crate) fn busy() -> Self {
        let text = "another order was in progress on this connection until the deadline; this one \
                    was not sent";
        let inner = Inner::new(ErrorKind::Timeout, text.into());
        Self::from(Inner { retryable: true, ..inner })
    }

    pub(crate) fn order_timeout(what: &str) -> Self {
        let text = format!(
            "no answer to {what} within its timeout; whether it was obeyed is not known, and the \
             connection is closed: call Client::reconnect and ask for the status"
        );
        Self::from(Inner::new(ErrorKind::Timeout, text))
    }

    /// The error of every call after one was given up.
    pub(crate) fn abandoned() -> Self {
        let text = "the HA socket was closed because an earlier order was given up before its \
                    answer arrived: call Client::reconnect";
        Self::from(Inner::new(ErrorKind::Abandoned, text.into()))
    }

    /// The daemon is gone. `sent` says whether an order may have reached it.
    pub(crate) fn closed(sent: Sent, cause: Option<io::Error>) -> Self {
        let text = match sent {
            Sent::Yes => {
                "the daemon closed the connection and is gone; whether it obeyed is not known: \
                 connect again and ask for the status"
            }
            Sent::No => "the daemon closed the connection and is gone: connect again",
        };
        Self::from(Inner {
            retryable: sent == Sent::No,
            source: cause.map(Source::Io),
            ..Inner::new(ErrorKind::Closed, text.into())
        })
    }

    /// The event socket broke.
    pub(crate) fn lost(cause: io::Error) -> Self {
        Self::closed(Sent::No, Some(cause))
    }

    /// The events ended before the awaited one.
    pub(crate) fn events_ended() -> Self {
        Self::session(&Closed::Eof)
    }

    /// The deadline passed while the daemon was still synchronising.
    pub(crate) fn sync_timeout() -> Self {
        let text = "the node did not become secondary within the timeout; the daemon goes on: ask \
                    for the status";
        Self::from(Inner::new(ErrorKind::Timeout, text.into()))
    }

    /// The daemon is there, but does not want this connection any more.
    pub(crate) fn evicted(first_order: bool) -> Self {
        let text = if first_order {
            "the daemon closed the HA socket and is still there, before any order was answered: \
             HA may not be enabled in its configuration, or another controller has taken over"
        } else {
            "the daemon closed the HA socket and is still there: another controller has taken \
             over (a daemon has one HA socket). Settle who is in charge before connecting again"
        };
        Self::from(Inner::new(ErrorKind::Evicted, text.into()))
    }

    /// The end of a session, on the event socket or inside a frame.
    pub(crate) fn session(closed: &Closed) -> Self {
        match closed {
            Closed::Malformed(error) => Self::protocol(error.clone()),
            Closed::Refused(refusal) => Self::refused("the subscription", refusal.clone()),
            Closed::Abandoned => Self::abandoned(),
            Closed::Unsolicited => {
                let text = "the daemon sent an unsolicited answer; the connection is closed because \
                            later answers could not be matched";
                Self::from(Inner::new(ErrorKind::Protocol, text.into()))
            }
            // Between two frames nothing was owed.
            other => Self::from(Inner {
                retryable: *other == Closed::Eof,
                ..Inner::new(ErrorKind::Closed, other.to_string())
            }),
        }
    }

    /// The failure of a session, as its codec reports it.
    pub(crate) fn of_session(error: SessionError, what: &str) -> Self {
        match error {
            SessionError::Io(error) => Self::lost(error),
            SessionError::Closed(closed) => Self::session(&closed),
            SessionError::TooLong(len) => Self::too_long(what, len),
            other => Self::unexpected(what, &other),
        }
    }

    /// The message does not fit a frame.
    pub(crate) fn too_long(what: &str, len: usize) -> Self {
        Self::invalid(format!("{what} takes {len} bytes, more than a frame holds (1 MiB)"))
    }

    /// The same error, now that the client or the stream that returns it is over.
    pub(crate) fn over(self) -> Self {
        Self { over: true, ..self }
    }

    /// The same failure, for the calls after the one that met it: the client is over.
    pub(crate) fn repeated(&self) -> Self {
        let kind = match self.inner.kind {
            ErrorKind::Timeout => return Self::abandoned(),
            ErrorKind::Closed | ErrorKind::Evicted | ErrorKind::Abandoned => self.inner.kind,
            _ => ErrorKind::Closed,
        };
        let text = format!("the connection is already closed ({})", self.inner.text);
        Self::from(Inner { source: Some(Source::Earlier(self.clone())), ..Inner::new(kind, text) })
    }
}

/// Whether an order may have reached the daemon.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sent {
    Yes,
    No,
}
