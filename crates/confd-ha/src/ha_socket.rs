//! One HA socket: what happens to it while an order is in flight.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use quorate_codec::confd_ha::handshake::{ClientKind, HandshakeReply};
use quorate_codec::confd_ha::session::{Answered, Closed, HaSession, SessionError};
use quorate_codec::confd_ha::{Answer, Order, token};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;
use tokio_util::codec::Framed;
use tracing::{debug, info};
use zeroize::Zeroizing;

use crate::ErrorKind;
use crate::connect::{connect, in_time, is_alive};
use crate::error::{Error, Sent};
use crate::options::Options;
use crate::socket::{self, Socket, is_hangup};

/// An HA socket, or why there is none any more.
#[derive(Debug)]
pub(crate) struct HaSocket {
    state: Result<Open, Error>,
}

#[derive(Debug)]
struct Open {
    framed: Framed<Socket, HaSession>,
    /// Whether the daemon has answered anything on it.
    answered: bool,
}

impl HaSocket {
    /// Opens one: handshake and token.
    pub(crate) async fn open(options: &Options) -> Result<(Self, HandshakeReply), Error> {
        in_time(options, Self::open_untimed(options)).await
    }

    async fn open_untimed(options: &Options) -> Result<(Self, HandshakeReply), Error> {
        let (mut connection, reply) = connect(options, ClientKind::Ha).await?;
        // Written past the connection's own buffers, which are not wiped.
        let mut frame = Zeroizing::new(Vec::new());
        if let Some(secret) = &options.token {
            frame.reserve_exact(4 + secret.as_bytes().len());
            token::encode(secret.as_bytes(), &mut *frame);
        }
        let failed = |error| Error::connect(&options.endpoint, error);
        connection.get_mut().write_all(&frame).await.map_err(failed)?;
        info!(endpoint = %options.endpoint, "HA socket open");
        let framed = connection.map_codec(|_handshake| HaSession::new());
        Ok((Self { state: Ok(Open { framed, answered: false }) }, reply))
    }

    /// Why it is closed, if it is.
    pub(crate) fn closed(&self) -> Option<&Error> {
        self.state.as_ref().err()
    }

    /// Sends an order and waits for the answer, if it has one.
    ///
    /// If the future is dropped on the way, the socket is closed.
    pub(crate) async fn order(
        &mut self,
        order: &Order,
        name: &'static str,
        deadline: Option<Instant>,
        options: &Options,
    ) -> Result<Option<Answered>, Error> {
        let mut in_flight = match &mut self.state {
            Ok(_) => InFlight { state: &mut self.state, armed: true },
            Err(error) => return Err(error.repeated()),
        };
        let exchange = in_flight.exchange(order);
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
            Err(End::TooLong(len)) => Err(Error::too_long(name, len)),
            Err(end) => {
                let first_order = matches!(&self.state, Ok(open) if !open.answered);
                // Closed before anything else is waited for.
                self.state = Err(Error::abandoned());
                let error = end.into_error(name, first_order, options).await;
                debug!(order = name, %error, "HA socket closed");
                self.state = Err(error.clone());
                if options.reconnect.is_some() { Err(error) } else { Err(error.over()) }
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
    /// The order does not fit a frame; nothing was sent.
    TooLong(usize),
}

impl End {
    fn of(error: SessionError, sent: Sent) -> Self {
        match error {
            SessionError::Io(error) => Self::HungUp(sent, Some(error)),
            SessionError::Closed(closed) => Self::Session(closed),
            SessionError::TooLong(len) => Self::TooLong(len),
            // An order is sent only when the one before was answered.
            _ => Self::Session(Closed::Abandoned),
        }
    }

    /// Tells a daemon that is gone from one that prefers another controller.
    async fn into_error(self, name: &str, first_order: bool, options: &Options) -> Error {
        match self {
            Self::TimedOut => Error::order_timeout(name),
            Self::Session(closed) => Error::session(&closed),
            Self::TooLong(len) => Error::too_long(name, len),
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

/// Closes the socket if it is dropped with an order in flight: the answer would be mistaken for
/// the answer to a later order.
struct InFlight<'a> {
    state: &'a mut Result<Open, Error>,
    armed: bool,
}

impl InFlight<'_> {
    async fn exchange(&mut self, order: &Order) -> Result<Option<Answered>, End> {
        let Ok(Open { framed, answered }) = self.state else {
            return Err(End::Session(Closed::Abandoned));
        };
        // What arrived while nothing was owed: an end, so that the order is certainly not obeyed,
        // or an unsolicited answer.
        let early = poll_fn(|cx| Poll::Ready(Pin::new(&mut *framed).poll_next(cx))).await;
        match early {
            Poll::Pending => {}
            Poll::Ready(None) => return Err(End::HungUp(Sent::No, None)),
            Poll::Ready(Some(Err(error))) => return Err(End::of(error, Sent::No)),
            Poll::Ready(Some(Ok(_))) => return Err(End::Session(Closed::Unsolicited)),
        }
        let failed = |error| End::of(error, Sent::Yes);
        socket::send(framed, order).await.map_err(failed)?;
        if order.answer() == Answer::Nothing {
            return Ok(None);
        }
        match socket::next(framed).await {
            Some(Ok(answer)) => {
                *answered = true;
                Ok(Some(answer))
            }
            None => Err(End::HungUp(Sent::Yes, None)),
            Some(Err(SessionError::Io(error)))
                if is_hangup(&error) && !framed.read_buffer().is_empty() =>
            {
                Err(End::Session(Closed::EofInFrame))
            }
            Some(Err(error)) => Err(failed(error)),
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

/// The deadline of something that starts now.
pub(crate) fn deadline_after(patience: Option<Duration>) -> Option<Instant> {
    // A deadline beyond the range of the clock is none.
    patience.and_then(|patience| Instant::now().checked_add(patience))
}

/// Whether a connection that failed like this may be opened again without asking the caller.
pub(crate) fn may_reopen(error: &Error) -> bool {
    error.kind() == ErrorKind::Closed
}
