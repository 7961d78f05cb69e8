use std::sync::atomic::Ordering;

use quorate_codec::qb::ring::{CHUNK_HEADER_WORDS, Index, Magic, RingSize, chunk_words};

use super::{PushError, RingError, RingMemory, Word, memory, semaphore};

/// The writing side of a ring.
///
/// Messages are [staged](Self::stage), then made visible all at once with
/// [`commit`](Self::commit).
#[derive(Debug)]
pub struct RingWriter<M> {
    memory: M,
    size: RingSize,
    /// Ours alone; the one in shared memory is for the reader.
    write: Index,
    staged: u32,
    max_len: u32,
}

impl<M: RingMemory> RingWriter<M> {
    /// The writing side of an empty ring, for messages of up to `max_len` bytes.
    pub fn new(memory: M, size: RingSize, max_len: u32) -> Self {
        let max_len = max_len.min(size.max_payload());
        Self { memory, size, write: Index::ZERO, staged: 0, max_len }
    }

    /// The ring's memory.
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// Puts a message into the ring, where the reader does not see it yet.
    ///
    /// # Errors
    ///
    /// If there is no room for it, or the reader's pointer is not one of this ring.
    pub fn stage(&mut self, message: &[u8]) -> Result<(), PushError> {
        let len = match u32::try_from(message.len()) {
            Ok(len) if len <= self.max_len => len,
            _ => return Err(PushError::TooLong { len: message.len(), most: self.max_len }),
        };
        if !self.size.fits(self.free_words()?, len) {
            return Err(PushError::Full);
        }
        let payload = self.size.advance(self.write, CHUNK_HEADER_WORDS);
        let chunk = self.write;
        self.set(chunk, 0);
        self.set_magic(chunk, Magic::Alloc);
        self.fill(payload, message);
        self.set(chunk, len);
        self.write = self.size.advance(chunk, chunk_words(len));
        // libqb publishes the pointer before the magic, and its readers look at neither until they
        // have a token.
        self.memory.write_pt().store(self.write.get(), Ordering::Release);
        self.set_magic(chunk, Magic::Committed);
        self.staged += 1;
        Ok(())
    }

    /// How many messages are staged.
    pub fn staged(&self) -> u32 {
        self.staged
    }

    /// Makes what is staged visible to the reader; gives how many messages that are.
    pub fn commit(&mut self) -> u32 {
        let count = std::mem::take(&mut self.staged);
        if count > 0 {
            semaphore::post(&self.memory, count);
        }
        count
    }

    fn free_words(&self) -> Result<u32, RingError> {
        // Acquire: pairs with the reader's release. What it has read is no longer needed.
        let found = self.memory.read_pt().load(Ordering::Acquire);
        let read = self.size.index(found).ok_or_else(|| RingError::Pointer {
            pointer: "read_pt",
            found,
            words: self.size.words(),
        })?;
        let tokens = semaphore::count(&self.memory).saturating_add(self.staged);
        Ok(self.size.free_words(self.write, read, tokens))
    }

    fn set_magic(&self, chunk: Index, magic: Magic) {
        if let Some(word) = memory::word(&self.memory, self.size.advance(chunk, 1)) {
            // Release: pairs with the reader's acquire of the magic.
            word.store(magic.code(), Ordering::Release);
        }
    }

    fn set(&self, at: Index, value: u32) {
        if let Some(word) = memory::word(&self.memory, at) {
            word.store(value, Ordering::Relaxed);
        }
    }

    /// Copies a payload in, around the end if need be.
    fn fill(&self, at: Index, message: &[u8]) {
        let mut chunks = message.chunks(4);
        for part in memory::words_from(&self.memory, at, message.len().div_ceil(4)) {
            for (word, chunk) in part.iter().zip(&mut chunks) {
                let mut bytes = [0; 4];
                bytes.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
                word.store(u32::from_ne_bytes(bytes), Ordering::Relaxed);
            }
        }
    }
}
