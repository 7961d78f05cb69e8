use std::sync::Arc;
use std::time::Duration;

use quorate_codec::confd_ha::handshake::HandshakeReply;
use quorate_codec::confd_ha::session::Answered;
use quorate_codec::confd_ha::{
    BePrimary, BeSecondary, Node, NodeId, Order, Reply, SecondaryDead, Status, StatusReply, Wait,
};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, debug_span};

use crate::Error;
use crate::builder::Builder;
use crate::events::EventsBuilder;
use crate::ha_socket::{HaSocket, deadline_after, may_reopen};
use crate::options::Options;
use crate::reconnect::keep_trying;

/// A controller of one daemon's HA role, over its one HA socket.
///
/// Cheap to clone; clones share the socket. Orders given at the same time are sent one after the
/// other, since the protocol has no ids: a long [`be_secondary`](Self::be_secondary) delays the
/// others. When the last clone is dropped, the socket is closed; the role stays as it is.
///
/// # Cancel safety
///
/// An order whose future is dropped before it was sent has no effect. Dropped after that, the
/// socket is closed and every later call fails with [`Abandoned`](crate::ErrorKind::Abandoned): its
/// answer could be mistaken for the answer to a later order. [`status`](Self::status) on a new
/// connection shows whether the daemon obeyed.
///
/// # Panics
///
/// Orders need a tokio runtime with I/O and time enabled: awaiting one outside of it panics.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    /// Overrides the timeouts of the builder.
    timeout: Option<Option<Duration>>,
}

#[derive(Debug)]
struct Shared {
    options: Arc<Options>,
    daemon: HandshakeReply,
    socket: Mutex<HaSocket>,
}

impl Client {
    /// Returns a builder for a connection.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) async fn connect(options: Arc<Options>) -> Result<Self, Error> {
        let span = debug_span!("confd_ha_connect", endpoint = %options.endpoint);
        let (socket, daemon) = HaSocket::open(&options).instrument(span).await?;
        let shared = Shared { options, daemon, socket: Mutex::new(socket) };
        Ok(Self { shared: Arc::new(shared), timeout: None })
    }

    /// The daemon's reply to the handshake, from when the client was made.
    pub fn daemon(&self) -> HandshakeReply {
        self.shared.daemon
    }

    /// Returns a handle to the same connection whose orders use `timeout`; `None` disables the
    /// timeout.
    ///
    /// A timeout that passes while another order is in progress leaves the connection as it is;
    /// one that passes after the order was sent closes it.
    pub fn with_timeout(&self, timeout: impl Into<Option<Duration>>) -> Self {
        Self { shared: Arc::clone(&self.shared), timeout: Some(timeout.into()) }
    }

    /// Makes the node primary under this id. Order 1, allowed in every role.
    ///
    /// # Errors
    ///
    /// [`Refused`](crate::ErrorKind::Refused), documented with `HA_BIND` and `BADSTATE`; and those of the
    /// [connection](#errors-of-every-order).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`](Client#cancel-safety).
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
    #[doc(alias("confd_ha_bemaster", "confd_ha_beprimary"))]
    pub async fn be_primary(&self, node: impl Into<NodeId>) -> Result<(), Error> {
        self.expect_ok(&Order::BePrimary(BePrimary { node: node.into() })).await
    }

    /// Makes the node a secondary of `primary` under this id. Order 2, allowed in every role.
    ///
    /// With [`Wait::ForSync`] it returns when the node has the primary's database, which may take
    /// minutes; its timeout is [`Builder::sync_timeout`], none by default. With [`Wait::No`] it
    /// returns when the order was sent, and the result comes as the event `BeSecondaryResult`; see
    /// [`be_secondary_joined`](Self::be_secondary_joined) for both in one.
    ///
    /// # Errors
    ///
    /// [`Refused`](crate::ErrorKind::Refused), documented with `HA_CONNECT`, `HA_BADNAME`, `HA_BADTOKEN`,
    /// `HA_BADFXS`, `HA_BADVSN`, `HA_CLOSED`, `HA_BADCONFIG` and `BADSTATE`; and those of the
    /// [connection](#errors-of-every-order).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`](Client#cancel-safety). The daemon goes on synchronising.
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
    #[doc(alias("confd_ha_beslave", "confd_ha_besecondary"))]
    pub async fn be_secondary(
        &self,
        node: impl Into<NodeId>,
        primary: Node,
        wait: Wait,
    ) -> Result<(), Error> {
        self.expect_ok(&Order::BeSecondary(BeSecondary { node: node.into(), primary, wait })).await
    }

    /// Makes the node neither primary nor secondary. Order 3, allowed in every role.
    ///
    /// # Errors
    ///
    /// [`Refused`](crate::ErrorKind::Refused), documented with `BADSTATE`; and those of the
    /// [connection](#errors-of-every-order).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`](Client#cancel-safety).
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
    #[doc(alias = "confd_ha_benone")]
    pub async fn be_none(&self) -> Result<(), Error> {
        self.expect_ok(&Order::BeNone).await
    }

    /// Makes an established secondary a relay for other secondaries. Order 6.
    ///
    /// Documented as no longer supported from version 6.7 on.
    ///
    /// # Errors
    ///
    /// [`Refused`](crate::ErrorKind::Refused); and those of the [connection](#errors-of-every-order).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`](Client#cancel-safety).
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
    #[doc(alias = "confd_ha_berelay")]
    pub async fn be_relay(&self) -> Result<(), Error> {
        self.expect_ok(&Order::BeRelay).await
    }

    /// Tells a primary that one of its secondaries is gone. Order 5.
    ///
    /// # Errors
    ///
    /// [`Refused`](crate::ErrorKind::Refused), documented with `BADSTATE`; and those of the
    /// [connection](#errors-of-every-order).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`](Client#cancel-safety).
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
    #[doc(alias("confd_ha_slave_dead", "confd_ha_secondary_dead"))]
    pub async fn secondary_dead(&self, node: impl Into<NodeId>) -> Result<(), Error> {
        self.expect_ok(&Order::SecondaryDead(SecondaryDead { node: node.into() })).await
    }

    /// Asks for the role of the node and the nodes it is connected to, any number of them. Order 4,
    /// allowed even in start phase 0.
    ///
    /// # Errors
    ///
    /// Those of the connection, which are the errors of every order.
    ///
    /// ## Errors of every order
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) after the timeout, [`Closed`](crate::ErrorKind::Closed) if the
    /// daemon is gone, [`Evicted`](crate::ErrorKind::Evicted) if another controller has taken over,
    /// [`Abandoned`](crate::ErrorKind::Abandoned) if an earlier order was given up, and
    /// [`Protocol`](crate::ErrorKind::Protocol) if the daemon
    /// violated the protocol. Where the client [connects again](Builder::reconnect), also those of
    /// [`Builder::connect`].
    ///
    /// # Cancel safety
    ///
    /// See [`Client`](Client#cancel-safety).
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
    #[doc(alias("confd_ha_status", "confd_ha_get_status"))]
    pub async fn status(&self) -> Result<Status, Error> {
        match self.send(&Order::Status).await? {
            Some(Answered::Status(StatusReply::Status(status))) => Ok(status),
            Some(Answered::Status(StatusReply::Refused(refusal))) => {
                Err(Error::refused("status", refusal))
            }
            Some(Answered::Status(StatusReply::Unexpected(term))) => {
                Err(Error::unexpected("status", &term))
            }
            _ => Err(Error::unexpected("status", &"nothing")),
        }
    }

    /// Returns a builder for a subscription to events, on a socket of their own.
    #[doc(alias("confd_notifications_connect", "confd_notifications_connect2"))]
    pub fn events(&self) -> EventsBuilder {
        EventsBuilder::new(Arc::clone(&self.shared.options))
    }

    /// Opens a new HA socket in place of one that is closed; does nothing if it is open.
    ///
    /// A controller calls this once it knows that it is in charge: another one that has taken over
    /// loses its socket.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::connect`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the client as it was.
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
    pub async fn reconnect(&self) -> Result<(), Error> {
        let mut socket = self.shared.socket.lock().await;
        if socket.closed().is_some() {
            let (fresh, _) = HaSocket::open(&self.shared.options).await?;
            *socket = fresh;
        }
        Ok(())
    }

    pub(crate) fn options(&self) -> &Arc<Options> {
        &self.shared.options
    }

    /// The timeout that overrides the builder's, if there is one.
    pub(crate) fn timeout(&self) -> Option<Option<Duration>> {
        self.timeout
    }

    async fn expect_ok(&self, order: &Order) -> Result<(), Error> {
        let name = name(order);
        match self.send(order).await? {
            None | Some(Answered::Reply(Reply::Ok)) => Ok(()),
            Some(Answered::Reply(Reply::Refused(refusal))) => Err(Error::refused(name, refusal)),
            Some(Answered::Reply(Reply::Unexpected(term))) => Err(Error::unexpected(name, &term)),
            _ => Err(Error::unexpected(name, &"something else")),
        }
    }

    async fn send(&self, order: &Order) -> Result<Option<Answered>, Error> {
        let span = debug_span!("confd_ha_order", order = name(order));
        self.send_in_span(order).instrument(span).await
    }

    async fn send_in_span(&self, order: &Order) -> Result<Option<Answered>, Error> {
        let options = &self.shared.options;
        let timeout = self.timeout.unwrap_or(match order {
            Order::BeSecondary(BeSecondary { wait, .. }) if *wait != Wait::No => {
                options.sync_timeout
            }
            _ => options.call_timeout,
        });
        let deadline = deadline_after(timeout);
        let mut socket = self.lock(deadline).await?;
        if socket.closed().is_some_and(may_reopen) {
            self.reopen(&mut socket, deadline).await?;
        }
        socket.order(order, name(order), deadline, options).await
    }

    async fn lock(&self, deadline: Option<Instant>) -> Result<MutexGuard<'_, HaSocket>, Error> {
        let lock = self.shared.socket.lock();
        match deadline {
            None => Ok(lock.await),
            Some(deadline) => timeout_at(deadline, lock).await.map_err(|_| Error::busy()),
        }
    }

    /// Opens a socket again whose daemon went away, if the options allow it.
    async fn reopen(&self, socket: &mut HaSocket, deadline: Option<Instant>) -> Result<(), Error> {
        let Some(schedule) = self.shared.options.reconnect else { return Ok(()) };
        let mut backoff = schedule.backoff();
        // The first attempt is made at once: the caller waits for it.
        let _pause = backoff.pause();
        let reopening = keep_trying(&mut backoff, || HaSocket::open(&self.shared.options));
        let (fresh, _) = match deadline {
            None => reopening.await?,
            Some(deadline) => match timeout_at(deadline, reopening).await {
                Ok(fresh) => fresh?,
                Err(_elapsed) => return Err(Error::connect_timeout(&self.shared.options.endpoint)),
            },
        };
        *socket = fresh;
        Ok(())
    }
}

fn name(order: &Order) -> &'static str {
    order.number().name().unwrap_or("an order")
}
