use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use qbipc::engine::{Begin, Reader};
use quorate_codec::votequorum::{TrackFlags, Votequorum};

use crate::{Client, Error, Event};

/// What happens in the cluster, as a [`Stream`] of [`Event`]s.
///
/// Made by [`Client::track`]. It ends, with `None`:
///
/// - after the current state, if [`TrackFlags::CURRENT`] was all that was asked for;
/// - after an error that says why the client is over.
///
/// Dropping it stops the tracking. Any number of tracks, watches and quorum devices share one client.
///
/// # Slow readers
///
/// Notifications are taken from the daemon whether or not a task reads them, since a daemon that
/// cannot deliver keeps them in its memory without bound. At most
/// [`event_capacity`](crate::Builder::event_capacity) of them wait here. When there are more, the
/// oldest are dropped, and an [`Event::Lagged`] and the state they led to take their place.
#[derive(Debug)]
#[must_use = "tracking stops when this is dropped"]
pub struct Track {
    reader: Reader<Votequorum>,
    context: u64,
    flags: TrackFlags,
}

impl Client {
    /// Starts to tell what happens in the cluster.
    ///
    /// | flags | tells the current state | then every change |
    /// |---|---|---|
    /// | [`CURRENT`](TrackFlags::CURRENT) | yes | no |
    /// | [`CHANGES`](TrackFlags::CHANGES) | yes | yes |
    /// | [`CHANGES_ONLY`](TrackFlags::CHANGES_ONLY) | no | yes |
    ///
    /// The current state is an [`Event::Nodelist`], then an [`Event::Quorum`]. It can be read when
    /// this returns. `context` is the value of this reader alone: it comes back in its events, and
    /// says nothing to the daemon.
    ///
    /// TRACKSTART, request id 3; a client that tracks already sends nothing.
    ///
    /// # Errors
    ///
    /// If the daemon does not tell the current state before the deadline, or the client is over.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nothing is tracked.
    #[doc(alias = "votequorum_trackstart")]
    #[doc(alias = "trackstart")]
    pub async fn track(&self, flags: TrackFlags, context: u64) -> Result<Track, Error> {
        let tells_state = flags.intersects(TrackFlags::CURRENT | TrackFlags::CHANGES);
        let begin = if tells_state { Begin::Snapshot } else { Begin::Now };
        let reader = self.inner.subscribe(flags, begin).await?;
        Ok(Track { reader, context, flags })
    }
}

impl Track {
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
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed), once, if the client is over;
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused), once, if the daemon refuses to track after
    /// the connection was re-established.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    #[doc(alias = "votequorum_dispatch")]
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        let context = self.context;
        let item = self.reader.next().await?;
        Some(item.map(|item| Event::of(item, context)))
    }

    /// The next event if there is one already; `None` if not.
    ///
    /// As `votequorum_dispatch` with `CS_DISPATCH_ONE_NONBLOCKING`. It takes in what has come by
    /// itself, so it works whether or not the runtime runs.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    #[doc(alias = "CS_DISPATCH_ONE_NONBLOCKING")]
    pub fn take_one(&mut self) -> Result<Option<Event>, Error> {
        let context = self.context;
        Ok(self.reader.try_next()?.map(|item| Event::of(item, context)))
    }

    /// All events there are already.
    ///
    /// As `votequorum_dispatch` with `CS_DISPATCH_ALL`. It takes in what has come by itself, so it
    /// works whether or not the runtime runs.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next), when no events are left.
    #[doc(alias = "CS_DISPATCH_ALL")]
    pub fn take_all(&mut self) -> Result<Vec<Event>, Error> {
        let items = self.reader.try_take_all()?;
        Ok(items.into_iter().map(|item| Event::of(item, self.context)).collect())
    }

    /// Stops tracking, and waits until the daemon has. If others read the same subscription, the
    /// daemon goes on telling them.
    ///
    /// TRACKSTOP, request id 4.
    ///
    /// # Errors
    ///
    /// If the daemon does not answer before the deadline or the client is over; the tracking ends all
    /// the same.
    ///
    /// # Cancel safety
    ///
    /// The tracking ends even if the future is dropped.
    #[doc(alias = "votequorum_trackstop")]
    #[doc(alias = "trackstop")]
    pub async fn stop(self) -> Result<(), Error> {
        self.reader.stop().await
    }
}

impl Stream for Track {
    type Item = Result<Event, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let item = ready!(Pin::new(&mut this.reader).poll_next(cx));
        Poll::Ready(item.map(|item| item.map(|item| Event::of(item, this.context))))
    }
}
