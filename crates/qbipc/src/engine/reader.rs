use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use quorate_codec::qb::service::Service;
use quorate_codec::qb::session::{Begin, End, Item, ReaderId};

use super::Error;
use super::call::{Call, Operation};
use super::handle::Handle;
use crate::world::Arc;

/// What a subscription tells, as a [`Stream`] of [`Item`]s.
///
/// Made by [`Client::subscribe`](super::Client::subscribe). It ends, with `None`:
///
/// - when everything that was asked for has come, if the topic follows no changes;
/// - after an error that says why: the client is closed, the daemon refuses to start the subscription
///   again, or the reader was too slow for a service where nothing may be missed.
///
/// Dropping it ends the subscription, unless other readers share it.
///
/// # Slow readers
///
/// The driver takes events from the daemon whether or not a task reads them, since a daemon that
/// cannot deliver keeps them in its own memory without bound. At most
/// [`event_capacity`](super::Builder::event_capacity) events wait for a reader.
#[derive(Debug)]
#[must_use = "the subscription ends when this is dropped"]
pub struct Reader<S: Service> {
    handle: Arc<Handle<S>>,
    id: ReaderId,
    timeout: Option<Duration>,
    /// Taken from the session, and not returned yet.
    batch: VecDeque<Item<S::Event>>,
    /// What follows the batch.
    end: Option<End>,
    over: bool,
}

impl<S: Service> Reader<S> {
    pub(super) async fn subscribe(
        handle: &Arc<Handle<S>>,
        topic: S::Topic,
        begin: Begin,
        capacity: usize,
        timeout: Option<Duration>,
    ) -> Result<Self, Error> {
        let operation = Operation::Subscribe { topic, begin, capacity };
        let done = Call::new(handle.shared(), operation, timeout).await?;
        let Some(id) = done.reader else { return Err(Error::unexpected_reply("subscribe")) };
        let (handle, batch) = (Arc::clone(handle), VecDeque::new());
        Ok(Self { handle, id, timeout, batch, end: None, over: false })
    }

    /// The next item; `None` if there are no more.
    ///
    /// Like `next` of a [`Stream`], without the need for another crate.
    ///
    /// # Errors
    ///
    /// Once, before the end: see [`Reader`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<Item<S::Event>, Error>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// The next item if there is one already; `None` if not.
    ///
    /// It takes in what has come by itself, so it works whether or not the runtime runs.
    ///
    /// # Errors
    ///
    /// Once, before the end: see [`Reader`].
    pub fn try_next(&mut self) -> Result<Option<Item<S::Event>>, Error> {
        if let Some(item) = self.next_in_batch() {
            return item.map(Some);
        }
        self.handle.shared().pump_by_hand();
        self.fill(None);
        self.next_in_batch().transpose()
    }

    /// All items there are already.
    ///
    /// It takes in what has come by itself, so it works whether or not the runtime runs.
    ///
    /// # Errors
    ///
    /// Once, before the end, when no items are left: see [`Reader`].
    pub fn try_take_all(&mut self) -> Result<VecDeque<Item<S::Event>>, Error> {
        self.handle.shared().pump_by_hand();
        let mut items = std::mem::take(&mut self.batch);
        self.fill(None);
        items.append(&mut self.batch);
        if items.is_empty() {
            items.extend(self.next_in_batch().transpose()?);
        }
        Ok(items)
    }

    /// Whether there are no more items.
    pub fn is_over(&self) -> bool {
        self.over || (self.batch.is_empty() && self.end == Some(End::Complete))
    }

    /// The current state, as far as events have told it, however many of them were read; `None` if it
    /// is not known: there is no connection, the daemon has not told all of it yet, or it does not
    /// answer keep-alives.
    pub fn view(&self) -> Option<S::View> {
        self.handle.shared().lock().session.view(self.id).cloned()
    }

    /// What the daemon calls the subscription, while it is established.
    pub fn handle(&self) -> Option<S::Handle> {
        self.handle.shared().lock().session.handle(self.id).cloned()
    }

    /// Has the task of `cx` woken when there is something to read, or when what
    /// [`view`](Self::view) returns may have changed. It replaces a task that was registered before.
    ///
    /// To wait without a race, register first and then look.
    pub fn register(&self, cx: &Context<'_>) {
        let mut waker = Some(cx.waker().clone());
        let mut state = self.handle.shared().lock();
        state.readers.swap(self.id, &mut waker);
    }

    /// Ends the subscription, and waits until the daemon has ended it. If other readers share it,
    /// only this one ends.
    ///
    /// # Errors
    ///
    /// If the daemon does not answer before the deadline, or the client is closed; the subscription
    /// ends all the same.
    ///
    /// # Cancel safety
    ///
    /// The subscription ends even if the future is dropped.
    pub async fn stop(self) -> Result<(), Error> {
        let operation = Operation::Unsubscribe(self.id);
        Call::new(self.handle.shared(), operation, self.timeout).await.map(drop)
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Item<S::Event>, Error>>> {
        if let Some(item) = self.next_in_batch() {
            return Poll::Ready(Some(item));
        }
        // A waker is cloned and dropped where no lock is held: that runs the user's code.
        let mut waker = Some(cx.waker().clone());
        if self.fill(Some(&mut waker)) {
            return Poll::Pending;
        }
        Poll::Ready(self.next_in_batch())
    }

    /// The next thing to return, of what was taken from the session.
    fn next_in_batch(&mut self) -> Option<Result<Item<S::Event>, Error>> {
        if let Some(item) = self.batch.pop_front() {
            return Some(Ok(item));
        }
        let end = self.end.filter(|_| !self.over)?;
        self.over = true;
        let mut state = self.handle.shared().lock();
        state.signal.set(self.id, false);
        let reason = state.lifecycle.last_reason();
        drop(state);
        match end {
            End::Refused(status) => Some(Err(Error::refused::<S>("subscribe", status))),
            End::Overflowed => Some(Err(Error::overflowed())),
            End::Closed => Some(Err(Error::closed::<S>(reason))),
            _ => None,
        }
    }

    /// Takes what the session has for this reader, if everything before was returned. Returns whether
    /// there is nothing, and may be later; then `waker` is stored.
    fn fill(&mut self, waker: Option<&mut Option<Waker>>) -> bool {
        if !self.batch.is_empty() || self.end.is_some() {
            return false;
        }
        let mut state = self.handle.shared().lock();
        self.end = state.session.take_items(self.id, &mut self.batch);
        let waits = self.batch.is_empty() && self.end.is_none();
        state.signal.set(self.id, !waits);
        if let Some(waker) = waker.filter(|_| waits) {
            state.readers.swap(self.id, waker);
        }
        waits
    }
}

impl<S: Service> Stream for Reader<S> {
    type Item = Result<Item<S::Event>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl<S: Service> Unpin for Reader<S> {}

impl<S: Service> Drop for Reader<S> {
    fn drop(&mut self) {
        let mut state = self.handle.shared().lock();
        let waker = state.unsubscribe(self.id);
        drop(state);
        drop(waker);
    }
}
