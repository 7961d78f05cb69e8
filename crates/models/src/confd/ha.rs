use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use super::wire::{Next, Wire};
use crate::{Input, Memory, Target};
use quorate_codec::confd_ha::frame::FrameCodec;
use quorate_codec::confd_ha::session::{Answered, Closed, HaSession, SessionError};
use quorate_codec::confd_ha::term::{RawTerm, VersionByte};
use quorate_codec::confd_ha::{Answer, Order};
use quorate_codec::confd_ha::{
    BePrimary, BeSecondary, HaState, Node, NodeId, Refusal, Reply, SecondaryDead, Status,
    StatusReply, Wait,
};

/// Orders, answers in pieces, wrong answers, deadlines, and the end of the connection, against a
/// model. Each operation is a byte and its arguments.
pub const HA_SESSION: Target = Target {
    name: "confd_ha_session",
    check: |_| {},
    decode: run,
    memory: Memory { per_byte: 256, beside: 64 * 1024 },
};

/// What the first byte of an operation says, modulo their number.
pub mod operation {
    /// An order: its kind, and the milliseconds until its deadline, or 0 for none.
    pub const ORDER: u8 = 0;
    /// The daemon answers what it was asked, in a style.
    pub const ANSWER: u8 = 1;
    /// The daemon sends bytes: their number, and they.
    pub const SEND: u8 = 2;
    /// Some of what the daemon has sent arrives: how many bytes.
    pub const DELIVER: u8 = 3;
    /// All that the daemon has sent arrives.
    pub const DELIVER_ALL: u8 = 4;
    /// Milliseconds pass.
    pub const ADVANCE: u8 = 5;
    /// The client looks for the answer, and gives up waiting if its deadline has passed.
    pub const POLL: u8 = 6;
    /// The daemon closes the connection.
    pub const EOF: u8 = 7;
    /// The client gives up waiting.
    pub const ABANDON: u8 = 8;
    /// How many there are.
    pub const COUNT: u8 = 9;
}

fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut world = World::new();
    while !input.is_empty() {
        world.step(&mut input);
    }
}

/// A session, its daemon, and what is known of both without asking either.
struct World {
    session: HaSession,
    received: BytesMut,
    now: Instant,
    wire: Wire,
    state: State,
    /// How many orders were given: the last one's number is in its answer.
    orders: i32,
    /// Whether the daemon has sent nothing but the answers it owed.
    honest: bool,
}

/// What the session has to be in.
#[derive(Clone, Debug)]
enum State {
    Ready,
    Waiting {
        answer: Answer,
        deadline: Option<Instant>,
        /// What the daemon has sent, if it was asked to answer.
        sent: Option<Answered>,
    },
    Closed(Closed),
}

impl World {
    fn new() -> Self {
        Self {
            session: HaSession::new(),
            received: BytesMut::new(),
            now: Instant::now(),
            wire: Wire::default(),
            state: State::Ready,
            orders: 0,
            honest: true,
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.byte() % operation::COUNT {
            operation::ORDER => self.order(input.byte(), input.byte()),
            operation::ANSWER => self.answer(input.byte()),
            operation::SEND => {
                self.honest = false;
                self.wire.send(input.bytes());
            }
            operation::DELIVER => self.deliver(input.byte().into()),
            operation::DELIVER_ALL => self.deliver(usize::MAX),
            operation::ADVANCE => self.now += Duration::from_millis(input.byte().into()),
            operation::POLL => self.poll(),
            operation::EOF => self.eof(),
            _ => self.abandon(),
        }
        let closed = match &self.state {
            State::Closed(closed) => Some(closed),
            State::Ready | State::Waiting { .. } => None,
        };
        assert_eq!(self.session.closed(), closed);
    }

    /// The client looks whether something has arrived, and then sends an order.
    fn order(&mut self, kind: u8, deadline: u8) {
        if matches!(self.state, State::Ready) {
            self.poll();
        }
        let order = an_order(kind);
        let mut out = BytesMut::new();
        let sent = self.session.encode(&order, &mut out);
        match &self.state {
            State::Ready => sent.expect("nothing is owed"),
            State::Waiting { .. } => {
                assert!(matches!(sent, Err(SessionError::NotReady)), "{sent:?}");
                return assert!(out.is_empty(), "an order that is refused is not sent");
            }
            State::Closed(closed) => {
                assert_eq!(reason(sent), *closed);
                return assert!(out.is_empty(), "an order that is refused is not sent");
            }
        }
        let answer = order.answer();
        let frame = FrameCodec.decode(&mut out).expect("a frame").expect("all of it");
        assert_eq!(Order::decode(&frame), Ok(order));
        self.orders += 1;
        if answer != Answer::Nothing {
            let deadline =
                (deadline > 0).then(|| self.now + Duration::from_millis(deadline.into()));
            self.state = State::Waiting { answer, deadline, sent: None };
        }
    }

    /// The daemon answers the order it was given, in one of several ways; if it has answered it
    /// already, or owes nothing, that is not honest.
    fn answer(&mut self, style: u8) {
        let asked = match &self.state {
            State::Waiting { answer, sent: None, .. } => *answer,
            _ => {
                self.honest = false;
                Answer::Reply
            }
        };
        let mut out = BytesMut::new();
        let answered = match asked {
            Answer::Status => {
                let reply = self.status(style);
                reply.encode(&mut out);
                Answered::Status(reply)
            }
            _ => {
                let reply = self.reply(style);
                reply.encode(&mut out);
                Answered::Reply(reply)
            }
        };
        self.wire.send(&out);
        if let State::Waiting { sent: sent @ None, .. } = &mut self.state {
            *sent = Some(answered);
        }
    }

    fn reply(&self, style: u8) -> Reply {
        let mut refusal = Refusal::new(self.orders);
        match style % 4 {
            0 => return Reply::Ok,
            1 => {}
            2 => refusal.reason = Some(format!("order {}", self.orders)),
            _ => return Reply::Unexpected(a_term()),
        }
        Reply::Refused(refusal)
    }

    fn status(&self, style: u8) -> StatusReply {
        match style % 4 {
            0 => StatusReply::Refused(Refusal::new(self.orders)),
            1 => StatusReply::Unexpected(a_term()),
            2 => StatusReply::Status(Status::new(HaState::None, Vec::new())),
            _ => {
                let node = Node::new(NodeId::Int32(self.orders), "10.0.0.1");
                StatusReply::Status(Status::new(HaState::Secondary, vec![node]))
            }
        }
    }

    fn deliver(&mut self, len: usize) {
        self.wire.deliver(len, &mut self.received);
    }

    fn poll(&mut self) {
        let got = self.session.decode(&mut self.received);
        let (answer, deadline, sent) = match &self.state {
            State::Closed(closed) => return assert_eq!(reason(got), *closed),
            State::Ready if self.wire.is_silent() => {
                return assert_eq!(got.expect("the session goes on"), None);
            }
            State::Ready => return self.expect_closed(got, Closed::Unsolicited),
            State::Waiting { answer, deadline, sent } => (*answer, *deadline, sent.clone()),
        };
        let frame = match self.wire.next_frame() {
            Next::Incomplete => {
                assert_eq!(got.expect("the session goes on"), None);
                if deadline.is_some_and(|deadline| deadline <= self.now) {
                    self.abandon();
                }
                return;
            }
            Next::TooLong => return self.expect_malformed(got),
            Next::Frame(frame) => frame,
        };
        let decoded = match answer {
            Answer::Status => {
                StatusReply::decode(&frame, VersionByte::Optional).map(Answered::Status)
            }
            _ => Reply::decode(&frame, VersionByte::Optional).map(Answered::Reply),
        };
        let Ok(decoded) = decoded else { return self.expect_malformed(got) };
        if self.honest {
            assert_eq!(sent.as_ref(), Some(&decoded), "the answer is not that to the order");
        }
        assert_eq!(got.expect("it is an answer"), Some(decoded));
        self.state = State::Ready;
    }

    fn expect_closed(&mut self, got: Result<Option<Answered>, SessionError>, closed: Closed) {
        assert_eq!(reason(got), closed);
        self.state = State::Closed(closed);
    }

    fn expect_malformed(&mut self, got: Result<Option<Answered>, SessionError>) {
        assert!(!self.honest, "an honest daemon's answer was taken for no answer");
        let closed = reason(got);
        assert!(matches!(closed, Closed::Malformed(_)), "{closed:?}");
        self.state = State::Closed(closed);
    }

    /// The connection ends: what has arrived is read first.
    fn eof(&mut self) {
        while matches!(self.state, State::Waiting { .. }) {
            let before = self.received.len();
            self.poll();
            if self.received.len() == before {
                break;
            }
        }
        let got = self.session.decode_eof(&mut self.received);
        let closed = match &self.state {
            State::Closed(first) => first.clone(),
            State::Ready if !self.wire.is_silent() => Closed::Unsolicited,
            State::Ready | State::Waiting { .. } => self.wire.end(),
        };
        match (&self.state, &closed) {
            (State::Ready | State::Waiting { .. }, Closed::Eof) => {
                assert_eq!(got.expect("a connection may end between two frames"), None);
            }
            _ => assert_eq!(reason(got), closed),
        }
        self.state = State::Closed(closed);
    }

    fn abandon(&mut self) {
        self.session.abandon();
        if matches!(self.state, State::Waiting { .. }) {
            self.state = State::Closed(Closed::Abandoned);
        }
    }
}

/// Why a session is over, from what it says of it.
fn reason<T: std::fmt::Debug>(result: Result<T, SessionError>) -> Closed {
    match result {
        Err(SessionError::Closed(closed)) => closed,
        other => unreachable!("the session is over, but for {other:?}"),
    }
}

fn an_order(kind: u8) -> Order {
    let be_secondary = |wait: i32| {
        let primary = Node::new("n0", "10.0.0.1");
        Order::BeSecondary(BeSecondary { node: "n1".into(), primary, wait: Wait::from(wait) })
    };
    match kind % 9 {
        0 => Order::Status,
        1 => Order::BeNone,
        2 => Order::BePrimary(BePrimary { node: "n1".into() }),
        3 => be_secondary(1),
        4 => be_secondary(0),
        5 => be_secondary(2),
        6 => Order::SecondaryDead(SecondaryDead { node: "n2".into() }),
        7 => Order::BeRelay,
        _ => Order::Unknown { number: 7, term: a_term() },
    }
}

/// `{7}`: an unknown order, and not an answer.
fn a_term() -> RawTerm {
    RawTerm::from_bytes(Bytes::from_static(b"h\x01a\x07")).expect("a tuple of one integer")
}
