//! Events in.

use bytes::BytesMut;

use super::call::Outcome;
use super::reader::{Begin, End, Item};
use super::subscription::Wire;
use super::{Output, Session};
use crate::DecodeError;
use crate::qb::service::{Multiplicity, Overflow, Route, Service, Snapshot, View};

impl<S: Service> Session<S> {
    /// Takes in a message of the event channel.
    ///
    /// # Errors
    ///
    /// If it is malformed. The connection is unusable then.
    pub fn handle_event(&mut self, message: &mut BytesMut) -> Result<(), DecodeError> {
        self.heard();
        let event = S::decode_event(message)?;
        let route = S::route(&event);
        let id = match (S::SUBSCRIPTIONS, route) {
            (Multiplicity::Many, Route::Instance(instance)) => instance,
            _ => 0,
        };
        let subscriptions = &mut self.subscriptions;
        let Some(subscription) = subscriptions.by_id.get_mut(&id) else { return Ok(()) };
        let is_ours = match route {
            Route::Instance(instance) => instance == subscription.instance,
            Route::Any => true,
        };
        if !is_ours || !subscription.wire.is_live() {
            return Ok(());
        }
        subscription.view.fold(&event);
        let complete = subscription.wire.is_complete() || S::SNAPSHOT == Snapshot::None;
        let mut overflowed = false;
        let mut event = Some(event);
        let mut left = subscription.readers.len();
        for &key in &subscription.readers {
            left -= 1;
            let Some(reader) = subscriptions.readers.get_mut(key) else { continue };
            // After a loss, the state of the new connection is for all.
            let wanted = complete || reader.begin == Begin::Snapshot || reader.is_lost;
            if reader.attached && wanted {
                // The last reader gets the event itself.
                let own = if left == 0 { event.take() } else { event.clone() };
                own.into_iter().for_each(|event| reader.push(Item::Event(event)));
                overflowed |= reader.end.is_some();
                if !std::mem::replace(&mut reader.notified, true) {
                    self.output.push_back(Output::Readable(key));
                }
            }
        }
        if overflowed && S::OVERFLOW == Overflow::End {
            self.end_overflowed(id);
        }
        if S::SNAPSHOT == Snapshot::AfterReply {
            self.check_complete(id);
        }
        Ok(())
    }

    /// The event channel was found empty, after every response at hand had been taken in.
    pub fn events_drained(&mut self) {
        if self.subscriptions.settling.is_empty() {
            return;
        }
        for id in std::mem::take(&mut self.subscriptions.settling) {
            match self.subscriptions.by_id.get_mut(&id) {
                Some(subscription) if matches!(subscription.wire, Wire::Draining) => {
                    subscription.wire = Wire::Idle;
                    self.reconcile(id);
                }
                _ => self.check_complete(id),
            }
        }
    }

    /// Readers that were too slow count no more.
    fn end_overflowed(&mut self, id: u64) {
        let Some(subscription) = self.subscriptions.by_id.get(&id) else { return };
        let readers = &self.subscriptions.readers;
        let over = |key: &_| readers.get(*key).is_some_and(|reader| reader.end.is_some());
        let ended: Vec<_> = subscription.readers.iter().copied().filter(over).collect();
        for key in ended {
            self.end_reader(key, End::Overflowed, Ok(Outcome::Subscribed));
        }
    }

    /// Whether all of the first state has come, and what follows from that.
    pub(super) fn check_complete(&mut self, id: u64) {
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        let Wire::Stands { handle, complete: complete @ false } = &mut subscription.wire else {
            return;
        };
        if S::SNAPSHOT != Snapshot::None && !subscription.view.is_complete(handle) {
            if S::SNAPSHOT == Snapshot::BeforeReply {
                self.subscriptions.settling.insert(id);
            }
            return;
        }
        *complete = true;
        self.subscriptions.settling.remove(&id);
        for key in subscription.readers.clone() {
            self.first_state_told(key);
        }
        let Some(subscription) = self.subscriptions.by_id.get_mut(&id) else { return };
        if matches!(subscription.wire, Wire::Stands { .. }) && S::is_once(&subscription.topic) {
            // The daemon has told it, and follows nothing.
            subscription.wire = Wire::Idle;
        }
        self.reconcile(id);
    }
}
