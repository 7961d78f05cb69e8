use std::sync::atomic::Ordering;

use quorate_codec::qb::ring::{Index, Magic, RingSize, chunk_words};

use super::chunk::Chunk;
use super::{PushError, RingError, RingMemory, Word, semaphore};

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

    /// The largest message that fits, in bytes, when the ring is empty.
    pub fn max_len(&self) -> u32 {
        self.max_len
    }

    /// Puts a message into the ring, where the reader does not see it yet.
    ///
    /// # Errors
    ///
    /// [`PushError::Full`] if the ring has no room for it now, [`PushError::TooLong`] if it never
    /// has, [`PushError::Ring`] if the reader's pointer is not one of this ring. The ring is
    /// unchanged then.
    pub fn stage(&mut self, message: &[u8]) -> Result<(), PushError> {
        self.stage_parts(message, &[])
    }

    /// As [`stage`](Self::stage), for a message that is `head` followed by `body`.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    pub fn stage_parts(&mut self, head: &[u8], body: &[u8]) -> Result<(), PushError> {
        let bytes = head.len().saturating_add(body.len());
        let len = match u32::try_from(bytes) {
            Ok(len) if len <= self.max_len => len,
            _ => return Err(PushError::TooLong { len: bytes, most: self.max_len }),
        };
        if !self.size.fits(self.free_words()?, len) {
            return Err(PushError::Full);
        }
        let Some(chunk) = Chunk::at(self.memory.data(), self.write) else {
            return Err(PushError::Full);
        };
        chunk.length.store(0, Ordering::Relaxed);
        chunk.magic.store(Magic::Alloc.code(), Ordering::Release);
        chunk.payload.write(head, body);
        chunk.length.store(len, Ordering::Relaxed);
        self.write = self.size.advance(self.write, chunk_words(len));
        // libqb publishes the pointer before the magic, and its readers look at neither until they
        // have a token.
        self.memory.write_pt().store(self.write.get(), Ordering::Release);
        // Release: pairs with the reader's acquire of the magic.
        chunk.magic.store(Magic::Committed.code(), Ordering::Release);
        self.staged += 1;
        Ok(())
    }

    /// The number of staged messages.
    pub fn staged(&self) -> u32 {
        self.staged
    }

    /// Makes what is staged visible to the reader, and returns how many messages that are.
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
}
