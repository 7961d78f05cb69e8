use std::task::Waker;

use quorate_codec::qb::session::Key;

/// Wakers of tasks that wait, by ticket or reader.
///
/// They are stored by slot. The key is stored beside: a slot is used again when its owner has ended,
/// and who comes late with an old key must not take the waker of the next owner.
#[derive(Debug)]
pub(super) struct Wakers<K>(Vec<Option<(Key<K>, Waker)>>);

impl<K> Default for Wakers<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K> Wakers<K> {
    /// Stores a waker. `waker` becomes the one that was there before, to be dropped by the caller when
    /// it holds no lock.
    pub(super) fn swap(&mut self, key: Key<K>, waker: &mut Option<Waker>) {
        let slot = key.slot();
        if self.0.len() <= slot {
            self.0.resize_with(slot + 1, || None);
        }
        if let Some(place) = self.0.get_mut(slot) {
            let new = waker.take().map(|waker| (key, waker));
            *waker = std::mem::replace(place, new).map(|(_, waker)| waker);
        }
    }

    #[must_use]
    pub(super) fn take(&mut self, key: Key<K>) -> Option<Waker> {
        let place = self.0.get_mut(key.slot())?;
        place.take_if(|(owner, _)| *owner == key).map(|(_, waker)| waker)
    }
}
