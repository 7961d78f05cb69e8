//! How a client passes from one phase to the next, and what everybody is told of that.

use std::time::Instant;

use quorate_codec::qb::service::Service;

use super::after::Note;
use super::channels::Channels;
use super::lifecycle::{CloseReason, Phase, WaitFor};
use super::parting::Parting;
use super::state::State;
use super::transfer::take_in;

/// How often events are taken in at most after the daemon has closed the connection: that is more
/// than any ring holds.
const MAX_LAST_ROUNDS: usize = 1024;

impl<S: Service, C: Channels> State<S, C> {
    /// There is a connection.
    pub(super) fn connected(&mut self, connection: C, now: Instant) {
        if !self.lifecycle.connected() {
            return self.after.part(Parting::new(connection, 0, false));
        }
        if let Some(Err(error)) = self.signal.fd().map(|fd| connection.watched_by(fd)) {
            self.after.note(Note::NotWatched(error));
        }
        self.session.connected(connection.limits(self.window), now);
        self.link.connection = Some(connection);
        self.phase_changed();
    }

    /// The daemon has closed the connection. Takes in what it sent before that, as far as it is usable:
    /// a daemon that was killed may have left half a message.
    pub(super) fn finish(&mut self, reason: CloseReason, now: Instant) {
        for _ in 0..MAX_LAST_ROUNDS {
            if !take_in(&mut self.link, &mut self.session, now).unwrap_or(false) {
                break;
            }
        }
        self.lose(reason);
    }

    /// The connection is over. There may be another one; otherwise the client is over too.
    pub(super) fn lose(&mut self, reason: CloseReason) {
        if !self.lifecycle.lost(&reason) {
            return self.terminate(reason);
        }
        self.part(reason.is_server());
        self.session.connection_lost(reason.as_loss());
        self.after.note(Note::Lost(reason));
        self.phase_changed();
        self.wake_driver();
    }

    /// The one way to the end, from any thread.
    pub(super) fn terminate(&mut self, reason: CloseReason) {
        let daemon_is_gone = reason.is_server();
        if self.lifecycle.close(reason) {
            self.after.note(Note::Closed(self.lifecycle.last_reason()));
            self.part(daemon_is_gone);
            self.session.close();
            self.signal.over();
            self.phase_changed();
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
        self.wake_driver();
    }

    /// Ends a client that is to be closed and has nothing to wait for: every thread that unlocks looks,
    /// so no driver is needed. Without a connection nothing was sent that could be waited for.
    pub(super) fn end_if_drained(&mut self) {
        let Phase::Draining(wait_for) = self.lifecycle.phase() else { return };
        let waits = match wait_for {
            WaitFor::AllCalls => self.session.under_way() > 0,
            WaitFor::LateReply => self.session.owes_late(),
        };
        if !waits || self.link.connection.is_none() {
            self.terminate(CloseReason::Local);
        }
    }

    /// Only the end of the connection ends a subscription. A client that waits for its calls goes on
    /// waiting.
    pub(super) fn leave(&mut self) {
        if self.lifecycle.admit().is_ok() {
            self.drain(WaitFor::LateReply);
            self.end_if_drained();
        }
    }

    fn phase_changed(&mut self) {
        self.waiters.take_all().for_each(|waker| self.after.wake(waker));
    }
}
