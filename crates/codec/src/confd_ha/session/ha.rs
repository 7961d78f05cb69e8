use std::time::Instant;

use super::super::frame::FrameBuffer;
use super::super::order::{Answer, Order};
use super::super::term::{Dialect, VersionByte};
use super::super::{Reply, StatusReply};
use super::Closed;

/// One HA socket, after its handshake and its token.
///
/// One order at a time: there are no ids on the wire, and whether a daemon queues a second order is
/// not known. Anything that arrives while no answer is owed ends the session, since the answers
/// after it would be off by one.
#[derive(Debug, Default)]
pub struct HaSession {
    frames: FrameBuffer,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ready,
    Waiting {
        answer: Answer,
        deadline: Option<Instant>,
    },
    Closed(Closed),
}

/// The answer to an order.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answered {
    /// To any order but status.
    Reply(Reply),
    /// To a status order.
    Status(StatusReply),
}

/// Why an order cannot be given now.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// The answer to the order before is still owed.
    #[error("the answer to the order before is still owed")]
    Waiting,
    /// The session is over.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl HaSession {
    /// A session on which no order was given yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `order` to `out`, to be sent now. The answer has to come before `deadline`.
    ///
    /// # Errors
    ///
    /// If the answer to the order before is owed, or the session is over.
    pub fn order(
        &mut self,
        order: &Order,
        deadline: Option<Instant>,
        out: &mut Vec<u8>,
    ) -> Result<Answer, NotReady> {
        if matches!(self.state, State::Waiting { .. }) {
            return Err(NotReady::Waiting);
        }
        self.check_silent()?;
        order.encode(Dialect::Libconfd, out);
        let answer = order.answer();
        if answer != Answer::Nothing {
            self.state = State::Waiting { answer, deadline };
        }
        Ok(answer)
    }

    /// Room to read into. [`advance`](Self::advance) then says how much of it was filled.
    pub fn space(&mut self) -> &mut [u8] {
        self.frames.space()
    }

    /// Says how many bytes of [`space`](Self::space) were filled.
    pub fn advance(&mut self, filled: usize) {
        self.frames.advance(filled);
    }

    /// Looks for the answer in what has arrived; `None` if it has not, and need not yet.
    ///
    /// # Errors
    ///
    /// If the session is over: for good, whatever arrives later.
    pub fn poll(&mut self, now: Instant) -> Result<Option<Answered>, Closed> {
        let (answer, deadline) = match &self.state {
            State::Ready => return self.check_silent().map(|()| None),
            State::Closed(closed) => return Err(closed.clone()),
            State::Waiting { answer, deadline } => (*answer, *deadline),
        };
        let decoded = match self.frames.next_frame() {
            Err(error) => Err(error),
            Ok(Some(frame)) if answer == Answer::Status => {
                StatusReply::decode(frame, VersionByte::Optional).map(Answered::Status)
            }
            Ok(Some(frame)) => Reply::decode(frame, VersionByte::Optional).map(Answered::Reply),
            Ok(None) if deadline.is_some_and(|deadline| deadline <= now) => {
                return Err(self.close(Closed::TimedOut));
            }
            Ok(None) => return Ok(None),
        };
        match decoded {
            Ok(answered) => {
                self.state = State::Ready;
                Ok(Some(answered))
            }
            Err(error) => Err(self.close(Closed::Malformed(error))),
        }
    }

    /// When the answer has to be there.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { deadline, .. } => deadline,
            _ => None,
        }
    }

    /// Says that the daemon closed the connection.
    pub fn eof(&mut self) -> Closed {
        let closed = if self.frames.pending() > 0 { Closed::EofInFrame } else { Closed::Eof };
        self.close(closed)
    }

    /// Says that nobody waits for the answer any more. The connection has to be closed; nothing
    /// happens if no answer is owed.
    pub fn abandon(&mut self) {
        if matches!(self.state, State::Waiting { .. }) {
            self.close(Closed::Abandoned);
        }
    }

    /// Why the session is over, if it is.
    pub fn closed(&self) -> Option<&Closed> {
        match &self.state {
            State::Closed(closed) => Some(closed),
            _ => None,
        }
    }

    fn check_silent(&mut self) -> Result<(), Closed> {
        if let State::Closed(closed) = &self.state {
            return Err(closed.clone());
        }
        if self.frames.pending() > 0 {
            return Err(self.close(Closed::Unsolicited));
        }
        Ok(())
    }

    /// Ends the session, unless it is over: the first reason stays.
    fn close(&mut self, closed: Closed) -> Closed {
        if let State::Closed(first) = &self.state {
            return first.clone();
        }
        self.state = State::Closed(closed.clone());
        closed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn feed(session: &mut HaSession, bytes: &[u8]) {
        session.space()[..bytes.len()].copy_from_slice(bytes);
        session.advance(bytes.len());
    }

    const OK: &[u8] = b"\0\0\0\x06\x83d\0\x02ok";

    #[test]
    fn one_answer_per_order() {
        let now = Instant::now();
        let mut session = HaSession::new();
        let mut out = Vec::new();
        assert_eq!(session.order(&Order::BeNone, None, &mut out), Ok(Answer::Reply));
        assert_eq!(session.order(&Order::BeNone, None, &mut out), Err(NotReady::Waiting));
        for byte in OK {
            assert_eq!(session.poll(now), Ok(None));
            feed(&mut session, &[*byte]);
        }
        assert_eq!(session.poll(now), Ok(Some(Answered::Reply(Reply::Ok))));
        assert_eq!(session.poll(now), Ok(None));
        assert_eq!(session.order(&Order::Status, None, &mut out), Ok(Answer::Status));
        assert_eq!(out.len(), 18);
    }

    #[test]
    fn an_order_without_an_answer_leaves_the_session_ready() {
        let primary = super::super::super::Node::new("m", "10.0.0.1");
        let wait = super::super::super::Wait::No;
        let order = super::super::super::BeSecondary { node: "n".into(), primary, wait };
        let order = Order::BeSecondary(order);
        let mut session = HaSession::new();
        assert_eq!(session.order(&order, None, &mut Vec::new()), Ok(Answer::Nothing));
        assert_eq!(session.order(&Order::Status, None, &mut Vec::new()), Ok(Answer::Status));
    }

    #[test]
    fn an_answer_to_no_order_ends_the_session() {
        let mut session = HaSession::new();
        feed(&mut session, OK);
        let closed = NotReady::Closed(Closed::Unsolicited);
        assert_eq!(session.order(&Order::Status, None, &mut Vec::new()), Err(closed));
        assert_eq!(session.poll(Instant::now()), Err(Closed::Unsolicited));
    }

    #[test]
    fn deadlines_are_kept_and_a_late_answer_does_not_help() {
        let now = Instant::now();
        let deadline = now + Duration::from_secs(5);
        let mut session = HaSession::new();
        session.order(&Order::Status, Some(deadline), &mut Vec::new()).unwrap();
        assert_eq!(session.deadline(), Some(deadline));
        assert_eq!(session.poll(deadline - Duration::from_nanos(1)), Ok(None));
        assert_eq!(session.poll(deadline), Err(Closed::TimedOut));
        feed(&mut session, OK);
        assert_eq!(session.poll(deadline), Err(Closed::TimedOut));
    }

    #[test]
    fn an_answer_at_the_deadline_counts() {
        let now = Instant::now();
        let mut session = HaSession::new();
        session.order(&Order::BeNone, Some(now), &mut Vec::new()).unwrap();
        feed(&mut session, OK);
        assert_eq!(session.poll(now), Ok(Some(Answered::Reply(Reply::Ok))));
    }

    #[test]
    fn the_first_reason_stays() {
        let mut session = HaSession::new();
        session.abandon();
        assert_eq!(session.closed(), None);
        session.order(&Order::BeNone, None, &mut Vec::new()).unwrap();
        session.abandon();
        assert_eq!(session.eof(), Closed::Abandoned);
        assert_eq!(session.closed(), Some(&Closed::Abandoned));
    }

    #[test]
    fn an_end_inside_a_frame_is_told_apart() {
        let mut session = HaSession::new();
        session.order(&Order::BeNone, None, &mut Vec::new()).unwrap();
        feed(&mut session, &OK[..7]);
        assert_eq!(session.poll(Instant::now()), Ok(None));
        assert_eq!(session.eof(), Closed::EofInFrame);
    }
}
