use std::collections::VecDeque;

/// So many entries that are over are kept before the first compaction.
const SLACK: usize = 64;

/// A queue whose entries can end anywhere in it, at O(1) amortised and without allocating.
///
/// An entry that ends stays until it gets to the front or until more than half of the queue is over.
/// Whether an entry is over is known elsewhere, so the functions are told how to ask. The entry at
/// the front is never over.
#[derive(Debug)]
pub(super) struct Fifo<T> {
    entries: VecDeque<T>,
    /// How many of them are over.
    over: usize,
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), over: 0 }
    }
}

impl<T> Fifo<T> {
    pub(super) fn push_back(&mut self, entry: T) {
        self.entries.push_back(entry);
    }

    pub(super) fn push_front(&mut self, entry: T) {
        self.entries.push_front(entry);
    }

    pub(super) fn front(&self) -> Option<&T> {
        self.entries.front()
    }

    pub(super) fn back(&self) -> Option<&T> {
        self.entries.back()
    }

    /// Takes the entry at the front out.
    pub(super) fn pop_front(&mut self, is_over: impl Fn(&T) -> bool) -> Option<T> {
        let entry = self.entries.pop_front();
        self.clear_front(is_over);
        entry
    }

    /// One entry is over since the last call.
    pub(super) fn ended(&mut self, is_over: impl Fn(&T) -> bool) {
        self.over += 1;
        self.clear_front(&is_over);
        if self.over > SLACK + self.entries.len() / 2 {
            self.entries.retain(|entry| !is_over(entry));
            self.over = 0;
        }
    }

    fn clear_front(&mut self, is_over: impl Fn(&T) -> bool) {
        while self.over > 0 && self.entries.front().is_some_and(&is_over) {
            self.entries.pop_front();
            self.over -= 1;
        }
    }

    /// How many entries are not over.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.over
    }

    /// How many entries are stored, for tests of what is kept.
    #[cfg(test)]
    pub(super) fn stored(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_front_is_never_over_and_little_is_kept_of_what_is() {
        let over = RefCell::new(BTreeSet::new());
        let is_over = |entry: &u32| over.borrow().contains(entry);
        let mut fifo = Fifo::default();
        (0..10_000).for_each(|entry| fifo.push_back(entry));
        for entry in (1..10_000).rev() {
            over.borrow_mut().insert(entry);
            fifo.ended(is_over);
            assert!(
                fifo.stored() <= 2 * fifo.len() + 2 * SLACK,
                "{} of {}",
                fifo.stored(),
                fifo.len()
            );
        }
        assert_eq!((fifo.front(), fifo.len()), (Some(&0), 1));
        over.borrow_mut().insert(0);
        fifo.ended(is_over);
        assert_eq!((fifo.front(), fifo.len(), fifo.stored()), (None, 0, 0));
    }

    #[test]
    fn what_follows_the_front_comes_next() {
        let over = RefCell::new(BTreeSet::new());
        let is_over = |entry: &u32| over.borrow().contains(entry);
        let mut fifo = Fifo::default();
        (0..4).for_each(|entry| fifo.push_back(entry));
        over.borrow_mut().insert(1);
        fifo.ended(is_over);
        assert_eq!(fifo.pop_front(is_over), Some(0));
        fifo.push_front(9);
        assert_eq!((fifo.front(), fifo.back()), (Some(&9), Some(&3)));
        assert_eq!(fifo.pop_front(is_over), Some(9));
        assert_eq!((fifo.pop_front(is_over), fifo.len()), (Some(2), 1));
    }
}
