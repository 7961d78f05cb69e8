use std::collections::BTreeSet;
use std::time::Instant;

use super::call::Ticket;
use super::fifo::Fifo;

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
/// Nearly all deadlines are calls' with the same timeout, so they come in order: those are in a
/// queue, at no more than a few instructions each. What comes out of order is in an ordered set.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    in_order: Fifo<(Instant, Ticket)>,
    others: BTreeSet<(Instant, Other)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Other {
    Timer(Timer),
    Call(Ticket),
}

/// What is due.
pub(super) enum Due {
    Timer(Timer),
    Call(Ticket),
}

impl Deadlines {
    pub(super) fn insert_call(&mut self, at: Instant, call: Ticket) {
        if self.in_order.back().is_none_or(|(last, _)| *last <= at) {
            self.in_order.push_back((at, call));
        } else {
            self.others.insert((at, Other::Call(call)));
        }
    }

    /// A call does not wait any more. `is_over` says of any call whether it waits.
    pub(super) fn remove_call(
        &mut self,
        at: Instant,
        call: Ticket,
        is_over: impl Fn(Instant, Ticket) -> bool,
    ) {
        if self.others.is_empty() || !self.others.remove(&(at, Other::Call(call))) {
            self.in_order.ended(|&(at, call)| is_over(at, call));
        }
    }

    pub(super) fn insert(&mut self, at: Instant, timer: Timer) {
        self.others.insert((at, Other::Timer(timer)));
    }

    pub(super) fn remove(&mut self, at: Instant, timer: Timer) {
        self.others.remove(&(at, Other::Timer(timer)));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let in_order = self.in_order.front().map(|&(at, _)| at);
        let other = self.others.first().map(|&(at, _)| at);
        in_order.into_iter().chain(other).min()
    }

    /// What is due at `now`. A timer is taken out; a call stays until it is
    /// [removed](Self::remove_call).
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        if let Some(&(_, call)) = self.in_order.front().filter(|(at, _)| *at <= now) {
            return Some(Due::Call(call));
        }
        let &(at, other) = self.others.first().filter(|(at, _)| *at <= now)?;
        Some(match other {
            Other::Call(call) => Due::Call(call),
            Other::Timer(timer) => {
                self.others.remove(&(at, other));
                Due::Timer(timer)
            }
        })
    }

    pub(super) fn len(&self) -> usize {
        self.in_order.len() + self.others.len()
    }
}

impl Ord for Other {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Other {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Other {
    /// A call that waits is the only one in its slot.
    fn rank(self) -> (Option<Timer>, usize) {
        match self {
            Self::Timer(timer) => (Some(timer), 0),
            Self::Call(call) => (None, call.slot()),
        }
    }
}
