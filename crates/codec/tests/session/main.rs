//! The session of a libqb service, story by story. The service is made up and has everything.

mod calls;
mod deadlines;
mod gated;
mod keep_alive;
mod late;
mod lost;
mod once;
mod opening;
mod overflow;
mod protocol;
mod readers;
mod sent;
mod size;
mod unsubscribe;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use quorate_codec::qb::CsError;
use quorate_codec::qb::session::{
    Begin, CallError, End, Item, Limits, LossReason, Outcome, Output, ProtocolError, ReaderId,
    Session, Ticket, Window,
};
use quorate_models::session::service::{Event, Made, Request, Topic, What, id};
use quorate_models::session::variant::{Group, Keyed, Plain, Stepped, Strict, Tracked, Variant};
use quorate_models::session::wire::{self, RESPONSE};

const LIMITS: Limits = Limits {
    window: Window { requests: 4, reply_space: 1 << 16, first: None },
    largest_request: 1 << 16,
};

/// How long after "try again" a request is sent again.
const PAUSE: Duration = Duration::from_millis(10);

type Outcomes<V> = Result<Outcome<Made<V>>, CallError>;

/// A session, and what time it is for it.
struct Client<V: Variant> {
    session: Session<Made<V>>,
    now: Instant,
}

/// A client with a connection.
fn up<V: Variant>() -> Client<V> {
    with(LIMITS)
}

fn with<V: Variant>(limits: Limits) -> Client<V> {
    let mut client = Client { session: Session::new(), now: Instant::now() };
    client.session.connected(limits, client.now);
    client
}

impl<V: Variant> Client<V> {
    fn call(&mut self, request: Request) -> Ticket {
        self.session.call(request, None)
    }

    fn get(&mut self, number: u64) -> Ticket {
        self.call(Request::Get(number))
    }

    /// Lets everything go that may. Returns ids and first numbers.
    fn go(&mut self) -> Vec<(i32, u64)> {
        std::iter::from_fn(|| self.go_one()).collect()
    }

    fn go_one(&mut self) -> Option<(i32, u64)> {
        let mut head = BytesMut::new();
        let body = self.session.poll_transmit(&mut head)?.to_vec();
        let mut again = BytesMut::new();
        let same = self.session.poll_transmit(&mut again).map(<[u8]>::to_vec);
        assert_eq!((&again, same.as_ref()), (&head, Some(&body)), "it is the same until it went");
        self.session.transmitted();
        let (id, [number, _]) = wire::decode_request(&head).unwrap();
        Some((id, number))
    }

    fn handle(&mut self, mut message: BytesMut) -> Result<(), ProtocolError> {
        self.session.handle_response(&mut message, self.now)
    }

    fn reply(&mut self, id: i32, number: u64) {
        self.handle(wire::response(id, CsError::Ok, [number, 0], RESPONSE)).unwrap();
    }

    /// The daemon does not look at the request.
    fn refuse(&mut self, error: CsError) {
        self.handle(wire::response(0, error, [0; 2], 0)).unwrap();
    }

    fn event(&mut self, id: i32, instance: u64, value: u64) {
        let mut message = wire::response(id, CsError::Ok, [instance, value], RESPONSE);
        self.session.handle_event(&mut message).unwrap();
    }

    /// The daemon tells a state that is the sum of two parts.
    fn state(&mut self, instance: u64, parts: [u64; 2]) {
        self.event(id::BASE, instance, parts[0]);
        self.event(id::BASE + 1, instance, parts[1]);
    }

    fn added(&mut self, instance: u64, to: u64) {
        self.event(id::ADDED + 1, instance, to);
    }

    fn subscribe(&mut self, topic: Topic, begin: Begin, capacity: usize) -> (ReaderId, Ticket) {
        self.session.subscribe(topic, begin, capacity, None)
    }

    fn follow(&mut self) -> (ReaderId, Ticket) {
        self.subscribe(Topic::Follow, Begin::Snapshot, 8)
    }

    /// The daemon answers a subscription's start with this handle.
    fn established(&mut self, handle: u64) {
        self.reply(id::TRACK, handle);
        self.session.events_drained();
    }

    fn lose(&mut self) {
        self.session.connection_lost(LossReason::Disconnected);
    }

    fn connect(&mut self) {
        self.session.connected(LIMITS, self.now);
    }

    /// Time goes by.
    fn after(&mut self, time: Duration) {
        self.now += time;
        self.session.handle_timeout(self.now);
    }

    fn items(&mut self, reader: ReaderId) -> (Vec<Item<Event>>, Option<End>) {
        let mut batch = VecDeque::new();
        let end = self.session.take_items(reader, &mut batch);
        (batch.into(), end)
    }

    fn outcome(&mut self, ticket: Ticket) -> Option<Outcomes<V>> {
        self.session.take(ticket)
    }

    /// The error of a call that has failed.
    fn error(&mut self, ticket: Ticket) -> CallError {
        self.outcome(ticket).expect("it is complete").expect_err("it has failed")
    }

    fn is_subscribed(&mut self, ticket: Ticket) -> bool {
        matches!(self.outcome(ticket), Some(Ok(Outcome::Subscribed)))
    }

    fn is_unsubscribed(&mut self, ticket: Ticket) -> bool {
        matches!(self.outcome(ticket), Some(Ok(Outcome::Unsubscribed)))
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.session.poll_output()).collect()
    }

    /// Nothing is under way, and nothing is kept.
    fn assert_idle(&self) {
        assert_eq!((self.session.under_way(), self.session.stored()), (0, [0; 4]));
        assert!(!self.session.owes_late());
        assert_eq!(self.session.poll_timeout(), None);
    }
}

/// A client whose first reader was told the state 7 by instance 1, whose handle is 11.
fn tracked<V: Variant>(capacity: usize) -> (Client<V>, ReaderId) {
    let mut client = up();
    let (reader, call) = client.subscribe(Topic::Follow, Begin::Snapshot, capacity);
    if V::PREPARES {
        assert_eq!(client.go(), [(id::PREPARE, 0)]);
        client.reply(id::PREPARE, 0);
    }
    assert_eq!(client.go(), [(id::TRACK, 1)]);
    client.state(u64::from(V::HAS_INSTANCES), [3, 4]);
    client.established(11);
    assert!(client.is_subscribed(call));
    client.outputs();
    (client, reader)
}

fn base(instance: u64, part: usize, value: u64) -> Item<Event> {
    Item::Event(Event { instance, what: What::Base(part, value) })
}

fn grown(instance: u64, by: u64, to: u64) -> Item<Event> {
    Item::Event(Event { instance, what: What::Added { by, to } })
}

fn lost() -> Item<Event> {
    Item::Lost { reason: LossReason::Disconnected }
}

fn say(number: u64, gated: bool) -> Request {
    Request::Say { number, gated, payload: Bytes::from_static(b"payload") }
}
