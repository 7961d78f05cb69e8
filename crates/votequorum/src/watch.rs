use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use qbipc::engine::{Begin, Epoch, Item, Reader};
use quorate_codec::votequorum::{NodeInfo, RingId, TrackFlags, Votequorum};
use tokio::time::{Instant, Sleep, sleep};
use tracing::debug;

use crate::{Client, Error, QuorumState, QuorumView};

/// How long to wait before the daemon is asked again after it did not answer.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// How many events wait for a watch. It needs only the state they lead to.
const CAPACITY: usize = 64;

/// The current state of the cluster's quorum, and a [`Stream`] of its changes.
///
/// Made by [`Client::watch`]. No task runs for it: [`now`](Self::now) is current however rarely it is
/// called, and [`changed`](Self::changed) does its work in the caller's task.
///
/// As a stream it yields every state that [`changed`](Self::changed) would, and ends after an error
/// that says why the client is over.
#[derive(Debug)]
#[must_use = "watching stops when this is dropped"]
pub struct Watch {
    client: Client,
    reader: Reader<Votequorum>,
    info: Option<(Version, NodeInfo)>,
    fetch: Fetch,
    /// Whether the daemon did not answer when it was asked last.
    unanswered: bool,
    refresh: Option<Refresh>,
    /// The ring of the last state that was known, and how many were missed before it.
    ring: Option<(RingId, u64)>,
    /// The state that `changed` returned last.
    told: Option<QuorumState>,
    over: bool,
}

/// Which announcements a fact takes into account.
type Version = (Option<Epoch>, u64);

type Asking = Pin<Box<dyn Future<Output = Result<NodeInfo, Error>> + Send + Sync>>;

/// Asking the daemon for what it does not announce.
enum Fetch {
    Idle,
    Asking(Version, Asking),
    /// The daemon did not answer, and is asked again after a pause.
    Failed(Pin<Box<Sleep>>),
}

#[derive(Debug)]
struct Refresh {
    interval: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Client {
    /// Follows the cluster's quorum. Returns when the first state is known.
    ///
    /// With [`Builder::reconnect`](crate::Builder::reconnect) it goes on through restarts of the
    /// daemon; the state is [`QuorumState::Unknown`] meanwhile. A daemon that is stopped, and so
    /// announces nothing, is noticed with [`Builder::keep_alive`](crate::Builder::keep_alive).
    ///
    /// # Errors
    ///
    /// If the daemon does not tell its state before the deadline, or the client is over.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nothing is watched.
    pub async fn watch(&self) -> Result<Watch, Error> {
        let topic = TrackFlags::CHANGES;
        let reader = self.inner.subscribe_with(topic, Begin::Snapshot, CAPACITY).await?;
        let mut watch = Watch {
            client: self.clone(),
            reader,
            info: None,
            fetch: Fetch::Idle,
            unanswered: false,
            refresh: None,
            ring: None,
            told: None,
            over: false,
        };
        watch.refresh().await?;
        watch.told = Some(watch.now());
        Ok(watch)
    }
}

impl Watch {
    /// What is known now.
    pub fn now(&self) -> QuorumState {
        let Some(view) = self.reader.view().filter(|_| !self.unanswered) else {
            return QuorumState::Unknown;
        };
        let (Some(nodelist), Some(quorum)) = (view.nodelist(), view.quorum()) else {
            return QuorumState::Unknown;
        };
        let version = (self.client.inner.epoch(), view.announcements());
        let info = self.info.as_ref().filter(|(of, _)| *of == version);
        let info = info.map(|(_, info)| info.clone());
        let mut known = QuorumView::new(nodelist, quorum, view.forming(), info);
        known.missed_rings = self.missed_before(known.ring_id);
        QuorumState::Known(known)
    }

    /// Waits until something else is known than when this was last called, or than when the watch was
    /// made, and returns it.
    ///
    /// States in between may be skipped, never the last.
    ///
    /// # Errors
    ///
    /// If the client is over.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn changed(&mut self) -> Result<QuorumState, Error> {
        poll_fn(|cx| self.poll_changed(cx)).await
    }

    /// Waits until what is known is as wanted, and returns it.
    ///
    /// # Errors
    ///
    /// If the client is over.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn wait_for(
        &mut self,
        mut wanted: impl FnMut(&QuorumState) -> bool,
    ) -> Result<QuorumState, Error> {
        let mut state = self.now();
        while !wanted(&state) {
            state = self.changed().await?;
        }
        Ok(state)
    }

    /// Asks the daemon for what it does not announce, and returns what is known then.
    ///
    /// # Errors
    ///
    /// If the daemon does not answer before the deadline, or the client is over.
    ///
    /// # Cancel safety
    ///
    /// Nothing changes if the future is dropped.
    pub async fn refresh(&mut self) -> Result<QuorumState, Error> {
        loop {
            let before = self.version();
            let info = self.client.local_info().await?;
            // Otherwise something was announced meanwhile, and it is not known which came first.
            if before == self.version() || before.is_none() {
                self.info = before.map(|version| (version, info));
                self.fetch = Fetch::Idle;
                self.unanswered = false;
                self.note_ring();
                return Ok(self.now());
            }
        }
    }

    /// Refreshes at this interval, while [`changed`](Self::changed) or the stream is polled; `None`,
    /// the default, for not at all. At least 1 ms.
    pub fn set_refresh_interval(&mut self, interval: impl Into<Option<Duration>>) {
        self.refresh = interval.into().map(|interval| {
            let interval = interval.max(Duration::from_millis(1));
            Refresh { interval, timer: Box::pin(sleep(interval)) }
        });
    }

    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<Result<QuorumState, Error>> {
        loop {
            self.read(cx)?;
            let asking = self.poll_fetch(cx)?.is_pending();
            let state = self.now();
            if !asking && state.known().is_some_and(|known| known.info.is_none()) {
                // Something was announced meanwhile.
                continue;
            }
            let settled = !asking || state == QuorumState::Unknown;
            if settled && self.told.as_ref() != Some(&state) {
                self.told = Some(state.clone());
                return Poll::Ready(Ok(state));
            }
            return Poll::Pending;
        }
    }

    /// Takes what was announced. Only the state it led to matters, which the reader keeps.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        while let Poll::Ready(item) = Pin::new(&mut self.reader).poll_next(cx) {
            match item {
                Some(Ok(Item::Lost { .. })) => {
                    self.info = None;
                    self.fetch = Fetch::Idle;
                    self.unanswered = false;
                }
                Some(item) => drop(item?),
                None => return Err(self.client.inner.close_error()),
            }
        }
        self.note_ring();
        Ok(())
    }

    /// Goes on asking the daemon; pending while it is asked, or waits to be asked again.
    fn poll_fetch(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Error> {
        if let Some(refresh) = &mut self.refresh {
            if refresh.timer.as_mut().poll(cx).is_ready() {
                refresh.timer.as_mut().reset(Instant::now() + refresh.interval);
                self.info = None;
                // To be woken by the new time.
                let _ = refresh.timer.as_mut().poll(cx);
            }
        }
        loop {
            match &mut self.fetch {
                Fetch::Idle => {
                    let (Some(version), true) = (self.version(), self.info_is_old()) else {
                        return Ok(Poll::Ready(()));
                    };
                    let client = self.client.clone();
                    let asking = Box::pin(async move { client.local_info().await });
                    self.fetch = Fetch::Asking(version, asking);
                }
                Fetch::Asking(version, asking) => {
                    let version = *version;
                    let Poll::Ready(info) = asking.as_mut().poll(cx) else {
                        return Ok(Poll::Pending);
                    };
                    match info {
                        Ok(info) => {
                            self.info = Some((version, info));
                            self.fetch = Fetch::Idle;
                            self.unanswered = false;
                        }
                        Err(error) if error.is_closed() => return Err(error),
                        Err(error) => {
                            debug!(%error, "the daemon is asked again");
                            self.unanswered = true;
                            self.fetch = Fetch::Failed(Box::pin(sleep(ASK_AGAIN_AFTER)));
                        }
                    }
                }
                Fetch::Failed(pause) => {
                    if pause.as_mut().poll(cx).is_pending() {
                        return Ok(Poll::Pending);
                    }
                    self.fetch = Fetch::Idle;
                }
            }
        }
    }

    /// Which announcements have been taken into account; `None` if the state is not known.
    fn version(&self) -> Option<Version> {
        Some((self.client.inner.epoch(), self.reader.view()?.announcements()))
    }

    fn info_is_old(&self) -> bool {
        self.info.as_ref().map(|(of, _)| *of) != self.version()
    }

    /// Remembers the ring, to tell how many were missed before the next one.
    fn note_ring(&mut self) {
        let view = self.reader.view();
        let Some(ring) = view.as_ref().and_then(|view| view.nodelist()).map(|list| list.ring_id)
        else {
            return;
        };
        if self.ring.is_none_or(|(last, _)| last != ring) {
            self.ring = Some((ring, self.missed_before(ring)));
        }
    }

    fn missed_before(&self, ring: RingId) -> u64 {
        match self.ring {
            Some((last, missed)) if last == ring => missed,
            Some((last, _)) => ring.missed_since(last),
            None => 0,
        }
    }
}

impl Stream for Watch {
    type Item = Result<QuorumState, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.over {
            return Poll::Ready(None);
        }
        let changed = ready!(this.poll_changed(cx));
        this.over = changed.is_err();
        Poll::Ready(Some(changed))
    }
}

impl std::fmt::Debug for Fetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Asking(..) => "Asking",
            Self::Failed(_) => "Failed",
        })
    }
}
