use std::num::NonZeroU8;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use quorate_codec::qb::service::Service;
use quorate_codec::qb::session::{CallKey, Output, ReaderId, ReaderKey, Session, Ticket};

use super::after::After;
use super::channels::Channels;
use super::event_fd::Signal;
use super::lifecycle::Lifecycle;
use super::link::Link;
use super::spin::Spin;
use super::summons::Summons;
use super::transfer::{let_go, take_in, take_responses};
use super::waiters::Waiters;
use super::wakers::Wakers;

/// Everything of a client that changes: parts that do not know each other, and what one says to the
/// other.
#[derive(Debug)]
pub(super) struct State<S: Service, C: Channels> {
    pub(super) lifecycle: Lifecycle,
    pub(super) session: Session<S>,
    pub(super) link: Link<C>,
    pub(super) callers: Wakers<CallKey>,
    pub(super) readers: Wakers<ReaderKey>,
    pub(super) waiters: Waiters,
    pub(super) driver: Summons,
    pub(super) spin: Spin,
    pub(super) signal: Signal,
    pub(super) window: NonZeroU8,
    pub(super) after: After<S, C>,
}

impl<S: Service, C: Channels> State<S, C> {
    pub(super) fn new(
        lifecycle: Lifecycle,
        session: Session<S>,
        spin: Spin,
        window: NonZeroU8,
    ) -> Self {
        Self {
            lifecycle,
            session,
            link: Link::default(),
            callers: Wakers::default(),
            readers: Wakers::default(),
            waiters: Waiters::default(),
            driver: Summons::default(),
            spin,
            signal: Signal::default(),
            window,
            after: After::default(),
        }
    }

    /// Moves whatever can be moved now: responses in, then events in, then requests out. Returns
    /// whether there is more to take in.
    pub(super) fn pump(&mut self, now: Instant) -> bool {
        let more = match take_in(&mut self.link, &mut self.session, now) {
            Ok(more) => more,
            Err(reason) => {
                self.lose(reason);
                return false;
            }
        };
        match let_go(&mut self.link, &mut self.session) {
            Ok(()) => more,
            Err(reason) => {
                self.finish(reason, now);
                false
            }
        }
    }

    /// As [`pump`](Self::pump) if a response has come; otherwise does nothing.
    pub(super) fn pump_responses(&mut self, now: Instant) -> bool {
        match take_responses(&mut self.link, &mut self.session, now) {
            Ok(came) => came && self.pump(now),
            Err(reason) => {
                self.lose(reason);
                false
            }
        }
    }

    /// Takes in what has come, for callers that do not wait for the driver.
    pub(super) fn pump_by_hand(&mut self, now: Instant) {
        if let Some(Err(error)) = self.link.connection.as_mut().map(C::hush) {
            return self.finish(error.into(), now);
        }
        if self.pump(now) {
            self.wake_driver();
        }
    }

    /// Fails the calls whose deadline has passed. What has arrived is taken in before that.
    pub(super) fn handle_timeouts(&mut self, now: Instant) {
        self.pump(now);
        self.session.handle_timeout(now);
    }

    /// Waits until something may have come.
    pub(super) fn poll_rung(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<()> {
        let Some(connection) = &self.link.connection else { return Poll::Pending };
        connection.poll_rung(cx).map(|rung| {
            if let Err(error) = rung {
                self.finish(error.into(), now);
            }
        })
    }

    /// A caller went away. Returns its waker, to be dropped where no lock is held.
    #[must_use]
    pub(super) fn abandon(&mut self, ticket: Ticket) -> Option<Waker> {
        self.session.abandon(ticket);
        self.request_flush();
        self.callers.take(ticket)
    }

    /// A reader went away. Returns its waker, to be dropped where no lock is held.
    #[must_use]
    pub(super) fn unsubscribe(&mut self, reader: ReaderId) -> Option<Waker> {
        self.session.unsubscribe(reader);
        self.signal.set(reader, false);
        self.request_flush();
        self.readers.take(reader)
    }

    pub(super) fn wake_driver(&mut self) {
        if let Some(driver) = self.driver.waker() {
            self.after.wake(driver);
        }
    }

    /// Has the driver let requests go, together with those that come until it gets to it.
    pub(super) fn request_flush(&mut self) {
        if self.driver.request_flush() {
            self.wake_driver();
        }
    }

    /// Wakes the driver if `deadline` is before its timer fires, or if it has to look by itself:
    /// nothing rings when a daemon takes requests again, nor for a late reply.
    pub(super) fn check_timer(&mut self, deadline: Option<Instant>) {
        let silent = self.session.queued() > 0 || self.session.owes_late();
        if silent || deadline.is_some_and(|due| self.driver.is_late_for(due)) {
            self.wake_driver();
        }
    }

    /// Turns what the session says into what is done after the lock is released; `None` if that is
    /// nothing.
    pub(super) fn settle(&mut self) -> Option<After<S, C>> {
        self.end_if_drained();
        while let Some(output) = self.session.poll_output() {
            let waker = match output {
                Output::Completed(ticket) => self.callers.take(ticket),
                Output::Readable(reader) => {
                    self.signal.set(reader, true);
                    self.readers.take(reader)
                }
                Output::Leave => {
                    self.leave();
                    None
                }
            };
            waker.into_iter().for_each(|waker| self.after.wake(waker));
        }
        self.after.drop_payloads(self.session.garbage());
        (!self.after.is_idle()).then(|| std::mem::take(&mut self.after))
    }
}
