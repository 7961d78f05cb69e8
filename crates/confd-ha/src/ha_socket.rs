//! One HA socket: what happens to it while an order is on its way.

use std::io;
use std::time::Duration;

use quorate_codec::confd_ha::handshake::{ClientKind, HandshakeReply};
use quorate_codec::confd_ha::session::{Answered, Closed, HaSession, NotReady};
use quorate_codec::confd_ha::{Answer, Order, token};
use tokio::time::Instant;
use tracing::{debug, info};
use zeroize::Zeroizing;

use crate::ErrorKind;
use crate::connect::{connect, in_time, is_alive};
use crate::error::{Error, Sent};
use crate::options::Options;
use crate::socket::{Socket, is_hangup};

/// An HA socket, or why there is none any more.
#[derive(Debug)]
pub(crate) struct HaSocket {
    state: Result<Open, Error>,
    out: Vec<u8>,
}

#[derive(Debug)]
struct Open {
    socket: Socket,
    session: HaSession,
    /// Whether the daemon has answered anything on it.
    answered: bool,
}

impl HaSocket {
    /// Opens one: handshake and token.
    pub(crate) async fn open(options: &Options) -> Result<(Self, HandshakeReply), Error> {
        in_time(options, Self::open_some_time(options)).await
    }

    async fn open_some_time(options: &Options) -> Result<(Self, HandshakeReply), Error> {
        let (socket, reply) = connect(options, ClientKind::Ha).await?;
        let mut frame = Zeroizing::new(Vec::new());
        if let Some(secret) = &options.token {
            frame.reserve_exact(4 + secret.as_bytes().len());
            token::encode(secret.as_bytes(), &mut frame);
        }
        let failed = |error| Error::connect(&options.endpoint, error);
        socket.write_all(&frame).await.map_err(failed)?;
        info!(endpoint = %options.endpoint, "HA socket open");
        let open = Open { socket, session: HaSession::new(), answered: false };
        Ok((Self { state: Ok(open), out: Vec::new() }, reply))
    }

    /// Why it is closed, if it is.
    pub(crate) fn closed(&self) -> Option<&Error> {
        self.state.as_ref().err()
    }

    /// Gives an order and waits for the answer, if there is to be one.
    ///
    /// If the future is dropped on the way, the socket is closed.
    pub(crate) async fn order(
        &mut self,
        order: &Order,
        name: &'static str,
        deadline: Option<Instant>,
        options: &Options,
    ) -> Result<Option<Answered>, Error> {
        let out = &mut self.out;
        let mut in_flight = match &mut self.state {
            Ok(_) => InFlight { state: &mut self.state, armed: true },
            Err(error) => return Err(error.still()),
        };
        let exchange = in_flight.exchange(order, out);
        let ended = match deadline {
            None => exchange.await,
            Some(deadline) => match tokio::time::timeout_at(deadline, exchange).await {
                Ok(ended) => ended,
                Err(_elapsed) => Err(End::TimedOut),
            },
        };
        in_flight.armed = false;
        drop(in_flight);
        match ended {
            Ok(answered) => Ok(answered),
            Err(end) => {
                let first_order = matches!(&self.state, Ok(open) if !open.answered);
                // Closed before anything else is waited for.
                self.state = Err(Error::abandoned());
                let error = end.into_error(name, first_order, options).await;
                debug!(order = name, %error, "HA socket closed");
                self.state = Err(error.clone());
                Err(error)
            }
        }
    }
}

/// Why an exchange ended without an answer.
enum End {
    TimedOut,
    /// The daemon closed the connection.
    HungUp(Sent, Option<io::Error>),
    Session(Closed),
}

impl End {
    /// Tells a daemon that is gone from one that prefers another controller.
    async fn into_error(self, name: &str, first_order: bool, options: &Options) -> Error {
        match self {
            Self::TimedOut => Error::order_timeout(name),
            Self::Session(closed) => Error::session(&closed),
            Self::HungUp(sent, cause) => {
                if is_alive(&options.endpoint).await {
                    Error::evicted(first_order)
                } else {
                    Error::closed(sent, cause)
                }
            }
        }
    }
}

/// Closes the socket if it is dropped with an order on its way: the answer would be taken for that
/// to a later order.
struct InFlight<'a> {
    state: &'a mut Result<Open, Error>,
    armed: bool,
}

impl InFlight<'_> {
    async fn exchange(
        &mut self,
        order: &Order,
        out: &mut Vec<u8>,
    ) -> Result<Option<Answered>, End> {
        let Ok(Open { socket, session, answered }) = self.state else {
            return Err(End::Session(Closed::Abandoned));
        };
        // What arrived while nothing was owed: an end, so that the order is certainly not obeyed,
        // or an answer to nothing.
        match socket.try_read(session.space()) {
            Ok(0) => return Err(End::HungUp(Sent::No, None)),
            Ok(read) => session.advance(read),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(End::HungUp(Sent::No, Some(error))),
        }
        out.clear();
        let answer = session.order(order, None, out).map_err(|not_ready| match not_ready {
            NotReady::Closed(closed) => End::Session(closed),
            _ => End::Session(Closed::Abandoned),
        })?;
        let hung_up = |error| End::HungUp(Sent::Yes, Some(error));
        socket.write_all(out).await.map_err(hung_up)?;
        if answer == Answer::Nothing {
            return Ok(None);
        }
        let now = std::time::Instant::now();
        loop {
            let read = match socket.read(session.space()).await {
                Err(error) if is_hangup(&error) => 0,
                read => read.map_err(hung_up)?,
            };
            if read == 0 {
                return Err(match session.eof() {
                    Closed::Eof => End::HungUp(Sent::Yes, None),
                    closed => End::Session(closed),
                });
            }
            session.advance(read);
            if let Some(answer) = session.poll(now).map_err(End::Session)? {
                *answered = true;
                return Ok(Some(answer));
            }
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if self.armed {
            *self.state = Err(Error::abandoned());
        }
    }
}

/// When something that starts now has to be done.
pub(crate) fn deadline_after(patience: Option<Duration>) -> Option<Instant> {
    // One so far off that it cannot be told is none.
    patience.and_then(|patience| Instant::now().checked_add(patience))
}

/// Whether a connection that failed like this may be opened again without asking anybody.
pub(crate) fn may_reopen(error: &Error) -> bool {
    error.kind() == ErrorKind::Closed
}
