//! A daemon that serves the made-up service on one connection, and checks what it is asked.

use std::collections::{BTreeMap, VecDeque};
use std::marker::PhantomData;

use bytes::BytesMut;
use quorate_codec::qb::CsError;
use quorate_codec::qb::service::{Multiplicity, Snapshot};
use quorate_codec::qb::session::{Limits, Window};

use super::service::id;
use super::variant::Variant;
use super::wire::{self, RESPONSE};

/// What the daemon's connections allow. Replies of the usual length fill the window by their number,
/// large ones by their size.
pub const LIMITS: Limits = Limits {
    window: Window { requests: 4, reply_space: 400, first: Some(2) },
    largest_request: 200,
};

/// So many events find room in the channel.
const RING: usize = 3;

/// How a request is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mood {
    /// As it should be.
    Willing,
    /// "Try again", before the daemon looks at it.
    Busy,
    /// With an error, before the daemon looks at it.
    Refusing,
    /// With "interrupted".
    Interrupting,
}

/// The daemon's end of one connection.
#[derive(Debug)]
pub struct Daemon<V> {
    inbox: VecDeque<(i32, [u64; 2])>,
    /// The replies it owes, by what they take at most; those in `responses` too.
    owed: VecDeque<u32>,
    answered_any: bool,
    late: Option<u64>,
    responses: VecDeque<BytesMut>,
    /// Events in the channel, and events that find no room in it.
    events: (VecDeque<BytesMut>, VecDeque<BytesMut>),
    /// Subscriptions: instances by handles.
    tracks: BTreeMap<u64, u64>,
    last_handle: u64,
    variant: PhantomData<V>,
}

impl<V: Variant> Default for Daemon<V> {
    fn default() -> Self {
        Self {
            inbox: VecDeque::new(),
            owed: VecDeque::new(),
            answered_any: false,
            late: None,
            responses: VecDeque::new(),
            events: Default::default(),
            tracks: BTreeMap::new(),
            last_handle: 0,
            variant: PhantomData,
        }
    }
}

impl<V: Variant> Daemon<V> {
    /// A request arrives. Returns its id and its numbers.
    ///
    /// # Panics
    ///
    /// If it is malformed, or may not be sent now.
    pub fn receive(&mut self, message: &[u8]) -> (i32, [u64; 2]) {
        let (id, numbers) = wire::decode_request(message).expect("requests are well-formed");
        let size = message.get(8..12).and_then(|size| size.try_into().ok()).map(u32::from_ne_bytes);
        assert_eq!(size.map(|size| size as usize), Some(message.len()), "the size is exact");
        assert!(message.len() <= LIMITS.largest_request, "it fits");
        if id != id::SAY {
            assert!(!self.owes_late(), "nothing that has a reply follows a late request");
            let usual = u32::try_from(RESPONSE).unwrap_or(u32::MAX);
            let len =
                if id == id::LARGE { u32::try_from(numbers[1]).unwrap_or(u32::MAX) } else { usual };
            self.owed.push_back(len.next_multiple_of(4) + 8);
            let first = LIMITS.window.first.filter(|_| !self.answered_any);
            let most = first.unwrap_or(LIMITS.window.requests);
            assert!(self.owed() <= most as usize, "the window");
            assert!(self.owed.iter().sum::<u32>() <= LIMITS.window.reply_space, "room for replies");
        }
        self.inbox.push_back((id, numbers));
        (id, numbers)
    }

    /// How many replies are owed, those on their way among them.
    pub fn owed(&self) -> usize {
        self.owed.len()
    }

    /// Whether a late reply is owed and not on its way.
    pub fn owes_late(&self) -> bool {
        self.late.is_some() || self.inbox.iter().any(|&(id, _)| id == id::LATE)
    }

    /// Whether it has nothing to do.
    pub fn is_idle(&self) -> bool {
        self.owed.is_empty() && self.inbox.is_empty() && self.has_sent_events()
    }

    /// Whether every event was taken in.
    pub fn has_sent_events(&self) -> bool {
        self.events.0.is_empty() && self.events.1.is_empty()
    }

    /// Serves the oldest request. `state` is what the daemon tells.
    ///
    /// # Panics
    ///
    /// If it makes no sense now.
    pub fn serve(&mut self, mood: Mood, state: u64) {
        self.flush();
        let Some(&(id, numbers)) = self.inbox.front() else { return };
        if id == id::UNTRACK && !V::HAS_INSTANCES && !self.events.1.is_empty() {
            // Otherwise no client could tell what comes after the answer from what the next
            // subscription tells.
            return;
        }
        self.inbox.pop_front();
        let mood = match id {
            id::SAY => return,
            id::LATE => return self.late = Some(numbers[0]),
            // To be told that it cannot be ended would leave it open.
            id::UNTRACK if mood != Mood::Busy => Mood::Willing,
            _ => mood,
        };
        match mood {
            Mood::Willing => {}
            Mood::Busy => return self.reply(0, CsError::TryAgain, [0; 2], 0),
            Mood::Refusing => return self.reply(0, CsError::InvalidParam, [0; 2], 0),
            Mood::Interrupting => return self.reply(id, CsError::Interrupt, [0; 2], RESPONSE),
        }
        match id {
            id::TRACK => self.track(numbers[0], numbers[1] != 0, state),
            id::UNTRACK => {
                assert!(self.tracks.remove(&numbers[0]).is_some(), "NOT_EXIST");
                self.reply(id, CsError::Ok, [0; 2], RESPONSE);
            }
            id::LARGE => {
                let len = usize::try_from(numbers[1]).unwrap_or(0);
                self.reply(id, CsError::Ok, numbers, len);
            }
            _ => self.reply(id, CsError::Ok, numbers, RESPONSE),
        }
    }

    /// Answers the late request.
    pub fn answer_late(&mut self) {
        if let Some(number) = self.late.take() {
            self.reply(id::LATE, CsError::Ok, [number, 0], RESPONSE);
        }
    }

    /// The state has grown by one.
    pub fn changed(&mut self, state: u64) {
        let instances: Vec<_> = self.tracks.values().copied().collect();
        for instance in instances {
            self.tell(id::ADDED + 1, instance, state);
        }
    }

    /// The next response in the channel.
    pub fn response(&mut self) -> Option<BytesMut> {
        let response = self.responses.pop_front()?;
        self.owed.pop_front();
        self.answered_any = true;
        Some(response)
    }

    /// The next event in the channel.
    pub fn event(&mut self) -> Option<BytesMut> {
        self.events.0.pop_front()
    }

    /// Puts events into the channel, as far as there is room.
    pub fn flush(&mut self) {
        let (ring, waiting) = &mut self.events;
        let room = RING - ring.len().min(RING);
        ring.extend(waiting.drain(..room.min(waiting.len())));
    }

    fn track(&mut self, instance: u64, once: bool, state: u64) {
        let exists = match V::SUBSCRIPTIONS {
            Multiplicity::One => !self.tracks.is_empty(),
            Multiplicity::Many => self.tracks.values().any(|&other| other == instance),
        };
        assert!(!exists, "EXIST");
        self.last_handle += 1;
        let handle = self.last_handle;
        if !once {
            self.tracks.insert(handle, instance);
        }
        if V::SNAPSHOT == Snapshot::AfterReply {
            self.reply(id::TRACK, CsError::Ok, [handle, 0], RESPONSE);
        }
        if V::SNAPSHOT != Snapshot::None {
            self.tell(id::BASE, instance, state / 3);
            self.tell(id::BASE + 1, instance, state - state / 3);
        }
        if V::SNAPSHOT != Snapshot::AfterReply {
            self.reply(id::TRACK, CsError::Ok, [handle, 0], RESPONSE);
        }
    }

    fn reply(&mut self, id: i32, error: CsError, numbers: [u64; 2], len: usize) {
        self.responses.push_back(wire::response(id, error, numbers, len));
    }

    fn tell(&mut self, id: i32, instance: u64, value: u64) {
        let instance = if V::HAS_INSTANCES { instance } else { 0 };
        self.flush();
        let event = wire::response(id, CsError::Ok, [instance, value], RESPONSE);
        let (ring, waiting) = &mut self.events;
        if waiting.is_empty() && ring.len() < RING { ring } else { waiting }.push_back(event);
    }
}
