use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::fifo::Fifo;
use super::keys::Ticket;

/// What is to be done at a time.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Timer {
    /// A step of this subscription is tried again.
    Subscription(u64),
    /// The daemon is asked for a sign of life.
    KeepAlive,
}

/// When something has to be done.
///
/// Nearly all deadlines are those of calls with the same timeout, so they come in order. These are in
/// a queue, at a few instructions each. A deadline that comes out of order is in an ordered map.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    in_order: Fifo<(Instant, Ticket)>,
    /// By time and slot: a slot has one call at a time.
    out_of_order: BTreeMap<(Instant, usize), Ticket>,
    timers: BTreeSet<(Instant, Timer)>,
}

/// What is due.
pub(super) enum Due {
    Timer(Timer),
    Call(Ticket),
}

impl Deadlines {
    #[inline]
    pub(super) fn insert_call(&mut self, at: Instant, call: Ticket) {
        if self.in_order.back().is_none_or(|(last, _)| *last <= at) {
            self.in_order.push_back((at, call));
        } else {
            self.out_of_order.insert((at, call.slot()), call);
        }
    }

    /// A call does not wait any more. `is_over` says whether any entry is of a call that
    /// does not wait for that time any more.
    #[inline]
    pub(super) fn remove_call(
        &mut self,
        at: Instant,
        call: Ticket,
        is_over: impl Fn(Instant, Ticket) -> bool,
    ) {
        let is_elsewhere =
            !self.out_of_order.is_empty() && self.out_of_order.remove(&(at, call.slot())).is_some();
        if !is_elsewhere {
            self.in_order.ended(|&(at, call)| is_over(at, call));
        }
    }

    pub(super) fn insert(&mut self, at: Instant, timer: Timer) {
        self.timers.insert((at, timer));
    }

    pub(super) fn remove(&mut self, at: Instant, timer: Timer) {
        self.timers.remove(&(at, timer));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let in_order = self.in_order.front().map(|&(at, _)| at);
        let out_of_order = self.out_of_order.first_key_value().map(|(&(at, _), _)| at);
        let timer = self.timers.first().map(|&(at, _)| at);
        in_order.into_iter().chain(out_of_order).chain(timer).min()
    }

    /// What is due at `now`. A timer is taken out; a call stays until it is
    /// [removed](Self::remove_call).
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        if let Some(&(_, call)) = self.in_order.front().filter(|(at, _)| *at <= now) {
            return Some(Due::Call(call));
        }
        if let Some((_, &call)) =
            self.out_of_order.first_key_value().filter(|((at, _), _)| *at <= now)
        {
            return Some(Due::Call(call));
        }
        let &first = self.timers.first().filter(|(at, _)| *at <= now)?;
        self.timers.remove(&first);
        Some(Due::Timer(first.1))
    }

    pub(super) fn len(&self) -> usize {
        self.in_order.len() + self.out_of_order.len() + self.timers.len()
    }
}
