//! Requests out, responses in.

use std::time::Instant;

use bytes::BytesMut;

use super::call::{Outcome, Owner, Stage};
use super::keys::Ticket;
use super::lanes::Lane;
use super::{CallError, PAUSE, ProtocolError, Session};
use crate::Fields;
use crate::qb::CsError;
use crate::qb::header::ResponseHeader;
use crate::qb::service::{Advance, Answered, Request, Service};

impl<S: Service> Session<S> {
    /// Whether the daemon asks for flow control. To be told before [`poll_transmit`].
    ///
    /// [`poll_transmit`]: Self::poll_transmit
    pub fn set_stopped(&mut self, stopped: bool) {
        self.stopped = stopped;
    }

    /// Whether a request waits until the daemon no longer asks for flow control. The daemon does not
    /// announce that, so the flow-control word has to be polled meanwhile.
    pub fn waits_for_flow(&self) -> bool {
        self.stopped && self.lanes.of(Lane::Gated).calls.len() > 0
    }

    /// The next request that may go out: appends its head to `head`, and returns its body, which
    /// follows the head on the wire.
    ///
    /// If it goes out, [`transmitted`](Self::transmitted) is to be called before anything else.
    /// Otherwise the same request is returned again. A request that can never be sent, or never be
    /// answered, fails with [`CallError::TooLarge`] here.
    pub fn poll_transmit(&mut self, head: &mut BytesMut) -> Option<&[u8]> {
        self.offered = None;
        self.connected?;
        let start = head.len();
        let ticket = loop {
            let (lane, ticket) = self.next_request()?;
            let request = self.request(ticket)?;
            request.encode(head);
            let len = head.len() - start + request.body().len();
            if len <= self.largest_request && self.owed.can_be_answered(request.class()) {
                self.offered = Some(lane);
                break ticket;
            }
            head.truncate(start);
            self.complete(ticket, Err(CallError::TooLarge));
        };
        Some(self.request(ticket)?.body())
    }

    /// The request that [`poll_transmit`](Self::poll_transmit) returned is in the daemon's hands.
    pub fn transmitted(&mut self) {
        let Some(lane) = self.offered.take() else { return };
        let Some(&ticket) = self.lanes.of(lane).calls.front() else { return };
        let Some(class) = self.request(ticket).map(Request::class) else { return };
        let Some(answer) = class.answer() else {
            return self.complete(ticket, Ok(Outcome::Sent));
        };
        self.leave_lane(lane);
        if lane == Lane::Gated {
            self.lanes.of_mut(lane).held_by = Some(ticket);
        }
        self.owed.push(answer, class.is_late(), ticket);
        if let Some(Stage::Asks(asks)) = self.calls.get_mut(ticket).map(|call| &mut call.stage) {
            asks.sent = true;
        }
    }

    /// Takes in a message of the response channel.
    ///
    /// # Errors
    ///
    /// If it is malformed or not the reply that is owed. The connection is unusable then.
    pub fn handle_response(
        &mut self,
        message: &mut BytesMut,
        now: Instant,
    ) -> Result<(), ProtocolError> {
        self.heard();
        let header = ResponseHeader::decode(&mut Fields::new("response", message))?;
        // It is owed until it was taken in: a call whose reply is malformed fails with the connection.
        let Some(owed) = self.owed.front() else {
            return Err(ProtocolError::NothingOwed { found: header.id });
        };
        let (len, most) = (message.len(), owed.answer.max_len);
        if len > most as usize {
            return Err(ProtocolError::TooLong { id: header.id, len, most });
        }
        // The daemon refuses some requests before it looks at them, with id 0.
        let is_refusal = header.error != CsError::Ok && header.id == 0;
        if header.id != owed.answer.id && !is_refusal {
            let (found, expected) = (header.id, owed.answer.id);
            return Err(ProtocolError::Unexpected { found, expected });
        }
        let ticket = owed.call;
        let call = self.calls.get(ticket).filter(|call| matches!(call.stage, Stage::Asks(_)));
        let Some(owner) = call.map(|call| call.owner) else {
            // The call is over.
            self.owed.pop();
            return Ok(());
        };
        let answer = match header.error {
            CsError::Ok => Ok(S::decode_reply(header.id, message)?),
            error => Err(error),
        };
        self.owed.pop();
        if owner != Owner::User {
            self.own_answered(ticket, owner, answer, now);
        } else if self.is_last(ticket, &answer, now) {
            self.complete(ticket, answer.map(Outcome::Reply).map_err(CallError::Status));
        }
        Ok(())
    }

    /// The first lane whose head may go.
    fn next_request(&self) -> Option<(Lane, Ticket)> {
        // What waits for room is not overtaken by another lane that would take it: a large reply
        // would never find room among many small ones.
        let mut waits = false;
        for lane in Lane::ALL {
            let Some(ticket) = self.lanes.of(lane).head() else { continue };
            if lane == Lane::Gated && self.stopped {
                continue;
            }
            let class = self.request(ticket)?.class();
            if class.answer().is_none() || (!waits && self.owed.allows(class)) {
                return Some((lane, ticket));
            }
            waits = true;
        }
        None
    }

    #[inline]
    fn request(&self, ticket: Ticket) -> Option<&S::Request> {
        match &self.calls.get(ticket)?.stage {
            Stage::Asks(asks) => Some(&asks.request),
            _ => None,
        }
    }

    /// Whether the answer is the outcome of its call. Otherwise the request goes out again.
    #[inline]
    fn is_last(&mut self, ticket: Ticket, answer: &Answered<S>, now: Instant) -> bool {
        let Some(call) = self.calls.get_mut(ticket) else { return false };
        let Stage::Asks(asks) = &mut call.stage else { return false };
        let advance = asks.request.advance(answer);
        if advance != Advance::Done {
            asks.sent = false;
            let queue = self.lanes.of_mut(asks.lane);
            queue.calls.push_front(ticket);
            if advance == Advance::Pause {
                queue.paused_until = Some(now + PAUSE);
            }
        }
        advance == Advance::Done
    }

    /// A request of the session's own was answered.
    fn own_answered(&mut self, ticket: Ticket, owner: Owner, answer: Answered<S>, now: Instant) {
        self.remove_call(ticket);
        match owner {
            Owner::Subscription(id) => self.step_answered(id, answer, now),
            Owner::KeepAlive | Owner::User => self.ping_over(true),
        }
    }
}
