//! A connection, up to where its kinds part.

use std::io;
use std::time::Duration;

use quorate_codec::confd_ha::handshake::{
    AccessCheck, ClientKind, HandshakeReply, HandshakeRequest, ProtocolVersion,
};
use quorate_codec::confd_ha::session::{Handshake, HandshakeFailure, Progress};
use tokio::time::timeout;
use tracing::debug;

use crate::options::{BadVersion, Options};
use crate::socket::Socket;
use crate::{Endpoint, Error, ErrorKind};

/// Holds all of connecting, whatever the kind of socket adds to it, to the one deadline.
pub(crate) async fn in_time<T>(
    options: &Options,
    connecting: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout(options.connect_deadline, connecting).await {
        Ok(connected) => connected,
        Err(_elapsed) => Err(Error::connect_timeout(&options.endpoint)),
    }
}

/// Connects and shakes hands, twice if the options allow it.
pub(crate) async fn connect(
    options: &Options,
    kind: ClientKind,
) -> Result<(Socket, HandshakeReply), Error> {
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
) -> Result<(Socket, HandshakeReply), Error> {
    let endpoint = &options.endpoint;
    let failed = |error| Error::connect(endpoint, error);
    let mut socket = Socket::connect(endpoint).await.map_err(failed)?;
    let access = match options.secret {
        Some(_) => AccessCheck::WantChallenge,
        None => AccessCheck::Without,
    };
    let Options { library, sizes, .. } = *options;
    let request = HandshakeRequest { kind, access, protocol, library, sizes };
    let mut handshake = Handshake::new(&request);
    let mut out = Vec::with_capacity(17);
    request.encode(&mut out);
    let refused = |failure: HandshakeFailure| Error::handshake(failure, protocol, sizes);
    loop {
        if !out.is_empty() {
            // A daemon that closes at once may do so before everything is written; its answer may
            // be there all the same.
            match socket.write_all(&out).await {
                Err(error) if !crate::socket::is_hangup(&error) => return Err(failed(error)),
                _ => out.clear(),
            }
        }
        let mut bytes = [0; 17];
        let space = bytes.get_mut(..handshake.wanted()).unwrap_or_default();
        let read = match socket.read(space).await {
            Err(error) if crate::socket::is_hangup(&error) => 0,
            read => read.map_err(failed)?,
        };
        if read == 0 {
            return Err(Error::closed_in_handshake(endpoint, options.secret.is_some()));
        }
        match handshake.receive(bytes.get(..read).unwrap_or_default()).map_err(refused)? {
            Progress::Accepted(reply) => {
                debug!(%endpoint, daemon = %reply.daemon, protocol = reply.protocol.0, "accepted");
                return Ok((socket, reply));
            }
            Progress::Challenge(challenge) => {
                if let Some(secret) = &options.secret {
                    handshake.answer(secret.digest(challenge.0), &mut out);
                }
            }
            _ => {}
        }
    }
}

/// Whether a daemon still listens: nothing is said, so that nobody is disturbed.
pub(crate) async fn is_alive(endpoint: &Endpoint) -> bool {
    const PATIENCE: Duration = Duration::from_secs(1);
    let probe: Result<io::Result<Socket>, _> = timeout(PATIENCE, Socket::connect(endpoint)).await;
    matches!(probe, Ok(Ok(_)))
}
