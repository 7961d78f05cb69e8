use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::BytesMut;
use qbipc::{ChannelError, TransmitError};
use quorate_codec::DecodeError;
use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::votequorum::session::{CallError, ProtocolError, Session, Ticket};
use quorate_codec::votequorum::{Reply, Request};
use tokio::task::unconstrained;
use tracing::debug;

use super::alone::Alone;
use super::life::{AfterLoss, Phase};
use super::live::Live;
use super::parting::Spent;
use super::spin::Spin;
use super::wake_list::WakeList;
use crate::EventFd;
use crate::error::CloseReason;
use crate::world::Connection;

/// Most events taken in at a time, so that nobody else has to wait for long.
const MAX_EVENTS: usize = 256;

/// Everything of a connection that changes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) after_loss: AfterLoss,
    /// Why the connection was lost the last time.
    pub(super) loss: Option<CloseReason>,
    /// Gone when the connection is lost or over.
    pub(super) connection: Option<Connection>,
    /// The one that is gone, until the driver has parted with the daemon.
    spent: Option<Spent>,
    pub(super) session: Session,
    /// Who waits for the outcome of a call, by the slot of its ticket.
    pub(super) callers: Vec<Option<Waker>>,
    alone: Arc<Alone>,
    /// The call that waits for its reply by itself.
    waits_alone: Option<Ticket>,
    pub(super) live: Option<Live>,
    pub(super) event_fd: Option<EventFd>,
    pub(super) spin: Spin,
    driver: Driver,
    /// Who waits for the end.
    pub(super) closing: Vec<Waker>,
    /// How many events were taken in.
    pub(super) events_taken: u64,
    incoming: BytesMut,
    outgoing: BytesMut,
}

/// Whether replies were taken in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Replies {
    Came,
    None,
}

/// What the state knows of the task that drives it.
#[derive(Debug, Default)]
struct Driver {
    waker: Option<Waker>,
    /// It was woken to let requests go.
    flush: bool,
    /// When its timer fires.
    timer: Option<Instant>,
}

impl State {
    pub(super) fn new(
        connection: Connection,
        session: Session,
        spin: Spin,
        after_loss: AfterLoss,
    ) -> Self {
        Self {
            phase: Phase::Active,
            after_loss,
            loss: None,
            connection: Some(connection),
            spent: None,
            session,
            callers: Vec::new(),
            alone: Arc::default(),
            waits_alone: None,
            live: None,
            event_fd: None,
            spin,
            driver: Driver::default(),
            closing: Vec::new(),
            events_taken: 0,
            incoming: BytesMut::new(),
            outgoing: BytesMut::new(),
        }
    }

    pub(super) fn call(&mut self, request: Request, deadline: Option<Instant>) -> Ticket {
        self.session.call(request, deadline)
    }

    /// Nobody waits for a call any more, nor wants the track it starts.
    pub(super) fn abandon(&mut self, ticket: Ticket, wakes: &mut WakeList) {
        self.forget_caller(ticket);
        self.track_started(ticket, false);
        self.session.abandon(ticket);
        self.request_flush(wakes);
        if self.waits_alone.take_if(|alone| *alone == ticket).is_some() {
            // Nobody else waits for replies.
            self.wake_driver(wakes);
        }
    }

    /// The outcome of a call, if it is complete.
    pub(super) fn take(&mut self, ticket: Ticket) -> Option<Result<Reply, CallError>> {
        let outcome = self.session.take(ticket)?;
        self.waits_alone.take_if(|alone| *alone == ticket);
        self.forget_caller(ticket);
        self.track_started(ticket, outcome.is_ok());
        Some(outcome)
    }

    /// Whom to wake when a call is complete.
    pub(super) fn set_caller(&mut self, ticket: Ticket, waker: &Waker) {
        let slot = ticket.slot();
        if self.callers.len() <= slot {
            self.callers.resize(slot + 1, None);
        }
        if let Some(place) = self.callers.get_mut(slot) {
            match place {
                Some(caller) => caller.clone_from(waker),
                None => *place = Some(waker.clone()),
            }
        }
    }

    /// Whether a call that was just queued is the only one, so that nothing is gained by letting
    /// requests gather.
    pub(super) fn is_alone(&self) -> bool {
        self.session.owed() == 0 && self.session.queued() == 1
    }

    /// Whether the last request has gone out, and nothing but its reply is owed.
    fn is_last(&self) -> bool {
        self.session.owed() == 1 && self.session.queued() == 0
    }

    /// Whether a look for a reply costs next to nothing. Over sockets it is a system call.
    fn can_look(&self) -> bool {
        let connection_type = self.connection.as_ref().map(Connection::connection_type);
        connection_type == Some(ConnectionType::Shm)
    }

    /// In place of the driver, waits for the reply to a call if it is alone: that saves the way
    /// through the driver.
    pub(super) fn poll_alone(
        &mut self,
        ticket: Ticket,
        cx: &mut Context<'_>,
        wakes: &mut WakeList,
    ) -> Option<Result<Reply, CallError>> {
        if !self.is_last() || self.admit().is_err() {
            return None;
        }
        if self.waits_alone != Some(ticket) && self.can_look() && self.spin.may_look_once() {
            if self.pump_replies(wakes) {
                self.wake_driver(wakes);
            }
            if let Some(outcome) = self.take(ticket) {
                return Some(outcome);
            }
        }
        // It may ring for a reply that was found without.
        for _ in 0..2 {
            if self.poll_answered(cx, wakes).is_pending() {
                self.waits_alone = Some(ticket);
                return None;
            }
            if self.pump(wakes) {
                self.wake_driver(wakes);
            }
            if let Some(outcome) = self.take(ticket) {
                return Some(outcome);
            }
            // It looks now and then for replies that do not ring.
            self.wake_driver(wakes);
        }
        self.waits_alone = None;
        None
    }

    /// Waits until a reply may have come.
    fn poll_answered(&mut self, cx: &mut Context<'_>, wakes: &mut WakeList) -> Poll<()> {
        let Some(connection) = &self.connection else { return Poll::Pending };
        self.alone.set_caller(cx.waker());
        let waker = Waker::from(Arc::clone(&self.alone));
        // Out of budget, it would wake the caller, and that with the lock held.
        let rung = poll_fn(|cx| connection.poll_answered(cx));
        pin!(unconstrained(rung)).poll(&mut Context::from_waker(&waker)).map(|rung| {
            if let Err(error) = rung {
                self.finish(error.into(), wakes);
            }
        })
    }

    /// Until when a call may look for its reply, if it is still alone and has gone out.
    pub(super) fn spin_until(&self) -> Option<Instant> {
        if self.is_last() { self.spin.until() } else { None }
    }

    /// Moves whatever can be moved now. Gives whether there is more to take in.
    pub(super) fn pump(&mut self, wakes: &mut WakeList) -> bool {
        let moved = self.take_in(wakes).and_then(|more| self.let_go().map(|()| more));
        self.more_to_do(moved, wakes)
    }

    /// As [`pump`](Self::pump) if a reply has come; otherwise does nothing.
    pub(super) fn pump_replies(&mut self, wakes: &mut WakeList) -> bool {
        match self.take_in_replies(wakes) {
            Ok(Replies::Came) => self.pump(wakes),
            none => self.more_to_do(none.map(|_| false), wakes),
        }
    }

    fn more_to_do(&mut self, moved: Result<bool, CloseReason>, wakes: &mut WakeList) -> bool {
        moved.unwrap_or_else(|reason| {
            self.lose(reason, wakes);
            false
        })
    }

    /// Takes in everything that came before the daemon closed the connection, which is over then.
    pub(super) fn finish(&mut self, reason: CloseReason, wakes: &mut WakeList) {
        let reason = loop {
            match self.take_in(wakes) {
                Ok(true) => {}
                Ok(false) => break reason,
                Err(reason) => break reason,
            }
        };
        self.lose(reason, wakes);
    }

    /// Takes in responses, then events: what a request has caused is queued before its answer.
    fn take_in(&mut self, wakes: &mut WakeList) -> Result<bool, CloseReason> {
        if self.connection.is_none() {
            return Ok(false);
        }
        self.take_in_replies(wakes)?;
        self.check_restart()?;
        let drained = self.take_in_events(wakes)?;
        if let Some(complete) = drained.then(|| self.session.events_drained()).flatten() {
            self.track_complete(complete, wakes);
        }
        Ok(!drained)
    }

    fn take_in_replies(&mut self, wakes: &mut WakeList) -> Result<Replies, CloseReason> {
        let Some(connection) = &mut self.connection else { return Ok(Replies::None) };
        let mut replies = Replies::None;
        while connection.pop_response(&mut self.incoming)? {
            replies = Replies::Came;
            if let Some(ticket) = self.session.handle_response(&self.incoming)? {
                wake_caller(&mut self.callers, ticket, wakes);
            }
        }
        Ok(replies)
    }

    /// Takes in events, up to a number; gives whether there are no more.
    fn take_in_events(&mut self, wakes: &mut WakeList) -> Result<bool, CloseReason> {
        let Some(connection) = &mut self.connection else { return Ok(true) };
        let mut delivery = self.live.as_ref().map(|live| (live.id, live.mailbox.open()));
        let mut drained = false;
        for _ in 0..MAX_EVENTS {
            if !connection.pop_event(&mut self.incoming)? {
                drained = true;
                break;
            }
            self.events_taken += 1;
            let event = self.session.handle_event(&self.incoming)?;
            match (event, &mut delivery) {
                (Some((id, notification)), Some((live, delivery))) if id == *live => {
                    delivery.push(notification.into());
                }
                _ => debug!("dropped a notification of a track that has ended"),
            }
        }
        if let Some((_, delivery)) = delivery {
            delivery.finish(wakes);
        }
        Ok(drained)
    }

    /// Lets requests go, as many as may and can.
    fn let_go(&mut self) -> Result<(), CloseReason> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let mut transmit = connection.transmit();
        loop {
            self.outgoing.clear();
            if !self.session.poll_transmit(&mut self.outgoing) {
                break;
            }
            match transmit.push(&self.outgoing, &[]) {
                Ok(()) => self.session.transmitted(),
                Err(TransmitError::Busy) => break,
                Err(TransmitError::Channel(error)) => return Err(error.into()),
                Err(error) => return Err(ChannelError::from(io::Error::other(error)).into()),
            }
        }
        Ok(transmit.finish()?)
    }

    /// Takes in what would have rung, for those who look by themselves.
    pub(super) fn hush(&mut self, wakes: &mut WakeList) {
        if let Some(Err(error)) = self.connection.as_mut().map(Connection::hush) {
            self.finish(error.into(), wakes);
        }
    }

    /// What a foreign event loop can wait on.
    pub(super) fn event_fd(&mut self) -> io::Result<EventFd> {
        if let Some(event_fd) = &self.event_fd {
            return Ok(event_fd.clone());
        }
        let event_fd = match &self.connection {
            Some(connection) => EventFd::new(connection.poll_fds())?,
            None => EventFd::new(std::iter::empty())?,
        };
        match &self.live {
            Some(live) => live.mailbox.set_signal(event_fd.clone()),
            None if self.connection.is_none() => event_fd.raise(),
            None => {}
        }
        self.event_fd = Some(event_fd.clone());
        Ok(event_fd)
    }

    /// Fails the calls whose deadline has passed, and whose reply is not there.
    pub(super) fn handle_timeouts(&mut self, now: Instant, wakes: &mut WakeList) {
        // A call that waits by itself may not have looked.
        if let Err(reason) = self.take_in_replies(wakes) {
            self.lose(reason, wakes);
        }
        while let Some(ticket) = self.session.handle_timeout(now) {
            self.waits_alone.take_if(|alone| *alone == ticket);
            wake_caller(&mut self.callers, ticket, wakes);
        }
    }

    /// Gives up the connection; the driver is to see to its end.
    pub(super) fn spend_connection(&mut self, reason: &CloseReason) {
        if let Some(connection) = self.connection.take() {
            self.waits_alone = None;
            self.spent = Some(Spent::new(connection, self.session.owed(), reason));
        }
    }

    /// Whether the driver has yet to part with a connection that was lost or is over.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.is_some()
    }

    /// What is left of a connection that was lost or is over.
    pub(super) fn take_spent(&mut self) -> Option<Spent> {
        self.spent.take()
    }

    fn forget_caller(&mut self, ticket: Ticket) {
        if let Some(place) = self.callers.get_mut(ticket.slot()) {
            *place = None;
        }
    }
}

/// What concerns the driver.
impl State {
    /// Waits until something may have come. A call that waits for its reply by itself is left to
    /// that, if there is nothing but that to do.
    pub(super) fn poll_rung(&mut self, cx: &mut Context<'_>, wakes: &mut WakeList) -> Poll<()> {
        self.waits_alone = self.waits_alone.filter(|_| self.is_last() && self.admit().is_ok());
        let Some(connection) = &self.connection else { return Poll::Pending };
        let rung = match self.waits_alone {
            Some(_) => connection.poll_announced(cx),
            None => connection.poll_rung(cx),
        };
        rung.map(|rung| {
            if let Err(error) = rung {
                self.finish(error.into(), wakes);
            }
        })
    }

    /// Lets nothing ring.
    pub(super) fn mute(&mut self) {
        if let Some(Err(error)) = self.connection.as_mut().map(Connection::mute) {
            debug!(%error, "everything rings as before");
        }
    }

    /// Lets everything ring again; gives whether it does.
    pub(super) fn unmute(&mut self, wakes: &mut WakeList) -> bool {
        match self.connection.as_mut().map(Connection::unmute) {
            Some(Err(error)) => {
                debug!(%error, "nothing rings, as before");
                self.hush(wakes);
                false
            }
            _ => true,
        }
    }

    pub(super) fn is_muted(&self) -> bool {
        self.connection.as_ref().is_some_and(Connection::is_muted)
    }

    /// Whom to wake when there is something for the driver to do.
    pub(super) fn set_driver(&mut self, waker: &Waker) {
        match &mut self.driver.waker {
            Some(driver) => driver.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    pub(super) fn wake_driver(&self, wakes: &mut WakeList) {
        if let Some(driver) = &self.driver.waker {
            wakes.push(driver.clone());
        }
    }

    /// Has the driver let requests go, together with those that come until it gets to it.
    pub(super) fn request_flush(&mut self, wakes: &mut WakeList) {
        if self.session.queued() > 0 && !self.driver.flush {
            self.driver.flush = true;
            self.wake_driver(wakes);
        }
    }

    /// Whether the driver was woken to let requests go, and has not since.
    pub(super) fn wants_flush(&self) -> bool {
        self.driver.flush
    }

    pub(super) fn flushed(&mut self) {
        self.driver.flush = false;
    }

    /// Sees to it that the driver's timer fires in time for a call that was just queued.
    pub(super) fn watch(&self, deadline: Option<Instant>, wakes: &mut WakeList) {
        let timer = self.driver.timer;
        let too_late = |deadline| timer.is_none_or(|timer| deadline < timer);
        // Nothing rings when a daemon lets requests through again, nor for the reply to a
        // registration, nor for any while the doorbell is muted.
        let silent = self.session.queued() > 0 || self.session.owes_register() || self.is_muted();
        if silent || deadline.is_some_and(too_late) {
            self.wake_driver(wakes);
        }
    }

    pub(super) fn set_timer(&mut self, timer: Option<Instant>) {
        self.driver.timer = timer;
    }

    /// When the driver has to look at deadlines.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    /// How many calls are under way, sent or not.
    pub(super) fn under_way(&self) -> usize {
        self.session.owed() + self.session.queued()
    }
}

pub(super) fn wake_caller(callers: &mut [Option<Waker>], ticket: Ticket, wakes: &mut WakeList) {
    if let Some(waker) = callers.get_mut(ticket.slot()).and_then(Option::take) {
        wakes.push(waker);
    }
}

impl From<ChannelError> for CloseReason {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Closed => Self::Server,
            error => Self::Channel(Arc::new(error)),
        }
    }
}

impl From<ProtocolError> for CloseReason {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl From<DecodeError> for CloseReason {
    fn from(error: DecodeError) -> Self {
        Self::Notification(error)
    }
}
