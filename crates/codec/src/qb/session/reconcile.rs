//! Brings what the daemon was told closer to what readers want.
//!
//! [`reconcile`](Session::reconcile) is the only place that starts or ends a subscription, from
//! whatever state: after a reader came or went, an answer, an empty event channel, a pause, a loss, a
//! new connection.

use std::time::Instant;

use super::call::{Outcome, Owner};
use super::lanes::Lane;
use super::reader::{End, Item};
use super::subscription::{Closer, Subscription, Wire};
use super::{CallError, LossReason, Output, PAUSE, Session, Timer};
use crate::qb::CsError;
use crate::qb::service::{Answered, Multiplicity, Open, Service, Snapshot};

impl<S: Service> Session<S> {
    pub(super) fn reconcile(&mut self, id: u64) {
        let Some(subscription) = self.subscriptions.by_id.get(&id) else { return };
        let wanted = !subscription.readers.is_empty();
        match subscription.wire {
            Wire::Idle if !wanted => {
                self.closed_for_daemon(id, Ok(()));
                self.subscriptions.settling.remove(&id);
                self.subscriptions.by_id.remove(&id);
            }
            Wire::Idle if self.connected.is_some() => self.start(id),
            Wire::Paused if !wanted => self.drain(id, Ok(())),
            // A request that was not sent never is. What came of one that was is not known yet.
            Wire::Opening { call } if !wanted && !self.is_sent(call) => {
                self.remove_call(call);
                self.set_wire(id, Wire::Idle);
                self.reconcile(id);
            }
            Wire::Stands { .. } if !wanted && S::is_once(&subscription.topic) => {
                self.drain(id, Ok(()));
            }
            Wire::Stands { .. } if !wanted => self.ask_to_close(id),
            _ => {}
        }
    }

    pub(super) fn reconcile_all(&mut self) {
        let ids: Vec<_> = self.subscriptions.by_id.keys().copied().collect();
        ids.into_iter().for_each(|id| self.reconcile(id));
    }

    fn start(&mut self, id: u64) {
        let subscriptions = &mut self.subscriptions;
        let instance = match S::SUBSCRIPTIONS {
            Multiplicity::One => subscriptions.next_instance(),
            Multiplicity::Many => id,
        };
        let Some(subscription) = subscriptions.by_id.get_mut(&id) else { return };
        let mut topic: Option<S::Topic> = None;
        for &key in &subscription.readers {
            let Some(reader) = subscriptions.readers.get_mut(key) else { continue };
            reader.attached = true;
            topic = Some(match topic {
                Some(topic) => S::merge(topic, &reader.topic),
                None => reader.topic.clone(),
            });
        }
        let Some(topic) = topic else { return };
        (subscription.topic, subscription.instance) = (topic, instance);
        subscription.view = S::View::default();
        subscription.answers.clear();
        self.step(id, None);
    }

    /// Goes on with starting a subscription.
    fn step(&mut self, id: u64, now: Option<Instant>) {
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        let Subscription { topic, instance, answers, .. } = &*subscription;
        match S::open(topic, *instance, answers) {
            Open::Send(request) => {
                let call = self.enqueue(Lane::Own, request, None, Owner::Subscription(id));
                self.set_wire(id, Wire::Opening { call });
            }
            Open::Pause => {
                // Only an answer makes it pause, so the time is known.
                let Some(now) = now else { return };
                subscription.answers.pop();
                subscription.wire = Wire::Paused;
                self.pause(id, now);
            }
            Open::Stands(handle) => {
                subscription.wire = Wire::Stands { handle, complete: false };
                match S::SNAPSHOT {
                    Snapshot::BeforeReply => _ = self.subscriptions.settling.insert(id),
                    Snapshot::None | Snapshot::AfterReply => self.check_complete(id),
                }
            }
            Open::Refused(status) => return self.refuse(id, status, CallError::Status(status)),
        }
        // Its readers may have gone since the step before.
        self.reconcile(id);
    }

    /// Asks the daemon to end a subscription, or for the end of the connection.
    fn ask_to_close(&mut self, id: u64) {
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        match std::mem::replace(&mut subscription.wire, Wire::Leaving) {
            Wire::Stands { handle, .. } | Wire::Closing { handle, .. } => {
                match S::close(&subscription.topic, &handle) {
                    Some(request) => {
                        let owner = Owner::Subscription(id);
                        let call = self.enqueue(Lane::Own, request, None, owner);
                        self.set_wire(id, Wire::Closing { handle, call });
                    }
                    None => self.output.push_back(Output::Leave),
                }
            }
            wire => subscription.wire = wire,
        }
    }

    /// A subscription cannot be had: ends the readers for which it was started.
    fn refuse(&mut self, id: u64, status: CsError, error: CallError) {
        // The daemon may have sent events all the same.
        self.drain(id, Ok(()));
        let Some(subscription) = self.subscriptions.by_id.get(&id) else { return };
        for key in subscription.readers.clone() {
            if self.subscriptions.readers.get(key).is_some_and(|reader| reader.attached) {
                self.end_reader(key, End::Refused(status), Err(error));
            }
        }
    }

    /// The request of a subscription was answered.
    pub(super) fn step_answered(&mut self, id: u64, answer: Answered<S>, now: Instant) {
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        match (&subscription.wire, answer) {
            (Wire::Opening { .. }, answer) => {
                subscription.answers.push(answer);
                self.step(id, Some(now));
            }
            (Wire::Closing { .. }, Err(CsError::TryAgain)) => self.pause(id, now),
            (Wire::Closing { .. }, answer) => self.drain(id, answer.map(drop)),
            _ => {}
        }
    }

    /// The request of a subscription was not answered.
    pub(super) fn step_failed(&mut self, id: u64, outcome: Result<Outcome<S>, CallError>) {
        if let Err(error @ CallError::TooLarge) = outcome {
            self.refuse(id, CsError::TooBig, error);
        }
        // With the connection, all subscriptions are lost.
    }

    /// The daemon said "try again" to the request of a subscription.
    fn pause(&mut self, id: u64, now: Instant) {
        if let Some(subscription) = self.subscriptions.by_id.get_mut(&id) {
            let at = now + PAUSE;
            subscription.again_at = Some(at);
            self.deadlines.insert(at, Timer::Subscription(id));
        }
    }

    /// The pause of a subscription is over: the same request is sent again.
    pub(super) fn resume(&mut self, id: u64) {
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        subscription.again_at = None;
        match subscription.wire {
            Wire::Paused => self.step(id, None),
            Wire::Closing { .. } => self.ask_to_close(id),
            _ => {}
        }
    }

    /// A subscription is over for the daemon, and its events may still be in the channel.
    fn drain(&mut self, id: u64, outcome: Result<(), CsError>) {
        self.set_wire(id, Wire::Draining);
        self.subscriptions.settling.insert(id);
        self.closed_for_daemon(id, outcome);
    }

    fn set_wire(&mut self, id: u64, wire: Wire<S>) {
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        subscription.wire = wire;
        if let Some(at) = subscription.again_at.take() {
            self.deadlines.remove(at, Timer::Subscription(id));
        }
    }

    /// A subscription is over for the daemon, or has a reader again: tells the calls that wait.
    pub(super) fn closed_for_daemon(&mut self, id: u64, outcome: Result<(), CsError>) {
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        for Closer(call) in std::mem::take(&mut subscription.closers) {
            let outcome = outcome.map(|()| Outcome::Unsubscribed).map_err(CallError::Status);
            self.complete(call, outcome);
        }
    }

    pub(super) fn subscriptions_lost(&mut self, reason: LossReason) {
        let mut told = Vec::new();
        for id in self.forget_wires() {
            let Some(subscription) = self.subscriptions.by_id.get(&id) else { continue };
            for &key in &subscription.readers {
                let Some(reader) = self.subscriptions.readers.get_mut(key) else { continue };
                // One that waits for its first state goes on waiting, and knows of no loss.
                if reader.call.is_some() {
                    reader.attached = false;
                    reader.clear();
                } else if reader.lost() {
                    told.push(key);
                }
            }
        }
        told.into_iter().for_each(|key| self.tell(key, Item::Lost { reason }));
        self.reconcile_all();
    }

    pub(super) fn subscriptions_closed(&mut self) {
        for id in self.forget_wires() {
            let Some(subscription) = self.subscriptions.by_id.get(&id) else { continue };
            for key in subscription.readers.clone() {
                self.end_reader(key, End::Closed, Err(CallError::Closed));
            }
            self.reconcile(id);
        }
    }

    /// The daemon has no subscription any more. Returns the ids of all.
    fn forget_wires(&mut self) -> Vec<u64> {
        self.subscriptions.settling.clear();
        let ids: Vec<_> = self.subscriptions.by_id.keys().copied().collect();
        for &id in &ids {
            self.set_wire(id, Wire::Idle);
            self.closed_for_daemon(id, Ok(()));
        }
        ids
    }
}
