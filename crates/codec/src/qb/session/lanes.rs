use std::time::Instant;

use super::fifo::Fifo;
use super::keys::Ticket;

/// Where a request waits to go out. Each lane keeps its order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lane {
    /// The session's own requests, before all others.
    Own,
    /// Requests of users.
    Main,
    /// Requests that wait while the daemon asks for flow control.
    Gated,
}

#[derive(Debug, Default)]
pub(super) struct Lanes {
    own: Queue,
    main: Queue,
    gated: Queue,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) calls: Fifo<Ticket>,
    /// Nothing goes out before this time.
    pub(super) paused_until: Option<Instant>,
    /// The call that is under way, if nothing may overtake it: of several gated requests that are one
    /// call, no other gated request goes out between two.
    pub(super) held_by: Option<Ticket>,
}

impl Lane {
    pub(super) const ALL: [Self; 3] = [Self::Own, Self::Main, Self::Gated];
}

impl Lanes {
    pub(super) fn of(&self, lane: Lane) -> &Queue {
        match lane {
            Lane::Own => &self.own,
            Lane::Main => &self.main,
            Lane::Gated => &self.gated,
        }
    }

    pub(super) fn of_mut(&mut self, lane: Lane) -> &mut Queue {
        match lane {
            Lane::Own => &mut self.own,
            Lane::Main => &mut self.main,
            Lane::Gated => &mut self.gated,
        }
    }

    /// How many calls wait.
    pub(super) fn len(&self) -> usize {
        self.own.calls.len() + self.main.calls.len() + self.gated.calls.len()
    }

    /// When the first pause is over.
    pub(super) fn resumes_at(&self) -> Option<Instant> {
        [&self.own, &self.main, &self.gated].iter().filter_map(|queue| queue.paused_until).min()
    }

    /// Ends the pauses that are over.
    pub(super) fn resume(&mut self, now: Instant) {
        for queue in [&mut self.own, &mut self.main, &mut self.gated] {
            queue.paused_until.take_if(|until| *until <= now);
        }
    }
}

impl Queue {
    /// The call that may go next.
    #[inline]
    pub(super) fn head(&self) -> Option<Ticket> {
        let call = *self.calls.front()?;
        let free = self.paused_until.is_none() && self.held_by.is_none_or(|held| held == call);
        free.then_some(call)
    }

    /// A call is over. If it held the lane, others may go.
    #[inline]
    pub(super) fn release(&mut self, call: Ticket) {
        if self.held_by.take_if(|held| *held == call).is_some() {
            self.paused_until = None;
        }
    }
}
