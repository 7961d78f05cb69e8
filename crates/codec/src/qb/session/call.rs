//! Calls: how they begin, complete, and are forgotten.

use std::time::Instant;

use super::keys::{ReaderId, Ticket};
use super::lanes::Lane;
use super::{CallError, Epoch, Output, Session};
use crate::qb::service::{Request, Service};

/// The outcome of a successful call.
#[derive(Debug)]
pub enum Outcome<S: Service> {
    /// The reply.
    Reply(S::Reply),
    /// The daemon has a request that is never answered.
    Sent,
    /// The reader's first state can be read.
    Subscribed,
    /// The reader is gone, and the subscription is over unless other readers keep it.
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
    Asks(Asks<S>),
    /// Waits for the first state of a reader.
    Subscribing(ReaderId),
    /// Waits until the subscription with this id is over.
    Unsubscribing(u64),
    Done(Result<Outcome<S>, CallError>),
}

/// A request, and where it is.
#[derive(Debug)]
pub(super) struct Asks<S: Service> {
    pub(super) lane: Lane,
    /// Whether it was sent, and its reply is owed. Otherwise it is in its lane.
    pub(super) sent: bool,
    pub(super) request: S::Request,
}

impl<S: Service> Session<S> {
    /// Queues a request. Without a connection it waits for one, up to its deadline: a call that is
    /// made during an outage goes out over the next connection.
    pub fn call(&mut self, request: S::Request, deadline: Option<Instant>) -> Ticket {
        let lane = if request.is_gated() { Lane::Gated } else { Lane::Main };
        self.enqueue(lane, request, deadline, Owner::User)
    }

    /// As [`call`](Self::call), for what means something on one connection only: an iteration, a
    /// message of a group's member.
    ///
    /// # Errors
    ///
    /// [`CallError::Lost`] if that connection is lost, [`CallError::Closed`] if the client is closed.
    pub fn call_in(
        &mut self,
        epoch: Epoch,
        request: S::Request,
        deadline: Option<Instant>,
    ) -> Result<Ticket, CallError> {
        if self.connected == Some(epoch) {
            return Ok(self.call(request, deadline));
        }
        self.discard(request);
        Err(if self.closed { CallError::Closed } else { CallError::Lost { sent: false } })
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
        let asks = Asks { lane, sent: false, request };
        let ticket = self.insert_call(Stage::Asks(asks), deadline, owner);
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

    /// Ends a call for its owner, unless it is over.
    #[inline]
    pub(super) fn complete(&mut self, ticket: Ticket, outcome: Result<Outcome<S>, CallError>) {
        let Some(call) = self.calls.get_mut(ticket) else { return };
        let Some(place) = call.stage.place() else { return };
        if call.owner == Owner::User {
            let deadline = call.deadline.take();
            // In place: requests and outcomes have hundreds of bytes.
            match &call.stage {
                Stage::Asks(asks) if asks.request.is_users() => {
                    let before = std::mem::replace(&mut call.stage, Stage::Done(outcome));
                    self.discard_stage(before);
                }
                _ => call.stage = Stage::Done(outcome),
            }
            self.detach(ticket, deadline, place);
            return self.output.push_back(Output::Completed(ticket));
        }
        let owner = call.owner;
        self.remove_call(ticket);
        match owner {
            Owner::Subscription(id) => self.step_failed(id, outcome),
            Owner::KeepAlive | Owner::User => self.ping_over(outcome.is_ok()),
        }
    }

    pub(super) fn time_out(&mut self, ticket: Ticket) {
        let sent = self.is_sent(ticket);
        self.complete(ticket, Err(CallError::Timeout { sent }));
    }

    pub(super) fn remove_call(&mut self, ticket: Ticket) {
        let Some(call) = self.calls.remove(ticket) else { return };
        if let Some(place) = call.stage.place() {
            self.detach(ticket, call.deadline, place);
        }
        self.discard_stage(call.stage);
    }

    /// Whether the daemon has the request that a call waits for, and may act on it.
    pub(super) fn is_sent(&self, ticket: Ticket) -> bool {
        match self.calls.get(ticket).map(|call| &call.stage) {
            Some(Stage::Asks(asks)) => asks.sent,
            Some(&Stage::Subscribing(reader)) => self.is_opening(reader),
            Some(&Stage::Unsubscribing(id)) => self.is_closing(id),
            Some(Stage::Done(_)) | None => false,
        }
    }

    /// Takes a call that is over out of what refers to it.
    fn detach(&mut self, ticket: Ticket, deadline: Option<Instant>, place: Place) {
        if let Some(at) = deadline {
            self.clear_deadline(ticket, at);
        }
        match place {
            Place::Lane { lane, sent } => {
                let calls = &self.calls;
                let queue = self.lanes.of_mut(lane);
                if !sent {
                    queue.calls.ended(|&queued| !is_queued(calls.get(queued)));
                }
                queue.release(ticket);
            }
            Place::Reader(reader) => self.give_up_subscribing(reader, ticket),
            Place::Subscription(id) => self.give_up_unsubscribing(id, ticket),
        }
    }

    /// A call does not wait for its deadline any more, which was taken from it.
    pub(super) fn clear_deadline(&mut self, ticket: Ticket, at: Instant) {
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

    #[inline]
    pub(super) fn discard(&mut self, request: S::Request) {
        if request.is_users() {
            self.garbage.push(request);
        }
    }

    fn discard_stage(&mut self, stage: Stage<S>) {
        if let Stage::Asks(asks) = stage {
            self.discard(asks.request);
        }
    }

    /// Fails all calls that were made on a connection, sent or not.
    pub(super) fn fail_calls(&mut self, error: impl Fn(bool) -> CallError) {
        while let Some(owed) = self.owed.pop() {
            self.complete(owed.call, Err(error(true)));
        }
        for lane in Lane::ALL {
            while let Some(&ticket) = self.lanes.of(lane).calls.front() {
                self.complete(ticket, Err(error(false)));
            }
            self.lanes.of_mut(lane).paused_until = None;
        }
    }
}

/// What refers to a call that is not over.
#[derive(Clone, Copy)]
enum Place {
    Lane { lane: Lane, sent: bool },
    Reader(ReaderId),
    Subscription(u64),
}

impl<S: Service> Stage<S> {
    #[inline]
    fn place(&self) -> Option<Place> {
        Some(match *self {
            Self::Asks(Asks { lane, sent, .. }) => Place::Lane { lane, sent },
            Self::Subscribing(reader) => Place::Reader(reader),
            Self::Unsubscribing(id) => Place::Subscription(id),
            Self::Done(_) => return None,
        })
    }
}

#[inline]
fn is_queued<S: Service>(call: Option<&Call<S>>) -> bool {
    matches!(call, Some(Call { stage: Stage::Asks(Asks { sent: false, .. }), .. }))
}
