use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use super::wire::{Next, Wire};
use crate::{Input, Memory, Target};
use quorate_codec::confd_ha::frame::FrameCodec;
use quorate_codec::confd_ha::session::{Closed, EventItem, EventSession, SessionError};
use quorate_codec::confd_ha::term::VersionByte;
use quorate_codec::confd_ha::{
    ErrorCode, EventMask, HaEvent, Notification, Refusal, Reply, Subscription, SyncAnswer,
};

/// A subscription, its answer, notifications in pieces, silence, and the end of the connection,
/// against a model. The first bytes say what is subscribed to and how long a silence may be; then
/// each operation is a byte and its arguments.
pub const EVENT_SESSION: Target = Target {
    name: "confd_event_session",
    check: |_| {},
    decode: run,
    memory: Memory { per_byte: 256, beside: 64 * 1024 },
};

/// What the first byte of an operation says, modulo their number.
pub mod operation {
    /// The daemon answers the subscription: 0 accepts, 1 refuses.
    pub const REPLY: u8 = 0;
    /// The daemon sends a notification, of a kind.
    pub const NOTIFY: u8 = 1;
    /// The daemon sends bytes: their number, and they.
    pub const SEND: u8 = 2;
    /// Some of what the daemon has sent arrives: how many bytes.
    pub const DELIVER: u8 = 3;
    /// All that the daemon has sent arrives.
    pub const DELIVER_ALL: u8 = 4;
    /// Hundredths of a second pass.
    pub const ADVANCE: u8 = 5;
    /// The client looks what has happened.
    pub const POLL: u8 = 6;
    /// The daemon closes the connection.
    pub const EOF: u8 = 7;
    /// How many there are.
    pub const COUNT: u8 = 8;
}

fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut world = World::new(&mut input);
    while !input.is_empty() {
        world.step(&mut input);
    }
}

/// A session, its daemon, and what is known of both without asking either.
struct World {
    session: EventSession,
    received: BytesMut,
    now: Instant,
    wire: Wire,
    state: State,
    silence: Option<Duration>,
    /// When bytes last arrived, as the session was told.
    heard: Instant,
    /// Bytes were delivered at this time, and not looked at since.
    delivered: Option<Instant>,
    /// When silence is worth the next report.
    report_at: Option<Instant>,
    notifications: i32,
}

#[derive(Clone, Debug)]
enum State {
    Subscribing,
    Subscribed,
    Closed(Closed),
}

impl World {
    fn new(input: &mut Input<'_>) -> Self {
        let now = Instant::now();
        let mask = EventMask::from_bits_retain(input.u32());
        let silence = match input.byte() {
            0 => None,
            u8::MAX => Some(Duration::MAX),
            centiseconds => Some(Duration::from_millis(10) * u32::from(centiseconds)),
        };
        let subscription = Subscription::new(mask);
        let mut out = BytesMut::new();
        let mut session = EventSession::new(silence, now);
        session.encode(&subscription, &mut out).expect("it is the first");
        let frame = FrameCodec.decode(&mut out).expect("a frame").expect("all of it");
        assert_eq!(Subscription::decode(&frame), Ok(subscription));
        assert_eq!(session.blocks_ha(), mask.contains(EventMask::HA_INFO_SYNC));
        Self {
            session,
            received: BytesMut::new(),
            now,
            wire: Wire::default(),
            state: State::Subscribing,
            silence,
            heard: now,
            delivered: None,
            report_at: silence.and_then(|silence| now.checked_add(silence)),
            notifications: 0,
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.byte() % operation::COUNT {
            operation::REPLY => self.reply(input.byte()),
            operation::NOTIFY => self.notify(input.byte()),
            operation::SEND => self.wire.send(input.bytes()),
            operation::DELIVER => self.deliver(input.byte().into()),
            operation::DELIVER_ALL => self.deliver(usize::MAX),
            operation::ADVANCE => {
                self.now += Duration::from_millis(10) * u32::from(input.byte());
            }
            operation::POLL => self.poll(),
            _ => self.eof(),
        }
        let deadline = match self.state {
            State::Subscribed => self.report_at,
            _ => None,
        };
        assert_eq!(self.session.deadline(), deadline);
    }

    /// The daemon answers the subscription, or sends what would be an answer to one.
    fn reply(&mut self, style: u8) {
        let reply = match style % 2 {
            0 => Reply::Ok,
            _ => Reply::Refused(Refusal::new(i32::from(style))),
        };
        let mut out = BytesMut::new();
        reply.encode(&mut out);
        self.wire.send(&out);
    }

    fn notify(&mut self, style: u8) {
        self.notifications += 1;
        let notification = match style % 4 {
            0 => Notification::Heartbeat,
            1 => Notification::HealthCheck,
            2 => Notification::HaInfo(HaEvent::IsPrimary),
            _ => {
                let reason = ErrorCode::from(self.notifications);
                Notification::HaInfo(HaEvent::NoPrimary { reason })
            }
        };
        let mut out = BytesMut::new();
        notification.encode(&mut out);
        self.wire.send(&out);
        out.clear();
        EventSession::acknowledge(&mut out);
        let frame = FrameCodec.decode(&mut out).expect("a frame").expect("all of it");
        assert_eq!(SyncAnswer::decode(&frame), Ok(SyncAnswer::HaSynced));
    }

    fn deliver(&mut self, len: usize) {
        if self.wire.deliver(len, &mut self.received) > 0 {
            self.delivered = Some(self.now);
        }
    }

    /// The client decodes, says when that arrived, and, if it was nothing, looks how long it has
    /// been silent.
    fn poll(&mut self) {
        let got = self.session.decode(&mut self.received);
        let when = self.delivered.unwrap_or(self.now);
        self.session.arrived(when);
        let is_closed = matches!(self.state, State::Closed(_));
        if let (Some(when), false) = (self.delivered.take(), is_closed) {
            self.heard = when;
            self.report_at = self.silence.and_then(|silence| when.checked_add(silence));
        }
        if let State::Closed(closed) = &self.state {
            return assert_eq!(reason(got), *closed);
        }
        let frame = match self.wire.next_frame() {
            Next::Incomplete => {
                assert_eq!(got.expect("the session goes on"), None);
                return self.expect_silence();
            }
            Next::TooLong => return self.expect_malformed(got),
            Next::Frame(frame) => frame,
        };
        if matches!(self.state, State::Subscribed) {
            let item = match Notification::decode(&frame) {
                Ok(notification) => EventItem::Notification(notification),
                Err(error) => EventItem::Malformed(error),
            };
            return assert_eq!(got.expect("the session goes on"), Some(item));
        }
        match Reply::decode(&frame, VersionByte::Required) {
            Ok(Reply::Ok) => {
                assert_eq!(got.expect("it is accepted"), Some(EventItem::Subscribed));
                self.state = State::Subscribed;
            }
            Ok(Reply::Refused(refusal)) => self.expect_closed(got, Closed::Refused(refusal)),
            Ok(Reply::Unexpected(_)) => self.expect_closed(got, Closed::Unsolicited),
            Ok(other) => unreachable!("{other:?}"),
            Err(_) => self.expect_malformed(got),
        }
    }

    fn expect_silence(&mut self) {
        let due = matches!(self.state, State::Subscribed)
            && self.report_at.is_some_and(|report_at| report_at <= self.now);
        assert_eq!(self.session.silence(self.now), due.then(|| self.now - self.heard));
        if due {
            self.report_at = self.silence.and_then(|silence| self.now.checked_add(silence));
        }
    }

    fn expect_closed(&mut self, got: Result<Option<EventItem>, SessionError>, closed: Closed) {
        assert_eq!(reason(got), closed);
        self.state = State::Closed(closed);
    }

    fn expect_malformed(&mut self, got: Result<Option<EventItem>, SessionError>) {
        let closed = reason(got);
        assert!(matches!(closed, Closed::Malformed(_)), "{closed:?}");
        self.state = State::Closed(closed);
    }

    /// The connection ends: what has arrived is read first.
    fn eof(&mut self) {
        while !matches!(self.state, State::Closed(_)) {
            let before = self.received.len();
            self.poll();
            if self.received.len() == before {
                break;
            }
        }
        let got = self.session.decode_eof(&mut self.received);
        let closed = match &self.state {
            State::Closed(first) => first.clone(),
            _ => self.wire.end(),
        };
        match (&self.state, &closed) {
            (State::Closed(_), _) | (_, Closed::EofInFrame) => assert_eq!(reason(got), closed),
            _ => assert_eq!(got.expect("a connection may end between two frames"), None),
        }
        assert_eq!(self.session.closed(), Some(&closed));
        self.state = State::Closed(closed);
    }
}

/// Why a session is over, from what it says of it.
fn reason<T: std::fmt::Debug>(result: Result<T, SessionError>) -> Closed {
    match result {
        Err(SessionError::Closed(closed)) => closed,
        other => unreachable!("the session is over, but for {other:?}"),
    }
}
