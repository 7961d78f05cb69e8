use std::num::NonZeroU8;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use quorate_codec::qb::service::Service;
use quorate_codec::qb::session::{Output, ReaderId, Session, Ticket};
use tracing::{debug, info};

use super::after::After;
use super::channels::Channels;
use super::event_fd::Signal;
use super::lifecycle::{CloseReason, Lifecycle, Phase, WaitFor};
use super::link::Link;
use super::parting::Parting;
use super::spin::Spin;
use super::summons::Summons;
use super::transfer::{let_go, take_in, take_responses};
use super::wakers::Wakers;

/// How often events are taken in at most after the daemon has closed the connection: that is more
/// than any ring holds.
const MAX_LAST_ROUNDS: usize = 1024;

/// Everything of a client that changes: parts that do not know each other, and what one says to the
/// other.
#[derive(Debug)]
pub(super) struct State<S: Service, C: Channels> {
    pub(super) lifecycle: Lifecycle,
    pub(super) session: Session<S>,
    pub(super) link: Link<C>,
    pub(super) callers: Wakers,
    pub(super) readers: Wakers,
    pub(super) driver: Summons,
    pub(super) spin: Spin,
    pub(super) signal: Signal,
    window: NonZeroU8,
    after: After<S, C>,
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
        let Self { link, session, .. } = self;
        let moved =
            take_in(link, session, now).and_then(|more| let_go(link, session).map(|()| more));
        moved.unwrap_or_else(|reason| {
            self.lose(reason);
            false
        })
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

    /// There is a connection.
    pub(super) fn connected(&mut self, connection: C, now: Instant) {
        if !self.lifecycle.connected() {
            return self.after.part(Parting::new(connection, 0, false));
        }
        if let Some(Err(error)) = self.signal.fd().map(|fd| connection.watched_by(fd)) {
            debug!(%error, "the event descriptor does not see the new connection");
        }
        self.session.connected(connection.limits(self.window), now);
        self.link.connection = Some(connection);
        self.after.phase_changed();
    }

    /// The daemon has closed the connection. Takes in what it sent before that.
    fn finish(&mut self, reason: CloseReason, now: Instant) {
        for _ in 0..MAX_LAST_ROUNDS {
            match take_in(&mut self.link, &mut self.session, now) {
                Ok(true) => {}
                Ok(false) => break,
                Err(reason) => return self.lose(reason),
            }
        }
        self.lose(reason);
    }

    /// The connection is over. There may be another one; otherwise the client is over too.
    pub(super) fn lose(&mut self, reason: CloseReason) {
        if !self.lifecycle.lost(&reason) {
            return self.terminate(reason);
        }
        info!(service = S::NAME, %reason, "connection lost");
        self.part(reason.is_server());
        self.session.connection_lost(reason.as_loss());
        self.after.phase_changed();
        self.wake_driver();
    }

    /// The one way to the end, from any thread.
    pub(super) fn terminate(&mut self, reason: CloseReason) {
        let daemon_is_gone = reason.is_server();
        if self.lifecycle.close(reason) {
            debug!(service = S::NAME, reason = %self.lifecycle.last_reason(), "closed");
            self.part(daemon_is_gone);
            self.session.close();
            self.signal.over();
            self.after.phase_changed();
            self.wake_driver();
        }
    }

    fn part(&mut self, daemon_is_gone: bool) {
        if let Some(connection) = self.link.connection.take() {
            self.after.part(Parting::new(connection, self.session.owed(), daemon_is_gone));
        }
    }

    /// Lets no more calls in.
    pub(super) fn drain(&mut self, wait_for: WaitFor) {
        self.lifecycle.drain(wait_for);
        self.end_if_drained();
        self.wake_driver();
    }

    /// Whoever finds the client drained ends it; that needs no driver.
    pub(super) fn end_if_drained(&mut self) {
        let drained = match self.lifecycle.phase() {
            Phase::Draining(WaitFor::AllCalls) => self.session.under_way() == 0,
            Phase::Draining(WaitFor::LateReply) => !self.session.owes_late(),
            _ => false,
        };
        if drained {
            self.terminate(CloseReason::Local);
        }
    }

    /// A caller went away. Returns its waker, to be dropped where no lock is held.
    pub(super) fn abandon(&mut self, ticket: Ticket) -> Option<Waker> {
        self.session.abandon(ticket);
        self.request_flush();
        self.end_if_drained();
        self.callers.take(ticket.slot())
    }

    /// A reader went away. Returns its waker, to be dropped where no lock is held.
    pub(super) fn unsubscribe(&mut self, reader: ReaderId) -> Option<Waker> {
        self.session.unsubscribe(reader);
        self.signal.set(reader.slot(), false);
        self.request_flush();
        self.readers.take(reader.slot())
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
        while let Some(output) = self.session.poll_output() {
            let waker = match output {
                Output::Completed(ticket) => self.callers.take(ticket.slot()),
                Output::Readable(reader) => {
                    self.signal.set(reader.slot(), true);
                    self.readers.take(reader.slot())
                }
                Output::Leave => {
                    self.drain(WaitFor::LateReply);
                    None
                }
            };
            waker.into_iter().for_each(|waker| self.after.wake(waker));
        }
        self.after.drop_payloads(self.session.garbage());
        (!self.after.is_idle()).then(|| std::mem::take(&mut self.after))
    }
}
