use std::fmt;
use std::marker::PhantomData;

/// Names a call or a reader. It is void once that was removed.
pub struct Key<T> {
    index: usize,
    generation: u64,
    of: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// A small number that no other entry has at the same time. Wakers are stored by it.
    pub fn slot(self) -> usize {
        self.index
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.index, self.generation) == (other.index, other.generation)
    }
}

impl<T> Eq for Key<T> {}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.generation)
    }
}

/// Entries in places that are used again. Every operation is O(1).
///
/// `K` marks the keys, so that a key of one kind of entry is not taken for that of another.
#[derive(Debug)]
pub(super) struct Slots<T, K> {
    places: Vec<Place<T>>,
    free: Vec<usize>,
    of: PhantomData<fn() -> K>,
}

#[derive(Debug)]
struct Place<T> {
    generation: u64,
    value: Option<T>,
}

impl<T, K> Default for Slots<T, K> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new(), of: PhantomData }
    }
}

impl<T, K> Slots<T, K> {
    #[inline]
    pub(super) fn insert(&mut self, value: T) -> Key<K> {
        if let Some(index) = self.free.pop() {
            if let Some(place) = self.places.get_mut(index) {
                place.value = Some(value);
                return Key { index, generation: place.generation, of: PhantomData };
            }
        }
        self.places.push(Place { generation: 0, value: Some(value) });
        Key { index: self.places.len() - 1, generation: 0, of: PhantomData }
    }

    #[inline]
    pub(super) fn get(&self, key: Key<K>) -> Option<&T> {
        let place = self.places.get(key.index)?;
        if place.generation == key.generation { place.value.as_ref() } else { None }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, key: Key<K>) -> Option<&mut T> {
        let place = self.places.get_mut(key.index)?;
        if place.generation == key.generation { place.value.as_mut() } else { None }
    }

    pub(super) fn remove(&mut self, key: Key<K>) -> Option<T> {
        self.remove_if(key, |_| true)
    }

    /// Removes an entry if `wanted` says so.
    #[inline]
    pub(super) fn remove_if(&mut self, key: Key<K>, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        let place = self.places.get_mut(key.index)?;
        if place.generation != key.generation || !place.value.as_ref().is_some_and(wanted) {
            return None;
        }
        place.generation += 1;
        self.free.push(key.index);
        place.value.take()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key<K>> + '_ {
        self.places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.value.is_some())
            .map(|(index, place)| Key { index, generation: place.generation, of: PhantomData })
    }

    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_void_once_its_entry_was_removed() {
        let mut slots = Slots::<_, ()>::default();
        let first = slots.insert('a');
        assert_eq!(slots.remove(first), Some('a'));
        let second = slots.insert('b');
        assert_eq!(first.slot(), second.slot());
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.remove_if(second, |_| false), None);
        assert_eq!((slots.get(second), slots.len()), (Some(&'b'), 1));
        assert_eq!(slots.keys().collect::<Vec<_>>(), [second]);
    }
}
