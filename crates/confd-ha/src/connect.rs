//! A connection, up to where its kinds part.

use std::time::Duration;

use quorate_codec::confd_ha::access::AccessResponse;
use quorate_codec::confd_ha::handshake::{
    AccessCheck, ClientKind, HandshakeReply, HandshakeRequest, ProtocolVersion,
};
use quorate_codec::confd_ha::session::{Handshake, HandshakeError, Progress};
use tokio::time::timeout;
use tokio_util::codec::Framed;
use tracing::debug;

use crate::options::{BadVersion, Options};
use crate::socket::{self, Socket, is_hangup};
use crate::{Endpoint, Error, ErrorKind};

/// A connection after its handshake.
pub(crate) type Connection = Framed<Socket, Handshake>;

/// Applies the connect timeout to all of connecting, whatever the kind of socket adds to it.
pub(crate) async fn in_time<T>(
    options: &Options,
    connecting: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout(options.connect_timeout, connecting).await {
        Ok(connected) => connected,
        Err(_elapsed) => Err(Error::connect_timeout(&options.endpoint)),
    }
}

/// Connects and shakes hands, twice if the options allow it.
pub(crate) async fn connect(
    options: &Options,
    kind: ClientKind,
) -> Result<(Connection, HandshakeReply), Error> {
    match shake_hands(options, kind, options.protocol).await {
        Err(error)
            if error.kind() == ErrorKind::BadVersion
                && options.bad_version == BadVersion::RetryWithDaemons =>
        {
            let Some(daemon) = error.daemon() else { return Err(error) };
            debug!(protocol = daemon.protocol.0, "retrying with the daemon's version");
            shake_hands(options, kind, daemon.protocol).await
        }
        result => result,
    }
}

async fn shake_hands(
    options: &Options,
    kind: ClientKind,
    protocol: ProtocolVersion,
) -> Result<(Connection, HandshakeReply), Error> {
    let endpoint = &options.endpoint;
    let access = match options.secret {
        Some(_) => AccessCheck::WantChallenge,
        None => AccessCheck::Without,
    };
    let Options { library, sizes, .. } = *options;
    let failed = |error: HandshakeError| match error {
        HandshakeError::Io(error) if is_hangup(&error) => {
            Error::closed_in_handshake(endpoint, options.secret.is_some())
        }
        HandshakeError::Io(error) => Error::connect(endpoint, error),
        HandshakeError::Failed(failure) => Error::handshake(failure, protocol, sizes),
        other => Error::unexpected("the handshake", &other),
    };
    let socket = socket::open(endpoint).await.map_err(|error| Error::connect(endpoint, error))?;
    let mut framed = Framed::new(socket, Handshake::new());
    let request = HandshakeRequest { kind, access, protocol, library, sizes };
    unless_hangup(socket::send(&mut framed, &request).await).map_err(failed)?;
    loop {
        match socket::next(&mut framed).await.transpose().map_err(failed)? {
            Some(Progress::Accepted(reply)) => {
                debug!(%endpoint, daemon = %reply.daemon, protocol = reply.protocol.0, "accepted");
                return Ok((framed, reply));
            }
            Some(Progress::Challenge(challenge)) => {
                if let Some(secret) = &options.secret {
                    let response = AccessResponse(secret.digest(challenge.0));
                    unless_hangup(socket::send(&mut framed, response).await).map_err(failed)?;
                }
            }
            Some(_) => {}
            None => return Err(Error::closed_in_handshake(endpoint, options.secret.is_some())),
        }
    }
}

/// A daemon that closes at once may do so before everything is written; its answer may have arrived
/// all the same.
fn unless_hangup(sent: Result<(), HandshakeError>) -> Result<(), HandshakeError> {
    match sent {
        Err(HandshakeError::Io(error)) if is_hangup(&error) => Ok(()),
        sent => sent,
    }
}

/// Whether a daemon still listens. Nothing is sent, so that no other client is disturbed.
pub(crate) async fn is_alive(endpoint: &Endpoint) -> bool {
    const PATIENCE: Duration = Duration::from_secs(1);
    matches!(timeout(PATIENCE, socket::open(endpoint)).await, Ok(Ok(_)))
}
