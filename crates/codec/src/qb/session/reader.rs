use std::collections::VecDeque;

use super::LossReason;
use super::keys::Ticket;
use crate::qb::CsError;
use crate::qb::service::{Overflow, Service, View};

/// What a reader gets.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Item<E> {
    /// An event.
    Event(E),
    /// So many events were dropped and are not told, because the reader was too slow. What they led to
    /// follows: the fewest events that tell it.
    Lagged {
        /// How many.
        missed: u64,
    },
    /// The connection was lost. What was known is out of date, and what follows is told from the start.
    /// It comes again if the next connection is lost when only part of the state was told.
    Lost {
        /// Why.
        reason: LossReason,
    },
    /// There is a connection again, and all of the current state was told.
    Restored,
}

/// Why a reader gets nothing more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum End {
    /// Everything that was asked for has come.
    Complete,
    /// The daemon refuses the subscription.
    Refused(CsError),
    /// The reader was too slow for a service where nothing may be missed.
    Overflowed,
    /// The client is closed.
    Closed,
}

/// What a reader begins with. After a lost connection, every reader is told the current state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Begin {
    /// The current state.
    Snapshot,
    /// What happens next.
    Now,
}

/// One reader of a subscription: a bounded queue.
#[derive(Debug)]
pub(super) struct Reader<S: Service> {
    pub(super) subscription: u64,
    pub(super) topic: S::Topic,
    pub(super) begin: Begin,
    /// Its place in the subscription's list of readers, while it is in it.
    pub(super) position: Option<usize>,
    /// Whether the events of what was started are for it.
    pub(super) attached: bool,
    /// The call that waits for the first state.
    pub(super) call: Option<Ticket>,
    /// Whether it was told `Lost` and not yet `Restored`.
    pub(super) is_lost: bool,
    /// Whether it was told events since `Lost`.
    told_since: bool,
    pub(super) end: Option<End>,
    /// Whether its owner was told that there is something to take.
    pub(super) notified: bool,
    capacity: usize,
    /// How many items of the queue are events.
    events: usize,
    queue: VecDeque<Item<S::Event>>,
    dropped: Option<Dropped<S>>,
}

/// What was dropped, folded.
#[derive(Debug)]
struct Dropped<S: Service> {
    /// Whether `Restored` comes before anything that was missed.
    restored_before: bool,
    missed: u64,
    lost: Option<LossReason>,
    restored: bool,
    view: S::View,
}

impl<S: Service> Reader<S> {
    pub(super) fn new(subscription: u64, topic: S::Topic, begin: Begin, capacity: usize) -> Self {
        Self {
            subscription,
            topic,
            begin,
            position: None,
            attached: false,
            call: None,
            is_lost: false,
            told_since: false,
            end: None,
            notified: false,
            capacity: capacity.max(1),
            events: 0,
            queue: VecDeque::new(),
            dropped: None,
        }
    }

    pub(super) fn push(&mut self, item: Item<S::Event>) {
        if self.end.is_some() {
            return;
        }
        if matches!(item, Item::Event(_)) {
            if self.events >= self.capacity && !self.make_room() {
                return;
            }
            self.events += 1;
            self.told_since = self.is_lost;
        }
        self.queue.push_back(item);
        // Connections can come and go without an event in between.
        if self.queue.len() - self.events > self.capacity + 2 {
            self.make_room();
        }
    }

    /// Returns `false` if the reader has ended instead.
    fn make_room(&mut self) -> bool {
        match S::OVERFLOW {
            Overflow::Lag => self.drop_oldest(),
            Overflow::End => self.end = Some(End::Overflowed),
        }
        self.end.is_none()
    }

    /// Folds everything up to and including the oldest event.
    fn drop_oldest(&mut self) {
        let dropped = self.dropped.get_or_insert_with(Dropped::default);
        while let Some(item) = self.queue.pop_front() {
            match item {
                Item::Event(event) => {
                    dropped.view.fold(&event);
                    dropped.missed += 1;
                    self.events -= 1;
                    return;
                }
                Item::Lost { reason } => {
                    // What was told and taken before this connection was lost is known to be all.
                    let was_all = dropped.restored && dropped.lost.is_none() && dropped.missed == 0;
                    *dropped = Dropped {
                        restored_before: dropped.restored_before || was_all,
                        missed: dropped.missed,
                        lost: Some(reason),
                        ..Dropped::default()
                    };
                }
                Item::Restored => dropped.restored = true,
                Item::Lagged { missed } => dropped.missed += missed,
            }
        }
    }

    /// The connection is lost. Returns whether it is to be told: not if it knows nothing of the
    /// connection that is lost.
    pub(super) fn lost(&mut self) -> bool {
        let attached = std::mem::take(&mut self.attached);
        let told = attached && (!self.is_lost || self.told_since);
        self.is_lost |= told;
        self.told_since &= !told;
        told
    }

    /// All of the current state was told. Returns whether that is after a loss.
    pub(super) fn restored(&mut self) -> bool {
        self.told_since = false;
        std::mem::take(&mut self.is_lost)
    }

    /// Forgets a first state that will not be completed.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        (self.events, self.dropped) = (0, None);
    }

    /// Moves everything there is to `batch`. Returns the end that follows it, if there is one.
    pub(super) fn take(&mut self, batch: &mut VecDeque<Item<S::Event>>) -> Option<End> {
        self.notified = false;
        self.events = 0;
        if let Some(dropped) = self.dropped.take() {
            dropped.tell(batch);
        }
        if batch.is_empty() {
            std::mem::swap(batch, &mut self.queue);
        } else {
            batch.append(&mut self.queue);
        }
        self.end
    }
}

impl<S: Service> Default for Dropped<S> {
    fn default() -> Self {
        Self {
            restored_before: false,
            missed: 0,
            lost: None,
            restored: false,
            view: S::View::default(),
        }
    }
}

impl<S: Service> Dropped<S> {
    /// What is told again was not missed.
    fn tell(self, batch: &mut VecDeque<Item<S::Event>>) {
        batch.extend(self.restored_before.then_some(Item::Restored));
        let replay = self.view.replay();
        let missed = self.missed.saturating_sub(replay.len() as u64);
        if missed > 0 {
            batch.push_back(Item::Lagged { missed });
        }
        batch.extend(self.lost.map(|reason| Item::Lost { reason }));
        batch.extend(replay.into_iter().map(Item::Event));
        batch.extend(self.restored.then_some(Item::Restored));
    }
}
