use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use super::super::frame::{limit_frame, next_frame};
use super::super::order::{Answer, Order};
use super::super::term::{Dialect, VersionByte};
use super::super::{Reply, StatusReply};
use super::{Closed, SessionError};

/// One HA socket, after its handshake and its token: encodes orders, decodes their answers.
///
/// One order at a time: there are no ids on the wire, and whether a daemon queues a second order is
/// not known. Anything that arrives while no answer is owed ends the session, since the answers
/// after it would be off by one; so decode what has arrived before an order is encoded.
#[derive(Debug, Default)]
pub struct HaSession {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ready,
    Waiting(Answer),
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

impl HaSession {
    /// A session on which no order was sent yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives up waiting for the answer, which ends the session; nothing happens if no answer is
    /// owed.
    pub fn abandon(&mut self) {
        if matches!(self.state, State::Waiting(_)) {
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

    /// Ends the session, unless it is over: the first reason stays.
    fn close(&mut self, closed: Closed) -> SessionError {
        if let State::Closed(first) = &self.state {
            return first.clone().into();
        }
        self.state = State::Closed(closed.clone());
        closed.into()
    }
}

/// Decodes the answer that is owed.
///
/// A session that is over stays so, whatever arrives later.
impl Decoder for HaSession {
    type Item = Answered;
    type Error = SessionError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Answered>, SessionError> {
        let answer = match &self.state {
            State::Closed(closed) => return Err(closed.clone().into()),
            State::Ready if src.is_empty() => return Ok(None),
            State::Ready => return Err(self.close(Closed::Unsolicited)),
            State::Waiting(answer) => *answer,
        };
        let decoded = match next_frame(src) {
            Ok(None) => return Ok(None),
            Ok(Some(frame)) if answer == Answer::Status => {
                StatusReply::decode(&frame, VersionByte::Optional).map(Answered::Status)
            }
            Ok(Some(frame)) => Reply::decode(&frame, VersionByte::Optional).map(Answered::Reply),
            Err(error) => Err(error),
        };
        match decoded {
            Ok(answered) => {
                self.state = State::Ready;
                Ok(Some(answered))
            }
            Err(error) => Err(self.close(Closed::Malformed(error))),
        }
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<Answered>, SessionError> {
        if let Some(answered) = self.decode(src)? {
            return Ok(Some(answered));
        }
        if src.is_empty() {
            self.close(Closed::Eof);
            return Ok(None);
        }
        Err(self.close(Closed::EofInFrame))
    }
}

/// Encodes an order, whose answer is then owed, unless it [has none](Order::answer).
impl Encoder<&Order> for HaSession {
    type Error = SessionError;

    fn encode(&mut self, order: &Order, dst: &mut BytesMut) -> Result<(), SessionError> {
        match &self.state {
            State::Ready => {}
            State::Waiting(_) => return Err(SessionError::NotReady),
            State::Closed(closed) => return Err(closed.clone().into()),
        }
        let start = dst.len();
        order.encode(Dialect::Libconfd, dst);
        limit_frame(dst, start).map_err(SessionError::TooLong)?;
        match order.answer() {
            Answer::Nothing => {}
            answer => self.state = State::Waiting(answer),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{BePrimary, BeSecondary, Node, Wait};
    use super::*;
    use crate::limits::MAX_FRAME;

    const OK: &[u8] = b"\0\0\0\x06\x83d\0\x02ok";

    fn closed<T>(result: Result<T, SessionError>) -> Closed {
        match result {
            Err(SessionError::Closed(closed)) => closed,
            _ => panic!("the session is not over"),
        }
    }

    fn send(session: &mut HaSession, order: &Order) -> Result<usize, SessionError> {
        let mut out = BytesMut::new();
        session.encode(order, &mut out).map(|()| out.len())
    }

    #[test]
    fn one_answer_per_order() {
        let mut session = HaSession::new();
        assert_eq!(send(&mut session, &Order::BeNone).unwrap(), 9);
        let refused = send(&mut session, &Order::BeNone);
        assert!(matches!(refused, Err(SessionError::NotReady)));
        let mut received = BytesMut::new();
        for byte in OK {
            assert_eq!(session.decode(&mut received).unwrap(), None);
            received.extend([*byte]);
        }
        let answered = session.decode(&mut received).unwrap();
        assert_eq!(answered, Some(Answered::Reply(Reply::Ok)));
        assert_eq!(session.decode(&mut received).unwrap(), None);
        send(&mut session, &Order::Status).unwrap();
    }

    #[test]
    fn an_order_without_an_answer_leaves_the_session_ready() {
        let primary = Node::new("m", "10.0.0.1");
        let order = Order::BeSecondary(BeSecondary { node: "n".into(), primary, wait: Wait::No });
        let mut session = HaSession::new();
        send(&mut session, &order).unwrap();
        send(&mut session, &Order::Status).unwrap();
    }

    #[test]
    fn an_order_that_fits_no_frame_is_not_sent() {
        let mut session = HaSession::new();
        let order = Order::BePrimary(BePrimary { node: "n".repeat(MAX_FRAME).into() });
        let mut out = BytesMut::from(&b"before"[..]);
        let refused = session.encode(&order, &mut out);
        assert!(matches!(refused, Err(SessionError::TooLong(_))));
        assert_eq!(out, &b"before"[..]);
        send(&mut session, &Order::Status).unwrap();
    }

    #[test]
    fn an_unsolicited_answer_ends_the_session() {
        let mut session = HaSession::new();
        let mut received = BytesMut::from(OK);
        assert_eq!(closed(session.decode(&mut received)), Closed::Unsolicited);
        assert_eq!(closed(send(&mut session, &Order::Status)), Closed::Unsolicited);
        assert_eq!(closed(session.decode(&mut BytesMut::new())), Closed::Unsolicited);
    }

    #[test]
    fn the_first_reason_stays() {
        let mut session = HaSession::new();
        session.abandon();
        assert_eq!(session.closed(), None);
        send(&mut session, &Order::BeNone).unwrap();
        session.abandon();
        assert_eq!(closed(session.decode_eof(&mut BytesMut::new())), Closed::Abandoned);
        assert_eq!(session.closed(), Some(&Closed::Abandoned));
    }

    #[test]
    fn an_end_inside_a_frame_is_told_apart() {
        let mut session = HaSession::new();
        send(&mut session, &Order::BeNone).unwrap();
        let mut received = BytesMut::from(&OK[..7]);
        assert_eq!(session.decode(&mut received).unwrap(), None);
        assert_eq!(closed(session.decode_eof(&mut received)), Closed::EofInFrame);
        let mut session = HaSession::new();
        send(&mut session, &Order::BeNone).unwrap();
        assert_eq!(session.decode_eof(&mut BytesMut::new()).unwrap(), None);
        assert_eq!(session.closed(), Some(&Closed::Eof));
    }
}
