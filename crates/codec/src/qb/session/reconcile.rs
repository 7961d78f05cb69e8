//! Brings what the daemon was told closer to what readers want.
//!
//! [`reconcile`](Session::reconcile) is the only place that starts or ends a subscription, from
//! whatever state: after a reader came or went, an answer, an empty event channel, a pause, a loss, a
//! new connection.

use std::time::Instant;

use super::call::{Outcome, Owner, Ticket};
use super::lanes::Lane;
use super::reader::{End, Item};
use super::subscription::{Subscription, Wire};
use super::{CallError, LossReason, Output, PAUSE, Session, Timer};
use crate::qb::CsError;
use crate::qb::service::{Answered, Multiplicity, Open, Service, Snapshot};

impl<S: Service> Session<S> {
    pub(super) fn reconcile(&mut self, id: u64) {
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        let wanted = !subscription.readers.is_empty();
        match &subscription.wire {
            Wire::Idle if !wanted => {
                self.subscriptions.by_id.remove(&id);
                self.subscriptions.settling.remove(&id);
            }
            Wire::Idle if self.connected.is_some() => self.start(id),
            Wire::Paused { until } if !wanted => {
                self.deadlines.remove(*until, Timer::Subscription(id));
                self.drain(id);
            }
            &Wire::Opening { call } if !wanted => self.give_up_opening(id, call),
            Wire::Stands { .. } if !wanted && S::is_once(&subscription.topic) => self.drain(id),
            Wire::Stands { handle, .. } if !wanted => match S::close(&subscription.topic, handle) {
                Some(request) => {
                    let owner = Owner::Subscription(id);
                    self.enqueue(Lane::Own, request, None, owner);
                    self.set_wire(id, Wire::Closing);
                }
                None => self.output.push_back(Output::Leave),
            },
            _ => {}
        }
    }

    /// A request that was not sent never is. What came of one that was is not known yet.
    fn give_up_opening(&mut self, id: u64, call: Ticket) {
        if !self.is_sent(call) {
            self.remove_call(call);
            self.set_wire(id, Wire::Idle);
            self.reconcile(id);
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
                // Its readers may have gone since the step before.
                self.reconcile(id);
            }
            Open::Pause => {
                // Only an answer makes it pause, so the time is known.
                let Some(until) = now.map(|now| now + PAUSE) else { return };
                subscription.answers.pop();
                subscription.wire = Wire::Paused { until };
                self.deadlines.insert(until, Timer::Subscription(id));
                self.reconcile(id);
            }
            Open::Stands(handle) => {
                subscription.wire = Wire::Stands { handle, complete: false };
                self.subscriptions.settling.insert(id);
                if S::SNAPSHOT != Snapshot::BeforeReply {
                    self.check_complete(id);
                }
                self.reconcile(id);
            }
            Open::Refused(status) => self.refuse(id, status, CallError::Status(status)),
        }
    }

    /// A subscription cannot be had: ends the readers for which it was started.
    fn refuse(&mut self, id: u64, status: CsError, error: CallError) {
        // The daemon may have sent events all the same.
        self.drain(id);
        self.closed_for_daemon(id, &Ok(()));
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
        match subscription.wire {
            Wire::Opening { .. } => {
                subscription.answers.push(answer);
                self.step(id, Some(now));
            }
            Wire::Closing => {
                self.drain(id);
                let outcome = answer.map(drop).map_err(CallError::Status);
                self.closed_for_daemon(id, &outcome);
            }
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

    /// The pause of a subscription is over: its step is asked for again.
    pub(super) fn resume(&mut self, id: u64) {
        let subscription = self.subscriptions.by_id.get(&id);
        if subscription.is_some_and(|subscription| matches!(subscription.wire, Wire::Paused { .. }))
        {
            self.step(id, None);
        }
    }

    /// A subscription is over for the daemon, and its events may still be in the channel.
    fn drain(&mut self, id: u64) {
        self.set_wire(id, Wire::Draining);
        self.subscriptions.settling.insert(id);
    }

    fn set_wire(&mut self, id: u64, wire: Wire<S>) {
        if let Some(subscription) = self.subscriptions.by_id.get_mut(&id) {
            subscription.wire = wire;
        }
    }

    pub(super) fn subscriptions_lost(&mut self, reason: LossReason) {
        let subscriptions = &mut self.subscriptions;
        subscriptions.settling.clear();
        let mut closed = Vec::new();
        for (&id, subscription) in &mut subscriptions.by_id {
            if let Wire::Paused { until } = subscription.wire {
                self.deadlines.remove(until, Timer::Subscription(id));
            }
            if !subscription.closers.is_empty() {
                closed.push(id);
            }
            subscription.wire = Wire::Idle;
            subscription.view = S::View::default();
            for &key in &subscription.readers {
                let Some(reader) = subscriptions.readers.get_mut(key) else { continue };
                // One that waits for its first state goes on waiting, and knows of no loss.
                let waits = reader.call.is_some();
                if waits {
                    reader.clear();
                }
                if std::mem::take(&mut reader.attached) && !waits && !reader.is_lost {
                    reader.is_lost = true;
                    reader.push(Item::Lost { reason });
                    if !std::mem::replace(&mut reader.notified, true) {
                        self.output.push_back(Output::Readable(key));
                    }
                }
            }
        }
        for id in closed {
            self.closed_for_daemon(id, &Err(CallError::Lost { sent: true }));
        }
        self.reconcile_all();
    }

    pub(super) fn subscriptions_closed(&mut self) {
        for (&id, subscription) in &mut self.subscriptions.by_id {
            if let Wire::Paused { until } = subscription.wire {
                self.deadlines.remove(until, Timer::Subscription(id));
            }
            subscription.wire = Wire::Idle;
        }
        let ids: Vec<_> = self.subscriptions.by_id.keys().copied().collect();
        for id in ids {
            self.closed_for_daemon(id, &Err(CallError::Closed));
            let Some(subscription) = self.subscriptions.by_id.get(&id) else { continue };
            for key in subscription.readers.clone() {
                self.end_reader(key, End::Closed, Err(CallError::Closed));
            }
            self.reconcile(id);
        }
        self.subscriptions.settling.clear();
    }
}
