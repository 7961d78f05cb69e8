//! A session at work, for callgrind: how many instructions a call and an event take.
//!
//! `session_cost call 1 100000`: so many calls, one in flight. `session_cost event 1 100000`: so many
//! events, to one reader. Messages are as long as votequorum's.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::{BufMut, BytesMut};
use quorate_codec::qb::CsError;
use quorate_codec::qb::service::{
    self, Answer, Answered, Class, Multiplicity, Open, Overflow, Route, Service, Snapshot,
};
use quorate_codec::qb::session::{Begin, Limits, Session, Window};
use quorate_codec::{DecodeError, Fields};

#[derive(Debug)]
struct Sized;

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "as votequorum's requests are")]
enum Request {
    Get(u32),
    #[expect(dead_code, reason = "it is here for its size")]
    Name([u8; 256]),
}

#[derive(Debug)]
struct Reply {
    #[expect(dead_code, reason = "it is here to be moved")]
    bytes: [u8; 288],
}

#[derive(Clone, Debug)]
struct Event {
    #[expect(dead_code, reason = "it is here to be moved")]
    bytes: [u8; 40],
}

impl Service for Sized {
    const NAME: &'static str = "sized";
    const MAX_MSG_SIZE: u32 = 1 << 16;
    const SUBSCRIPTIONS: Multiplicity = Multiplicity::One;
    const SNAPSHOT: Snapshot = Snapshot::None;
    const OVERFLOW: Overflow = Overflow::Lag;
    type Request = Request;
    type Reply = Reply;
    type Event = Event;
    type Topic = ();
    type Handle = ();
    type View = ();

    #[inline]
    fn decode_reply(_id: i32, message: &mut BytesMut) -> Result<Reply, DecodeError> {
        let mut fields = Fields::new("reply", message);
        fields.skip(24)?;
        let bytes = fields.bytes("bytes", 288)?;
        Ok(Reply { bytes: bytes.try_into().expect("it has that length") })
    }

    #[inline]
    fn decode_event(message: &mut BytesMut) -> Result<Event, DecodeError> {
        let mut fields = Fields::new("event", message);
        fields.skip(24)?;
        let bytes = fields.bytes("bytes", 40)?;
        Ok(Event { bytes: bytes.try_into().expect("it has that length") })
    }

    fn route(_event: &Event) -> Route {
        Route::Any
    }

    fn open((): &(), _instance: u64, answers: &[Answered<Self>]) -> Open<Self> {
        match answers {
            [] => Open::Send(Request::Get(1)),
            _ => Open::Stands(()),
        }
    }

    fn close((): &(), (): &()) -> Option<Request> {
        None
    }
}

impl service::Request<Sized> for Request {
    fn name(&self) -> &'static str {
        "GET"
    }

    #[inline]
    fn class(&self) -> Class {
        Class::Ordinary(Answer { id: 1, max_len: 312 })
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) {
        let Self::Get(number) = self else { return };
        let mut message = [0; 24];
        message[8] = 24;
        message[16..20].copy_from_slice(&number.to_ne_bytes());
        out.put_slice(&message);
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let mut number = || arguments.next().and_then(|number| number.parse().ok()).unwrap_or(1);
    let (width, rounds): (usize, usize) = (number(), number());
    let now = Instant::now();
    let mut session = Session::<Sized>::new();
    let window = Window { requests: 64, reply_space: 1 << 20, first: None };
    session.connected(Limits { window, largest_request: 1 << 16 }, now);
    if what == "call" {
        calls(&mut session, width, rounds);
    } else {
        events(&mut session, width, rounds);
    }
}

fn calls(session: &mut Session<Sized>, width: usize, rounds: usize) {
    let now = Instant::now();
    let response = message(312);
    let (mut head, mut message) = (BytesMut::new(), BytesMut::new());
    let mut tickets = Vec::new();
    for round in 0..rounds as u64 {
        let deadline = Some(now + Duration::from_micros(round));
        tickets.extend((0..width).map(|_| session.call(Request::Get(7), deadline)));
        while session.poll_transmit(&mut head).is_some() {
            session.transmitted();
            head.clear();
        }
        for ticket in tickets.drain(..) {
            message.clear();
            message.extend_from_slice(&response);
            session.handle_response(&mut message, now).expect("it is owed");
            black_box(session.poll_output());
            assert!(matches!(black_box(session.take(ticket)), Some(Ok(_))));
        }
        black_box(session.poll_timeout());
    }
}

fn events(session: &mut Session<Sized>, width: usize, rounds: usize) {
    let readers: Vec<_> =
        (0..width).map(|_| session.subscribe((), Begin::Now, 64, None).0).collect();
    session.poll_transmit(&mut BytesMut::new()).expect("it starts");
    session.transmitted();
    session.handle_response(&mut message(312), Instant::now()).expect("it is owed");
    let event = message(64);
    let (mut message, mut batch) = (BytesMut::new(), VecDeque::new());
    for _ in 0..rounds {
        for _ in 0..32 {
            message.clear();
            message.extend_from_slice(&event);
            session.handle_event(&mut message).expect("it is well-formed");
        }
        session.events_drained();
        while black_box(session.poll_output()).is_some() {}
        for &reader in &readers {
            session.take_items(reader, &mut batch);
            black_box(&mut batch).clear();
        }
    }
}

fn message(len: usize) -> BytesMut {
    let mut message = BytesMut::zeroed(len);
    message[0] = 1;
    message[8..10].copy_from_slice(&u16::try_from(len).expect("it is short").to_ne_bytes());
    message[16..20].copy_from_slice(&CsError::Ok.code().to_ne_bytes());
    message
}
