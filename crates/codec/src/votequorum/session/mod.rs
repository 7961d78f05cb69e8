//! The state of one connection, without I/O and without a clock.
//!
//! A [`Session`] is told what happens ([`call`](Session::call), [`handle_response`],
//! [`handle_event`], [`handle_timeout`], [`abandon`], [`close`]) and says what to do next
//! ([`poll_transmit`], [`poll_timeout`], [`take`]).
//!
//! # Matching replies
//!
//! Replies carry nothing that names their request; they come in the order of the requests. So every
//! request that went out is **owed** a reply until it came, whatever became of the caller: the reply
//! to a call that timed out or was abandoned is swallowed when it comes. One request breaks the
//! order: the reply to [QDEVICE_REGISTER](super::qdevice_register) is overtaken by later ones, so
//! nothing goes out behind it until it is answered.
//!
//! # Tracking
//!
//! A connection tracks once. Notifications that belong to a track that has ended, or to none, are
//! dropped here ([`handle_event`] gives `None`).
//!
//! [`handle_response`]: Session::handle_response
//! [`handle_event`]: Session::handle_event
//! [`handle_timeout`]: Session::handle_timeout
//! [`abandon`]: Session::abandon
//! [`close`]: Session::close
//! [`poll_transmit`]: Session::poll_transmit
//! [`poll_timeout`]: Session::poll_timeout
//! [`take`]: Session::take

mod calls;
mod error;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzz;
#[cfg(test)]
mod tests;
mod track;
mod window;

use std::collections::VecDeque;
use std::time::Instant;

use bytes::BytesMut;

use self::calls::{Call, Calls, Stage};
use self::track::{Flow, Tracking};
use super::message::ResponseId;
use super::trackstart::TrackStart;
use super::trackstop::TrackStop;
use super::{Notification, Reply, Request, Response, TrackFlags};
use crate::DecodeError;

pub use self::calls::Ticket;
pub use self::error::{AlreadyTracking, CallError, ProtocolError};
pub use self::track::TrackId;
pub use self::window::Window;

/// The state of one connection.
#[derive(Debug)]
pub struct Session {
    calls: Calls,
    /// Calls not sent yet, in order.
    queue: VecDeque<usize>,
    /// Calls sent and not answered, in order.
    owed: VecDeque<usize>,
    /// What their longest replies take of the response channel, in bytes.
    owed_bytes: u32,
    tracking: Tracking,
    window: Window,
    /// Not later than the earliest deadline of a waiting call.
    earliest_deadline: Option<Instant>,
}

impl Session {
    /// The state of a connection over which nothing was sent yet.
    pub fn new(window: Window) -> Self {
        Self {
            calls: Calls::default(),
            queue: VecDeque::new(),
            owed: VecDeque::new(),
            owed_bytes: 0,
            tracking: Tracking::default(),
            window,
            earliest_deadline: None,
        }
    }

    /// Queues a request. Its outcome is to be [taken](Self::take) or [abandoned](Self::abandon).
    ///
    /// To track, use [`track`](Self::track) and [`untrack`](Self::untrack) instead.
    pub fn call(&mut self, request: Request, deadline: Option<Instant>) -> Ticket {
        self.enqueue(Call::waiting(request, deadline))
    }

    /// Queues a TRACKSTART.
    ///
    /// The track is over when its call fails, when it is abandoned, or with
    /// [`untrack`](Self::untrack); one whose flags do not follow changes, when all of the current
    /// state has come (see [`events_drained`](Self::events_drained)).
    ///
    /// # Errors
    ///
    /// If this connection tracks already; the daemon would say so too, but only after it had sent
    /// notifications that nobody could tell from those of the first track.
    pub fn track(
        &mut self,
        context: u64,
        flags: TrackFlags,
        deadline: Option<Instant>,
    ) -> Result<(Ticket, TrackId), AlreadyTracking> {
        let track = self.tracking.reserve()?;
        let request = Request::TrackStart(TrackStart { context, flags });
        let ticket = self.enqueue(Call { track: Some(track), ..Call::waiting(request, deadline) });
        Ok((ticket, track))
    }

    /// Ends a track, with nobody waiting for the daemon's answer.
    ///
    /// A TRACKSTART that has not gone out never will, and its ticket is void. Does nothing if the
    /// track has ended.
    pub fn untrack(&mut self, track: TrackId) {
        if self.end_track(track) {
            let request = Request::TrackStop(TrackStop);
            self.enqueue(Call { waiting: false, ..Call::waiting(request, None) });
        }
    }

    /// Ends a track, as [`untrack`](Self::untrack) does. The ticket is for the daemon's answer;
    /// there is none if the daemon knows of no such track.
    pub fn untrack_call(&mut self, track: TrackId, deadline: Option<Instant>) -> Option<Ticket> {
        self.end_track(track)
            .then(|| self.enqueue(Call::waiting(Request::TrackStop(TrackStop), deadline)))
    }

    /// The next request that may go out now, appended to `out`.
    ///
    /// Gives the same one until [`transmitted`](Self::transmitted) says that it has gone out.
    pub fn poll_transmit(&mut self, out: &mut BytesMut) -> bool {
        let Some(request) = self.next_request() else { return false };
        request.encode(out);
        true
    }

    /// The request that [`poll_transmit`](Self::poll_transmit) gave has gone out.
    pub fn transmitted(&mut self) {
        let Some(index) = self.queue.pop_front() else { return };
        let Some(call) = self.calls.get_mut(index) else { return };
        let Stage::Queued(request) = &call.stage else { return };
        if let (Request::TrackStart(start), Some(track)) = (request, call.track) {
            self.tracking.started(track, start.context, start.flags);
        }
        let reply_len = request.max_reply_len();
        self.owed_bytes = self.owed_bytes.saturating_add(reply_len);
        call.stage = Stage::Owed {
            expects: request.expects(),
            reply_len,
            exclusive: matches!(request, Request::QdeviceRegister(_)),
            ends_track: matches!(request, Request::TrackStop(_)),
        };
        self.owed.push_back(index);
    }

    /// Takes in a message of the response channel.
    ///
    /// Gives the call it completes, unless nobody waits for it any more.
    ///
    /// # Errors
    ///
    /// If the message is not the reply that is owed. Replies can no longer be matched then: the
    /// connection is of no more use.
    pub fn handle_response(&mut self, message: &[u8]) -> Result<Option<Ticket>, ProtocolError> {
        let response = Response::decode(message)?;
        let index = self.owed.pop_front().ok_or(ProtocolError::NothingOwed)?;
        self.window.reply_came();
        let call = self.calls.get_mut(index).ok_or(ProtocolError::NothingOwed)?;
        let Stage::Owed { expects, reply_len, ends_track, .. } = call.stage else {
            return Err(ProtocolError::NothingOwed);
        };
        self.owed_bytes = self.owed_bytes.saturating_sub(reply_len);
        let refused = response.id == ResponseId::Status && response.result.is_err();
        if response.id != expects && !refused {
            return Err(ProtocolError::Unexpected { found: response.id, expected: expects });
        }
        if let Some(track) = call.track {
            self.tracking.answered(track, response.result.is_ok());
        }
        if ends_track {
            self.tracking.stopped();
        }
        if !call.waiting {
            self.calls.free(index);
            return Ok(None);
        }
        if call.late {
            call.stage = Stage::Done(Err(CallError::Timeout { sent: true }));
            return Ok(None);
        }
        call.stage = Stage::Done(response.result.map_err(CallError::Status));
        Ok(Some(self.calls.ticket(index)))
    }

    /// Takes in a message of the event channel.
    ///
    /// Gives the notification with the track it belongs to, or `None` if that has ended.
    ///
    /// # Errors
    ///
    /// If the message is not a notification.
    pub fn handle_event(
        &mut self,
        message: &[u8],
    ) -> Result<Option<(TrackId, Notification)>, DecodeError> {
        let notification = Notification::decode(message)?;
        Ok(self.tracking.sort(&notification).map(|track| (track, notification)))
    }

    /// The event channel was found empty after every response at hand had been taken in.
    ///
    /// Gives the track that is complete now, if one is: one that asked for the current state only.
    pub fn events_drained(&mut self) -> Option<TrackId> {
        self.tracking.drained()
    }

    /// The time at which [`handle_timeout`](Self::handle_timeout) has something to do.
    ///
    /// It may turn out to be too early, never too late.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.earliest_deadline
    }

    /// Fails a call whose deadline has passed; call it until it gives `None`.
    ///
    /// A request that has not gone out never will.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Ticket> {
        if self.earliest_deadline.is_none_or(|earliest| now < earliest) {
            return None;
        }
        let Some(index) = self.calls.due(now) else {
            self.earliest_deadline = self.calls.earliest_deadline();
            return None;
        };
        let ticket = self.calls.ticket(index);
        let call = self.calls.get_mut(index)?;
        let track = call.track;
        if call.is_bound() {
            call.late = true;
        } else {
            call.stage = Stage::Done(Err(CallError::Timeout { sent: false }));
            self.queue.retain(|&queued| queued != index);
        }
        if let Some(track) = track {
            self.untrack(track);
        }
        Some(ticket)
    }

    /// The outcome of a call, if it is complete. Once taken, the ticket is void.
    pub fn take(&mut self, ticket: Ticket) -> Option<Result<Reply, CallError>> {
        let index = self.calls.index(ticket)?;
        let call = self.calls.get_mut(index)?;
        if !call.waiting {
            return None;
        }
        match &mut call.stage {
            Stage::Done(result) => {
                let result = std::mem::replace(result, Err(CallError::Closed));
                self.calls.free(index);
                Some(result)
            }
            Stage::Queued(_) | Stage::Owed { .. } if call.late => {
                call.waiting = false;
                Some(Err(call.timeout()))
            }
            Stage::Queued(_) | Stage::Owed { .. } => None,
        }
    }

    /// Whether the daemon has done what a call asked for, and the outcome was not taken yet.
    pub fn has_succeeded(&self, ticket: Ticket) -> bool {
        let call = self.calls.index(ticket).and_then(|index| self.calls.get(index));
        call.is_some_and(|call| matches!(call.stage, Stage::Done(Ok(_))))
    }

    /// Nobody waits for this call any more.
    ///
    /// A request that has not gone out never will. The reply to one that has is swallowed when it
    /// comes.
    pub fn abandon(&mut self, ticket: Ticket) {
        let Some(index) = self.calls.index(ticket) else { return };
        let Some(call) = self.calls.get_mut(index) else { return };
        let track = call.track;
        if call.is_bound() {
            call.waiting = false;
        } else {
            self.calls.free(index);
            self.queue.retain(|&queued| queued != index);
        }
        if let Some(track) = track {
            self.untrack(track);
        }
    }

    /// The connection is over, and so is its track: fails every waiting call, one at a time; call
    /// it until it gives `None`. Another may follow: see [`reopen`](Self::reopen).
    ///
    /// A call whose deadline has passed fails for that, not for this.
    pub fn close(&mut self) -> Option<Ticket> {
        self.queue.clear();
        self.owed.clear();
        self.tracking.forget();
        loop {
            let index = self.calls.pending()?;
            let call = self.calls.get_mut(index)?;
            if !call.waiting {
                self.calls.free(index);
            } else if call.late {
                call.stage = Stage::Done(Err(call.timeout()));
            } else {
                call.stage = Stage::Done(Err(CallError::Closed));
                return Some(self.calls.ticket(index));
            }
        }
    }

    /// There is a new connection in place of one that was [closed](Self::close).
    ///
    /// What was queued since then goes out over it.
    pub fn reopen(&mut self, window: Window) {
        self.window = window;
        self.owed_bytes = 0;
    }

    /// How many requests have gone out and were not answered yet.
    pub fn owed(&self) -> usize {
        self.owed.len()
    }

    /// How many requests wait to go out.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Whether a QDEVICE_REGISTER has gone out and was not answered yet.
    pub fn owes_register(&self) -> bool {
        let last = self.owed.back().and_then(|&index| self.calls.get(index));
        last.is_some_and(|call| matches!(call.stage, Stage::Owed { exclusive: true, .. }))
    }

    /// How many calls are kept, for whatever reason.
    #[cfg(feature = "fuzzing")]
    fn open_calls(&self) -> usize {
        self.calls.open()
    }

    /// Ends a track for us. Says whether a TRACKSTOP has to go out for the daemon to end it too.
    fn end_track(&mut self, track: TrackId) -> bool {
        let starts_it =
            |&index: &usize| self.calls.get(index).is_some_and(|call| call.track == Some(track));
        if let Some(position) = self.queue.iter().position(starts_it) {
            let index = self.queue.remove(position);
            index.into_iter().for_each(|index| self.calls.free(index));
        }
        self.tracking.end(track)
    }

    fn enqueue(&mut self, call: Call) -> Ticket {
        if let Some(deadline) = call.deadline {
            let earliest = self.earliest_deadline.map_or(deadline, |other| other.min(deadline));
            self.earliest_deadline = Some(earliest);
        }
        let index = self.calls.insert(call);
        self.queue.push_back(index);
        self.calls.ticket(index)
    }

    /// The request at the head of the queue, if it may go out.
    fn next_request(&self) -> Option<&Request> {
        let call = self.calls.get(*self.queue.front()?)?;
        let Stage::Queued(request) = &call.stage else { return None };
        let held_back = match request {
            Request::TrackStart(_) => self.tracking.flow() == Flow::HoldBack,
            _ => false,
        };
        let in_window =
            self.window.allows(request.max_reply_len(), self.owed.len(), self.owed_bytes);
        (in_window && !held_back && !self.owes_register()).then_some(request)
    }
}
