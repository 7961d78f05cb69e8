use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::keys::{ReaderKey, Ticket};
use super::reader::Reader;
use super::slots::{Key, Slots};
use super::{Output, ReaderId};
use crate::qb::service::{Answered, Service};

/// All subscriptions of a client, and their readers.
#[derive(Debug)]
pub(super) struct Subscriptions<S: Service> {
    pub(super) by_id: BTreeMap<u64, Subscription<S>>,
    /// Those that wait until the event channel was found empty.
    pub(super) settling: BTreeSet<u64>,
    pub(super) readers: Slots<Reader<S>, ReaderKey>,
    pub(super) last_instance: u64,
}

/// What readers want, and what the daemon was told.
#[derive(Debug)]
pub(super) struct Subscription<S: Service> {
    pub(super) readers: Vec<ReaderId>,
    /// The instance it was last started with.
    pub(super) instance: u64,
    pub(super) topic: S::Topic,
    pub(super) view: S::View,
    pub(super) answers: Vec<Answered<S>>,
    pub(super) wire: Wire<S>,
    /// When the request that was answered with "try again" is sent again.
    pub(super) again_at: Option<Instant>,
    /// The calls that wait until it is over.
    pub(super) closers: BTreeSet<Closer>,
}

/// What the daemon was told.
///
/// ```text
/// Idle ──► Opening ──► Stands ──► Closing ──► Draining ──► Idle
///          ▲     ▼         └────► Leaving
///          Paused
/// ```
#[derive(Debug)]
pub(super) enum Wire<S: Service> {
    /// Nothing that still has an effect.
    Idle,
    /// The request of a step is queued or owed.
    Opening { call: Ticket },
    /// A step is to be tried again.
    Paused,
    /// The subscription is established. `complete` says whether all of the first state was told.
    Stands { handle: S::Handle, complete: bool },
    /// The request that ends it is queued or owed, or is to be tried again.
    Closing { handle: S::Handle, call: Ticket },
    /// Only the end of the connection ends it, which was asked for.
    Leaving,
    /// It is over for the daemon. Its events may still be in the channel.
    Draining,
}

/// A call that waits until a subscription is over, ordered by its slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Closer(pub(super) Ticket);

impl Ord for Closer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.slot().cmp(&other.0.slot())
    }
}

impl PartialOrd for Closer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<S: Service> Default for Subscriptions<S> {
    fn default() -> Self {
        Self {
            by_id: BTreeMap::new(),
            settling: BTreeSet::new(),
            readers: Slots::default(),
            last_instance: 0,
        }
    }
}

impl<S: Service> Subscriptions<S> {
    pub(super) fn next_instance(&mut self) -> u64 {
        self.last_instance += 1;
        self.last_instance
    }

    /// Adds a reader to its subscription.
    pub(super) fn add(&mut self, id: u64, key: ReaderId) {
        let Some(subscription) = self.by_id.get_mut(&id) else { return };
        if let Some(reader) = self.readers.get_mut(key) {
            reader.position = Some(subscription.readers.len());
            subscription.readers.push(key);
        }
    }

    /// Takes a reader out of the list of its subscription, in O(1).
    pub(super) fn leave(&mut self, key: Key<ReaderKey>) {
        let Some(reader) = self.readers.get_mut(key) else { return };
        let (id, Some(position)) = (reader.subscription, reader.position.take()) else { return };
        let Some(subscription) = self.by_id.get_mut(&id) else { return };
        subscription.readers.swap_remove(position);
        if let Some(&moved) = subscription.readers.get(position) {
            if let Some(reader) = self.readers.get_mut(moved) {
                reader.position = Some(position);
            }
        }
    }

    /// What a reader's owner is to be told when there is something to take.
    pub(super) fn notify(&mut self, key: ReaderId) -> Option<Output> {
        let reader = self.readers.get_mut(key)?;
        (!std::mem::replace(&mut reader.notified, true)).then_some(Output::Readable(key))
    }
}

impl<S: Service> Subscription<S> {
    pub(super) fn new(topic: S::Topic) -> Self {
        Self {
            readers: Vec::new(),
            instance: 0,
            topic,
            view: S::View::default(),
            answers: Vec::new(),
            wire: Wire::Idle,
            again_at: None,
            closers: BTreeSet::new(),
        }
    }

    /// Whether no reader is left, and the daemon still has the subscription or is starting it.
    pub(super) fn is_ending(&self) -> bool {
        self.readers.is_empty() && !matches!(self.wire, Wire::Idle | Wire::Draining)
    }
}

impl<S: Service> Wire<S> {
    /// Whether events are for the readers.
    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Opening { .. } | Self::Paused | Self::Stands { .. })
    }

    /// Whether all of the first state was told.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self, Self::Stands { complete: true, .. })
    }
}
