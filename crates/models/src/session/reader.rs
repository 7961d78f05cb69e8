//! What a reader knows, and what it may be told next.

use std::time::Instant;

use quorate_codec::qb::service::{Overflow, Snapshot};
use quorate_codec::qb::session::{Begin, End, Item, ReaderId, Ticket};

use super::service::{Event, Topic, What};
use super::variant::Variant;

/// A reader whose first state was told, or is waited for.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) id: ReaderId,
    /// The call that waits for the first state.
    pub(super) call: Option<Ticket>,
    pub(super) deadline: Option<Instant>,
    pub(super) topic: Topic,
    pub(super) begin: Begin,
    pub(super) end: Option<End>,
    /// Whether its owner was told that there is something to take.
    pub(super) readable: bool,
    /// Whether it was told `Lost` and not yet `Restored`.
    pub(super) is_lost: bool,
    /// The state, as it was told.
    pub(super) value: Option<u64>,
    parts: [Option<u64>; 2],
    instance: Option<u64>,
    /// How many events it was told it missed, if that was the last thing it was told.
    missed: Option<u64>,
    told_since_loss: bool,
    told_any: bool,
}

impl Reader {
    pub(super) fn new(
        id: ReaderId,
        call: Ticket,
        deadline: Option<Instant>,
        topic: Topic,
        begin: Begin,
    ) -> Self {
        Self {
            id,
            call: Some(call),
            deadline,
            topic,
            begin,
            end: None,
            readable: false,
            is_lost: false,
            value: None,
            parts: [None; 2],
            instance: None,
            missed: None,
            told_since_loss: false,
            told_any: false,
        }
    }

    pub(super) fn ended<V: Variant>(&mut self, end: End) {
        match end {
            End::Complete => {
                assert_eq!(self.topic, Topic::Once, "only that is ever complete");
                assert!(self.value.is_some() || self.begin == Begin::Now, "all was told");
            }
            End::Overflowed => assert_eq!(V::OVERFLOW, Overflow::End),
            End::Refused(_) | End::Closed => {}
            end => panic!("{end:?}"),
        }
        self.end = Some(end);
    }

    pub(super) fn told<V: Variant>(&mut self, item: Item<Event>) {
        let missed = self.missed.take();
        match item {
            Item::Event(event) => {
                let is_known = self.instance.is_none_or(|instance| instance == event.instance);
                assert!(is_known, "{event:?} is not of instance {:?}", self.instance);
                self.instance = Some(event.instance);
                self.told_since_loss = true;
                self.event::<V>(event.what, missed);
                self.told_any = true;
            }
            Item::Lagged { missed } => {
                assert_eq!(V::OVERFLOW, Overflow::Lag);
                assert!(missed > 0, "something was missed");
                self.missed = Some(missed);
            }
            Item::Lost { .. } => {
                let is_news = !self.is_lost || self.told_since_loss || missed.is_some();
                assert!(is_news, "it is told once");
                (self.is_lost, self.told_since_loss) = (true, false);
                (self.value, self.parts, self.instance) = (None, [None; 2], None);
            }
            Item::Restored => {
                assert!(self.is_lost, "it was lost before");
                let told = V::SNAPSHOT == Snapshot::None || self.value.is_some();
                assert!(told, "all of the state was told before");
                self.is_lost = false;
            }
            item => panic!("{item:?}"),
        }
    }

    fn event<V: Variant>(&mut self, what: What, missed: Option<u64>) {
        match what {
            What::Base(part, value) => {
                assert!(self.begin == Begin::Snapshot || self.is_lost, "it asked for no state");
                self.parts[part] = Some(value);
                if let [Some(first), Some(second)] = self.parts {
                    self.value = Some(first + second);
                }
            }
            What::Added { by, to } => {
                match self.value {
                    Some(value) => assert_eq!(value + by, to, "nothing is missed or told twice"),
                    None if V::SNAPSHOT == Snapshot::None => {}
                    None => {
                        assert!(self.begin == Begin::Now && !self.is_lost, "no state was told");
                    }
                }
                self.value = Some(to);
                // A late reader's first event tells all that has happened before.
                // This event stands for one of those that were dropped.
                let exact = missed.is_none_or(|missed| missed + 1 == by || !self.told_any);
                assert!(exact, "{missed:?} were missed, {by} are told");
            }
        }
    }
}
