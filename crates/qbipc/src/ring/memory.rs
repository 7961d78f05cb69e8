use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A 32-bit word that another process may read and write at any time.
pub trait Word {
    /// Reads the word.
    fn load(&self, ordering: Ordering) -> u32;
    /// Writes the word.
    fn store(&self, value: u32, ordering: Ordering);
    /// Adds to the word, wrapping, and returns its previous value.
    fn fetch_add(&self, value: u32, ordering: Ordering) -> u32;
}

/// A 64-bit word that another process may read and write at any time.
pub trait DoubleWord {
    /// Reads the word.
    fn load(&self, ordering: Ordering) -> u64;
    /// Adds to the word, wrapping, and returns its previous value.
    fn fetch_add(&self, value: u64, ordering: Ordering) -> u64;
}

/// The memory of one ring.
///
/// Only atomics: there is no way from here to a reference to the bytes in it.
pub trait RingMemory {
    /// How its words are accessed.
    type Word: Word;
    /// How its semaphore is accessed.
    type DoubleWord: DoubleWord;

    /// Where the writer puts its next chunk.
    fn write_pt(&self) -> &Self::Word;
    /// Where the reader's next chunk is.
    fn read_pt(&self) -> &Self::Word;
    /// The number of sides that use the ring: 2 while both are connected.
    fn ref_count(&self) -> &Self::Word;
    /// The server's flow control, in a request ring: 0 while it accepts requests.
    fn flow_control(&self) -> &Self::Word;
    /// glibc's `sem_t`: tokens in the low half, waiters in the high half.
    fn semaphore(&self) -> &Self::DoubleWord;
    /// The ring itself.
    fn data(&self) -> &[Self::Word];
    /// Wakes up to `count` waiters of the semaphore.
    fn wake(&self, count: u32);
}

impl Word for AtomicU32 {
    fn load(&self, ordering: Ordering) -> u32 {
        self.load(ordering)
    }

    fn store(&self, value: u32, ordering: Ordering) {
        self.store(value, ordering);
    }

    fn fetch_add(&self, value: u32, ordering: Ordering) -> u32 {
        self.fetch_add(value, ordering)
    }
}

impl DoubleWord for AtomicU64 {
    fn load(&self, ordering: Ordering) -> u64 {
        self.load(ordering)
    }

    fn fetch_add(&self, value: u64, ordering: Ordering) -> u64 {
        self.fetch_add(value, ordering)
    }
}

impl<M: RingMemory> RingMemory for &M {
    type Word = M::Word;
    type DoubleWord = M::DoubleWord;

    fn write_pt(&self) -> &Self::Word {
        (**self).write_pt()
    }

    fn read_pt(&self) -> &Self::Word {
        (**self).read_pt()
    }

    fn ref_count(&self) -> &Self::Word {
        (**self).ref_count()
    }

    fn flow_control(&self) -> &Self::Word {
        (**self).flow_control()
    }

    fn semaphore(&self) -> &Self::DoubleWord {
        (**self).semaphore()
    }

    fn data(&self) -> &[Self::Word] {
        (**self).data()
    }

    fn wake(&self, count: u32) {
        (**self).wake(count);
    }
}
