//! From the first call to the last: how a connection ends, is lost, and is had again.

use std::task::{Context, Poll};

use quorate_codec::votequorum::session::Window;
use tracing::{debug, info};

use super::mailbox::End;
use super::state::{State, wake_caller};
use super::wake_list::WakeList;
use crate::error::CloseReason;
use crate::world::Connection;

/// Where a connection is in its life.
#[derive(Debug)]
pub(super) enum Phase {
    Active,
    /// No more calls are let in.
    Draining(WaitFor),
    Closed(CloseReason),
}

/// What a connection that is to be closed waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum WaitFor {
    /// Everything that is under way.
    AllCalls,
    /// The reply to a QDEVICE_REGISTER: until then the daemon keeps a pointer to the connection.
    Register,
}

/// Whether a connection that was lost is to be had again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum AfterLoss {
    End,
    Reconnect,
}

impl State {
    /// Lets a call in, or says why not.
    pub(super) fn admit(&self) -> Result<(), CloseReason> {
        match &self.phase {
            Phase::Active => Ok(()),
            Phase::Draining(_) => Err(CloseReason::Local),
            Phase::Closed(reason) => Err(reason.clone()),
        }
    }

    /// Lets no more calls in.
    pub(super) fn drain(&mut self, wait_for: WaitFor) {
        if !matches!(self.phase, Phase::Closed(_)) {
            self.phase = Phase::Draining(wait_for);
        }
    }

    /// Whether the connection can end.
    pub(super) fn is_drained(&self) -> bool {
        match self.phase {
            Phase::Draining(WaitFor::AllCalls) => self.under_way() == 0,
            Phase::Draining(WaitFor::Register) => !self.session.owes_register(),
            Phase::Active | Phase::Closed(_) => false,
        }
    }

    /// The daemon is gone, or of no more use: ends the connection, or makes it ready to be had
    /// again. Calls that wait fail either way.
    pub(super) fn lose(&mut self, reason: CloseReason, wakes: &mut WakeList) {
        let again = self.after_loss == AfterLoss::Reconnect && matches!(self.phase, Phase::Active);
        if !again {
            return self.terminate(reason, wakes);
        }
        if self.is_lost() {
            return;
        }
        info!(%reason, "connection lost");
        self.spend_connection(&reason);
        self.track_lost(reason.as_gap(), wakes);
        self.loss = Some(reason);
        self.fail_calls(wakes);
        self.wake_driver(wakes);
    }

    /// There is a connection again.
    pub(super) fn reconnected(&mut self, connection: Connection, window: Window) {
        info!("connected again");
        if let Some(event_fd) = &self.event_fd {
            if let Err(error) = event_fd.watch(connection.poll_fds()) {
                debug!(%error, "the event descriptor does not see the new connection");
            }
        }
        self.session.reopen(window);
        self.connection = Some(connection);
        self.track_again();
    }

    /// The one way to the end: everybody who waits is woken and told why.
    pub(super) fn terminate(&mut self, reason: CloseReason, wakes: &mut WakeList) {
        if matches!(self.phase, Phase::Closed(_)) {
            return;
        }
        debug!(%reason, "connection closed");
        self.spend_connection(&reason);
        if let Some(live) = self.live.take() {
            live.mailbox.end(End::Closed(reason.clone()), wakes);
        }
        self.phase = Phase::Closed(reason);
        self.fail_calls(wakes);
        if let Some(event_fd) = &self.event_fd {
            event_fd.raise();
        }
        for waker in self.closing.drain(..) {
            wakes.push(waker);
        }
        self.wake_driver(wakes);
    }

    /// Why the connection is over.
    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        match &self.phase {
            Phase::Closed(reason) => Some(reason.clone()),
            Phase::Active | Phase::Draining(_) => None,
        }
    }

    /// Whether there is no connection now, though there may be one again.
    pub(super) fn is_lost(&self) -> bool {
        self.connection.is_none()
    }

    /// Why a call failed that was under way when the connection ended or was lost.
    pub(super) fn failure_reason(&self) -> CloseReason {
        let reason = self.close_reason().or_else(|| self.loss.clone());
        reason.unwrap_or(CloseReason::Local)
    }

    pub(super) fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if matches!(self.phase, Phase::Closed(_)) {
            return Poll::Ready(());
        }
        if !self.closing.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.closing.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn fail_calls(&mut self, wakes: &mut WakeList) {
        while let Some(ticket) = self.session.close() {
            wake_caller(&mut self.callers, ticket, wakes);
        }
    }
}
