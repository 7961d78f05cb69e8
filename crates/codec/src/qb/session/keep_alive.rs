//! Whether the daemon is alive: it is asked for a sign of life when nothing has come for a while.

use std::time::{Duration, Instant};

use super::call::Owner;
use super::deadlines::Timer;
use super::keys::Ticket;
use super::lanes::Lane;
use super::{Output, Session};
use crate::qb::service::Service;

#[derive(Debug, Default)]
pub(super) struct KeepAlive {
    interval: Option<Duration>,
    /// When the timer fires.
    timer: Option<Instant>,
    /// The request that asks for a sign of life, until it is answered.
    ping: Option<Ticket>,
    /// Whether anything came since the timer was set.
    heard: bool,
    silent: bool,
}

impl<S: Service> Session<S> {
    /// Asks the daemon for a sign of life when nothing came from it for `interval`; `None`, the
    /// default, for never. Takes effect with the next connection.
    ///
    /// A daemon that does not answer within another interval [is silent](Self::is_silent). While a
    /// late reply is owed, the daemon cannot be asked and is not taken to be silent.
    pub fn set_keep_alive(&mut self, interval: Option<Duration>) {
        self.keep_alive.interval = interval;
    }

    /// Whether the daemon has not answered the keep-alive: it is stopped or overloaded, and what it
    /// said last may be out of date.
    pub fn is_silent(&self) -> bool {
        self.keep_alive.silent
    }

    pub(super) fn start_keep_alive(&mut self, now: Instant) {
        self.keep_alive.heard = true;
        self.set_timer(now);
    }

    pub(super) fn stop_keep_alive(&mut self) {
        if let Some(at) = self.keep_alive.timer.take() {
            self.deadlines.remove(at, Timer::KeepAlive);
        }
        if let Some(ping) = self.keep_alive.ping.take() {
            self.remove_call(ping);
        }
        self.keep_alive.silent = false;
    }

    /// Something came from the daemon.
    #[inline]
    pub(super) fn heard(&mut self) {
        self.keep_alive.heard = true;
        if self.keep_alive.silent {
            self.set_silent(false);
        }
    }

    pub(super) fn keep_alive_due(&mut self, now: Instant) {
        let heard = std::mem::take(&mut self.keep_alive.heard);
        if !heard && self.keep_alive.ping.is_none() {
            if let Some(request) = S::ping() {
                let ping = self.enqueue(Lane::Own, request, None, Owner::KeepAlive);
                self.keep_alive.ping = Some(ping);
            }
        } else if !heard && !self.owed.is_late() {
            self.set_silent(true);
        }
        self.set_timer(now);
    }

    /// The request for a sign of life was answered, or failed.
    pub(super) fn ping_over(&mut self, answered: bool) {
        self.keep_alive.ping = None;
        if answered {
            self.heard();
        }
    }

    fn set_timer(&mut self, now: Instant) {
        let interval = self.keep_alive.interval.filter(|_| S::ping().is_some());
        let at = interval.and_then(|interval| now.checked_add(interval));
        if let Some(at) = at {
            self.deadlines.insert(at, Timer::KeepAlive);
        }
        self.keep_alive.timer = at;
    }

    fn set_silent(&mut self, silent: bool) {
        if std::mem::replace(&mut self.keep_alive.silent, silent) != silent {
            self.output.extend(self.subscriptions.readers.keys().map(Output::Readable));
        }
    }
}
