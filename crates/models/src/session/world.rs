//! A client's world: callers, readers, a daemon, and time.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use quorate_codec::qb::service::{Overflow, Snapshot};
use quorate_codec::qb::session::{
    Begin, CallError, End, LossReason, Outcome, Output, Session, Ticket,
};

use super::daemon::{Daemon, LIMITS, Mood};
use super::reader::Reader;
use super::service::{Made, Request, Topic, id};
use super::variant::Variant;
use crate::Input;

/// A session, and all that is around it.
#[derive(Debug)]
pub struct World<V: Variant> {
    session: Session<Made<V>>,
    daemon: Option<Daemon<V>>,
    now: Instant,
    /// The daemon's.
    state: u64,
    calls: Vec<Call>,
    readers: Vec<Reader>,
    /// Calls that were completed and not taken; each is announced once.
    completed: Vec<Ticket>,
    last_number: u64,
    /// The numbers of requests that were sent and are sent once.
    sent: BTreeSet<u64>,
    last_gated: u64,
    refused: bool,
}

#[derive(Debug)]
struct Call {
    ticket: Ticket,
    asked: Option<Request>,
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
        match input.below(24) {
            0..=2 => self.call(input),
            3 => self.abandon(input),
            4 | 5 => self.subscribe(input),
            6 => self.unsubscribe(input),
            7 | 8 => self.take_items(input.byte().into()),
            9 | 10 => self.transmit(1 + input.below(4)),
            11..=13 => self.serve(input),
            14 | 15 => self.take_in(input.below(6)),
            16 | 17 => self.change(),
            18 => {
                self.now += Duration::from_millis(input.below(12) as u64);
                self.session.handle_timeout(self.now);
            }
            19 if input.one_in(4) => self.lose(),
            19 | 20 if self.daemon.is_none() => self.connect(),
            20 => self.daemon.iter_mut().for_each(Daemon::answer_late),
            21 => self.session.set_stopped(self.daemon.is_some() && input.one_in(2)),
            22 => {
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
        self.calls.push(Call { ticket, asked });
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
        self.readers.push(Reader::new(id, call, topic, begin));
    }

    fn unsubscribe(&mut self, input: &mut Input<'_>) {
        if !self.readers.is_empty() {
            let index = input.below(self.readers.len());
            let how = input.byte();
            let deadline = self.deadline(input);
            self.remove(index, how, deadline);
        }
    }

    fn remove(&mut self, index: usize, how: u8, deadline: Option<Instant>) {
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
            self.calls.push(Call { ticket, asked: None });
        }
        if let Some(call) = reader.call {
            self.session.abandon(call);
            self.completed.retain(|&other| other != call);
        }
    }

    fn take_items(&mut self, index: usize) {
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
    fn transmit(&mut self, most: usize) {
        for _ in 0..most {
            let mut message = BytesMut::new();
            let Some(body) = self.session.poll_transmit(&mut message) else { return };
            message.extend_from_slice(body);
            let daemon = self.daemon.as_mut().expect("nothing goes without a connection");
            let (id, numbers) = daemon.receive(&message);
            self.session.transmitted();
            let is_gated = id == id::PARTS || (id == id::SAY && numbers[1] != 0);
            if is_gated {
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
    fn take_in(&mut self, most: usize) {
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

    fn lose(&mut self) {
        if self.daemon.take().is_some() {
            self.session.connection_lost(LossReason::Disconnected);
            // The next daemon knows nothing of this one's state.
            self.state += 100;
        }
    }

    fn connect(&mut self) {
        self.daemon = Some(Daemon::default());
        self.session.connected(LIMITS, self.now);
    }

    /// What has to hold after every operation.
    fn check(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Completed(ticket) => {
                    assert!(!self.completed.contains(&ticket), "it completes once");
                    let is_known = self.calls.iter().any(|call| call.ticket == ticket)
                        || self.readers.iter().any(|reader| reader.call == Some(ticket));
                    if is_known {
                        self.completed.push(ticket);
                    }
                }
                Output::Readable(id) => {
                    let reader = self.readers.iter_mut().find(|reader| reader.id == id);
                    reader.into_iter().for_each(|reader| reader.readable = true);
                }
                Output::Leave => {
                    assert!(!V::CLOSES, "a request ends it");
                    self.lose();
                }
            }
        }
        self.take_outcomes();
        let owed = self.daemon.as_ref().map_or(0, Daemon::owed);
        assert_eq!(self.session.owed(), owed, "what is owed");
        let late = self.daemon.as_ref().is_some_and(Daemon::owes_late);
        assert!(self.session.owes_late() || !late, "a late reply is owed");
        assert!(
            self.session
                .garbage()
                .iter()
                .all(|request| { matches!(request, Request::Say { .. } | Request::Parts { .. }) })
        );
        for reader in &self.readers {
            if self.session.view(reader.id).is_some() {
                assert!(self.daemon.is_some(), "nothing is known without a connection");
            }
        }
        let [calls, deadlines, subscriptions, readers] = self.session.stored();
        let expected = self.calls.len() + self.readers.len() + subscriptions + 1;
        assert!(calls <= expected, "{calls} calls are kept, {expected} at most are known");
        assert!(deadlines <= calls + subscriptions + 1, "{deadlines} deadlines are kept");
        assert_eq!(readers, self.readers.len());
    }

    fn take_outcomes(&mut self) {
        let mut calls = std::mem::take(&mut self.calls);
        calls.retain(|call| {
            let outcome = self.session.take(call.ticket);
            self.was_announced(call.ticket, outcome.is_some());
            if let Some(outcome) = &outcome {
                self.judge(call, outcome);
            }
            outcome.is_none()
        });
        self.calls = calls;
        let mut index = 0;
        while let Some(reader) = self.readers.get_mut(index) {
            index += 1;
            let Some(call) = reader.call else { continue };
            match self.session.take(call) {
                None => self.was_announced(call, false),
                Some(outcome) => {
                    reader.call = None;
                    self.was_announced(call, true);
                    if let Err(error) = outcome {
                        let is_refusal = matches!(error, CallError::Status(_));
                        let allowed = (is_refusal && self.refused)
                            || matches!(error, CallError::Timeout { .. });
                        assert!(allowed, "{error:?}");
                        index -= 1;
                        self.remove(index, 0, None);
                    }
                }
            }
        }
    }

    fn was_announced(&mut self, ticket: Ticket, is_complete: bool) {
        let before = self.completed.len();
        self.completed.retain(|&other| other != ticket);
        assert_eq!(self.completed.len() < before, is_complete, "who waits for it is woken");
    }

    fn judge(&self, call: &Call, outcome: &Result<Outcome<Made<V>>, CallError>) {
        let Some(asked) = &call.asked else {
            let is_over =
                matches!(outcome, Ok(Outcome::Unsubscribed) | Err(CallError::Timeout { .. }));
            return assert!(is_over, "{outcome:?}");
        };
        let number = number_of(asked);
        let is_once = !matches!(asked, Request::Insist(_) | Request::Parts { .. });
        match outcome {
            Ok(Outcome::Reply(reply)) => assert_eq!(reply.number, number, "its own reply"),
            Ok(Outcome::Sent) => assert!(matches!(asked, Request::Say { .. })),
            Err(CallError::Timeout { sent } | CallError::Lost { sent }) => {
                assert!(!is_once || *sent == self.sent.contains(&number), "{asked:?}: {outcome:?}");
            }
            Err(CallError::TooLarge) => match asked {
                Request::Say { payload, .. } => assert!(payload.len() > 160),
                Request::Large(_, len) => assert!(len + 8 > LIMITS.window.reply_space - 4),
                asked => panic!("{asked:?} fits"),
            },
            Err(CallError::Status(_)) => assert!(self.refused, "{outcome:?}"),
            outcome => panic!("{asked:?}: {outcome:?}"),
        }
    }

    /// Time goes by until all is calm.
    fn settle(&mut self) {
        if self.daemon.is_none() {
            self.connect();
        }
        self.session.set_keep_alive(None);
        self.session.set_stopped(false);
        for _ in 0..10_000 {
            self.transmit(usize::MAX);
            if self.daemon.is_none() {
                self.connect();
            }
            let daemon = self.daemon.as_mut().expect("there is one");
            for _ in 0..8 {
                daemon.serve(Mood::Willing, self.state);
                daemon.answer_late();
            }
            self.take_in(usize::MAX);
            self.check();
            (0..self.readers.len()).for_each(|index| self.take_items(index));
            let is_idle = self.daemon.as_ref().is_some_and(Daemon::is_idle);
            let is_timed = self.session.poll_timeout().is_some_and(|at| at <= self.now + PAUSE);
            if is_idle && self.session.under_way() == 0 && !is_timed {
                return self.calm();
            }
            self.now += Duration::from_millis(1);
            self.session.handle_timeout(self.now);
            self.check();
        }
        panic!("it never ends: {:?}", self.session);
    }

    /// What has to hold when nothing is under way.
    fn calm(&mut self) {
        assert!(self.calls.is_empty(), "every call is over: {:?}", self.calls);
        assert!(!self.session.is_silent(), "the daemon has answered all");
        for reader in &self.readers {
            assert!(reader.call.is_none(), "its first state was told: {reader:?}");
            if reader.end.is_some() {
                assert!(reader.topic == Topic::Once || reader.end != Some(End::Complete));
                continue;
            }
            assert!(!reader.is_lost, "all that was lost is restored: {reader:?}");
            assert_eq!(reader.topic, Topic::Follow, "it is complete: {reader:?}");
            let knows_nothing = reader.value.is_none()
                && (V::SNAPSHOT == Snapshot::None || reader.begin == Begin::Now);
            assert!(knows_nothing || reader.value == Some(self.state), "{reader:?}");
            if V::SNAPSHOT != Snapshot::None {
                let view = self.session.view(reader.id).and_then(|view| view.value());
                assert_eq!(view, Some(self.state), "the current state");
            }
        }
        let following = self.readers.iter().filter(|reader| reader.end.is_none()).count();
        assert!(following == 0 || V::OVERFLOW == Overflow::Lag || following > 0);
    }

    /// Everybody goes; nothing is kept.
    fn finish(&mut self) {
        while !self.readers.is_empty() {
            let how = u8::from(self.readers.len() % 2 == 0);
            self.remove(0, how, None);
            self.check();
        }
        self.settle();
        self.lose();
        self.check();
        assert_eq!(self.session.stored(), [0; 4], "{:?}", self.session);
    }
}

const PAUSE: Duration = Duration::from_millis(20);

fn number_of(request: &Request) -> u64 {
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
