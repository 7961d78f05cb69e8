//! Requests out, responses in.

use std::time::Instant;

use bytes::BytesMut;

use super::call::{Outcome, Owner, Stage, Ticket};
use super::lanes::Lane;
use super::{CallError, Output, PAUSE, ProtocolError, Session};
use crate::Reader;
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
    /// It is the same one until [`transmitted`](Self::transmitted) is called. A request that can
    /// never be sent, or never be answered, fails with [`CallError::TooLarge`] here.
    pub fn poll_transmit(&mut self, head: &mut BytesMut) -> Option<&[u8]> {
        self.offered = None;
        self.connected?;
        let (lane, ticket) = loop {
            let (lane, ticket) = self.next_request()?;
            let Stage::Queued(_, request) = &self.calls.get(ticket)?.stage else { return None };
            let start = head.len();
            request.encode(head);
            let len = head.len() - start + request.body().len();
            if len <= self.largest_request && self.owed.can_be_answered(request.class()) {
                break (lane, ticket);
            }
            head.truncate(start);
            self.complete(ticket, Err(CallError::TooLarge));
        };
        self.offered = Some(lane);
        match &self.calls.get(ticket)?.stage {
            Stage::Queued(_, request) => Some(request.body()),
            _ => None,
        }
    }

    /// The request that [`poll_transmit`](Self::poll_transmit) returned is in the daemon's hands.
    pub fn transmitted(&mut self) {
        let Some(lane) = self.offered.take() else { return };
        let Some(ticket) = self.leave_lane(lane) else { return };
        let Some(call) = self.calls.get_mut(ticket) else { return };
        let sent = std::mem::replace(&mut call.stage, Stage::Done(Ok(Outcome::Sent)));
        let Stage::Queued(_, request) = sent else { return };
        let class = request.class();
        let Some(answer) = class.answer() else {
            self.clear_deadline(ticket);
            self.output.push_back(Output::Completed(ticket));
            return self.discard(request);
        };
        let number = self.owed.push(answer, class.is_late(), ticket);
        call.stage = Stage::Owed(lane, number, request);
        if lane == Lane::Gated {
            self.lanes.of_mut(lane).held_by = Some(ticket);
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
        let header = ResponseHeader::decode(&mut Reader::new("response", message))?;
        let Some(owed) = self.owed.pop() else {
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
        let Some(ticket) = owed.call else { return Ok(()) };
        let answer = match header.error {
            CsError::Ok => Ok(S::decode_reply(header.id, message)?),
            error => Err(error),
        };
        self.answered(ticket, answer, now);
        Ok(())
    }

    /// The head of the first lane whose head may go.
    fn next_request(&self) -> Option<(Lane, Ticket)> {
        Lane::ALL.into_iter().find_map(|lane| {
            let ticket = self.lanes.of(lane).head()?;
            let Stage::Queued(_, request) = &self.calls.get(ticket)?.stage else { return None };
            let flows = lane != Lane::Gated || !self.stopped;
            (flows && self.owed.allows(request.class())).then_some((lane, ticket))
        })
    }

    fn answered(&mut self, ticket: Ticket, answer: Answered<S>, now: Instant) {
        let Some(call) = self.calls.get_mut(ticket) else { return };
        match call.owner {
            Owner::User => {}
            Owner::Subscription(id) => {
                self.remove_call(ticket);
                return self.step_answered(id, answer, now);
            }
            Owner::KeepAlive => {
                self.remove_call(ticket);
                return self.ping_over(true);
            }
        }
        let Stage::Owed(lane, _, request) = &mut call.stage else { return };
        let lane = *lane;
        let advance = request.advance(&answer);
        if advance == Advance::Done {
            let outcome = answer.map(Outcome::Reply).map_err(CallError::Status);
            return self.complete(ticket, outcome);
        }
        let done = Stage::Done(Ok(Outcome::Sent));
        if let Stage::Owed(lane, _, request) = std::mem::replace(&mut call.stage, done) {
            call.stage = Stage::Queued(lane, request);
        }
        let queue = self.lanes.of_mut(lane);
        queue.held_by = Some(ticket);
        queue.calls.push_front(ticket);
        queue.paused_until = (advance == Advance::Pause).then(|| now + PAUSE);
    }
}
