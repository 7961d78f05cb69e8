//! A made-up service. Its state is a number that grows by one at a time, which the daemon tells in two
//! parts; so whatever is missed, told twice, or out of date is seen.

use std::marker::PhantomData;

use bytes::{Bytes, BytesMut};
use quorate_codec::DecodeError;
use quorate_codec::qb::CsError;
use quorate_codec::qb::service::{
    self, Advance, Answer, Answered, Class, Multiplicity, Open, Overflow, Route, Service, Snapshot,
};

use super::variant::Variant;
use super::wire::{self, RESPONSE};

/// The service.
#[derive(Clone, Debug)]
pub struct Made<V>(PhantomData<V>);

/// A request. The daemon knows them by their numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request {
    /// Is answered with its number.
    Get(u64),
    /// As `Get`; is sent again until the answer is another than "try again".
    Insist(u64),
    /// Is answered with its number and so many bytes.
    Large(u64, u32),
    /// Is answered later than others.
    Late(u64),
    /// Is not answered. `gated` says whether it waits for flow control.
    Say {
        /// Its number.
        number: u64,
        /// Whether it waits for flow control.
        gated: bool,
        /// What follows it.
        payload: Bytes,
    },
    /// Several gated requests, which are one call.
    Parts {
        /// Its number.
        number: u64,
        /// Which is next, from 0.
        part: u32,
        /// How many there are.
        parts: u32,
    },
    /// The first step of a subscription.
    Prepare,
    /// Starts a subscription with this instance.
    Track {
        /// The instance.
        instance: u64,
        /// Whether it ends when the state was told.
        once: bool,
    },
    /// Ends the subscription with this handle.
    Untrack(u64),
    /// Is answered.
    Ping,
}

/// The ids of requests. A reply has its request's id.
pub mod id {
    /// [`Get`](super::Request::Get) and [`Insist`](super::Request::Insist).
    pub const GET: i32 = 1;
    /// [`Late`](super::Request::Late).
    pub const LATE: i32 = 2;
    /// [`Say`](super::Request::Say).
    pub const SAY: i32 = 3;
    /// [`Parts`](super::Request::Parts).
    pub const PARTS: i32 = 4;
    /// [`Large`](super::Request::Large).
    pub const LARGE: i32 = 5;
    /// [`Track`](super::Request::Track).
    pub const TRACK: i32 = 6;
    /// [`Untrack`](super::Request::Untrack).
    pub const UNTRACK: i32 = 7;
    /// [`Prepare`](super::Request::Prepare).
    pub const PREPARE: i32 = 8;
    /// [`Ping`](super::Request::Ping).
    pub const PING: i32 = 9;
    /// A part of the state: `BASE` and `BASE + 1`.
    pub const BASE: i32 = 10;
    /// The state has grown: `ADDED` + by how much.
    pub const ADDED: i32 = 12;
}

/// A reply: its id, and its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reply {
    /// Its id.
    pub id: i32,
    /// Its number.
    pub number: u64,
}

/// What a reader subscribes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Topic {
    /// The state, and its changes.
    Follow,
    /// The state.
    Once,
}

/// An event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Event {
    /// The subscription's, if the service's events name it.
    pub instance: u64,
    /// What it tells.
    pub what: What,
}

/// What an event tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// One of two parts of the state, which is their sum.
    Base(usize, u64),
    /// The state has grown.
    Added {
        /// By how much.
        by: u64,
        /// To what.
        to: u64,
    },
}

/// The state, as events told it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct View {
    instance: u64,
    parts: [Option<u64>; 2],
    /// By how much it has grown since, and to what.
    added: (u64, u64),
}

impl View {
    /// The state, if both parts were told.
    pub fn value(&self) -> Option<u64> {
        let [Some(first), Some(second)] = self.parts else { return None };
        Some(first + second + self.added.0)
    }
}

impl<V: Variant> service::View<Made<V>> for View {
    fn fold(&mut self, event: &Event) {
        self.instance = event.instance;
        match event.what {
            What::Base(part, value) => {
                if let Some(place) = self.parts.get_mut(part) {
                    *place = Some(value);
                }
                self.added = (0, 0);
            }
            What::Added { by, to } => self.added = (self.added.0 + by, to),
        }
    }

    fn replay(&self) -> Vec<Event> {
        let (mut parts, (mut by, to)) = (self.parts, self.added);
        if let [Some(first), Some(_)] = &mut parts {
            *first += std::mem::take(&mut by);
        }
        let base = |(part, value): (usize, Option<u64>)| value.map(|value| What::Base(part, value));
        let bases = parts.into_iter().enumerate().filter_map(base);
        let added = (by > 0).then_some(What::Added { by, to });
        let instance = self.instance;
        bases.chain(added).map(|what| Event { instance, what }).collect()
    }

    fn is_complete(&self, _handle: &u64) -> bool {
        self.value().is_some()
    }
}

impl<V: Variant> Service for Made<V> {
    const NAME: &'static str = "made-up";
    const MAX_MSG_SIZE: u32 = 1 << 16;
    const SUBSCRIPTIONS: Multiplicity = V::SUBSCRIPTIONS;
    const SNAPSHOT: Snapshot = V::SNAPSHOT;
    const OVERFLOW: Overflow = V::OVERFLOW;

    type Request = Request;
    type Reply = Reply;
    type Event = Event;
    type Topic = Topic;
    type Handle = u64;
    type View = View;

    fn decode_reply(_id: i32, message: &mut BytesMut) -> Result<Reply, DecodeError> {
        let (id, [number, _]) = wire::decode_response(message)?;
        Ok(Reply { id, number })
    }

    fn decode_event(message: &mut BytesMut) -> Result<Event, DecodeError> {
        let (id, [instance, value]) = wire::decode_response(message)?;
        let what = match id {
            id::BASE => What::Base(0, value),
            11 => What::Base(1, value),
            _ => What::Added { by: u64::try_from(id - id::ADDED).unwrap_or(0), to: value },
        };
        Ok(Event { instance, what })
    }

    fn route(event: &Event) -> Route {
        if V::HAS_INSTANCES { Route::Instance(event.instance) } else { Route::Any }
    }

    fn open(topic: &Topic, instance: u64, answers: &[Answered<Self>]) -> Open<Self> {
        let track = Request::Track { instance, once: *topic == Topic::Once };
        let answers = match answers {
            [] if V::PREPARES => return Open::Send(Request::Prepare),
            // An older daemon does not know it.
            [Ok(_) | Err(CsError::InvalidParam), after @ ..] if V::PREPARES => after,
            answers => answers,
        };
        match answers {
            [] => Open::Send(track),
            [Err(CsError::TryAgain), ..] => Open::Pause,
            [Err(status), ..] => Open::Refused(*status),
            [Ok(reply), ..] => Open::Stands(reply.number),
        }
    }

    fn close(_topic: &Topic, handle: &u64) -> Option<Request> {
        V::CLOSES.then_some(Request::Untrack(*handle))
    }

    fn is_once(topic: &Topic) -> bool {
        *topic == Topic::Once
    }

    fn ping() -> Option<Request> {
        V::PINGS.then_some(Request::Ping)
    }
}

impl<V: Variant> service::Request<Made<V>> for Request {
    fn name(&self) -> &'static str {
        "REQUEST"
    }

    fn class(&self) -> Class {
        let max_len = match self {
            Self::Large(_, len) => *len,
            _ => u32::try_from(RESPONSE).unwrap_or(u32::MAX),
        };
        let (id, _) = self.numbers();
        match self {
            Self::Say { .. } => Class::OneWay,
            Self::Late(_) => Class::Late(Answer { id, max_len }),
            _ => Class::Ordinary(Answer { id, max_len }),
        }
    }

    fn encode(&self, out: &mut BytesMut) {
        let (id, numbers) = self.numbers();
        wire::request(out, id, numbers, service::Request::<Made<V>>::body(self).len());
    }

    fn body(&self) -> &[u8] {
        match self {
            Self::Say { payload, .. } => payload,
            _ => &[],
        }
    }

    fn is_users(&self) -> bool {
        matches!(self, Self::Say { .. } | Self::Parts { .. })
    }

    fn is_gated(&self) -> bool {
        matches!(self, Self::Say { gated: true, .. } | Self::Parts { .. })
    }

    fn advance(&mut self, answer: &Answered<Made<V>>) -> Advance {
        match (self, answer) {
            (Self::Insist(_) | Self::Parts { .. }, Err(CsError::TryAgain)) => Advance::Pause,
            (Self::Parts { part, .. }, Err(CsError::Interrupt)) => {
                *part = 0;
                Advance::Send
            }
            (Self::Parts { part, parts, .. }, Ok(_)) if *part + 1 < *parts => {
                *part += 1;
                Advance::Send
            }
            _ => Advance::Done,
        }
    }
}

impl Request {
    /// Its id and its two numbers.
    fn numbers(&self) -> (i32, [u64; 2]) {
        match *self {
            Self::Get(number) | Self::Insist(number) => (id::GET, [number, 0]),
            Self::Large(number, len) => (id::LARGE, [number, len.into()]),
            Self::Late(number) => (id::LATE, [number, 0]),
            Self::Say { number, gated, .. } => (id::SAY, [number, gated.into()]),
            Self::Parts { number, part, parts } => {
                (id::PARTS, [number, u64::from(part) << 32 | u64::from(parts)])
            }
            Self::Prepare => (id::PREPARE, [0; 2]),
            Self::Track { instance, once } => (id::TRACK, [instance, once.into()]),
            Self::Untrack(handle) => (id::UNTRACK, [handle, 0]),
            Self::Ping => (id::PING, [0; 2]),
        }
    }
}
