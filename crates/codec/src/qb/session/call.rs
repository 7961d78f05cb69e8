//! Calls: how they begin, complete, and are forgotten.

use std::time::Instant;

use super::lanes::Lane;
use super::slots::Key;
use super::{CallError, Epoch, Output, ReaderId, Session};
use crate::qb::service::{Request, Service};

/// Marks keys of calls.
#[derive(Debug)]
pub enum CallKey {}

/// A call: to [take](Session::take) its outcome by, or to [abandon](Session::abandon) it.
pub type Ticket = Key<CallKey>;

/// The outcome of a successful call.
#[derive(Debug)]
pub enum Outcome<S: Service> {
    /// The reply.
    Reply(S::Reply),
    /// The daemon has a request that is never answered.
    Sent,
    /// The reader's first state can be read.
    Subscribed,
    /// The reader is gone, and the daemon has ended the subscription if nobody else reads it.
    Unsubscribed,
}

#[derive(Debug)]
pub(super) struct Call<S: Service> {
    pub(super) deadline: Option<Instant>,
    pub(super) owner: Owner,
    pub(super) stage: Stage<S>,
}

/// Whose call it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Owner {
    /// The user's, who takes the outcome.
    User,
    /// The subscription's with this id.
    Subscription(u64),
    /// The keep-alive's.
    KeepAlive,
}

#[derive(Debug)]
pub(super) enum Stage<S: Service> {
    Queued(Lane, S::Request),
    /// The number of its reply, and the request, which may have a next step.
    Owed(Lane, u64, S::Request),
    /// Waits for the first state of a reader.
    Subscribing(ReaderId),
    /// Waits until the subscription with this id is over.
    Unsubscribing(u64),
    Done(Result<Outcome<S>, CallError>),
}

impl<S: Service> Session<S> {
    /// Queues a request. Without a connection it waits for one, up to its deadline.
    pub fn call(&mut self, request: S::Request, deadline: Option<Instant>) -> Ticket {
        let lane = if request.is_gated() { Lane::Gated } else { Lane::Main };
        self.enqueue(lane, request, deadline, Owner::User)
    }

    /// As [`call`](Self::call), for what means something on one connection only: an iteration, a
    /// message of a group's member.
    ///
    /// # Errors
    ///
    /// [`CallError::Lost`] if that connection is lost.
    pub fn call_in(
        &mut self,
        epoch: Epoch,
        request: S::Request,
        deadline: Option<Instant>,
    ) -> Result<Ticket, CallError> {
        if self.connected != Some(epoch) {
            self.discard(request);
            return Err(CallError::Lost { sent: false });
        }
        Ok(self.call(request, deadline))
    }

    /// The outcome of a call, if it is complete. The ticket is void after that.
    pub fn take(&mut self, ticket: Ticket) -> Option<Result<Outcome<S>, CallError>> {
        let call = self.calls.remove_if(ticket, |call| matches!(call.stage, Stage::Done(_)))?;
        match call.stage {
            Stage::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// The caller went away. A request that was not sent never is; the reply to one that was is
    /// swallowed.
    pub fn abandon(&mut self, ticket: Ticket) {
        self.remove_call(ticket);
    }

    pub(super) fn enqueue(
        &mut self,
        lane: Lane,
        request: S::Request,
        deadline: Option<Instant>,
        owner: Owner,
    ) -> Ticket {
        if self.closed {
            self.discard(request);
            let ticket = self.insert_call(Stage::Done(Err(CallError::Closed)), None, owner);
            self.output.push_back(Output::Completed(ticket));
            return ticket;
        }
        let ticket = self.insert_call(Stage::Queued(lane, request), deadline, owner);
        self.lanes.of_mut(lane).calls.push_back(ticket);
        ticket
    }

    pub(super) fn insert_call(
        &mut self,
        stage: Stage<S>,
        deadline: Option<Instant>,
        owner: Owner,
    ) -> Ticket {
        let ticket = self.calls.insert(Call { deadline, owner, stage });
        if let Some(at) = deadline {
            self.deadlines.insert_call(at, ticket);
        }
        ticket
    }

    /// Ends a call for its owner.
    pub(super) fn complete(&mut self, ticket: Ticket, outcome: Result<Outcome<S>, CallError>) {
        self.detach(ticket);
        let Some(call) = self.calls.get_mut(ticket) else { return };
        match call.owner {
            Owner::User => {
                let before = std::mem::replace(&mut call.stage, Stage::Done(outcome));
                self.discard_stage(before);
                self.output.push_back(Output::Completed(ticket));
            }
            Owner::Subscription(id) => {
                self.remove_call(ticket);
                self.step_failed(id, outcome);
            }
            Owner::KeepAlive => {
                self.remove_call(ticket);
                self.ping_over(outcome.is_ok());
            }
        }
    }

    pub(super) fn time_out(&mut self, ticket: Ticket) {
        let sent = self.is_sent(ticket);
        self.complete(ticket, Err(CallError::Timeout { sent }));
    }

    pub(super) fn remove_call(&mut self, ticket: Ticket) {
        self.detach(ticket);
        if let Some(call) = self.calls.remove(ticket) {
            self.discard_stage(call.stage);
        }
    }

    /// Whether the daemon may act on a call.
    pub(super) fn is_sent(&self, ticket: Ticket) -> bool {
        self.calls.get(ticket).is_some_and(|call| match &call.stage {
            Stage::Owed(..) | Stage::Unsubscribing(_) => true,
            Stage::Subscribing(reader) => self.is_opening(*reader),
            Stage::Queued(..) | Stage::Done(_) => false,
        })
    }

    /// Takes a call that is over out of everything that refers to it.
    fn detach(&mut self, ticket: Ticket) {
        let Some(call) = self.calls.get(ticket) else { return };
        let stage = match &call.stage {
            Stage::Queued(lane, _) => Detached::Queued(*lane),
            Stage::Owed(lane, number, _) => Detached::Owed(*lane, *number),
            Stage::Subscribing(reader) => Detached::Subscribing(*reader),
            Stage::Unsubscribing(id) => Detached::Unsubscribing(*id),
            Stage::Done(_) => return,
        };
        self.clear_deadline(ticket);
        match stage {
            Detached::Queued(lane) => {
                let calls = &self.calls;
                let queue = self.lanes.of_mut(lane);
                queue.calls.ended(|&queued| queued == ticket || !is_queued(calls.get(queued)));
                queue.release(ticket);
            }
            Detached::Owed(lane, number) => {
                self.owed.forget(number);
                self.lanes.of_mut(lane).release(ticket);
            }
            Detached::Subscribing(reader) => self.give_up_subscribing(reader, ticket),
            Detached::Unsubscribing(id) => self.give_up_unsubscribing(id, ticket),
        }
    }

    /// A call waits for no deadline any more.
    pub(super) fn clear_deadline(&mut self, ticket: Ticket) {
        let Some(at) = self.calls.get_mut(ticket).and_then(|call| call.deadline.take()) else {
            return;
        };
        let calls = &self.calls;
        self.deadlines.remove_call(at, ticket, |at, ticket| {
            calls.get(ticket).is_none_or(|call| call.deadline != Some(at))
        });
    }

    /// Takes the call at the head of a lane out of it: its request goes out.
    pub(super) fn leave_lane(&mut self, lane: Lane) -> Option<Ticket> {
        let calls = &self.calls;
        self.lanes.of_mut(lane).calls.pop_front(|&queued| !is_queued(calls.get(queued)))
    }

    pub(super) fn discard(&mut self, request: S::Request) {
        if request.is_users() {
            self.garbage.push(request);
        }
    }

    fn discard_stage(&mut self, stage: Stage<S>) {
        if let Stage::Queued(_, request) | Stage::Owed(_, _, request) = stage {
            self.discard(request);
        }
    }

    /// Fails all calls that were made on a connection, sent or not.
    pub(super) fn fail_calls(&mut self, error: impl Fn(bool) -> CallError) {
        while let Some(owed) = self.owed.pop() {
            if let Some(ticket) = owed.call {
                self.complete(ticket, Err(error(true)));
            }
        }
        for lane in Lane::ALL {
            while let Some(&ticket) = self.lanes.of(lane).calls.front() {
                self.complete(ticket, Err(error(false)));
            }
        }
    }
}

/// Where a call was when it ended.
enum Detached {
    Queued(Lane),
    Owed(Lane, u64),
    Subscribing(ReaderId),
    Unsubscribing(u64),
}

fn is_queued<S: Service>(call: Option<&Call<S>>) -> bool {
    matches!(call, Some(Call { stage: Stage::Queued(..), .. }))
}
