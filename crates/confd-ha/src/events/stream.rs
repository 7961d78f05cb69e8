use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use quorate_codec::confd_ha::Notification;
use quorate_codec::confd_ha::handshake::ClientKind;
use quorate_codec::confd_ha::session::{EventItem, EventSession};
use quorate_codec::{Backoff, DecodeError, Reconnect};
use tokio::time::{Instant, Sleep, sleep};
use tracing::{debug, info};

use super::ack::Link;
use super::{Event, EventsBuilder, SyncGuard};
use crate::Error;
use crate::connect::{connect, in_time};
use crate::reconnect::keep_trying;

/// The events of a daemon, as they come.
///
/// A [`Stream`] that is to be polled all the time: a daemon closes the connection of a subscriber
/// that does not read. Nothing runs in the background; dropping it closes the connection.
///
/// An item that is an error does not end it: a notification that is none is followed by those after
/// it. After an error of the connection comes the end, unless it is to [connect
/// again](EventsBuilder::reconnect): then there is [`Event::Lost`], and [`Event::Gap`] when it has.
///
/// # Cancel safety
///
/// Waiting for the next item can be dropped at any time: no item is lost.
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Events {
    plan: Arc<EventsBuilder>,
    state: State,
    backoff: Option<Backoff>,
    timer: Option<Pin<Box<Sleep>>>,
}

enum State {
    Open(Open),
    Reconnecting { reason: Error, attempt: Attempt },
    Ended,
}

/// The backoff goes along, and comes back in the end.
type Attempt = Pin<Box<dyn Future<Output = (Result<Open, Error>, Backoff)> + Send + Sync>>;

#[derive(Debug)]
struct Open {
    link: Arc<Link>,
    session: EventSession,
    since: Instant,
}

impl Events {
    pub(super) async fn subscribe(plan: EventsBuilder) -> Result<Self, Error> {
        let plan = Arc::new(plan);
        let open = Open::subscribe(Arc::clone(&plan)).await?;
        let backoff = plan.reconnect.map(Reconnect::backoff);
        Ok(Self { plan, state: State::Open(open), backoff, timer: None })
    }

    /// The next item; `None` after the end.
    ///
    /// The same as a [`Stream`] gives, for those who do not want to import its extensions.
    ///
    /// # Errors
    ///
    /// See [`Events`].
    ///
    /// # Cancel safety
    ///
    /// No item is lost if the future is dropped.
    #[doc(alias = "confd_read_notification")]
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        let item = match &mut self.state {
            State::Ended => None,
            State::Open(open) => match ready!(open.poll(cx, &mut self.timer)) {
                Ok(item) => Some(item),
                Err(reason) => {
                    let lasted = open.since.elapsed();
                    Some(self.lose(reason, lasted))
                }
            },
            State::Reconnecting { reason, attempt } => {
                let (outcome, backoff) = ready!(attempt.as_mut().poll(cx));
                self.backoff = Some(backoff);
                match outcome {
                    Ok(open) => {
                        let reason = reason.clone();
                        self.state = State::Open(open);
                        Some(Ok(Event::Gap { reason }))
                    }
                    Err(error) => {
                        self.state = State::Ended;
                        Some(Err(error))
                    }
                }
            }
        };
        Poll::Ready(item)
    }

    /// The connection is lost, which had lasted for so long.
    fn lose(&mut self, reason: Error, lasted: Duration) -> Result<Event, Error> {
        debug!(%reason, "event socket lost");
        let Some(mut backoff) = self.backoff.take() else {
            self.state = State::Ended;
            return Err(reason);
        };
        backoff.lost_after(lasted);
        let Some(pause) = backoff.pause() else {
            self.state = State::Ended;
            return Err(reason);
        };
        let plan = Arc::clone(&self.plan);
        let attempt = Box::pin(async move {
            sleep(pause).await;
            let subscribe = || Open::subscribe(Arc::clone(&plan));
            (keep_trying(&mut backoff, subscribe).await, backoff)
        });
        self.state = State::Reconnecting { reason: reason.clone(), attempt };
        Ok(Event::Lost { reason })
    }
}

impl Stream for Events {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

impl Open {
    /// Connects, subscribes, and waits until the daemon has accepted.
    async fn subscribe(plan: Arc<EventsBuilder>) -> Result<Self, Error> {
        in_time(&plan.options, Self::subscribe_some_time(&plan)).await
    }

    async fn subscribe_some_time(plan: &EventsBuilder) -> Result<Self, Error> {
        let (mut socket, _) = connect(&plan.options, ClientKind::EventManager).await?;
        let mut out = Vec::new();
        let now = Instant::now().into_std();
        let mut session = EventSession::new(&plan.subscription, plan.silence, now, &mut out);
        socket.write_all(&out).await.map_err(Error::lost)?;
        loop {
            match session.poll(now) {
                Ok(Some(EventItem::Subscribed)) => break,
                Ok(_) => {}
                Err(closed) => return Err(Error::session(&closed)),
            }
            match socket.read(session.space()).await.map_err(Error::lost)? {
                0 => return Err(Error::session(&session.eof())),
                read => session.advance(read, Instant::now().into_std()),
            }
        }
        let endpoint = &plan.options.endpoint;
        info!(%endpoint, mask = plan.subscription.mask.bits(), "subscribed to HA events");
        let since = Instant::now();
        Ok(Self { link: Arc::new(Link::new(socket)), session, since })
    }

    /// The next item, or how the connection was lost.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        timer: &mut Option<Pin<Box<Sleep>>>,
    ) -> Poll<Result<Result<Event, Error>, Error>> {
        loop {
            let now = Instant::now().into_std();
            match self.session.poll(now) {
                Ok(Some(item)) => {
                    if let Some(event) = self.event(item) {
                        return Poll::Ready(Ok(event));
                    }
                    continue;
                }
                Ok(None) => {}
                Err(closed) => return Poll::Ready(Err(Error::session(&closed))),
            }
            // After the items that are here already: what was acknowledged is on its way by now,
            // unless the socket had no room. A daemon that takes no acknowledgements gets no more
            // of its events read: there would be ever more to keep for it.
            let flushed = self.link.poll_flush(cx).map_err(Error::lost)?;
            if flushed.is_ready() {
                let ready = self.link.socket.poll_read_ready(cx).map_err(Error::lost)?;
                if ready.is_ready() {
                    self.read()?;
                    continue;
                }
            }
            let Some(deadline) = self.session.deadline() else { return Poll::Pending };
            ready!(poll_timer(timer, deadline.into(), cx));
        }
    }

    /// Reads what is there.
    fn read(&mut self) -> Result<(), Error> {
        match self.link.socket.try_read(self.session.space()) {
            Ok(0) => Err(Error::session(&self.session.eof())),
            Ok(read) => {
                self.session.advance(read, Instant::now().into_std());
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(Error::lost(error)),
        }
    }

    fn event(&self, item: EventItem) -> Option<Result<Event, Error>> {
        let guard = || self.session.holds_up().then(|| SyncGuard::new(&self.link));
        Some(match item {
            EventItem::Notification(Notification::HaInfo(event)) => {
                Ok(Event::Ha { event, ack: guard() })
            }
            EventItem::Notification(Notification::Heartbeat) => Ok(Event::Heartbeat),
            EventItem::Notification(Notification::HealthCheck) => Ok(Event::HealthCheck),
            EventItem::Notification(Notification::Other(other)) => Ok(Event::Other(other)),
            EventItem::Silent(silent_for) => Ok(Event::Missed { silent_for }),
            EventItem::Malformed(error) => {
                // The daemon waits all the same.
                if is_ha_info(&error) {
                    drop(guard());
                }
                Err(Error::malformed_notification(error))
            }
            _ => return None,
        })
    }
}

/// Whether it was known to be an HA event before it turned out to be none.
fn is_ha_info(error: &DecodeError) -> bool {
    error.message() == "HA_INFO"
}

/// Waits until then, with a timer that is made once and moved from then on.
fn poll_timer(
    timer: &mut Option<Pin<Box<Sleep>>>,
    deadline: Instant,
    cx: &mut Context<'_>,
) -> Poll<()> {
    let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
    if timer.deadline() != deadline {
        timer.as_mut().reset(deadline);
    }
    timer.as_mut().poll(cx)
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(open) => open.fmt(f),
            Self::Reconnecting { reason, .. } => write!(f, "Reconnecting({reason})"),
            Self::Ended => f.write_str("Ended"),
        }
    }
}
