use std::collections::VecDeque;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use super::WakeList;
use crate::error::CloseReason;
use crate::world::{Mutex, MutexGuard};
use crate::{Event, EventFd, GapReason};

/// What came for a track and was not taken yet: a bounded queue that drops the oldest.
///
/// The daemon is never made to wait for a slow reader: what it cannot deliver it keeps in its own
/// memory, without bound.
#[derive(Debug)]
pub(crate) struct Mailbox {
    inner: Mutex<Inner>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Event>,
    missed: u64,
    end: Option<End>,
    reader: Option<Waker>,
    signal: Option<Signal>,
}

/// What tells a foreign event loop that something waits.
#[derive(Debug)]
struct Signal {
    fd: EventFd,
    raised: bool,
}

impl Signal {
    fn raise(&mut self) {
        if !self.raised {
            self.raised = true;
            self.fd.raise();
        }
    }

    fn lower(&mut self) {
        if self.raised {
            self.raised = false;
            self.fd.lower();
        }
    }
}

/// Why nothing more comes.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// All that was asked for has come, or the track was stopped.
    Complete,
    /// The connection is over.
    Closed(CloseReason),
}

/// What was in a mailbox.
#[derive(Debug)]
pub(crate) struct Mail {
    /// How many notifications were dropped before the first that was taken.
    pub(crate) missed: u64,
    /// Whether nothing more comes after those taken.
    pub(crate) end: Option<End>,
}

impl Mailbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { inner: Mutex::default(), capacity }
    }

    /// Takes everything there is into `batch`, which has to be empty.
    ///
    /// With a context, waits for something to come; without, gives `None` if there is nothing.
    pub(crate) fn poll_take(
        &self,
        batch: &mut VecDeque<Event>,
        cx: Option<&mut Context<'_>>,
    ) -> Poll<Option<Mail>> {
        let mut inner = self.lock();
        if inner.queue.is_empty() && inner.missed == 0 && inner.end.is_none() {
            if let Some(signal) = &mut inner.signal {
                signal.lower();
            }
            let Some(cx) = cx else { return Poll::Ready(None) };
            match &mut inner.reader {
                Some(reader) => reader.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        std::mem::swap(&mut inner.queue, batch);
        let missed = std::mem::take(&mut inner.missed);
        Poll::Ready(Some(Mail { missed, end: inner.end.clone() }))
    }

    /// Raises `fd` whenever something waits here, from now on.
    pub(super) fn set_signal(&self, fd: EventFd) {
        let mut signal = Signal { fd, raised: false };
        // Whatever was taken already may still wait in its reader's hands.
        signal.raise();
        self.lock().signal = Some(signal);
    }

    /// Starts putting notifications in.
    pub(super) fn open(&self) -> Delivery<'_> {
        Delivery { inner: self.lock(), capacity: self.capacity, came: false }
    }

    /// The connection was lost; there may be one again.
    pub(super) fn gap(&self, reason: GapReason, wakes: &mut WakeList) {
        let mut delivery = self.open();
        delivery.push(Event::Gap { reason });
        delivery.finish(wakes);
    }

    /// Nothing more comes. The first reason counts.
    pub(super) fn end(&self, end: End, wakes: &mut WakeList) {
        let mut inner = self.lock();
        inner.end.get_or_insert(end);
        if let Some(signal) = &mut inner.signal {
            signal.raise();
        }
        if let Some(reader) = inner.reader.take() {
            wakes.push(reader);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notifications being put into a mailbox.
pub(super) struct Delivery<'a> {
    inner: MutexGuard<'a, Inner>,
    capacity: usize,
    came: bool,
}

impl Delivery<'_> {
    pub(super) fn push(&mut self, event: Event) {
        if self.inner.queue.len() >= self.capacity {
            self.inner.queue.pop_front();
            self.inner.missed += 1;
        }
        self.inner.queue.push_back(event);
        self.came = true;
    }

    /// Closes the mailbox; its reader is to be woken if something came.
    pub(super) fn finish(mut self, wakes: &mut WakeList) {
        if !self.came {
            return;
        }
        if let Some(signal) = &mut self.inner.signal {
            signal.raise();
        }
        if let Some(reader) = self.inner.reader.take() {
            wakes.push(reader);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use quorate_codec::votequorum::ExpectedVotesNotification;

    use super::*;
    use crate::world::explore;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn notification(number: u32) -> Event {
        Event::ExpectedVotes(ExpectedVotesNotification::new(0, number))
    }

    fn deliver(mailbox: &Mailbox, numbers: impl IntoIterator<Item = u32>) {
        let mut wakes = WakeList::new();
        let mut delivery = mailbox.open();
        numbers.into_iter().for_each(|number| delivery.push(notification(number)));
        delivery.finish(&mut wakes);
        wakes.wake_all();
    }

    #[test]
    fn a_reader_is_woken_once_by_what_comes_and_not_by_nothing() {
        explore(|| {
            let mailbox = Mailbox::new(8);
            let counter = Arc::new(Counter::default());
            let waker = Waker::from(Arc::clone(&counter));
            let mut cx = Context::from_waker(&waker);
            let mut batch = VecDeque::new();
            assert!(mailbox.poll_take(&mut batch, Some(&mut cx)).is_pending());
            deliver(&mailbox, []);
            assert_eq!(counter.0.load(Ordering::Relaxed), 0);
            deliver(&mailbox, [1, 2]);
            assert_eq!(counter.0.load(Ordering::Relaxed), 1);
            deliver(&mailbox, [3]);
            assert_eq!(counter.0.load(Ordering::Relaxed), 1);
            assert!(mailbox.poll_take(&mut batch, Some(&mut cx)).is_ready());
            assert_eq!(batch, [notification(1), notification(2), notification(3)]);
        });
    }

    #[test]
    fn the_oldest_are_dropped_and_counted() {
        explore(|| {
            let mailbox = Mailbox::new(3);
            deliver(&mailbox, 0..10);
            let mut batch = VecDeque::new();
            let Poll::Ready(Some(mail)) = mailbox.poll_take(&mut batch, None) else {
                panic!("empty")
            };
            assert_eq!(mail.missed, 7);
            assert_eq!(batch, [notification(7), notification(8), notification(9)]);
            batch.clear();
            assert!(matches!(mailbox.poll_take(&mut batch, None), Poll::Ready(None)));
        });
    }

    #[test]
    fn the_end_comes_after_what_came_before_it() {
        explore(|| {
            let mailbox = Mailbox::new(3);
            deliver(&mailbox, [1]);
            let mut wakes = WakeList::new();
            mailbox.end(End::Closed(CloseReason::Server), &mut wakes);
            mailbox.end(End::Complete, &mut wakes);
            let mut batch = VecDeque::new();
            let Poll::Ready(Some(mail)) = mailbox.poll_take(&mut batch, None) else {
                panic!("empty")
            };
            assert_eq!(batch, [notification(1)]);
            assert!(matches!(mail.end, Some(End::Closed(CloseReason::Server))), "the first counts");
        });
    }
}
