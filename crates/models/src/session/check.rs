//! What has to hold: always, in calm, and in the end.

use std::time::Duration;

use quorate_codec::qb::service::Snapshot;
use quorate_codec::qb::session::{Begin, CallError, End, Outcome, Output, Ticket};

use super::daemon::{Daemon, LIMITS, Mood};
use super::service::{Made, Request, Topic};
use super::variant::Variant;
use super::world::{Call, World, number_of};

/// A timer that is due within this is waited for.
const PAUSE: Duration = Duration::from_millis(20);

impl<V: Variant> World<V> {
    /// What has to hold after every operation.
    pub(super) fn check(&mut self) {
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
    pub(super) fn settle(&mut self) {
        if self.daemon.is_none() {
            self.connect();
        }
        self.session.set_keep_alive(None);
        self.set_stopped(false);
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
            self.pass();
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
    }

    /// Everybody goes; nothing is kept.
    pub(super) fn finish(&mut self) {
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
