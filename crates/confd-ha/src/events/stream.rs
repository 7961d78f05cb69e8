use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use quorate_codec::confd_ha::handshake::ClientKind;
use quorate_codec::confd_ha::session::{Closed, EventItem, EventSession};
use quorate_codec::confd_ha::{Notification, Subscription};
use quorate_codec::{Backoff, DecodeError, Reconnect};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::codec::{Framed, FramedParts};
use tracing::{debug, info};

use super::ack::Link;
use super::{Event, EventsBuilder, SyncGuard};
use crate::Error;
use crate::connect::{connect, in_time};
use crate::reconnect::keep_trying;
use crate::socket::{self, ReadHalf};

/// The events of a daemon, as they arrive.
///
/// A [`Stream`] that has to be polled all the time: a daemon closes the connection of a subscriber
/// that does not read. Nothing runs in the background; dropping it closes the connection.
///
/// A malformed notification is an error, and does not end the stream. An error of the connection
/// does, unless the stream is to [connect again](EventsBuilder::reconnect): then [`Event::Lost`]
/// comes once, and [`Event::Restored`] once when it has.
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
    Open(Box<Open>),
    Reconnecting { reason: Error, attempt: Attempt },
    Ended,
}

/// The backoff goes along, and comes back in the end.
type Attempt = Pin<Box<dyn Future<Output = (Result<Open, Error>, Backoff)> + Send + Sync>>;

#[derive(Debug)]
struct Open {
    reader: Framed<ReadHalf, EventSession>,
    link: Arc<Link>,
    since: Instant,
}

impl Events {
    pub(super) async fn subscribe(plan: EventsBuilder) -> Result<Self, Error> {
        let plan = Arc::new(plan);
        let open = Open::subscribe(Arc::clone(&plan)).await?;
        let backoff = plan.reconnect.map(Reconnect::backoff);
        Ok(Self { plan, state: State::Open(Box::new(open)), backoff, timer: None })
    }

    /// The next item; `None` after the end.
    ///
    /// The same as the [`Stream`]'s, without importing an extension trait.
    ///
    /// # Errors
    ///
    /// See [`Events`]. The kind is [`Protocol`](crate::ErrorKind::Protocol) for a malformed
    /// notification; before the end it is that, [`Closed`](crate::ErrorKind::Closed), or, where the
    /// stream was to connect again, any of [`EventsBuilder::subscribe`].
    ///
    /// # Cancel safety
    ///
    /// No item is lost if the future is dropped.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled.
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
            State::Reconnecting { attempt, .. } => {
                let (outcome, backoff) = ready!(attempt.as_mut().poll(cx));
                self.backoff = Some(backoff);
                match outcome {
                    Ok(open) => {
                        self.state = State::Open(Box::new(open));
                        Some(Ok(Event::Restored))
                    }
                    Err(error) => {
                        self.state = State::Ended;
                        Some(Err(error.over()))
                    }
                }
            }
        };
        Poll::Ready(item)
    }

    /// Goes on after the loss of a connection that `lasted` for that long.
    fn lose(&mut self, reason: Error, lasted: Duration) -> Result<Event, Error> {
        debug!(%reason, "event socket lost");
        let Some(mut backoff) = self.backoff.take() else {
            self.state = State::Ended;
            return Err(reason.over());
        };
        backoff.lost_after(lasted);
        let Some(pause) = backoff.pause() else {
            self.state = State::Ended;
            return Err(reason.over());
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
        in_time(&plan.options, Self::subscribe_untimed(&plan)).await
    }

    async fn subscribe_untimed(plan: &EventsBuilder) -> Result<Self, Error> {
        let failed = |error| Error::of_session(error, "the subscription");
        let (connection, _) = connect(&plan.options, ClientKind::EventManager).await?;
        let now = Instant::now().into_std();
        let mut framed = connection.map_codec(|_handshake| EventSession::new(plan.silence, now));
        socket::send(&mut framed, &plan.subscription).await.map_err(failed)?;
        // The first item is the reply.
        let accepted =
            socket::next(&mut framed).await.ok_or_else(|| Error::session(&Closed::Eof))?;
        accepted.map_err(failed)?;
        framed.codec_mut().arrived(Instant::now().into_std());
        let endpoint = &plan.options.endpoint;
        info!(%endpoint, mask = plan.subscription.mask.bits(), "subscribed to HA events");

        let FramedParts { io, codec, read_buf, .. } = framed.into_parts();
        let (reader, writer) = socket::split(io);
        let mut parts = FramedParts::new::<&Subscription>(reader, codec);
        parts.read_buf = read_buf;
        let reader = Framed::from_parts(parts);
        Ok(Self { reader, link: Arc::new(Link::new(writer)), since: Instant::now() })
    }

    /// The next item, or how the connection was lost.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        timer: &mut Option<Pin<Box<Sleep>>>,
    ) -> Poll<Result<Result<Event, Error>, Error>> {
        loop {
            // A daemon that takes no acknowledgements gets no more of its events read: there would
            // be ever more to keep for it.
            if self.link.poll_flush(cx).is_ready() {
                let item = Pin::new(&mut self.reader).poll_next(cx);
                self.reader.codec_mut().arrived(Instant::now().into_std());
                match item {
                    Poll::Ready(Some(Ok(item))) => match self.event(item) {
                        Some(event) => return Poll::Ready(Ok(event)),
                        None => continue,
                    },
                    Poll::Ready(Some(Err(error))) => {
                        return Poll::Ready(Err(Error::of_session(error, "an acknowledgement")));
                    }
                    Poll::Ready(None) => return Poll::Ready(Err(Error::session(&Closed::Eof))),
                    Poll::Pending => {}
                }
            }
            // What has arrived is read before a silence is judged.
            let session = self.reader.codec_mut();
            if let Some(silent_for) = session.silence(Instant::now().into_std()) {
                return Poll::Ready(Ok(Ok(Event::Missed { silent_for })));
            }
            let Some(deadline) = session.deadline() else { return Poll::Pending };
            ready!(poll_timer(timer, deadline.into(), cx));
        }
    }

    fn event(&self, item: EventItem) -> Option<Result<Event, Error>> {
        let guard = || self.reader.codec().blocks_ha().then(|| SyncGuard::new(&self.link));
        Some(match item {
            EventItem::Notification(Notification::HaInfo(event)) => {
                Ok(Event::Ha { event, ack: guard() })
            }
            EventItem::Notification(Notification::Heartbeat) => Ok(Event::Heartbeat),
            EventItem::Notification(Notification::HealthCheck) => Ok(Event::HealthCheck),
            EventItem::Notification(Notification::Other(other)) => Ok(Event::Other(other)),
            EventItem::Malformed(error) => {
                // The daemon waits for an acknowledgement all the same.
                if is_ha_info(&error) {
                    drop(guard());
                }
                Err(Error::malformed_notification(error))
            }
            _ => return None,
        })
    }
}

/// Whether the malformed notification is an HA event, as far as it was read.
fn is_ha_info(error: &DecodeError) -> bool {
    error.message() == "HA_INFO"
}

/// Waits until `deadline`, with a timer that is made once and then reset.
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
