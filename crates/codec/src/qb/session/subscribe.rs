//! Readers: how they come and go, and what they take.

use std::collections::VecDeque;
use std::time::Instant;

use super::call::{Outcome, Owner, Stage};
use super::keys::Ticket;
use super::reader::{Begin, End, Item, Reader};
use super::subscription::{Closer, Subscription, Wire};
use super::{CallError, ReaderId, Session};
use crate::qb::service::{Multiplicity, Service, View};

impl<S: Service> Session<S> {
    /// Adds a reader. The call is complete when the reader's first state is there to be taken; the
    /// reader ends if the call fails or is abandoned before. In any case it is kept until it is
    /// [removed](Self::unsubscribe).
    ///
    /// Without a connection it waits for one. A loss before the call is complete is not told: it waits
    /// for the next connection.
    ///
    /// At most `capacity` events (at least 1) wait for the reader; see
    /// [`Overflow`](crate::qb::service::Overflow).
    pub fn subscribe(
        &mut self,
        topic: S::Topic,
        begin: Begin,
        capacity: usize,
        deadline: Option<Instant>,
    ) -> (ReaderId, Ticket) {
        let id = match S::SUBSCRIPTIONS {
            Multiplicity::One => 0,
            Multiplicity::Many => self.subscriptions.next_instance(),
        };
        let subscriptions = &mut self.subscriptions;
        let reader = subscriptions.readers.insert(Reader::new(id, topic.clone(), begin, capacity));
        let ticket = self.insert_call(Stage::Subscribing(reader), deadline, Owner::User);
        if let Some(reader) = self.subscriptions.readers.get_mut(reader) {
            reader.call = Some(ticket);
        }
        if self.closed {
            self.end_reader(reader, End::Closed, Err(CallError::Closed));
            return (reader, ticket);
        }
        let subscriptions = &mut self.subscriptions;
        subscriptions.by_id.entry(id).or_insert_with(|| Subscription::new(topic));
        let revived = subscriptions.by_id.get(&id).is_some_and(|s| s.wire.is_live());
        subscriptions.add(id, reader);
        if revived {
            // It is not about to end any more.
            self.closed_for_daemon(id, Ok(()));
        }
        self.attach_late(id, reader);
        self.reconcile(id);
        (reader, ticket)
    }

    /// Removes a reader. The last one ends the subscription.
    pub fn unsubscribe(&mut self, reader: ReaderId) {
        let call = self.subscriptions.readers.get_mut(reader).and_then(|reader| reader.call.take());
        if let Some(call) = call {
            self.remove_call(call);
        }
        self.subscriptions.leave(reader);
        if let Some(reader) = self.subscriptions.readers.remove(reader) {
            self.reconcile(reader.subscription);
        }
    }

    /// As [`unsubscribe`](Self::unsubscribe). The call is complete when the subscription is over: the
    /// daemon has ended it or the connection is lost; or at once if other readers keep it or there is
    /// nothing to end.
    pub fn unsubscribe_call(&mut self, reader: ReaderId, deadline: Option<Instant>) -> Ticket {
        let id = self.subscriptions.readers.get(reader).map(|reader| reader.subscription);
        self.unsubscribe(reader);
        let stage = Stage::Unsubscribing(id.unwrap_or_default());
        let ticket = self.insert_call(stage, deadline, Owner::User);
        match id.and_then(|id| self.subscriptions.by_id.get_mut(&id)) {
            Some(subscription) if subscription.is_ending() => {
                subscription.closers.insert(Closer(ticket));
            }
            _ => self.complete(ticket, Ok(Outcome::Unsubscribed)),
        }
        ticket
    }

    /// Moves what waits for a reader to the end of `batch`, and nothing is copied if that is empty.
    /// Returns the end that follows, if there is one.
    ///
    /// To be called once the reader's first state is there: what was told before is forgotten if the
    /// connection is lost.
    pub fn take_items(
        &mut self,
        reader: ReaderId,
        batch: &mut VecDeque<Item<S::Event>>,
    ) -> Option<End> {
        match self.subscriptions.readers.get_mut(reader) {
            Some(reader) => reader.take(batch),
            None => Some(End::Closed),
        }
    }

    /// The current state, as far as events told it; `None` if it is not known: there is no
    /// connection, it was not told in full yet, or the daemon [is silent](Self::is_silent). It may be
    /// ahead of what the reader has taken.
    pub fn view(&self, reader: ReaderId) -> Option<&S::View> {
        let subscription = self.subscription_of(reader)?;
        (subscription.wire.is_complete() && !self.is_silent()).then_some(&subscription.view)
    }

    /// What the daemon calls the subscription of a reader, while it is established.
    pub fn handle(&self, reader: ReaderId) -> Option<&S::Handle> {
        match &self.subscription_of(reader)?.wire {
            Wire::Stands { handle, .. } => Some(handle),
            _ => None,
        }
    }

    fn subscription_of(&self, reader: ReaderId) -> Option<&Subscription<S>> {
        let reader = self.subscriptions.readers.get(reader).filter(|reader| reader.attached)?;
        self.subscriptions.by_id.get(&reader.subscription)
    }

    /// Whether the first state of a reader was asked for and has not come.
    pub(super) fn is_opening(&self, reader: ReaderId) -> bool {
        match self.subscription_of(reader).map(|subscription| &subscription.wire) {
            Some(Wire::Opening { call }) => self.is_sent(*call),
            Some(Wire::Stands { .. } | Wire::Paused) => true,
            _ => false,
        }
    }

    /// Whether the daemon was asked to end a subscription.
    pub(super) fn is_closing(&self, id: u64) -> bool {
        match self.subscriptions.by_id.get(&id).map(|subscription| &subscription.wire) {
            Some(Wire::Closing { call, .. }) => self.is_sent(*call),
            _ => false,
        }
    }

    /// A reader of what is already started gets the current state first.
    fn attach_late(&mut self, id: u64, key: ReaderId) {
        let Some(subscription) = self.subscriptions.by_id.get(&id) else { return };
        let Some(reader) = self.subscriptions.readers.get_mut(key) else { return };
        let covers = !S::is_once(&subscription.topic) || S::is_once(&reader.topic);
        if !subscription.wire.is_live() || !covers {
            return;
        }
        reader.attached = true;
        let is_complete = subscription.wire.is_complete();
        if reader.begin == Begin::Snapshot {
            for event in subscription.view.replay() {
                self.tell(key, Item::Event(event));
            }
        }
        if is_complete {
            self.first_state_told(key);
        }
    }

    /// All of the first state of a reader has come, or of that after a loss.
    pub(super) fn first_state_told(&mut self, key: ReaderId) {
        let Some(reader) = self.subscriptions.readers.get_mut(key) else { return };
        if !reader.attached {
            return;
        }
        if reader.restored() {
            self.tell(key, Item::Restored);
        }
        let Some(reader) = self.subscriptions.readers.get_mut(key) else { return };
        if S::is_once(&reader.topic) {
            self.end_reader(key, End::Complete, Ok(Outcome::Subscribed));
        } else if let Some(call) = reader.call.take() {
            self.complete(call, Ok(Outcome::Subscribed));
        }
    }

    /// Puts an item into a reader's queue.
    pub(super) fn tell(&mut self, key: ReaderId, item: Item<S::Event>) {
        let Some(reader) = self.subscriptions.readers.get_mut(key) else { return };
        reader.push(item);
        if reader.end.is_some() {
            return self.end_reader(key, End::Overflowed, Ok(Outcome::Subscribed));
        }
        self.output.extend(self.subscriptions.notify(key));
    }

    /// A reader gets nothing more. What waits for it can still be taken.
    pub(super) fn end_reader(
        &mut self,
        key: ReaderId,
        end: End,
        outcome: Result<Outcome<S>, CallError>,
    ) {
        let Some(reader) = self.subscriptions.readers.get_mut(key) else { return };
        reader.end.get_or_insert(end);
        let (id, call) = (reader.subscription, reader.call.take());
        self.subscriptions.leave(key);
        self.output.extend(self.subscriptions.notify(key));
        if let Some(call) = call {
            self.complete(call, outcome);
        }
        self.reconcile(id);
    }

    /// A reader's call failed or was abandoned before its first state was there.
    pub(super) fn give_up_subscribing(&mut self, key: ReaderId, call: Ticket) {
        // Otherwise it is complete: the call is taken off its reader first.
        let Some(reader) = self.subscriptions.readers.get_mut(key) else { return };
        if reader.call.take_if(|waiting| *waiting == call).is_some() {
            reader.end = Some(End::Closed);
            let id = reader.subscription;
            self.subscriptions.leave(key);
            self.reconcile(id);
        }
    }

    /// A call does not wait for the end of a subscription any more.
    pub(super) fn give_up_unsubscribing(&mut self, id: u64, call: Ticket) {
        if let Some(subscription) = self.subscriptions.by_id.get_mut(&id) {
            subscription.closers.remove(&Closer(call));
        }
    }
}
