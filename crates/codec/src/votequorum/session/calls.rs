use std::time::Instant;

use super::{CallError, TrackId};
use crate::votequorum::{Reply, Request, ResponseId};

/// Names a call of a session until its outcome is taken or it is abandoned.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket {
    index: usize,
    generation: u64,
}

impl Ticket {
    /// A small number that no other open call of the session has; free again when this one ends.
    pub fn slot(self) -> usize {
        self.index
    }
}

/// A call from when it is queued until nobody and nothing needs it any more.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) stage: Stage,
    pub(super) deadline: Option<Instant>,
    /// Whether somebody will ask for the outcome.
    pub(super) waiting: bool,
    /// Whether the deadline has passed, and the outcome is that.
    pub(super) late: bool,
    /// The track a TRACKSTART starts.
    pub(super) track: Option<TrackId>,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// Not sent.
    Queued(Request),
    /// Sent, and not answered.
    Owed {
        expects: ResponseId,
        reply_len: u32,
        /// Whether nothing may go out behind it.
        exclusive: bool,
        ends_track: bool,
    },
    /// Complete.
    Done(Result<Reply, CallError>),
}

impl Call {
    pub(super) fn waiting(request: Request, deadline: Option<Instant>) -> Self {
        Self { stage: Stage::Queued(request), deadline, waiting: true, late: false, track: None }
    }

    /// Whether it has to be kept until the daemon has answered, even if nobody waits for that.
    ///
    /// A request that went out has to; and a TRACKSTOP has to go out, or the daemon would track on
    /// for ever.
    pub(super) fn is_bound(&self) -> bool {
        matches!(self.stage, Stage::Owed { .. } | Stage::Queued(Request::TrackStop(_)))
    }

    /// What became of it if its deadline has passed.
    pub(super) fn timeout(&self) -> CallError {
        CallError::Timeout { sent: matches!(self.stage, Stage::Owed { .. }) }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.awaits_deadline() && self.deadline.is_some_and(|deadline| deadline <= now)
    }

    fn awaits_deadline(&self) -> bool {
        self.waiting && !self.late && !matches!(self.stage, Stage::Done(_))
    }
}

/// The calls of a session, in slots that are used again.
#[derive(Debug, Default)]
pub(super) struct Calls {
    slots: Vec<Slot>,
    free: Vec<usize>,
}

#[derive(Debug, Default)]
struct Slot {
    generation: u64,
    call: Option<Call>,
}

impl Calls {
    pub(super) fn insert(&mut self, call: Call) -> usize {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        });
        if let Some(slot) = self.slots.get_mut(index) {
            slot.call = Some(call);
        }
        index
    }

    pub(super) fn free(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        if slot.call.take().is_some() {
            slot.generation += 1;
            self.free.push(index);
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Call> {
        self.slots.get(index)?.call.as_ref()
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Call> {
        self.slots.get_mut(index)?.call.as_mut()
    }

    pub(super) fn ticket(&self, index: usize) -> Ticket {
        let generation = self.slots.get(index).map_or(0, |slot| slot.generation);
        Ticket { index, generation }
    }

    /// The call a ticket names, if it still does.
    pub(super) fn index(&self, ticket: Ticket) -> Option<usize> {
        let slot = self.slots.get(ticket.index)?;
        (slot.generation == ticket.generation && slot.call.is_some()).then_some(ticket.index)
    }

    /// A call whose deadline has passed.
    pub(super) fn due(&self, now: Instant) -> Option<usize> {
        self.position(|call| call.is_due(now))
    }

    pub(super) fn earliest_deadline(&self) -> Option<Instant> {
        let open = self.slots.iter().filter_map(|slot| slot.call.as_ref());
        open.filter(|call| call.awaits_deadline()).filter_map(|call| call.deadline).min()
    }

    /// How many calls are kept.
    #[cfg(feature = "fuzzing")]
    pub(super) fn open(&self) -> usize {
        self.slots.iter().filter(|slot| slot.call.is_some()).count()
    }

    /// A call that is not complete.
    pub(super) fn pending(&self) -> Option<usize> {
        self.position(|call| !matches!(call.stage, Stage::Done(_)))
    }

    fn position(&self, wanted: impl Fn(&Call) -> bool) -> Option<usize> {
        self.slots.iter().position(|slot| slot.call.as_ref().is_some_and(&wanted))
    }
}
