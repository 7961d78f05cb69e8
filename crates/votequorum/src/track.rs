use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use quorate_codec::votequorum::TrackFlags;

use crate::connection::{Call, End, Handle, Mailbox, Operation};
use crate::{Error, Event};

/// What happens in the cluster, as a [`Stream`] of [`Event`]s.
///
/// Made by [`Client::track`](crate::Client::track). It ends, with `None`:
///
/// - when it is [stopped](Self::stop),
/// - after the state of now, if [`TrackFlags::CURRENT`] was all that was asked for,
/// - after an error that says why the connection is over.
///
/// Dropping it stops the tracking.
///
/// # Slow readers
///
/// Notifications are taken from the daemon whether or not anybody reads this, since a daemon that
/// cannot deliver keeps them in its memory without bound. As many wait here as
/// [`Options::event_capacity`](crate::Options::event_capacity) says; when there are more, the
/// oldest are dropped and an [`Event::Lagged`] takes their place.
///
/// # Floods
///
/// While 16 notifications or more come per millisecond over shared memory, and no call is under
/// way, they are looked for once per millisecond: being woken by each would cost more than taking
/// them in. Until that is over, they come up to two milliseconds late.
#[derive(Debug)]
#[must_use = "tracking stops when this is dropped"]
pub struct Track {
    handle: Arc<Handle>,
    mailbox: Arc<Mailbox>,
    context: u64,
    flags: TrackFlags,
    timeout: Option<Duration>,
    /// Taken from the mailbox, and not given out yet.
    batch: VecDeque<Event>,
    /// Dropped before what is in the batch.
    missed: u64,
    /// What comes after the batch.
    end: Option<End>,
}

impl Track {
    pub(crate) async fn start(
        handle: &Arc<Handle>,
        context: u64,
        flags: TrackFlags,
        timeout: Option<Duration>,
    ) -> Result<Self, Error> {
        let mailbox = Arc::new(Mailbox::new(handle.settings().event_capacity));
        let operation = Operation::Track { context, flags, mailbox: Arc::clone(&mailbox) };
        Call::new(handle, operation, timeout).await?;
        Ok(Self {
            handle: Arc::clone(handle),
            mailbox,
            context,
            flags,
            timeout,
            batch: VecDeque::new(),
            missed: 0,
            end: None,
        })
    }

    /// The context that comes back in every notification.
    pub fn context(&self) -> u64 {
        self.context
    }

    /// What was asked for.
    pub fn flags(&self) -> TrackFlags {
        self.flags
    }

    /// The next event; `None` if there are no more.
    ///
    /// Like `next` of a [`Stream`], without the need for another crate.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed), once, if the connection is over.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    #[doc(alias = "votequorum_dispatch")]
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The next event if there is one now; `None` if not.
    ///
    /// As `votequorum_dispatch` with `CS_DISPATCH_ONE_NONBLOCKING`. It looks for itself what has
    /// come, so it works whether or not the runtime is running.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed), once, if the connection is over.
    #[doc(alias = "CS_DISPATCH_ONE_NONBLOCKING")]
    pub fn take_one(&mut self) -> Result<Option<Event>, Error> {
        if let Some(event) = self.next_in_batch() {
            return event.map(Some);
        }
        self.handle.pump_by_hand();
        let _ = self.fill(None);
        self.next_in_batch().transpose()
    }

    /// All events there are now.
    ///
    /// As `votequorum_dispatch` with `CS_DISPATCH_ALL`. It looks for itself what has come, so it
    /// works whether or not the runtime is running.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed), once, if the connection is over and no
    /// events are left.
    #[doc(alias = "CS_DISPATCH_ALL")]
    pub fn take_all(&mut self) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        loop {
            match self.take_one() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => return Ok(events),
                Err(error) if events.is_empty() => return Err(error),
                Err(_) => {
                    self.end = self.handle.close_reason().map(End::Closed);
                    return Ok(events);
                }
            }
        }
    }

    /// Stops tracking, and waits until the daemon has.
    ///
    /// TRACKSTOP, request id 4.
    ///
    /// # Errors
    ///
    /// If the daemon does not answer in time or the connection is over; the tracking ends all the
    /// same.
    ///
    /// # Cancel safety
    ///
    /// The tracking ends even if the future is dropped.
    #[doc(alias = "votequorum_trackstop")]
    #[doc(alias = "trackstop")]
    pub async fn stop(self) -> Result<(), Error> {
        let operation = Operation::Untrack(Arc::clone(&self.mailbox));
        Call::new(&self.handle, operation, self.timeout).await.map(drop)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        loop {
            if let Some(event) = self.next_in_batch() {
                return Poll::Ready(Some(event));
            }
            if self.end.is_some() {
                return Poll::Ready(None);
            }
            if self.fill(Some(&mut *cx)).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// The next thing to give out, of what was taken from the mailbox.
    fn next_in_batch(&mut self) -> Option<Result<Event, Error>> {
        if self.missed > 0 {
            return Some(Ok(Event::Lagged { missed: std::mem::take(&mut self.missed) }));
        }
        if let Some(event) = self.batch.pop_front() {
            return Some(Ok(event));
        }
        if let Some(End::Closed(reason)) = &self.end {
            let error = Error::closed(reason.clone());
            self.end = Some(End::Complete);
            return Some(Err(error));
        }
        None
    }

    fn fill(&mut self, cx: Option<&mut Context<'_>>) -> Poll<()> {
        if self.end.is_some() {
            return Poll::Ready(());
        }
        self.mailbox.poll_take(&mut self.batch, cx).map(|mail| {
            if let Some(mail) = mail {
                self.missed = mail.missed;
                self.end = mail.end;
            }
        })
    }
}

impl Stream for Track {
    type Item = Result<Event, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        self.handle.untrack(&self.mailbox);
    }
}
