//! A client's world: callers, readers, a daemon, and time.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use quorate_codec::qb::service::Snapshot;
use quorate_codec::qb::session::{Begin, End, LossReason, Session, Ticket};

use super::daemon::{Daemon, LIMITS, Mood};
use super::operation;
use super::reader::Reader;
use super::service::{Made, Request, Topic, id};
use super::variant::Variant;
use crate::Input;

/// A session, and all that is around it.
#[derive(Debug)]
pub struct World<V: Variant> {
    pub(super) session: Session<Made<V>>,
    pub(super) daemon: Option<Daemon<V>>,
    pub(super) now: Instant,
    /// The daemon's.
    pub(super) state: u64,
    pub(super) calls: Vec<Call>,
    pub(super) readers: Vec<Reader>,
    /// Calls that were completed and not taken; each is announced once.
    pub(super) completed: Vec<Ticket>,
    pub(super) last_number: u64,
    /// The numbers of requests that were sent and are sent once.
    pub(super) sent: BTreeSet<u64>,
    pub(super) last_gated: u64,
    /// Whether the daemon asks for flow control.
    pub(super) stopped: bool,
    pub(super) refused: bool,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) ticket: Ticket,
    pub(super) deadline: Option<Instant>,
    pub(super) asked: Option<Request>,
}

impl<V: Variant> Default for World<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Variant> World<V> {
    /// A client without a connection.
    pub fn new() -> Self {
        Self {
            session: Session::new(),
            daemon: None,
            now: Instant::now(),
            state: 7,
            calls: Vec::new(),
            readers: Vec::new(),
            completed: Vec::new(),
            last_number: 0,
            sent: BTreeSet::new(),
            last_gated: 0,
            stopped: false,
            refused: false,
        }
    }

    /// Runs all operations there are, then sees to it that all ends well.
    ///
    /// # Panics
    ///
    /// If the session breaks one of its promises.
    pub fn run(mut self, mut input: Input<'_>) {
        while !input.is_empty() {
            self.operate(&mut input);
            self.check();
        }
        self.settle();
        self.finish();
    }

    fn operate(&mut self, input: &mut Input<'_>) {
        match input.byte() % operation::COUNT {
            0..=operation::CALL => self.call(input),
            operation::ABANDON => self.abandon(input),
            4 | operation::SUBSCRIBE => self.subscribe(input),
            operation::UNSUBSCRIBE => self.unsubscribe(input),
            7 | operation::TAKE_ITEMS => self.take_items(input.byte().into()),
            9 | operation::TRANSMIT => self.transmit(1 + input.below(4)),
            11..=operation::SERVE => self.serve(input),
            14 | operation::TAKE_IN => self.take_in(input.below(6)),
            16 | operation::CHANGE => (0..=input.below(4)).for_each(|_| self.change()),
            operation::PASS => {
                self.now += Duration::from_millis(input.below(12) as u64);
                self.pass();
            }
            operation::LOSE if input.one_in(4) => self.lose(),
            operation::LOSE | operation::CONNECT if self.daemon.is_none() => self.connect(),
            operation::CONNECT => self.daemon.iter_mut().for_each(Daemon::answer_late),
            operation::STOP => self.set_stopped(input.one_in(2)),
            operation::KEEP_ALIVE => {
                let interval = Duration::from_millis(1 + input.below(20) as u64);
                self.session.set_keep_alive(input.one_in(2).then_some(interval));
            }
            _ => {
                self.transmit(usize::MAX);
                self.serve(input);
                self.take_in(usize::MAX);
            }
        }
    }

    fn call(&mut self, input: &mut Input<'_>) {
        self.last_number += 1;
        let number = self.last_number;
        let payload = |input: &mut Input<'_>| Bytes::from(vec![0; input.byte().into()]);
        let request = match input.below(12) {
            0 => Request::Late(number),
            1 => Request::Insist(number),
            2 => Request::Large(number, 40 + 2 * u32::from(input.byte())),
            3 => Request::Say { number, gated: false, payload: payload(input) },
            4 | 5 => Request::Say { number, gated: true, payload: payload(input) },
            6 | 7 => Request::Parts { number, part: 0, parts: 1 + u32::from(input.byte()) % 4 },
            _ => Request::Get(number),
        };
        let deadline = self.deadline(input);
        let asked = Some(request.clone());
        let ticket = match self.session.epoch().filter(|_| input.one_in(3)) {
            Some(epoch) => self.session.call_in(epoch, request, deadline).expect("it is connected"),
            None => self.session.call(request, deadline),
        };
        self.calls.push(Call { ticket, deadline, asked });
    }

    fn deadline(&self, input: &mut Input<'_>) -> Option<Instant> {
        match input.below(4) {
            0 => Some(self.now + Duration::from_millis(input.below(30) as u64)),
            1 => Some(self.now + Duration::from_millis(15)),
            _ => None,
        }
    }

    fn abandon(&mut self, input: &mut Input<'_>) {
        if !self.calls.is_empty() {
            let index = input.below(self.calls.len());
            let call = self.calls.swap_remove(index);
            self.session.abandon(call.ticket);
            self.completed.retain(|&other| other != call.ticket);
        }
    }

    fn subscribe(&mut self, input: &mut Input<'_>) {
        if self.readers.len() > 200 {
            return;
        }
        let has_state = V::SNAPSHOT != Snapshot::None;
        let topic = if has_state && input.one_in(3) { Topic::Once } else { Topic::Follow };
        let begin = if input.one_in(3) { Begin::Now } else { Begin::Snapshot };
        let capacity = [1, 1, 2, 3, 8][input.below(5)];
        let deadline = self.deadline(input);
        let (id, call) = self.session.subscribe(topic, begin, capacity, deadline);
        self.readers.push(Reader::new(id, call, deadline, topic, begin));
    }

    fn unsubscribe(&mut self, input: &mut Input<'_>) {
        if !self.readers.is_empty() {
            let index = input.below(self.readers.len());
            let how = input.byte();
            let deadline = self.deadline(input);
            self.remove(index, how, deadline);
        }
    }

    pub(super) fn remove(&mut self, index: usize, how: u8, deadline: Option<Instant>) {
        let reader = self.readers.swap_remove(index);
        if let Some(call) = reader.call {
            if how & 2 != 0 {
                self.session.abandon(call);
            }
        }
        if how & 1 == 0 {
            self.session.unsubscribe(reader.id);
        } else {
            let ticket = self.session.unsubscribe_call(reader.id, deadline);
            self.calls.push(Call { ticket, deadline, asked: None });
        }
        if let Some(call) = reader.call {
            self.session.abandon(call);
            self.completed.retain(|&other| other != call);
        }
    }

    pub(super) fn take_items(&mut self, index: usize) {
        if self.readers.is_empty() {
            return;
        }
        let index = index % self.readers.len();
        let Some(reader) = self.readers.get_mut(index).filter(|reader| reader.call.is_none())
        else {
            return;
        };
        if reader.end.is_some() {
            return;
        }
        let mut batch = VecDeque::new();
        let end = self.session.take_items(reader.id, &mut batch);
        let is_news = !batch.is_empty() || end.is_some();
        assert!(reader.readable || !is_news, "who waits for it is woken");
        reader.readable = false;
        batch.into_iter().for_each(|item| reader.told::<V>(item));
        if let Some(end) = end {
            assert!(self.refused || !matches!(end, End::Refused(_)));
            reader.ended::<V>(end);
        }
    }

    /// Lets up to `most` requests go, if they may.
    pub(super) fn transmit(&mut self, most: usize) {
        for _ in 0..most {
            let mut message = BytesMut::new();
            let Some(body) = self.session.poll_transmit(&mut message) else { return };
            message.extend_from_slice(body);
            let daemon = self.daemon.as_mut().expect("nothing goes without a connection");
            let (id, numbers) = daemon.receive(&message);
            self.session.transmitted();
            let is_gated = id == id::PARTS || (id == id::SAY && numbers[1] != 0);
            if is_gated {
                assert!(!self.stopped, "it waits for flow control");
                assert!(numbers[0] >= self.last_gated, "in the order of the calls");
                self.last_gated = numbers[0];
            }
            let asked = |call: &&Call| call.asked.as_ref().map(number_of) == Some(numbers[0]);
            let call = self.calls.iter().find(asked).and_then(|call| call.asked.as_ref());
            let is_once = !matches!(call, Some(Request::Insist(_) | Request::Parts { .. }));
            if matches!(id, id::GET | id::LATE | id::SAY | id::LARGE) && is_once {
                assert!(call.is_some(), "what was given up is not sent: {numbers:?}");
                assert!(self.sent.insert(numbers[0]), "nothing is sent twice");
            }
        }
    }

    fn serve(&mut self, input: &mut Input<'_>) {
        let Some(daemon) = &mut self.daemon else { return };
        let mood = match input.below(12) {
            0 | 1 => Mood::Busy,
            2 => Mood::Refusing,
            3 => Mood::Interrupting,
            _ => Mood::Willing,
        };
        self.refused |= mood != Mood::Willing;
        (0..=input.below(4)).for_each(|_| daemon.serve(mood, self.state));
    }

    /// Takes in all responses there are, and up to `most` events.
    pub(super) fn take_in(&mut self, most: usize) {
        let Some(daemon) = &mut self.daemon else { return };
        while let Some(mut response) = daemon.response() {
            self.session.handle_response(&mut response, self.now).expect("it is as it should be");
        }
        for _ in 0..most {
            let Some(mut event) = daemon.event() else { return self.session.events_drained() };
            self.session.handle_event(&mut event).expect("it is as it should be");
        }
    }

    fn change(&mut self) {
        self.state += 1;
        self.daemon.iter_mut().for_each(|daemon| daemon.changed(self.state));
    }

    pub(super) fn lose(&mut self) {
        if self.daemon.take().is_some() {
            self.stopped = false;
            self.session.connection_lost(LossReason::Disconnected);
            // The next daemon knows nothing of this one's state.
            self.state += 100;
        }
    }

    /// Deadlines pass.
    pub(super) fn pass(&mut self) {
        self.session.handle_timeout(self.now);
        self.check();
        let is_over = |deadline: Option<Instant>| deadline.is_some_and(|at| at <= self.now);
        assert!(!self.calls.iter().any(|call| is_over(call.deadline)), "no call outlives it");
        let mut waiting = self.readers.iter().filter(|reader| reader.call.is_some());
        assert!(!waiting.any(|reader| is_over(reader.deadline)), "no call outlives it");
        let next = self.session.poll_timeout();
        assert!(next.is_none_or(|at| at > self.now), "nothing is due any more");
    }

    pub(super) fn set_stopped(&mut self, stopped: bool) {
        self.stopped = stopped && self.daemon.is_some();
        self.session.set_stopped(self.stopped);
    }

    pub(super) fn connect(&mut self) {
        self.daemon = Some(Daemon::default());
        self.session.connected(LIMITS, self.now);
    }
}

pub(super) fn number_of(request: &Request) -> u64 {
    match request {
        Request::Get(number)
        | Request::Insist(number)
        | Request::Late(number)
        | Request::Large(number, _)
        | Request::Say { number, .. }
        | Request::Parts { number, .. } => *number,
        _ => 0,
    }
}
